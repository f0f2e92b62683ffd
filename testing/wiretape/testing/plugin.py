"""The pytest plugin: options, the marker and the fixture `wiretape`, over a core without pytest.

pytest loads this module in every run where Wiretape is installed: it imports nothing heavier than
the words of the settings, and the rest within fixtures alone.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from wiretape.testing.errors import BadSetting, TestingError
from wiretape.testing.settings import ALIASES, MODES, Settings

if TYPE_CHECKING:
    from wiretape.testing.view import View

FIXTURE = "wiretape"

_settings = pytest.StashKey[Settings]()
_folder = pytest.StashKey["Path | None"]()
_blocks = pytest.StashKey[bool]()
_attempt = pytest.StashKey["Attempt"]()


@dataclass
class Attempt:
    """One run of a test, from its setup to its teardown; what runs tests again begins another."""

    refused: int = 0
    """Connections that had been refused before."""
    view: View | None = None
    said: str = ""
    """What its report tells already."""
    raised: bool = False
    failed: bool = False
    skipped: bool = False
    """A failure that is expected is neither."""
    tearing_down: bool = False


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("wiretape", "Wiretape: LLM streams from tape")
    group.addoption(
        "--wiretape-mode",
        metavar="MODE",
        default=None,
        help=f"what may be recorded: {', '.join((*MODES, *ALIASES))} (default: none, "
        "which replays and asks no provider; once records where there is no cassette)",
    )
    group.addoption(
        "--wiretape-speed",
        metavar="SPEED",
        default=None,
        help="instant (default), 1 (as recorded), 2 (twice as fast)",
    )
    group.addoption(
        "--wiretape-block-network",
        action="store_true",
        default=None,
        help="refuse connections to other machines, and fail the tests that try",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "wiretape(name=None, *, mode, speed, match_on, ignore, after_last, allow_unplayed, "
        "allow_unmatched, upstreams): replay a cassette behind the test; the name is that of the "
        "test by default",
    )
    try:
        _configure(config)
    except BadSetting as error:
        raise pytest.UsageError(str(error)) from None


def _configure(config: pytest.Config) -> None:
    values = _of_the_project(config.rootpath / "pyproject.toml")
    folder = values.pop("cassettes", None)
    if folder is not None and not isinstance(folder, str):
        raise BadSetting("[tool.wiretape]: cassettes: the name of a folder is wanted")
    blocks = values.pop("block_network", values.pop("block-network", False))
    if not isinstance(blocks, bool):
        raise BadSetting("[tool.wiretape]: block_network: true or false is wanted")
    beside = ("block_network", "cassettes")
    settings = Settings().with_values(values, "[tool.wiretape]", beside)
    for name in ("mode", "speed"):
        value = config.getoption(f"wiretape_{name}")
        if value is not None:
            settings = settings.with_values({name: value}, f"--wiretape-{name}")
    config.stash[_settings] = settings
    config.stash[_folder] = None if folder is None else config.rootpath / folder
    config.stash[_blocks] = bool(config.getoption("wiretape_block_network") or blocks)
    if config.stash[_blocks]:
        from wiretape.testing.blocking import BLOCK

        BLOCK.begin()


def pytest_unconfigure(config: pytest.Config) -> None:
    if config.stash.get(_blocks, False):
        from wiretape.testing.blocking import BLOCK

        config.stash[_blocks] = False
        BLOCK.end()


def pytest_report_header(config: pytest.Config) -> str | None:
    mode = config.stash[_settings].mode
    blocked = ", network blocked" if config.stash[_blocks] else ""
    return f"wiretape: mode {mode}{blocked}" if blocked or mode != "none" else None


def _of_the_project(project: Path) -> dict[str, object]:
    """What `[tool.wiretape]` says."""
    try:
        text = project.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return {}
    if "wiretape" not in text:
        return {}
    import tomllib

    try:
        tools = tomllib.loads(text).get("tool", {})
    except tomllib.TOMLDecodeError:
        return {}  # pytest has its own words for it
    table = tools.get("wiretape", {}) if isinstance(tools, dict) else {}
    if not isinstance(table, dict):
        raise BadSetting("[tool.wiretape] is not a table")
    return table


def pytest_itemcollected(item: pytest.Item) -> None:
    """The fixture comes first, also where only the marker asks for it: clients that other
    fixtures make read the environment."""
    names: list[str] | None = getattr(item, "fixturenames", None)
    if names is None:
        return
    if FIXTURE in names:
        names.remove(FIXTURE)
    elif item.get_closest_marker(FIXTURE) is None:
        return
    names.insert(0, FIXTURE)


@pytest.fixture(scope="session")
def _wiretape_serving() -> Iterator[None]:
    """The thread on which the servers of all tests run."""
    from wiretape.testing.serving import SHARED

    SHARED.hold()
    yield
    SHARED.release()


@pytest.fixture
def wiretape(request: pytest.FixtureRequest, _wiretape_serving: None) -> Iterator[View]:
    """The test's tape behind a server, with the usual clients' variables set to it."""
    from wiretape.cassettes.errors import CassetteError
    from wiretape.replay.errors import ReplayError
    from wiretape.testing.view import View

    item, attempt = request.node, request.node.stash[_attempt]
    problem = ""
    try:
        cassette, settings = _asked_for(item)
        view = View(cassette, settings, way_out=_WAY_OUT, needs_cassette=False)
        view.open()
    except (TestingError, CassetteError, ReplayError) as error:
        problem = f"wiretape: {error}"
    if problem:
        pytest.fail(problem, pytrace=False)
    attempt.view = view
    try:
        yield view
    finally:
        view.stop()
        if not attempt.tearing_down:  # pytest itself is being stopped, and judges nothing more
            view.settle(keep=False)


_WAY_OUT = "record it with --wiretape-mode once (a provider is asked then)"


def _asked_for(item: pytest.Item) -> tuple[Path, Settings]:
    """The cassette and the settings of a test: those of the run, of its markers over them."""
    from wiretape.testing.naming import OneFolder, cassette_path, named_path

    settings, folder = item.config.stash[_settings], item.config.stash[_folder]
    where = None if folder is None else OneFolder(item.config.rootpath, folder)
    name = ""
    for marker in reversed(list(item.iter_markers(FIXTURE))):
        name = _name_in(marker) or name
        values = {key: value for key, value in marker.kwargs.items() if key != "name"}
        settings = settings.with_values(values, "@pytest.mark.wiretape")
    flag = item.config.getoption("wiretape_mode")
    if flag is not None:  # who runs the tests decides what is recorded
        settings = settings.with_values({"mode": flag}, "--wiretape-mode")
    if settings.rules:
        rules = item.config.rootpath / settings.rules
        settings = settings.with_values({"rules": str(rules)}, "rules")
    if name:
        return named_path(item.path, name, where), settings
    return cassette_path(item.path, _names_of(item), where), settings


def _name_in(marker: pytest.Mark) -> str:
    """The cassette that a marker names; empty where it names none. Raises BadSetting."""
    given = [*marker.args, *(marker.kwargs[key] for key in ("name",) if key in marker.kwargs)]
    if len(given) > 1 or not all(isinstance(one, str) for one in given):
        words = ", ".join(map(repr, given))
        raise BadSetting(f"@pytest.mark.wiretape: the name of one cassette is wanted, got {words}")
    return given[0] if given else ""


def _names_of(item: pytest.Item) -> tuple[str, ...]:
    """Of the classes and the function."""
    chain = [node for node in item.listchain() if isinstance(node, pytest.Class)]
    return (*(node.name for node in chain), item.name)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    refused = 0
    if item.config.stash[_blocks]:
        from wiretape.testing.blocking import BLOCK

        refused = len(BLOCK.refused)
    item.stash[_attempt] = Attempt(refused)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """What was asked and had no answer fails the test itself, whatever its client made of it."""
    attempt = item.stash[_attempt]
    try:
        result = yield
    except (pytest.skip.Exception, KeyboardInterrupt):
        raise
    except BaseException:
        attempt.said = _verdict(item, whole=False)
        _add_section(item, "call", attempt.said)
        raise
    if getattr(item, "_excinfo", None):  # a TestCase has failed: unittest raises nothing here
        attempt.said = _verdict(item, whole=False)
        _add_section(item, "call", attempt.said)
    elif verdict := _verdict(item, whole=True):
        attempt.said = _verdict(item, whole=False)
        pytest.fail(verdict, pytrace=False)
    return result


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """How setup, call and teardown went, as it is reported in the end."""
    report = yield
    attempt = item.stash.get(_attempt, None)
    if attempt is not None:
        attempt.raised |= call.excinfo is not None
        attempt.failed |= report.failed
        attempt.skipped |= report.skipped and not hasattr(report, "wasxfail")
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """When all fixtures are done, nothing more can be asked: what was never asked for fails the
    test, and what was recorded is kept, if all of the test went well."""
    attempt = item.stash.setdefault(_attempt, Attempt())
    attempt.tearing_down = True
    try:
        result = yield
    except BaseException:
        attempt.raised = attempt.failed = True
        _add_section(item, "teardown", _settled(item, attempt))
        raise
    finally:
        attempt.tearing_down = False
    if verdict := _settled(item, attempt):
        pytest.fail(verdict, pytrace=False)
    return result


def _settled(item: pytest.Item, attempt: Attempt) -> str:
    """The last verdict on a test, where its report does not tell it yet."""
    view = attempt.view
    if view is None:
        return ""
    whole = not attempt.raised
    told = view.verdict(whole=whole)
    view.settle(keep=not (attempt.failed or attempt.skipped or told))
    verdict = view.verdict(whole=whole)
    if attempt.failed or verdict:
        _add_section(item, "teardown", view.dropped)
    for words in (view.remark, "" if attempt.failed or verdict else view.dropped):
        if words:
            item.warn(pytest.PytestWarning(words))
    return "" if verdict == attempt.said else verdict


def _verdict(item: pytest.Item, *, whole: bool) -> str:
    """The verdict while fixtures may ask yet."""
    attempt = item.stash[_attempt]
    if attempt.view is not None:
        return attempt.view.verdict(whole=whole, over=False)
    return _blocked(item)


def _add_section(item: pytest.Item, when: str, text: str) -> None:
    if text:
        item.add_report_section(when, "wiretape", text)


def _blocked(item: pytest.Item) -> str:
    """Where a test without a tape was about to reach out to."""
    if not item.config.stash[_blocks]:
        return ""
    from wiretape.testing.blocking import BLOCK, blocked_text

    said = blocked_text(BLOCK.refused[item.stash[_attempt].refused :])
    return f"wiretape: {said}" if said else ""
