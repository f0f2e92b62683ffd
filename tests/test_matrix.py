"""The matrix: wire type, coding, framing, ending, client; from the upstream to the replay.

Real sockets all the way. A test is one framing, one ending and one kind of client; it takes
every body under every coding through the recorder onto one cassette, and plays each twice, at
once and on a manual clock. Every read is gated: the upstream sends a piece when the client has
the one before it, so the borders are known, and the live client, the tape and the replay must
all show the same pieces, pairs and ending.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.raw_http import RawClient
from tests.recorder.recording import Session, recorded, recording, until
from tests.scripted_upstream import (
    CLOSE,
    LAST_CHUNK,
    LEFT,
    RESET,
    Gate,
    ScriptedUpstream,
    Step,
    chunk,
)
from tests.wire_bodies import CODINGS, WIRE_BODIES, WireBody, coded
from wiretape.cassettes.http1 import encode_response_head
from wiretape.cassettes.model import EndingKind, Headers, Interaction
from wiretape.replay import ManualClock, Pace, Player, ReplayServer

FRAMINGS = ("chunked", "length", "close")
ENDINGS: tuple[EndingKind, ...] = ("complete", "cut", "reset", "client_left", "timeout")
CLIENTS = ("keep-alive", "one-shot", "HTTP/1.0")

DOES_NOT_APPLY = {("close", "cut")}
"""Where the close is the end, no close comes too early."""

TURNS = 4
"""Of the event loop, after which bytes of one local socket have come out of the other."""

OPEN, EOF, RST = "open", "eof", "reset"

ON_THE_WIRE = {"complete": EOF, "cut": EOF, "reset": RST, "client_left": EOF, "timeout": OPEN}
"""What a client sees of the connection behind the last byte, where no rule says otherwise."""

DAY_NS = 24 * 3600 * 10**9


@dataclass(frozen=True)
class Case:
    """One cell: what the upstream sends, and what everyone must see of it."""

    number: int
    body: WireBody
    coding: str
    framing: str
    ending: EndingKind
    client: str

    @property
    def target(self) -> str:
        return f"/v1/{self.number}"

    @property
    def pieces(self) -> tuple[bytes, ...]:
        """The reads: all of them, or those before it ends too early."""
        pieces = coded(self.body, self.coding)
        return pieces if self.ending == "complete" else pieces[:-1]

    @property
    def headers(self) -> Headers:
        """What the upstream says, with duplicates and odd cases of letters."""
        pairs = [("content-TYPE", self.body.content_type), ("X-Twice", "1"), ("x-twice", "2")]
        if self.coding:
            pairs.append(("Content-Encoding", self.coding))
        whole = len(b"".join(coded(self.body, self.coding)))
        pairs += {
            "chunked": [("Transfer-Encoding", "chunked")],
            "length": [("Content-Length", str(whole))],
            "close": [],
        }[self.framing]
        if self.framing == "close" or self.client != "keep-alive":
            pairs.append(("Connection", "close"))
        return tuple(pairs)

    @property
    def in_chunks(self) -> bool:
        """Whether this client is sent HTTP chunks."""
        return self.framing == "chunked" and self.client != "HTTP/1.0"

    @property
    def headers_seen(self) -> Headers:
        """What the client is told: one that knows no chunks is told of none."""
        if self.framing != "chunked" or self.in_chunks:
            return self.headers
        return tuple(pair for pair in self.headers if pair[0] != "Transfer-Encoding")

    @property
    def end_seen(self) -> str:
        """How the connection stands behind the last byte."""
        stays = self.client == "keep-alive" and self.framing != "close"
        if self.ending == "complete" and stays:
            return OPEN
        return ON_THE_WIRE[self.ending]

    def script(self) -> tuple[list[Step], list[Gate]]:
        """The upstream's steps, and the gates that the client opens on its way."""
        head = encode_response_head("1.1", 200, "All Right", self.headers)
        gates = [Gate() for _ in range(len(self.pieces) + 1)]
        steps: list[Step] = [head]
        for gate, piece in zip(gates, self.pieces, strict=False):
            steps += [gate, chunk(piece) if self.framing == "chunked" else piece]
        steps.append(gates[-1])
        return steps + self._last_steps(), gates

    def _last_steps(self) -> list[Step]:
        if self.ending == "complete":
            last: dict[str, list[Step]] = {"chunked": [LAST_CHUNK], "length": [], "close": [CLOSE]}
            return last[self.framing]
        broken: dict[str, list[Step]] = {"cut": [CLOSE], "reset": [RESET]}
        return broken.get(self.ending, [LEFT])


def cases(framing: str, ending: EndingKind, client: str) -> list[Case]:
    """Every body under every coding."""
    return [
        Case(n, body, coding, framing, ending, client)
        for n, (body, coding) in enumerate(product(WIRE_BODIES, CODINGS))
    ]


class Asker:
    """One of the clients: it keeps its connection as long as it may."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: RawClient | None = None

    async def ask(self, case: Case) -> RawClient:
        """Send the request of a case, on the old connection where that is open."""
        if self._connection is None or self._connection.has_ended:
            self._connection = await RawClient.connect(self._url)
        headers: Headers = () if case.client == "keep-alive" else (("Connection", "close"),)
        version = "1.0" if case.client == "HTTP/1.0" else "1.1"
        self._connection.send_request("GET", "/up" + case.target, headers, version=version)
        return self._connection

    def leave(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


async def turns() -> None:
    """Let what was sent arrive."""
    for _ in range(TURNS):
        await asyncio.sleep(0)


async def read_head(client: RawClient, case: Case) -> None:
    head = await client.read_head()
    assert (head.version, head.status, head.reason) == ("1.1", 200, "All Right")
    assert head.headers == case.headers_seen


async def read_piece(client: RawClient, case: Case, piece: bytes) -> None:
    """The piece, as one HTTP chunk where there are any, and not a byte more."""
    if case.in_chunks:
        assert await client.read_chunk() == piece
    else:
        assert await client.read_exactly(len(piece)) == piece


async def read_end(client: RawClient, case: Case) -> None:
    """What comes behind the last piece."""
    if case.ending == "complete" and case.in_chunks:
        assert await client.read_chunk() == b""
        assert await client.read_trailers() == ()
    if case.end_seen == OPEN:
        await turns()
        assert (client.received, client.has_ended) == (b"", False)
    else:
        assert await client.read_end() == (b"", case.end_seen)


async def live(session: Session, table: list[Case], gates_of: list[list[Gate]]) -> None:
    """Record every case, and see what the live client sees."""
    asker = Asker(session.proxy.url)
    for case, gates in zip(table, gates_of, strict=True):
        client = await asker.ask(case)
        await read_head(client, case)
        for gate, piece in zip(gates, case.pieces, strict=False):
            gate.open()
            await read_piece(client, case, piece)
            assert client.received == b""
        gates[-1].open()
        if case.ending in ("client_left", "timeout"):
            asker.leave()
            await until(lambda: session.proxy.live == 0)
        else:
            await read_end(client, case)
    asker.leave()


def check_tape(case: Case, kept: Interaction) -> None:
    """The tape has what the upstream sent, in the pieces it came in."""
    assert kept.response is not None
    assert kept.request.target == case.target
    assert kept.request.version == ("1.0" if case.client == "HTTP/1.0" else "1.1")
    assert kept.response.headers == case.headers
    assert (kept.response.status, kept.response.reason) == (200, "All Right")
    assert kept.response.body == b"".join(case.pieces)
    assert [one.size for one in kept.timeline.received] == [len(piece) for piece in case.pieces]
    times = list(due_times(kept))
    assert times == sorted(times)
    ending = kept.timeline.ending
    assert ending.kind == ("client_left" if case.ending == "timeout" else case.ending)
    assert (ending.offset, kept.lost) == (len(kept.response.body), "")


@asynccontextmanager
async def replaying(
    tape: list[Interaction], clock: ManualClock | None
) -> AsyncIterator[ReplayServer]:
    """A server on the clock, or one that waits for nothing."""
    server = ReplayServer(Player(tape), pace=Pace(instant=clock is None), clock=clock)
    await server.start()
    try:
        yield server
    finally:
        await server.close()


async def replay_at_once(server: ReplayServer, table: list[Case]) -> None:
    asker = Asker(server.url)
    for case in table:
        client = await asker.ask(case)
        await read_head(client, case)
        for piece in case.pieces:
            await read_piece(client, case, piece)
        await read_end(client, case)
        if case.ending == "timeout":
            asker.leave()
            await until(lambda: server.playing == 0)
    asker.leave()


async def replay_in_time(
    server: ReplayServer, clock: ManualClock, table: list[Case], tape: list[Interaction]
) -> None:
    """Nothing comes a nanosecond before its time, and everything then."""
    asker = Asker(server.url)
    for case, kept in zip(table, tape, strict=True):
        client = await asker.ask(case)
        await until(lambda: server.playing == 1)
        zero_ns, timeline = clock.now(), kept.timeline
        due = due_times(kept)

        async def come(at_ns: int, zero_ns: int = zero_ns, client: RawClient = client) -> None:
            clock.advance(zero_ns + at_ns - 1 - clock.now())
            await turns()
            assert (client.received, client.has_ended) == (b"", False)
            clock.advance(1)

        await come(next(due))
        await read_head(client, case)
        for piece in case.pieces:
            await come(next(due))
            await read_piece(client, case, piece)
        last_ns = timeline.received[-1].at_ns
        if timeline.ending.at_ns > last_ns and (case.end_seen != OPEN or case.in_chunks):
            await come(timeline.ending.at_ns)
        if case.ending == "timeout":
            clock.advance(DAY_NS)
        await read_end(client, case)
        if case.ending == "timeout":
            asker.leave()
        await until(lambda: server.playing == 0)
    asker.leave()


def due_times(kept: Interaction) -> Iterator[int]:
    """Of the head and of each read, in nanoseconds after the request."""
    assert kept.timeline.head_ns is not None
    yield kept.timeline.head_ns
    yield from (one.at_ns for one in kept.timeline.received)


def timed_out(kept: Interaction) -> Interaction:
    """The same, as if the network had swallowed the rest: that takes the system minutes to see."""
    ending = replace(kept.timeline.ending, kind="timeout")
    return replace(kept, timeline=replace(kept.timeline, ending=ending))


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(
    ("framing", "ending"),
    [pair for pair in product(FRAMINGS, ENDINGS) if pair not in DOES_NOT_APPLY],
)
async def test_live_tape_and_replay_are_the_same(
    framing: str, ending: EndingKind, client: str, tmp_path: Path
) -> None:
    table = cases(framing, ending, client)
    scripts = [case.script() for case in table]
    async with (
        ScriptedUpstream(*(steps for steps, _ in scripts)) as upstream,
        recording(tmp_path, upstream) as session,
    ):
        await live(session, table, [gates for _, gates in scripts])
        kept = await session.close()
        tape = recorded(session.proxy.cassette)
    assert (kept.interactions, kept.lost, kept.problem) == (len(table), 0, "")
    for case, interaction in zip(table, tape, strict=True):
        check_tape(case, interaction)
    change: Callable[[Interaction], Interaction] = timed_out if ending == "timeout" else _as_it_is
    tape = [change(interaction) for interaction in tape]
    async with replaying(tape, None) as server:
        await replay_at_once(server, table)
    clock = ManualClock()
    async with replaying(tape, clock) as server:
        await replay_in_time(server, clock, table, tape)


def _as_it_is(kept: Interaction) -> Interaction:
    return kept
