"""What all framing decoders share: the frames that wait to be asked for, their numbers and places.

Knows nothing of any framing. A decoder works in `feed` and `feed_eof`; `next_frame` only hands
over.
"""

import json
from collections import deque
from collections.abc import Mapping
from typing import Final

import msgspec

from wiretape.cassettes.errors import FedAfterEnd
from wiretape.cassettes.framing.frame import (
    NEED_DATA,
    Frame,
    FrameKind,
    Malformed,
    MalformedCause,
    NeedData,
)

NO_HEADERS: Final[dict[str, str]] = {}
"""Shared by all frames that have none, so that they cost nothing; nobody writes to it."""

_SEEN = 40
"""Bytes of what was found that a message shows."""


class Decoder:
    """Counts what is given. `_number` and `_offset` are those of the next frame."""

    def __init__(self) -> None:
        self._given: deque[Frame | Malformed] = deque()
        self._number = 1
        self._offset = 0
        self._ended = False

    def next_frame(self) -> Frame | Malformed | NeedData:
        """The next one, or NEED_DATA. Never raises."""
        return self._given.popleft() if self._given else NEED_DATA

    def _open(self) -> None:
        if self._ended:
            raise FedAfterEnd

    def _give(
        self,
        kind: FrameKind,
        data: bytes,
        raw: bytes,
        first_ns: int,
        last_ns: int,
        *,
        name: str = "",
        headers: Mapping[str, str] = NO_HEADERS,
        sent: bool = False,
    ) -> None:
        kept = dict(headers) if headers else NO_HEADERS
        self._given.append(
            Frame(self._number, kind, name, data, raw, self._offset, first_ns, last_ns, kept, sent)
        )
        self._number += 1
        self._offset += len(raw)

    def _give_malformed(
        self,
        cause: MalformedCause,
        words: str,
        raw: bytes,
        first_ns: int,
        last_ns: int,
        *,
        sent: bool = False,
    ) -> None:
        self._given.append(
            Malformed(self._number, cause, words, raw, self._offset, first_ns, last_ns, sent)
        )
        self._number += 1
        self._offset += len(raw)


def seen(data: bytes) -> str:
    """The first bytes, as a message shows them."""
    shown = repr(data[:_SEEN].decode("utf-8", "replace"))
    return f"{shown}, {len(data):,} bytes" if len(data) > _SEEN else shown


def is_json(data: bytes) -> bool:
    """Whether it is one complete JSON value. Lenient where it is about completeness only: bytes
    that are no UTF-8, halves of surrogate pairs, NaN; and a value nested too deep to tell is
    one."""
    try:
        try:
            msgspec.json.decode(data)
        except ValueError:  # msgspec.DecodeError, and UnicodeDecodeError
            json.loads(data.decode("utf-8", "replace"))
    except ValueError:
        return False
    except RecursionError:
        return True
    return True
