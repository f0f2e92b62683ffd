"""Projects whose tests use the plugin, for the tests of it."""

import os
from pathlib import Path

import pytest

from tests.testing.tapes import write_tape

ROOT = Path(__file__).parents[2]

HEAD = """
import asyncio, os, pytest, urllib.error
from tests.testing.tapes import ask, answers
URL = "OPENAI_BASE_URL"
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """An empty project whose tests may import ours."""
    monkeypatch.syspath_prepend(ROOT)
    monkeypatch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    return pytester


def test_file(project: pytest.Pytester, text: str, *tapes: str) -> Path:
    """A module of tests, with a cassette for each name."""
    lines = [line.removeprefix("    ") for line in text.strip("\n").splitlines()]
    path = project.makepyfile(test_it=HEAD + "\n".join(lines))
    for name in tapes:
        write_tape(project.path / f"cassettes/test_it/{name}.tape.zst")
    return path


test_file.__test__ = False  # type: ignore[attr-defined]


def run(project: pytest.Pytester, *options: str) -> pytest.RunResult:
    return project.runpytest_inprocess("-p", "no:cacheprovider", *options)
