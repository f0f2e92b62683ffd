"""Holds the arrows between the rooms, and what a module may look like.

Imports are read from the source, so that one inside a function or under TYPE_CHECKING counts
as well. A rule about a part that is not built yet holds because there is nothing to break it;
`test_the_scan_sees_the_house` says what is there at least.
"""

import ast
import graphlib
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent

ROOMS = {
    "cassettes": frozenset[str](),
    "recorder": frozenset({"cassettes"}),
    "replay": frozenset({"cassettes"}),
    "testing": frozenset({"cassettes", "recorder", "replay"}),
    "cli": frozenset({"cassettes", "recorder", "replay"}),
}
"""Each room, and the rooms it may know."""

CASSETTES = {
    "errors": frozenset[str](),
    "model": frozenset({"errors"}),
    "timeline": frozenset({"errors", "model"}),
    "codec": frozenset({"errors", "model"}),
    "store": frozenset({"errors", "model", "timeline", "codec"}),
    "framing": frozenset({"errors"}),
    "dialects": frozenset({"errors", "framing"}),
    "conformance": frozenset({"errors", "model", "timeline", "http1", "framing", "dialects"}),
    "meaning": frozenset({"model", "codec", "http1", "framing", "dialects"}),
    "diff": frozenset(
        {
            *("errors", "model", "timeline", "http1", "matching", "framing", "dialects"),
            *("meaning", "pace", "measuring", "conformance"),
        }
    ),
}
"""The parts of the cassettes room that have an order of their own, and what each may know. The
other parts may know what they need, as long as no circle comes of it."""

LIBRARIES = {
    "aiohttp": ("wiretape.recorder", "wiretape.replay", "wiretape.testing"),
    "click": ("wiretape.cli",),
    "rich": ("wiretape.cli",),
    "zstandard": ("wiretape.cassettes.codec",),
    "jsonschema_rs": ("wiretape.cassettes.conformance",),
    "pytest": ("wiretape.testing",),
    "prometheus_client": ("wiretape.replay.control.metrics",),
}
"""Each library that has its place, and the packages that may import it."""

SOCKETS_AND_CLOCKS = frozenset(
    {"asyncio", "select", "selectors", "socket", "socketserver", "ssl", "time", "uvloop"}
)
"""What the cassettes room does without."""

MOST_LINES = 400
EMPTY_WORDS = frozenset({"manager", "handler", "util", "utility", "helper"})


@dataclass(frozen=True)
class Module:
    """One source file of a room: its dotted name, its text and what it imports."""

    name: str
    text: str
    imports: frozenset[str]

    @property
    def room(self) -> str:
        return self.name.split(".")[1]

    @property
    def part(self) -> str:
        """The part of the room it belongs to; empty for the room's own `__init__`."""
        return part_of(self.name)


def part_of(name: str) -> str:
    """`wiretape.cassettes.codec.frames` belongs to `codec`."""
    return name.split(".")[2] if name.count(".") >= 2 else ""


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def scan(name: str, text: str, *, is_package: bool = False) -> frozenset[str]:
    """The dotted names that a module imports anywhere in it.

    `from a import b` gives both `a` and `a.b`: whether b is a module is not asked.
    """
    package = name if is_package else name.rpartition(".")[0]
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        found.update(_imported(node, package))
    return frozenset(found)


def _imported(node: ast.AST, package: str) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=module, names=names, level=level):
            base = _absolute(module or "", level, package)
            yield base
            yield from (f"{base}.{alias.name}" for alias in names)
        case ast.Call(func=func, args=[ast.Constant(value=str(target)), *_]) if _called(func) in (
            "import_module",
            "__import__",
        ):
            yield target


def _absolute(module: str, level: int, package: str) -> str:
    if level == 0:
        return module
    parents = package.split(".")
    return ".".join([*parents[: len(parents) - level + 1], *([module] if module else [])])


def _called(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")


def read_module(path: Path, root: Path) -> Module:
    """Read a source file; `root` is the folder that holds `wiretape/`."""
    parts = path.relative_to(root).with_suffix("").parts
    is_package = parts[-1] == "__init__"
    name = ".".join(parts[:-1] if is_package else parts)
    text = path.read_text(encoding="utf-8")
    return Module(name, text, scan(name, text, is_package=is_package))


MODULES = [
    read_module(path, ROOT / room)
    for room in ROOMS
    for path in sorted((ROOT / room / "wiretape").rglob("*.py"))
]


# The rules: each gives the lines of what breaks it.


def crossed_rooms(module: Module) -> Iterator[str]:
    """Rooms know only those on the far end of their arrows; the bare namespace is no room."""
    if "wiretape" in module.imports and not any(
        name.startswith("wiretape.") for name in module.imports
    ):
        yield f"{module.name} imports the bare namespace: name the room"
    for name in sorted(module.imports):
        known = name.split(".")[1] if name.startswith("wiretape.") else module.room
        if known != module.room and known not in ROOMS[module.room]:
            yield f"{module.name} imports {name}: {module.room} must not know {known}"


def crossed_parts(module: Module) -> Iterator[str]:
    """The ordered parts of the cassettes room know only what stands before them."""
    if module.room != "cassettes" or module.part not in CASSETTES:
        return
    for part in sorted(known_parts(module)):
        if part not in CASSETTES[module.part]:
            yield f"{module.name}: {module.part} must not know {part or 'the whole room'}"


def known_parts(module: Module) -> set[str]:
    """The parts of its own room that a module imports; empty text for the room itself."""
    room = f"wiretape.{module.room}"
    names = {name for name in module.imports if within(name, room)}
    # `from wiretape.cassettes import model` gives the room as well as its part; only a name
    # that is no part makes it an import of the room.
    parts = {part_of(name) for name in names} - {""}
    real = parts & {other.part for other in MODULES if other.room == module.room} | (
        parts & set(CASSETTES)
    )
    return (real | ({""} if parts - real or names == {room} else set())) - {module.part}


def misplaced_libraries(module: Module) -> Iterator[str]:
    """A library is imported where it has its place, and nowhere else."""
    for name in sorted(module.imports):
        places = LIBRARIES.get(name.split(".")[0])
        if places is not None and not any(within(module.name, place) for place in places):
            yield f"{module.name} imports {name}, which belongs in {', '.join(places)}"


def sockets_and_clocks(module: Module) -> Iterator[str]:
    """A tape on the desk needs neither."""
    if module.room == "cassettes":
        for name in sorted(module.imports):
            if name.split(".")[0] in SOCKETS_AND_CLOCKS:
                yield f"{module.name} imports {name}: cassettes has no sockets and no clock"


def bad_shape(module: Module) -> Iterator[str]:
    """A module says what it is, can be read whole, and is named after what it does."""
    if not ast.get_docstring(ast.parse(module.text)):
        yield f"{module.name} has no docstring"
    lines = module.text.count("\n")
    if lines > MOST_LINES:
        yield f"{module.name} has {lines} lines, the most is {MOST_LINES}"
    words = {word.removesuffix("s") for word in module.name.rpartition(".")[2].split("_")}
    if empty := words & EMPTY_WORDS or words == {"event"}:
        yield f"{module.name} is named after nothing it does ({empty})"


RULES = (crossed_rooms, crossed_parts, misplaced_libraries, sockets_and_clocks, bad_shape)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps(rule: Callable[[Module], Iterator[str]]) -> None:
    assert [line for module in MODULES for line in rule(module)] == []


def circle(graph: dict[str, set[str]]) -> list[str]:
    """One circle of the graph, its first node again at its end; empty where there is none."""
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def test_no_circle_between_the_parts_of_the_cassettes_room() -> None:
    graph: dict[str, set[str]] = {}
    for module in MODULES:
        if module.room == "cassettes":
            graph.setdefault(module.part, set()).update(known_parts(module))
    assert circle(graph) == []


def test_no_circle_between_modules() -> None:
    names = {module.name for module in MODULES}
    graph = {module.name: set(module.imports & names) - {module.name} for module in MODULES}
    assert circle(graph) == []


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_is_one_typed_package_in_a_namespace(room: str) -> None:
    namespace = ROOT / room / "wiretape"
    assert not (namespace / "__init__.py").exists()
    kept = {path.name for path in namespace.iterdir() if path.name != "__pycache__"}
    assert kept == {room}
    assert (namespace / room / "py.typed").is_file()


def test_the_scan_sees_the_house() -> None:
    seen = {module.name for module in MODULES}
    assert {"wiretape.cassettes", "wiretape.recorder", "wiretape.replay", "wiretape.cli"} <= seen
    for part in ("errors", "model", "timeline", "codec", "store"):
        assert any(within(name, f"wiretape.cassettes.{part}") for name in seen), part
    used = {name.split(".")[0] for module in MODULES for name in module.imports}
    assert {"aiohttp", "click", "rich", "zstandard", "asyncio", "msgspec"} <= used


def test_the_wheel_holds_every_room() -> None:
    settings: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = settings["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["only-include"] == [f"{room}/wiretape" for room in ROOMS]
    assert wheel["sources"] == wheel["dev-mode-dirs"] == list(ROOMS)


# The rules can fail: the scan on small sources, then each rule on a module that breaks it.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import wiretape.replay.clock as c", {"wiretape.replay.clock"}),
        ("from wiretape import recorder", {"wiretape", "wiretape.recorder"}),
        ("from wiretape.cli.main import main", {"wiretape.cli.main", "wiretape.cli.main.main"}),
        ("def f():\n    import socket", {"socket"}),
        ("async def f():\n    with x:\n        from time import sleep", {"time", "time.sleep"}),
        ("if TYPE_CHECKING:\n    import aiohttp", {"aiohttp"}),
        ("try:\n    import rich, click\nexcept ImportError: pass", {"rich", "click"}),
        ("from . import model", {"wiretape.cassettes", "wiretape.cassettes.model"}),
        ("from .codec import x", {"wiretape.cassettes.codec", "wiretape.cassettes.codec.x"}),
        ("from ..replay import x", {"wiretape.replay", "wiretape.replay.x"}),
        ("importlib.import_module('wiretape.recorder')", {"wiretape.recorder"}),
        ("__import__('asyncio')", {"asyncio"}),
        ("'import socket'\n# import socket", set()),
    ],
)
def test_the_scan_finds(text: str, expected: set[str]) -> None:
    assert scan("wiretape.cassettes.store", text) == expected


def test_the_scan_resolves_a_package_against_itself() -> None:
    assert "wiretape.cassettes.model" in scan(
        "wiretape.cassettes", "from . import model", is_package=True
    )


def test_a_circle_is_found() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": set()}) == []
    assert set(circle({"a": {"b"}, "b": {"c"}, "c": {"a"}})) == {"a", "b", "c"}


def small(name: str, text: str) -> Module:
    return Module(name, f'"""Small."""\n{text}\n', scan(name, text))


@pytest.mark.parametrize(
    ("rule", "module"),
    [
        (crossed_rooms, small("wiretape.replay.server", "from wiretape.recorder import proxy")),
        (crossed_rooms, small("wiretape.recorder.proxy", "from wiretape import replay")),
        (crossed_rooms, small("wiretape.cassettes.store", "import wiretape.cli.main")),
        (crossed_rooms, small("wiretape.testing.plugin", "import wiretape.cli.main")),
        (crossed_rooms, small("wiretape.cli.main", "import wiretape")),
        (crossed_parts, small("wiretape.cassettes.errors", "from .model import Chunk")),
        (crossed_parts, small("wiretape.cassettes.model", "from .timeline import instant")),
        (crossed_parts, small("wiretape.cassettes.codec", "from wiretape.cassettes import store")),
        (crossed_parts, small("wiretape.cassettes.store", "from wiretape.cassettes import fold")),
        (crossed_parts, small("wiretape.cassettes.framing.sse", "import wiretape.cassettes.model")),
        (
            crossed_parts,
            small("wiretape.cassettes.dialects.chat", "import wiretape.cassettes.diff"),
        ),
        (misplaced_libraries, small("wiretape.cli.main", "import aiohttp")),
        (misplaced_libraries, small("wiretape.recorder.proxy", "from rich.table import Table")),
        (misplaced_libraries, small("wiretape.cassettes.store", "import zstandard")),
        (misplaced_libraries, small("wiretape.cli.main", "def f():\n    import pytest")),
        (sockets_and_clocks, small("wiretape.cassettes.journal", "from time import monotonic_ns")),
        (bad_shape, Module("wiretape.cli.main", "x = 1\n", frozenset())),
        (bad_shape, small("wiretape.cli.long", "\n" * MOST_LINES)),
        (bad_shape, small("wiretape.cli.stream_utils", "")),
        (bad_shape, small("wiretape.cli.handlers", "")),
        (bad_shape, small("wiretape.cli.event", "")),
    ],
)
def test_a_rule_can_be_broken(rule: Callable[[Module], Iterator[str]], module: Module) -> None:
    assert list(rule(module)) != []


@pytest.mark.parametrize(
    ("rule", "module"),
    [
        (crossed_rooms, small("wiretape.cli.main", "from wiretape.recorder import Upstream")),
        (crossed_parts, small("wiretape.cassettes.store", "from wiretape.cassettes import model")),
        (crossed_parts, small("wiretape.cassettes.codec.lines", "from . import frames")),
        (misplaced_libraries, small("wiretape.cassettes.codec.frames", "import zstandard")),
        (sockets_and_clocks, small("wiretape.recorder.tap", "import time")),
    ],
)
def test_a_rule_can_be_kept(rule: Callable[[Module], Iterator[str]], module: Module) -> None:
    assert list(rule(module)) == []
