"""Which interactions a person means: by number, upstream, path, ending. Pure."""

from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from wiretape.cli.errors import NothingChosen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wiretape.cassettes.codec.index import IndexEntry


class Numbers(click.ParamType["tuple[tuple[int, int | None], ...]"]):
    """`3`, `1-5,8`, `10-`: numbers and ranges, both ends included."""

    name = "numbers"

    Chosen = tuple[tuple[int, int | None], ...]

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Chosen:
        try:
            return tuple(_range(piece) for piece in str(value).split(","))
        except ValueError:
            self.fail(f"{value!r} is not like 3, 1-5,8 or 10-", param, ctx)


class Choice(NamedTuple):
    """What to keep; an empty criterion keeps all."""

    keep: Numbers.Chosen | None = None
    drop: Numbers.Chosen | None = None
    upstreams: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()

    @property
    def is_everything(self) -> bool:
        """Whether no criterion was given."""
        return not any(self)

    def check(self, path: Path, entries: "Sequence[IndexEntry]") -> None:
        """Raises NothingChosen where a number is not there, or nothing would be kept."""
        numbers = {entry.number for entry in entries}
        for low, high in (*(self.keep or ()), *(self.drop or ())):
            if not any(_among(number, ((low, high),)) for number in numbers):
                raise NothingChosen(path, f"it has no interaction {_text(low, high)}")
        if not any(self.keeps(entry) for entry in entries):
            raise NothingChosen(path, "no interaction is like that, so nothing would be kept")

    def keeps(self, entry: "IndexEntry") -> bool:
        """Whether the interaction meets every criterion."""
        path = entry.target.partition("?")[0]
        return (
            (self.keep is None or _among(entry.number, self.keep))
            and (self.drop is None or not _among(entry.number, self.drop))
            and (not self.upstreams or entry.upstream in self.upstreams)
            and (not self.paths or any(fnmatchcase(path, like) for like in self.paths))
            and (not self.endings or entry.ending in self.endings)
        )


def _range(piece: str) -> tuple[int, int | None]:
    first, hyphen, last = piece.strip().partition("-")
    if not piece.isascii():
        raise ValueError(piece)  # digits of other scripts are digits to Python
    low = int(first)
    high = (int(last) if last else None) if hyphen else low
    if low < 1 or (high is not None and high < low):
        raise ValueError(piece)
    return low, high


def _text(low: int, high: int | None) -> str:
    return str(low) if low == high else f"{low}-{high or ''}"


def _among(number: int, chosen: Numbers.Chosen) -> bool:
    return any(low <= number and (high is None or number <= high) for low, high in chosen)
