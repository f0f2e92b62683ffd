"""Deltas of media that stand in a payload: base64, links, and media that come in pieces.

Knows no API.
"""

import hashlib
from typing import Literal

from wiretape.cassettes.dialects.delta import Media
from wiretape.cassettes.dialects.payload import sha256, unwrapped_base64
from wiretape.cassettes.dialects.reading import Place

Modality = Literal["image", "audio", "video", "document", "other"]

_MODALITIES: dict[str, Modality] = {
    "image": "image",
    "audio": "audio",
    "video": "video",
    "text": "document",
    "application": "document",
}


def modality_of(mime: str) -> Modality:
    """What a media type is of: `image/png` is an image."""
    return _MODALITIES.get(mime.partition("/")[0].lower(), "other")


def embedded(
    place: Place, data: str, mime: str, modality: Modality | None = None, *, final: bool = True
) -> Media:
    """A medium in base64: size and digest of the bytes; of the text, where it is no base64."""
    decoded = _decoded(data)
    return Media(
        *place,
        modality=modality or modality_of(mime),
        mime=mime,
        size=len(decoded),
        sha256=sha256(decoded),
        final=final,
    )


def linked(place: Place, url: str, mime: str = "", modality: Modality | None = None) -> Media:
    """A medium that stands elsewhere: size and digest of its URL."""
    return Media(
        *place,
        modality=modality or modality_of(mime),
        mime=mime,
        size=len(url),
        sha256=sha256(url.encode("utf-8", "replace")),
    )


def _decoded(data: str) -> bytes:
    decoded = unwrapped_base64(data)
    return data.encode("utf-8", "replace") if decoded is None else decoded


class Pieces:
    """One medium that comes in pieces, each base64 of its own: audio, as it is spoken."""

    def __init__(self, mime: str) -> None:
        self.mime = mime
        self._digest = hashlib.sha256()
        self._size = 0
        self._count = 0

    def piece(self, place: Place, data: str, modality: Modality = "audio") -> Media:
        """The next one: its own size and digest."""
        decoded = _decoded(data)
        self._digest.update(decoded)
        self._size += len(decoded)
        self._count += 1
        return Media(
            *place,
            modality=modality,
            mime=self.mime,
            size=len(decoded),
            sha256=sha256(decoded),
            partial_index=self._count - 1,
            final=False,
        )

    def whole(self, place: Place, modality: Modality = "audio") -> Media:
        """All of them, one behind the other."""
        return Media(
            *place,
            modality=modality,
            mime=self.mime,
            size=self._size,
            sha256=self._digest.hexdigest(),
        )
