"""The heavy servers, started once for all tests that ask for them."""

import ast
import importlib.util
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.clients.clients_document import FILE, WRITE, merged, problems, versions
from tests.clients.llama_server import PROGRAM, find_program, llama_server
from tests.clients.trying import REQUIRED, Target, Tried, declare, unavailable

# Before anybody imports it, so that what is not the same is shown.
pytest.register_assert_rewrite("tests.clients.taped")

TELEMETRY_OFF = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "LANGCHAIN_TRACING_V2": "false",
    "LANGSMITH_TRACING": "false",
    "LOGFIRE_SEND_TO_LOGFIRE": "false",
    "OPENAI_AGENTS_DISABLE_TRACING": "1",
}
os.environ.update(TELEMETRY_OFF)  # some read it when they are imported

_OURS = ("tests.", "wiretape.")
_left_out: dict[str, str] = {}
"""Test module to what it imports that is not installed."""


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """`make test` collects this folder and has two SDKs installed: a module that imports another
    is left out, unless the clients are required, where it is an error."""
    is_test = collection_path.match("test_*.py")
    if not is_test or os.environ.get(REQUIRED) == "1":
        return None
    others = (name for name in _imported(collection_path) if not name.startswith(_OURS))
    missing = next((name for name in others if not _installed(name)), None)
    if missing is None:
        return None
    _left_out[collection_path.name] = missing
    return True


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was left out, which clients ran, and what is wrong with their document."""
    for module, missing in sorted(_left_out.items()):
        terminalreporter.write_line(f"{module} left out: {missing} is not installed")
    if rows := _tried.rows:
        terminalreporter.section("clients")
        document = FILE.read_text(encoding="utf-8") if FILE.exists() else ""
        for line in versions(document, rows):
            terminalreporter.write_line(line)
    for line in _problems:
        terminalreporter.write_line(line, red=True)
    if _problems:
        terminalreporter.write_line("python -m tests.clients.clients_document writes it anew")


_tried = Tried()
_problems: list[str] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """So that the reports say which client was tried."""
    declare(items)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep what came of it."""
    _tried.take(report)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hold a whole run and `docs/clients.md` to one another; or write it."""
    if hasattr(session.config, "workerinput"):
        return
    rows = _tried.rows
    document = FILE.read_text(encoding="utf-8") if FILE.exists() else ""
    if rows and os.environ.get(WRITE) == "1" and not session.testsfailed:
        FILE.write_text(merged(document, rows), encoding="utf-8")
        return
    target = _whole(session.config)
    if target is not None:
        _problems.extend(problems(document, rows, target))
    if _problems and not session.exitstatus:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _whole(config: pytest.Config) -> Target | None:
    """The target whose tests this run has, all of them; None for a part of them."""
    asked: str = config.option.markexpr
    if config.option.keyword or config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return None
    if asked == "servers":
        return "test-servers"
    required = os.environ.get(REQUIRED) == "1"
    return "test-clients" if asked == "clients" and required else None


def _imported(path: Path) -> Iterator[str]:
    """What a module imports when it is imported itself."""
    for node in ast.parse(path.read_bytes()).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            if node.module == "google":  # a namespace that others share
                yield from (f"google.{alias.name}" for alias in node.names)


def _installed(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


@pytest.fixture(autouse=True)
def no_proxy_to_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine's HTTP proxy is not to stand between a client and this machine."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1,localhost")


@pytest.fixture(scope="session")
def llama_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """llama.cpp's server on a tiny random model."""
    with _tiny_llama(tmp_path_factory) as url:
        yield url


@pytest.fixture(scope="session")
def brief_llama_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same, for clients that set no limit: its answers are short by themselves."""
    with _tiny_llama(tmp_path_factory, "--predict", "60") as url:
        yield url


@contextmanager
def _tiny_llama(factory: pytest.TempPathFactory, *options: str) -> Iterator[str]:
    program = find_program()
    if program is None:
        unavailable(f"{PROGRAM} is not installed")
    model = factory.mktemp("llama") / "tiny.gguf"
    # Needs gguf and numpy, which come with the server.
    from tests.clients.tiny_gguf import make_tiny_gguf

    make_tiny_gguf(Path(model))
    with llama_server(program, model, *options) as url:
        yield url
