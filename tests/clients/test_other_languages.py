"""The examples in other languages, as their guide says they are used: recorded, replayed, and
failing where they should."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.clients.trying import unavailable
from wiretape.cassettes import Cassette

pytestmark = pytest.mark.clients

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
GUIDE = (ROOT / "docs/other-languages.md").read_text(encoding="utf-8")
PROVIDER = EXAMPLES / "pytest_agent/provider.py"

EXAMPLE = {"node": "node_vitest", "go": "go_httptest"}
CASSETTE = {"node": "tapes/agent.tape.zst", "go": "tapes/answers.tape.zst"}
TURNS = {"node": 3, "go": 1}
"""Of one question."""


@pytest.fixture(params=["node", "go"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def project(language: str, tmp_path: Path) -> Path:
    """A copy of the example, with what it needs installed."""
    if shutil.which(language) is None:
        unavailable(f"{language} is not installed")
    example = EXAMPLES / EXAMPLE[language]
    ignored = shutil.ignore_patterns("node_modules")
    copy = Path(shutil.copytree(example, tmp_path / example.name, ignore=ignored))
    if language == "node":
        if not (example / "node_modules").exists():
            unavailable("vitest is not installed")
        (copy / "node_modules").symlink_to(example / "node_modules")
    return copy


def typed(command: str, project: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """What the shell makes of a command, with the `wiretape` that is tested."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    # Go asks nobody for modules or for another Go.
    own = {"PATH": path, "GOPROXY": "off", "GOTOOLCHAIN": "local", "NO_COLOR": "1"}
    return subprocess.run(
        ["bash", "-c", command],
        cwd=project, env={**os.environ, **own, **variables}, timeout=120, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def commands(language: str) -> list[str]:
    """Those of the guide for one language."""
    blocks = re.findall(r"```console\n(.*?)```", GUIDE, re.DOTALL)
    [block] = [one for one in blocks if EXAMPLE[language] in one]
    return [line.removeprefix("$ ") for line in block.splitlines()]


@contextmanager
def provider() -> Iterator[str]:
    process = subprocess.Popen([sys.executable, PROVIDER, "0"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_recorded_and_tested_as_the_guide_says(language: str, project: Path) -> None:
    tape = project / CASSETTE[language]
    tape.unlink()
    *_, first, second, test = commands(language)
    with provider() as url:
        for line in (first, second):
            line = line.replace("record ", f"record --upstream openai={url} --port 0 ", 1)
            done = typed(line, project, OPENAI_API_KEY="sk-of-a-reader")
            assert done.returncode == 0, done.stdout
    with Cassette.open(tape) as cassette:
        assert len(cassette) == 2 * TURNS[language]
    done = typed(test, project, CI="1")
    assert done.returncode == 0, done.stdout


def test_the_cassette_that_is_there_plays(language: str, project: Path) -> None:
    done = typed(commands(language)[-1], project, CI="1")
    assert done.returncode == 0, done.stdout


# The tests that are changed would pass, but for what the control API says.
SWALLOWED = {
    "node": (
        "test/agent.test.js",
        "await run(`How warm is it in ${city}?`, wiretape.client())",
        "await run(`How cold is it in ${city}?`, wiretape.client()).catch(() => answer)",
    ),
    "go": (
        "answers_test.go",
        'get(t, "status(code=503)", "How warm is it in Oslo?")',
        'get(t, "", "How cold is it in Oslo?")',
    ),
}
LEFT_OUT = {
    "node": ("test/agent.test.js", '["Zürich", "It is 4 °C in Zürich, or 39 °F. "],', ""),
    "go": ("answers_test.go", '"Oslo", "Zürich"', '"Oslo"'),
}


def test_a_request_that_is_not_on_the_tape_fails_though_swallowed(
    language: str, project: Path
) -> None:
    change(project, *SWALLOWED[language])
    done = typed(commands(language)[-1], project)
    assert done.returncode == 1, done.stdout
    assert "not on the tape" in done.stdout
    assert "$.messages[0].content" in done.stdout
    assert "How cold is it in Oslo?" in done.stdout


def test_a_recording_that_nobody_asked_for_fails(language: str, project: Path) -> None:
    change(project, *LEFT_OUT[language])
    done = typed(commands(language)[-1], project, CI="1")
    assert done.returncode == 1, done.stdout
    assert "never asked for: [" in done.stdout


def change(project: Path, file: str, old: str, new: str) -> None:
    text = (project / file).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (project / file).write_text(text.replace(old, new), encoding="utf-8")


def test_what_the_guide_shows_stands_in_the_files() -> None:
    suffixes = {"js": "node_vitest/**/*.js", "go": "go_httptest/**/*.go"}
    for name, code in re.findall(r"```(js|go)\n(.*?)```", GUIDE, re.DOTALL):
        files = [
            path.read_text(encoding="utf-8")
            for path in EXAMPLES.glob(suffixes[name])
            if "node_modules" not in path.parts
        ]
        for part in code.strip().split("\n\n"):
            assert any(part in text for text in files), part
