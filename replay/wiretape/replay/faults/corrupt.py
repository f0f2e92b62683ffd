"""`corrupt(what=json, at=3)`: bytes that are not what was sent.

The checksums of AWS eventstream messages are right again afterwards, unless they are what is
corrupted: the damage is meant for the client, not for its framing.
"""

import random
from typing import ClassVar, Literal

from wiretape.cassettes.dialects.detection import framing_of
from wiretape.cassettes.dialects.payload import decode_json
from wiretape.cassettes.framing.frame import Frame
from wiretape.cassettes.http1 import header, tokens
from wiretape.cassettes.model import Interaction
from wiretape.replay.faults.fault import Aim, Amount, AmountUnit, DoesNotApply, NoEvents
from wiretape.replay.faults.frames import Event, Stream, chosen, stream_of, with_data
from wiretape.replay.faults.message import payload_span
from wiretape.replay.faults.runs import (
    answered,
    is_text,
    runs_of,
    split_runs,
    with_runs,
    without_coding,
)

What = Literal["bytes", "utf8", "crc", "json"]

_LETTERS = b"abcdefghijklmnopqrstuvwxyz0123456789"
_INVALID = 0xFF
"""A byte that stands nowhere in UTF-8 (RFC 3629 section 3)."""


class Corrupt(Aim, frozen=True, kw_only=True):
    """Damages one event, or a body in one piece: a byte, its UTF-8, its checksum or its JSON."""

    units: ClassVar[tuple[AmountUnit, ...]] = ("events", "bytes")
    what: What = "bytes"
    """bytes: one byte is another; utf8: one byte is none of UTF-8; crc: the checksum of an AWS
    eventstream message is wrong; json: the last byte of the JSON is missing."""
    at: Amount | Literal["seed"] = "seed"
    """The event of this number, or the byte that follows so many of the body; else the seed
    chooses, of a body in one piece any letter or digit."""

    def __post_init__(self) -> None:
        if not isinstance(self.at, Amount):
            return
        if self.at.unit not in self.units:
            raise ValueError("at is the number of an event (3), or bytes (120 bytes)")
        if self.at.unit == "events" and self.at.count < 1:
            raise ValueError("events are counted from 1")
        if self.at.unit == "bytes" and self.what not in ("bytes", "utf8"):
            raise ValueError(f"what={self.what} wants the number of an event")

    def applied(self, interaction: Interaction, rng: random.Random) -> Interaction:
        if isinstance(self.at, Amount) and self.at.unit == "bytes":
            return self._byte(interaction, self.at.count, rng)
        try:
            stream = stream_of(interaction)
        except NoEvents:
            if self.at != "seed" or self.what == "crc":
                raise
            return self._whole(without_coding(interaction), rng)
        place = self._place(stream, rng)
        frames = list(stream.frames)
        frames[place] = self._damaged(stream, frames[place], rng)
        return stream.with_frames(frames)

    def _place(self, stream: Stream, rng: random.Random) -> int:
        if isinstance(self.at, Amount):
            return chosen(stream, self.at.count, 0, 0, rng)[0]
        fit = [place for place in stream.places if self._fits(stream.frames[place])]
        if not fit:
            raise DoesNotApply(f"no event of the stream has {self.what} to corrupt")
        return rng.choice(fit)

    def _fits(self, event: Event) -> bool:
        if self.what != "json":
            return True
        assert isinstance(event.frame, Frame)
        return isinstance(decode_json(event.frame.data), dict | list)

    def _damaged(self, stream: Stream, event: Event, rng: random.Random) -> Event:
        assert isinstance(event.frame, Frame)
        if self.what == "crc":
            if stream.framing != "eventstream":
                raise DoesNotApply("only the messages of an AWS eventstream have checksums")
            raw = event.raw
            return event.with_raw(raw[:-1] + bytes([raw[-1] ^ rng.randint(1, 255)]))
        data = event.frame.data
        if self.what == "json":
            if not self._fits(event):
                raise DoesNotApply(f"event {event.frame.number} is no JSON object")
            return with_data(stream, event, data.rstrip()[:-1])
        at = _a_letter(data, "event", rng)
        changed = _INVALID if self.what == "utf8" else _other(data[at], rng)
        return with_data(stream, event, data[:at] + bytes([changed]) + data[at + 1 :])

    def _whole(self, interaction: Interaction, rng: random.Random) -> Interaction:
        """A body that came in one piece: as one event."""
        body = answered(interaction).body
        if self.what == "json":
            if not isinstance(decode_json(body), dict | list):
                raise DoesNotApply("the response is no JSON object")
            kept = split_runs(runs_of(interaction), [len(body.rstrip()) - 1])[0]
            return with_runs(interaction, kept)
        if self.what == "utf8" and not is_text(body):
            raise DoesNotApply("the body is no UTF-8 text")
        return self._byte(interaction, _a_letter(body, "body", rng), rng)

    def _byte(self, interaction: Interaction, at: int, rng: random.Random) -> Interaction:
        """The one byte of the body, wherever it stands."""
        body = answered(interaction).body
        if at >= len(body):
            raise DoesNotApply(f"the body has {len(body):,} bytes, none after {at:,}")
        changed = _INVALID if self.what == "utf8" else _other(body[at], rng)
        if _is_eventstream(interaction):
            return _in_payload(interaction, at, changed)
        before, middle, after = split_runs(runs_of(interaction), [at, 1])
        damaged = [run._replace(data=bytes([changed])) for run in middle]
        return with_runs(interaction, [*before, *damaged, *after])


def _a_letter(data: bytes, of: str, rng: random.Random) -> int:
    """Where one stands. Raises DoesNotApply."""
    inside = [at for at, byte in enumerate(data) if chr(byte).isascii() and chr(byte).isalnum()]
    if not inside:
        raise DoesNotApply(f"the {of} has no letter to corrupt")
    return rng.choice(inside)


def _is_eventstream(interaction: Interaction) -> bool:
    """Whether the bytes of the wire are AWS eventstream messages."""
    response = answered(interaction)
    if tokens(response.headers, "content-encoding") - {"identity"}:
        return False
    named = header(response.headers, "content-type") or ""
    return framing_of(named, response.body).framing == "eventstream"


def _in_payload(interaction: Interaction, at: int, changed: int) -> Interaction:
    """The byte of the body where it is one of a payload, its message's checksums right again."""
    stream = stream_of(interaction)
    frames = list(stream.frames)
    for place, event in enumerate(frames):
        if isinstance(event.frame, Frame) and at < event.frame.offset + len(event.raw):
            start, end = payload_span(event.raw)
            inside = at - event.frame.offset - start
            if not 0 <= inside < end - start:
                break
            data = event.frame.data
            damaged = data[:inside] + bytes([changed]) + data[inside + 1 :]
            frames[place] = with_data(stream, event, damaged)
            return stream.with_frames(frames)
    raise DoesNotApply(f"byte {at:,} is none of a payload; corrupt(what=crc) is for checksums")


def _other(byte: int, rng: random.Random) -> int:
    """Another byte of ASCII that ends no line and quotes nothing, so that only what is said is
    changed and not how it is framed."""
    return rng.choice([letter for letter in _LETTERS if letter != byte])
