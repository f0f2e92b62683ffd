"""What a dialect writes down while it reads one frame.

Collects deltas in order, with the frame's number and time, and keeps what the dialect does not
know: a key that is not in its list, a value of another type than the API's. Knows no API.
"""

from collections.abc import Collection
from typing import TypeVar

from wiretape.cassettes.dialects.delta import Delta, Json, Keepalive, Unknown
from wiretape.cassettes.framing.frame import Frame

Place = tuple[int, int, str, str, int]
"""The first members of each delta: frame, time, raw type, part, choice."""

_T = TypeVar("_T", str, dict[str, Json], list[Json])


class Reading:
    """The deltas of one frame, growing; frame number 0 stands for a whole JSON answer."""

    __slots__ = ("at_ns", "choice", "deltas", "frame")

    def __init__(self, frame: int, at_ns: int, choice: int = 0) -> None:
        self.frame = frame
        self.at_ns = at_ns
        self.choice = choice
        self.deltas: list[Delta] = []

    def add(self, delta: Delta) -> None:
        """The next delta."""
        self.deltas.append(delta)

    def at(self, raw_type: str = "", part: str = "") -> Place:
        """What a delta of this frame begins with."""
        return (self.frame, self.at_ns, raw_type, part, self.choice)

    def unknown(self, path: str, value: Json, raw_type: str = "") -> None:
        """Keep what the dialect does not know."""
        self.deltas.append(Unknown(*self.at(raw_type), path=path, value=value))

    def only(self, value: dict[str, Json], known: Collection[str], path: str = "$") -> None:
        """Keep each member whose key is not known."""
        for key in value:
            if key not in known:
                self.unknown(f"{path}.{key}", value[key])

    def string(self, value: dict[str, Json], key: str, path: str = "$") -> str:
        """A member that is to be a string; empty where it is missing, null or something else."""
        return self._typed(value, key, path, str, "")

    def members(self, value: dict[str, Json], key: str, path: str = "$") -> dict[str, Json]:
        """A member that is to be an object; empty where it is missing, null or something else."""
        return self._typed(value, key, path, dict, {})

    def elements(self, value: dict[str, Json], key: str, path: str = "$") -> list[Json]:
        """A member that is to be an array; empty where it is missing, null or something else."""
        return self._typed(value, key, path, list, [])

    def _typed(
        self, value: dict[str, Json], key: str, path: str, kind: type[_T], nothing: _T
    ) -> _T:
        found = value.get(key)
        if isinstance(found, kind):
            return found
        if found is not None:
            self.unknown(f"{path}.{key}", found)
        return nothing


def quiet(frame: Frame) -> tuple[Keepalive, ...]:
    """The keepalive that a frame is; nothing where it has something to say."""
    if frame.kind == "data":
        return ()
    place = (frame.number, frame.last_ns)
    match frame.kind:
        case "comment":
            return (Keepalive(*place, form="comment"),)
        case "empty":
            return (Keepalive(*place, form="blank"),)
        case _:
            return (Keepalive(*place, form="ws_ping"),)


def whole_number(value: Json) -> int | None:
    """A count; some providers write 28 as 28.0. None where it is no count."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
