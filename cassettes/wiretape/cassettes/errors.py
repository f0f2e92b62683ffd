"""The errors of this room, named by cause.

    CassetteError
    ├── CassetteNotFound       no file at the path
    ├── NotACassette           a file, but not one of ours
    ├── UnsupportedVersion     one of ours, from a format this version does not read
    ├── CassetteCorrupt        one of ours, damaged at an offset
    │   └── IndexCorrupt       only the index is damaged: the interactions may be whole
    ├── CassetteLocked         another process is recording to it, or changing it
    ├── InteractionNotFound    no interaction of that number on the cassette
    ├── BadRedactionRules      a file of redaction rules that cannot be meant
    ├── NotImportable          a file of another tool from which nothing can be taken
    └── LimitExceeded          a length beyond what a reader is willing to believe

    FedAfterEnd                a framing decoder was fed after its end: a mistake of the caller,
                               no damage, and so outside the tree

Damage and absence are different errors: a reader never takes one for the other.
This module knows nothing of the rest of the room.
"""

from pathlib import Path


class CassetteError(Exception):
    """Base of every error of this room. The message is one line a person can act on."""

    def __init__(self, path: Path, problem: str, way_out: str = "") -> None:
        self.path = path
        self.problem = problem
        super().__init__(f"{path}: {problem}{way_out}")


class CassetteNotFound(CassetteError):
    """There is no file at the path."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "no such cassette")


class NotACassette(CassetteError):
    """The file does not begin as a cassette does."""

    def __init__(self, path: Path, found: str) -> None:
        super().__init__(path, f"not a cassette: {found}")


class UnsupportedVersion(CassetteError):
    """The cassette says it is of a format that this version does not read."""

    def __init__(self, path: Path, version: object, supported: int) -> None:
        self.version = version
        super().__init__(
            path,
            f"cassette format {version!r} is not supported, this version reads "
            f"format {supported}; install a newer wiretape to read it",
        )


class CassetteCorrupt(CassetteError):
    """The cassette is damaged. `offset` counts bytes of the file from 0."""

    def __init__(self, path: Path, offset: int, problem: str) -> None:
        self.offset = offset
        super().__init__(
            path,
            f"damaged at byte {offset}: {problem}",
            f"; 'wiretape recover {path}' keeps what is whole",
        )


class IndexCorrupt(CassetteCorrupt):
    """The index at the end is damaged; what stands before it may be whole."""


class CassetteLocked(CassetteError):
    """Another process holds the cassette's journal."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "another process is recording to this cassette, or changing it")


class InteractionNotFound(CassetteError):
    """The cassette holds no interaction of that number."""

    def __init__(self, path: Path, number: int, last: int) -> None:
        self.number = number
        held = f"it holds 1 to {last}" if last else "it is empty"
        super().__init__(path, f"no interaction {number}: {held}")


class LimitExceeded(CassetteError):
    """A length in the file is beyond the reader's limit."""

    def __init__(self, path: Path, offset: int, what: str, found: int, limit: int) -> None:
        self.offset = offset
        super().__init__(
            path, f"{what} at byte {offset} is {found:,} bytes, the limit is {limit:,}"
        )


class BadRedactionRules(CassetteError):
    """A file of redaction rules has a mistake; `place` is a line, or a key in TOML's writing."""

    def __init__(self, path: Path, place: str, problem: str) -> None:
        self.place = place
        super().__init__(path, f"{place}: {problem}")


class NotImportable(CassetteError):
    """A file of another tool that cannot be read, or holds nothing that a cassette could."""


class FedAfterEnd(RuntimeError):
    """A framing decoder was given bytes after it had been told that there are no more."""

    def __init__(self) -> None:
        super().__init__("bytes were fed after feed_eof(): make a new decoder for a new body")
