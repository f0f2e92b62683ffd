"""Option types that several verbs share, with their completion."""

import glob
import math
import re
from pathlib import Path
from types import MappingProxyType
from typing import Any

import click
from click.shell_completion import CompletionItem

INSTANT = "instant"
SUFFIX = ".tape.zst"


class TapePath(click.Path):
    """A cassette's path, completed to folders and to `*.tape.zst`."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, path_type=Path)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        folder = Path(incomplete[: incomplete.rfind("/") + 1])
        try:
            found = sorted(folder.glob(f"{glob.escape(incomplete[incomplete.rfind('/') + 1 :])}*"))
        except OSError:
            return []
        return [
            CompletionItem(f"{path}/" if path.is_dir() else str(path))
            for path in found
            if path.name.endswith(SUFFIX) or path.is_dir()
        ]


def _is_typed(value: Any) -> bool:
    """Whether a number is written in the digits of ASCII: those of other scripts, and underscores,
    are part of a number to Python."""
    return not isinstance(value, str) or (value.isascii() and "_" not in value)


class Speed(click.ParamType[float | None]):
    """`instant`, which is None, or a number above 0: 2 is twice as fast."""

    name = "speed"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return "S|instant"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float | None:
        if value == INSTANT:
            return None
        try:
            speed = float(value) if _is_typed(value) else 0.0
        except ValueError:
            speed = 0.0
        if not 0 < speed < float("inf"):
            self.fail(
                f"{value!r} is no speed; 1 is as recorded, 2 twice as fast, or '{INSTANT}'",
                param,
                ctx,
            )
        return speed


class Size(click.ParamType[int]):
    """Bytes: `1000000`, `64M`, `1GiB`; K, M and G are powers of 1,000."""

    name = "size"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return "SIZE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        found = _SIZE.fullmatch(str(value))
        size = round(float(found[1]) * _UNITS[found[2].lower()]) if found else 0
        if not size:
            self.fail(f"{value!r} is no size; give bytes, such as 1000000, 64M or 1GiB", param, ctx)
        return size


_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?((?:[KMG]i?)?)B?", re.IGNORECASE | re.ASCII)
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "ki": 1 << 10, "mi": 1 << 20, "gi": 1 << 30}


def check_listening(host: str, token: str | None) -> str:
    """The token, empty where there is none. Raises UsageError where others on the network could
    reach `host` without one, or with a weak one.
    """
    from wiretape.cassettes.admission import listening_problem

    if problem := listening_problem(host, token or ""):
        raise click.UsageError(f"{problem} (--token, or WIRETAPE_TOKEN in the environment)")
    return token or ""


class Seconds(click.FloatRange):
    """A time that ends: neither infinity nor what is no number."""

    name = "seconds"

    def __init__(self, *, min_open: bool = False) -> None:
        super().__init__(min=0, min_open=min_open)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not _is_typed(value):
            self.fail(f"{value!r} is no number of seconds", param, ctx)
        seconds = super().convert(value, param, ctx)
        if not math.isfinite(seconds):
            self.fail(f"{value!r} is no number of seconds", param, ctx)
        return seconds


class Age(click.ParamType[float]):
    """`12h`, `30d`, `8w`: a number and what of, in seconds."""

    name = "age"

    _SECONDS = MappingProxyType({"h": 3600, "d": 86_400, "w": 604_800})

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        number, unit = str(value)[:-1], str(value)[-1:]
        if not (_is_typed(number) and number.isdecimal()) or unit not in self._SECONDS:
            self.fail(f"{value!r} is no age; write 12h, 30d or 8w", param, ctx)
        return int(number) * self._SECONDS[unit]


def max_gap_ns(seconds: float | None) -> int | None:
    """Seconds as they are typed, in nanoseconds."""
    return None if seconds is None else round(seconds * 1e9)


class Port(click.ParamType[int]):
    """0 to 65535."""

    name = "port"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        text = str(value)
        if not (text.isascii() and text.isdecimal() and len(text) <= 5) or int(text) > 65535:
            self.fail(f"{value!r} is no port; a number from 0 to 65535 is one", param, ctx)
        return int(text)


port_option = click.option(
    "--port",
    type=Port(),
    default=8787,
    show_default=True,
    help="Where to listen; 0 picks a free port.",
)
host_option = click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Where to listen. Any other than loopback needs --token.",
)
token_option = click.option(
    "--token",
    envvar="WIRETAPE_TOKEN",
    metavar="TOKEN",
    help="Every request must carry it as X-Wiretape-Token. Others on this machine can read it in "
    "the list of processes: better set WIRETAPE_TOKEN.",
)
max_body_option = click.option(
    "--max-body",
    type=Size(),
    default="1GiB",
    show_default=True,
    help="The longest body to take.",
)
speed_option = click.option(
    "--speed",
    type=Speed(),
    default="1",
    show_default=True,
    help="1 as recorded, 2 twice as fast, 0.5 half, or 'instant'.",
)
max_gap_option = click.option(
    "--max-gap",
    type=Seconds(),
    metavar="SECONDS",
    help="Shorten every longer silence to this.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="For programs.")


class Number(click.ParamType[int]):
    """An interaction's number, completed from the index of the cassette named before it."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        text = str(value)
        if not (text.isascii() and text.removeprefix("-").isdecimal() and len(text) < 20):
            self.fail(f"{value!r} is no number of an interaction", param, ctx)
        return int(text)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from wiretape.cassettes.errors import CassetteError
        from wiretape.cassettes.store import Cassette

        try:
            with Cassette.open(Path(ctx.params["file"])) as tape:
                entries = tape.index
        except (CassetteError, KeyError, TypeError):
            return []
        return [
            CompletionItem(str(entry.number), help=f"{entry.upstream} {entry.target}")
            for entry in entries
            if str(entry.number).startswith(incomplete)
        ]
