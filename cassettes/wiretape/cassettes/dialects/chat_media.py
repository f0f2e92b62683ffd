"""Images and sound inside JSON: sizes and digests, never the bytes themselves.

Knows base64, data URLs and how sound files begin; no API.
"""

import hashlib
from typing import Literal

from wiretape.cassettes.dialects.chat_stream import Told
from wiretape.cassettes.dialects.delta import Media
from wiretape.cassettes.dialects.payload import sha256, unwrapped_base64

Modality = Literal["image", "audio", "video", "document", "other"]

_MAGIC = (
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
    (b"\xff\xf1", "audio/aac"),
    (b"\xff\xf9", "audio/aac"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"RIFF", "audio/wav"),
)
"""How a sound file begins; raw PCM has no beginning."""


def bytes_of(text: str) -> bytes:
    """What base64 text stands for; the text itself where it is none."""
    data = unwrapped_base64(text)
    return text.encode("utf-8", "replace") if data is None else data


def tell_media(
    told: Told,
    modality: Modality,
    text: str,
    *,
    part: str,
    raw_type: str,
    choice: int = 0,
    mime: str = "",
    partial_index: int | None = None,
) -> None:
    """A `Media` of base64 text, a data URL or any other URL. One with a `partial_index` is a
    preview."""
    if text.startswith("data:"):
        head, _, encoded = text[len("data:") :].partition(",")
        mime, data = head.partition(";")[0] or mime, bytes_of(encoded)
    elif text.startswith(("https://", "http://")):
        data = text.encode("utf-8", "replace")
    else:
        data = bytes_of(text)
    told.deltas.append(
        Media(
            told.frame,
            told.at_ns,
            raw_type,
            part,
            choice,
            modality=modality,
            mime=mime,
            size=len(data),
            sha256=sha256(data),
            partial_index=partial_index,
            final=partial_index is None,
        )
    )


class Sound:
    """Sound that comes in pieces: a `Media` that is not final for each, one for the whole."""

    def __init__(self, raw_type: str, part: str, choice: int = 0) -> None:
        self._where = (raw_type, part, choice)
        self._digest = hashlib.sha256()
        self._head = b""
        self._size = 0
        self._pieces = 0

    def piece(self, told: Told, data: bytes) -> None:
        """The next bytes."""
        self._take(data)
        told.deltas.append(self._media(told, len(data), sha256(data), self._pieces))
        self._pieces += 1

    def whole(self, told: Told, data: bytes) -> None:
        """All bytes at once."""
        self._take(data)
        self.end(told)

    def end(self, told: Told) -> None:
        """There is no more; nothing where there was nothing, or the end has been told."""
        if self._size:
            told.deltas.append(self._media(told, self._size, self._digest.hexdigest(), None))
            self._size = 0

    def _take(self, data: bytes) -> None:
        self._digest.update(data)
        self._size += len(data)
        self._head = (self._head + data)[:4] if len(self._head) < 4 else self._head

    def _media(self, told: Told, size: int, digest: str, index: int | None) -> Media:
        raw_type, part, choice = self._where
        mime = next((mime for magic, mime in _MAGIC if self._head.startswith(magic)), "")
        return Media(
            told.frame,
            told.at_ns,
            raw_type,
            part,
            choice,
            modality="audio",
            mime=mime,
            size=size,
            sha256=digest,
            partial_index=index,
            final=index is None,
        )
