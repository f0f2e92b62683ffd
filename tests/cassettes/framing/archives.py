"""Vectors: what bytes become which frames, as text archives that read well in a diff.

An archive is words for a person, then sections: `-- framing --`, `-- bytes --` and
`-- frames --`. In the bytes, line breaks of the archive mean nothing, and `\\n`, `\\r`, `\\t`,
`\\\\`, `\\'` and `\\xNN` mean what they do in Python. A frame is a line as `line_of` writes it.
"""

import ast
from pathlib import Path
from typing import NamedTuple

from wiretape.cassettes.framing.frame import Frame, Malformed

FOLDER = Path(__file__).parents[2] / "vectors" / "framing"

_ESCAPES = {0x0A: "\\n", 0x0D: "\\r", 0x09: "\\t", 0x5C: "\\\\", 0x27: "\\'"}


class Vector(NamedTuple):
    """One archive."""

    name: str
    framing: str
    body: bytes
    frames: list[str]


def vectors() -> list[Vector]:
    """All archives, by name."""
    return [read_vector(path) for path in sorted(FOLDER.glob("*.txt"))]


def read_vector(path: Path) -> Vector:
    """One archive. Raises KeyError where a section is missing."""
    _, *parts = path.read_text(encoding="ascii").split("\n-- ")
    sections = {
        name: [line for line in text.splitlines() if line]
        for name, _, text in (part.partition(" --\n") for part in parts)
    }
    body = b"".join(ast.literal_eval(f"b'{line}'") for line in sections["bytes"])
    return Vector(path.stem, sections["framing"][0], body, sections["frames"])


def line_of(item: Frame | Malformed) -> str:
    """`data raw='data: 1\\n\\n' data='1'`: kind or cause, raw bytes, then what is not empty."""
    if isinstance(item, Malformed):
        return f"malformed {item.cause} raw='{escaped(item.raw)}'"
    words = [item.kind, f"raw='{escaped(item.raw)}'"]
    if item.kind == "data" or item.data:
        words.append(f"data='{escaped(item.data)}'")
    if item.name:
        words.append(f"name='{escaped(item.name.encode())}'")
    words += [f"{name}='{escaped(text.encode())}'" for name, text in item.headers.items()]
    return " ".join(words)


def escaped(data: bytes) -> str:
    """The bytes as an archive writes them."""
    return "".join(
        _ESCAPES.get(byte) or (chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}")
        for byte in data
    )
