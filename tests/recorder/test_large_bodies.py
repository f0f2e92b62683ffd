"""A large body is looked through in a thread: the others go on, and the order of things stays."""

import asyncio
import gzip
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from tests.raw_http import RawClient, fetch
from tests.recorder.recording import Session, recorded, recording, until, until_still
from tests.recorder.test_disk import largest_file
from tests.scripted_upstream import (
    LAST_CHUNK,
    LEFT,
    Gate,
    ScriptedUpstream,
    chunk,
    chunked_head,
    length_head,
)
from wiretape.cassettes.journal import Ended, Received, Sent, journal_path
from wiretape.recorder import Limits
from wiretape.recorder.body_copy import BodyCopy
from wiretape.recorder.tap import LARGE

KEY = b"sk-proj-0123456789abcdefghij"
JSON = (("Content-Type", "application/json"), ("Authorization", f"Bearer {KEY.decode()}"))
BODY = b'{"api_key":"someone","input":"%b%b"}' % (b"some words " * 200_000, KEY)
REDACTED = {"header:authorization": 1, "body:**.api_key": 1, "credential": 1}
KEPT = BODY.replace(b"someone", b"*" * 7).replace(KEY, b"[REDACT%b]" % (b"*" * (len(KEY) - 8)))
ENDS = {
    "chunked": ([chunked_head(), chunk(b"one"), LAST_CHUNK], chunk(b"one"), LAST_CHUNK),
    "length": ([length_head(3) + b"one"], b"", length_head(3) + b"one"),
}


@contextmanager
def held_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """No body is looked through before the test says so."""
    gate = threading.Event()
    real = BodyCopy.look_through

    def look_through(body: BodyCopy) -> None:
        assert threading.current_thread() is not threading.main_thread()
        gate.wait()
        real(body)

    monkeypatch.setattr(BodyCopy, "look_through", look_through)
    try:
        yield gate.set
    finally:
        gate.set()


def kinds_of(session: Session, n: int) -> list[type]:
    """What the journal has of an interaction."""
    return [type(entry) for entry in session.journal() if getattr(entry, "n", 0) == n]


async def ask(client: RawClient, session: Session, upstream: ScriptedUpstream) -> None:
    """Send the large body, and see another request through meanwhile."""
    client.send_request("POST", "/up/v1", JSON, BODY)
    await until(lambda: upstream.asked)
    assert (await fetch(session.proxy.url, "GET", "/up/")).complete
    assert upstream.asked[0].body == BODY


@pytest.mark.parametrize("name", ENDS)
async def test_the_end_waits_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """What comes goes to the client at once; its end when the journal has all of it."""
    script, before, end = ENDS[name]
    with held_up(monkeypatch) as go_on:
        async with (
            ScriptedUpstream(script, [length_head(0)]) as upstream,
            recording(tmp_path, upstream) as session,
            await session.client() as client,
        ):
            await ask(client, session, upstream)
            if before:
                await client.read_exactly(len(chunked_head()))
                assert await client.read_exactly(len(before)) == before
            assert client.received == b""
            assert Ended not in kinds_of(session, 1)
            assert Sent not in kinds_of(session, 1)
            go_on()
            assert await client.read_exactly(len(end)) == end
            kinds = kinds_of(session, 1)
            assert kinds[-1] is Ended
            assert kinds.count(Ended) == 1
            assert kinds.count(Sent) > 1
            # The connection is as after any other answer.
            client.send_request("GET", "/up/")
            assert (await client.read_response()).complete
            await session.close()
    check(session, "complete")


async def test_stopped_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sealing waits for it, and what the client sees of the stop waits too."""
    with held_up(monkeypatch) as go_on:
        async with (
            ScriptedUpstream([chunked_head(), Gate()], [length_head(0)]) as upstream,
            recording(tmp_path, upstream) as session,
            await session.client() as client,
        ):
            await ask(client, session, upstream)
            await client.read_exactly(len(chunked_head()))
            closing = asyncio.create_task(session.close())
            await until_still(lambda: session.proxy.live)
            assert not closing.done()
            go_on()
            await closing
            assert await client.read_end() == (b"", "eof")
    check(session, "cut")


async def test_left_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with held_up(monkeypatch) as go_on:
        async with (
            ScriptedUpstream([chunked_head(), LEFT], [length_head(0)]) as upstream,
            recording(tmp_path, upstream) as session,
            await session.client() as client,
        ):
            await ask(client, session, upstream)
            client.close()
            await upstream.left.wait()
            assert Ended not in kinds_of(session, 1)
            go_on()
            await until(lambda: Ended in kinds_of(session, 1))
            await session.close()
    check(session, "client_left")


async def test_the_disk_fails_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a body is not kept for a whole one, and the client has its end."""
    script, _, end = ENDS["length"]
    with held_up(monkeypatch) as go_on:
        async with (
            ScriptedUpstream(script, [length_head(0)]) as upstream,
            recording(tmp_path, upstream) as session,
            await session.client() as client,
        ):
            await ask(client, session, upstream)
            with largest_file(journal_path(session.proxy.cassette).stat().st_size + len(BODY) // 2):
                go_on()
                assert await client.read_exactly(len(end)) == end
            kept = await session.close()
    assert "File too large" in kept.problem
    assert kept.lost == 1
    one = recorded(session.proxy.cassette)[0]
    assert "File too large" in one.lost
    assert KEPT.startswith(one.request.body)
    assert one.timeline.ending.kind == "complete"


async def test_what_cannot_be_redacted_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: BodyCopy) -> None:
        raise RecursionError(KEY)

    monkeypatch.setattr(BodyCopy, "look_through", fails)
    async with (
        ScriptedUpstream([length_head(3) + b"one"]) as upstream,
        recording(tmp_path, upstream) as session,
    ):
        response = await fetch(session.proxy.url, "POST", "/up/v1", JSON, BODY)
        kept = await session.close()
    assert response.body == b"one"
    assert kept.problem == "interaction 1 could not be redacted (RecursionError)"
    (one,) = recorded(session.proxy.cassette)
    assert one.request.body == b""
    assert one.lost == "it could not be redacted"


async def test_an_upload_over_the_limit(tmp_path: Path) -> None:
    """What had come by then is large as well; the refusal waits until it is kept."""
    limits = Limits(body=2_000_000)
    async with (
        ScriptedUpstream([Gate()]) as upstream,
        recording(tmp_path, upstream, limits=limits) as session,
        await session.client() as client,
    ):
        headers = (*JSON, ("Transfer-Encoding", "chunked"))
        client.send_request("POST", "/up/v1", headers)
        client.send(chunk(BODY[:1_900_000]) + chunk(BODY[1_900_000:]))
        response = await client.read_response()
        assert msgspec.json.decode(response.body)["error"]["code"] == "body_too_large"
        assert kinds_of(session, 1)[-1] is Ended
        kept = await session.only()
    assert KEPT.startswith(kept.request.body)
    assert len(kept.request.body) > LARGE
    assert kept.redacted == {"header:authorization": 1, "body:**.api_key": 1}
    assert kept.timeline.ending.kind == "cut"


async def test_a_large_response_in_a_coding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is held back as a whole too."""
    text = b'data: {"token":"%b"}' % random.Random(1).randbytes(LARGE).hex().encode()
    packed = gzip.compress(text)
    with held_up(monkeypatch) as go_on:
        async with (
            ScriptedUpstream(
                [length_head(len(packed), "text/plain", "Content-Encoding: gzip") + packed],
                [length_head(0)],
            ) as upstream,
            recording(tmp_path, upstream) as session,
            await session.client() as client,
        ):
            client.send_request("GET", "/up/")
            await until(lambda: upstream.asked)
            assert (await fetch(session.proxy.url, "GET", "/up/")).complete
            assert Ended not in kinds_of(session, 1)
            go_on()
            assert (await client.read_response()).body == packed
            assert kinds_of(session, 1)[-1] is Ended
            assert Received in kinds_of(session, 1)
            await session.close()
    kept = recorded(session.proxy.cassette)[0]
    assert kept.response is not None
    assert (kept.response.body, kept.lost) == (packed, "")


def check(session: Session, ending: str) -> None:
    """The tape has the first request whole, and redacted."""
    kept = recorded(session.proxy.cassette)[0]
    assert kept.request.body == KEPT
    assert sum(one.size for one in kept.timeline.sent) == len(BODY)
    assert (kept.timeline.ending.kind, kept.lost) == (ending, "")
    assert kept.redacted == REDACTED
