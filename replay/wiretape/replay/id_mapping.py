"""Ids that one side minted and the other sends back.

Which of several equal requests goes on with the conversation that this client was given; and the
one exception to "the same bytes": the `id` of a JSON-RPC answer is that of the request, since the
client counts its requests for itself. Knows matching and the faults' way to put streams together;
nothing of sockets or of what was played.
"""

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from wiretape.cassettes.matching import MatchRules, MintedIds, agreement, minted_ids
from wiretape.cassettes.model import Interaction, Request
from wiretape.replay.faults.fault import DoesNotApply
from wiretape.replay.faults.frames import stream_of
from wiretape.replay.faults.runs import (
    Run,
    answered,
    runs_of,
    split_runs,
    with_runs,
    without_coding,
)

_DECODER = json.JSONDecoder()
_WHITE = " \t\r\n"


_LOOKED_BACK = 256
"""Recordings before one that are searched for the answer it goes on with."""


class Chains:
    """The recordings of one key, told apart by the ids in them."""

    def __init__(
        self, ids: Sequence[MintedIds], on_tape: Sequence[bool], rules: MatchRules
    ) -> None:
        self._ids = ids
        self._on_tape = on_tape
        self._rules = rules

    @classmethod
    def of(
        cls, tape: Sequence[Interaction], places: Sequence[int], rules: MatchRules
    ) -> "Chains | None":
        """None where nothing tells them apart: then only their order does."""
        requests = [tape[place].request for place in places]
        first = requests[0]
        if len(requests) == 1 or (first.body and all(r.body == first.body for r in requests)):
            return None
        ids = [minted_ids(one, rules) for one in requests]
        if all(one == ids[0] for one in ids):
            return None
        pairs = zip(ids, places, strict=True)
        return cls(ids, [_was_given(one.previous, tape, place) for one, place in pairs], rules)

    def nearest(self, asked: Request) -> list[int]:
        """Which of the requests, by index, go on with the same as one that asks: those that agree
        in the answer before and then in most ids. All of them where none is any nearer.

        An answer that nobody was given (a test of what a provider says to that) goes with one that
        nobody was given on the tape.
        """
        wanted = minted_ids(asked, self._rules)
        agreed = [
            (self._previous(wanted, index), agreement(wanted, ids))
            for index, ids in enumerate(self._ids)
        ]
        best = max(agreed)
        return [index for index, one in enumerate(agreed) if one == best]

    def _previous(self, wanted: MintedIds, index: int) -> int:
        recorded = self._ids[index].previous
        if wanted.previous == recorded:
            return 2
        return int(None not in (wanted.previous, recorded) and not self._on_tape[index])


def _was_given(previous: str | None, tape: Sequence[Interaction], place: int) -> bool:
    """Whether an id stands in an answer shortly before a place."""
    if previous is None:
        return False
    sought = previous.encode("utf-8", "replace")
    before = reversed(tape[max(0, place - _LOOKED_BACK) : place])
    return any(one.response is not None and sought in one.response.body for one in before)


class _Member(NamedTuple):
    """A member of a JSON object, and where its value stands."""

    name: str
    start: int
    end: int


def json_rpc_id(body: bytes) -> bytes | None:
    """The `id` of a JSON-RPC request as it is written; None where it is none or has none."""
    if b'"jsonrpc"' not in body:
        return None
    members = {one.name: one for one in _members(body)}
    found = members.get("id")
    if found is None or "jsonrpc" not in members or "method" not in members:
        return None
    return body[found.start : found.end]


def with_json_rpc_id(interaction: Interaction, wanted: bytes) -> Interaction:
    """The interaction as if its request had had this id: in the request, and in each answer to it.

    All other bytes stay, and the reads they came in; Content-Length follows. A coded body loses
    its coding where it is changed.
    """
    request = interaction.request
    recorded = json_rpc_id(request.body)
    if recorded is None or recorded == wanted or interaction.response is None:
        return interaction
    asked = _spliced(request.body, _id_span(request.body, b"method"), wanted)
    try:
        answer = _answered_with(interaction, wanted)
    except DoesNotApply:
        return interaction
    return replace(answer, request=replace(request, body=asked))


def _answered_with(interaction: Interaction, wanted: bytes) -> Interaction:
    plain = without_coding(interaction)
    body = answered(plain).body
    try:
        frames = [(event.frame.offset, event.raw) for event in stream_of(plain).frames]
    except DoesNotApply:
        frames = [(0, body)]
    spans = [span for offset, raw in frames for span in _answer_spans(offset, raw)]
    if not spans:
        return interaction
    return with_runs(plain, list(_runs_with(runs_of(plain), spans, wanted)))


def _answer_spans(offset: int, raw: bytes) -> Iterator[tuple[int, int]]:
    """Where in the body the id of an answer stands that is in one frame, on one line."""
    if b'"jsonrpc"' not in raw:
        return
    start = raw.find(b"{")
    found = _id_span(raw[start:], b"result", b"error")
    if found is not None:
        yield offset + start + found[0], offset + start + found[1]


def _id_span(text: bytes, *beside: bytes) -> tuple[int, int] | None:
    """Where the value of the outermost `id` stands, if one of the other members is beside it."""
    members = {one.name: one for one in _members(text)}
    found = members.get("id")
    if found is None or not any(name.decode() in members for name in beside):
        return None
    if text[found.start : found.end] == b"null":
        return None
    return found.start, found.end


def _spliced(text: bytes, span: tuple[int, int] | None, wanted: bytes) -> bytes:
    return text if span is None else text[: span[0]] + wanted + text[span[1] :]


def _runs_with(runs: list[Run], spans: Sequence[tuple[int, int]], wanted: bytes) -> Iterator[Run]:
    """The body with other bytes at the spans, each of them in the read that the last one was in."""
    sizes: list[int] = []
    at = 0
    for start, end in spans:
        sizes += (start - at, end - start)
        at = end
    for index, group in enumerate(split_runs(runs, sizes)):
        if index % 2 and group:
            yield group[-1]._replace(data=wanted)
        else:
            yield from group


def _members(text: bytes) -> list[_Member]:
    """The members of the outermost object; none where it is no object, or is broken.

    Read as ISO-8859-1, so that places count bytes; what is no ASCII stands in strings only.
    """
    read = text.decode("latin-1")
    found: list[_Member] = []
    try:
        at = _behind(read, _past_white(read, 0), "{")
        while read[at : at + 1] == '"':
            name, at = _DECODER.raw_decode(read, at)
            start = _past_white(read, _behind(read, at, ":"))
            _, end = _DECODER.raw_decode(read, start)
            found.append(_Member(name, start, end))
            at = _past_white(read, end)
            if read[at : at + 1] != ",":
                return found if read[at : at + 1] == "}" else []
            at = _past_white(read, at + 1)
    except (ValueError, RecursionError):
        return []
    return found


def _behind(text: str, at: int, sign: str) -> int:
    """Behind a sign and the white space around it. Raises ValueError where another stands."""
    at = _past_white(text, at)
    if text[at : at + 1] != sign:
        raise ValueError(f"expected {sign}")
    return _past_white(text, at + 1)


def _past_white(text: str, at: int) -> int:
    while at < len(text) and text[at] in _WHITE:
        at += 1
    return at
