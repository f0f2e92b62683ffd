"""The example project, as its README says it is used."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from wiretape.cassettes.store import Cassette

EXAMPLE = Path(__file__).parents[2] / "examples" / "pytest_agent"
NOT_COPIED = shutil.ignore_patterns("__pycache__", ".pytest_cache")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "project", ignore=NOT_COPIED))


def run(project: Path, *options: str) -> str:
    """What pytest says of it. No key is there, and nothing of another provider."""
    kept = {name: value for name, value in os.environ.items() if "API_KEY" not in name}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options],
        cwd=project, env=kept, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    return done.stdout


@contextmanager
def provider(project: Path) -> Iterator[None]:
    """The example's provider on a free port, and the project told of it."""
    process = subprocess.Popen(
        [sys.executable, "provider.py", "0"], cwd=project, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        url = process.stdout.readline().strip()
        settings = project / "pyproject.toml"
        settings.write_text(settings.read_text().replace("http://127.0.0.1:8099", url))
        yield
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_fifty_conversations_offline_under_xdist(project: Path) -> None:
    assert re.search(r"\n50 passed in", run(project, "--numprocesses", "2"))


def test_recorded_again_and_replayed_without_the_provider(project: Path) -> None:
    tapes = project / "tests" / "cassettes"
    before = {path.name for path in tapes.rglob("*.tape.zst")}
    assert len(before) == 50
    shutil.rmtree(tapes)
    chosen = ("-k", "Accra or Paz or rich")
    with provider(project):
        assert "3 passed, 47 deselected" in run(project, "--wiretape-mode", "rewrite", *chosen)
    assert "3 passed, 47 deselected" in run(project, *chosen)
    made = list(tapes.rglob("*.tape.zst"))
    assert {path.name for path in made} <= before
    for path in made:
        with Cassette.open(path) as tape:
            assert [entry.target for entry in tape.index] == ["/v1/chat/completions"] * 3


def test_a_change_of_the_agent_shows_in_the_failure(project: Path) -> None:
    agent = project / "agent.py"
    agent.write_text(agent.read_text().replace("value * 9 / 5 + 32", "value * 9 / 5 + 33"))
    said = run(project, "-k", "Accra")
    assert "1 failed, 49 deselected" in said
    assert "the nearest is recording 3, which differs in\n    $.messages[4].content" in said
    assert "1 recording was never asked for" not in said
