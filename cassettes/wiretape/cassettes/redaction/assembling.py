"""Text out of frames: what a reader of a stream sees, put together from its pieces.

Takes a body apart into JSON frames by the simplest means there are (lines of NDJSON and of
SSE's `data:`, eventstream payloads, the elements of an array) and joins the strings that stand
at the same place of consecutive frames. Knows no dialect: what a frame means is not asked.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from wiretape.cassettes.redaction.json_spans import DEEPEST

Json = Any

_LINE_END = re.compile(rb"\r\n|\r|\n")
_TELLING_APART = ("type", "index", "output_index", "content_index", "contentBlockIndex")
"""Members that say which of several open texts a frame goes on with."""


class Text(NamedTuple):
    """The strings of one place, joined."""

    path: str
    """`$.choices[0].delta.content`."""
    text: str
    pieces: int


def json_frames(body: bytes) -> Iterator[Json]:
    """Every JSON value the body holds, in order; what is no JSON is stepped over."""
    whole = _decoded(body)
    if whole is not _NOT_JSON:
        yield from whole if isinstance(whole, list) else (whole,)
        return
    for line in _LINE_END.split(body):
        if line.startswith(b"data:"):
            line = line[5:]
        frame = _decoded(line)
        if isinstance(frame, dict | list):
            yield frame
            continue


def assembled(frames: Iterator[Json]) -> list[Text]:
    """The strings of the frames, joined by place, each place once, in order of first sight."""
    pieces: dict[tuple[Json, ...], list[str]] = {}
    for frame in frames:
        inner = _inside_base64(frame)
        for value in (frame, *inner):
            mark = _mark(value)
            for path, text in _leaves(value, "$"):
                pieces.setdefault((path, *mark), []).append(text)
    return [Text(key[0], "".join(texts), len(texts)) for key, texts in pieces.items()]


def leaves(frame: Json) -> Iterator[tuple[str, str]]:
    """Path and text of every string of a frame."""
    return _leaves(frame, "$")


def _mark(frame: Json) -> tuple[Json, ...]:
    if not isinstance(frame, dict):
        return ()
    found = (frame.get(name) for name in _TELLING_APART)
    return tuple(value if isinstance(value, str | int) else None for value in found)


def _leaves(value: Json, path: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif depth < DEEPEST and isinstance(value, dict):
        for name, member in value.items():
            yield from _leaves(member, f"{path}.{name}", depth + 1)
    elif depth < DEEPEST and isinstance(value, list):
        for index, element in enumerate(value):
            yield from _leaves(element, f"{path}[{index}]", depth + 1)


def _inside_base64(frame: Json) -> list[Json]:
    """Bedrock wraps a model's own frames: `{"bytes": base64 of JSON}`."""
    wrapped = frame.get("bytes") if isinstance(frame, dict) else None
    if not isinstance(wrapped, str):
        return []
    try:
        inner = _decoded(base64.b64decode(wrapped, validate=True))
    except (binascii.Error, ValueError):
        return []
    return [] if inner is _NOT_JSON else [inner]


_NOT_JSON = object()


def _decoded(data: bytes) -> Json:
    try:
        return msgspec.json.decode(data)
    except (ValueError, RecursionError):  # msgspec.DecodeError is a ValueError
        return _NOT_JSON
