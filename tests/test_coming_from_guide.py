"""docs/coming-from.md: its tests are those of the examples, which pass before and after, with the
real VCR.py; its commands run."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_readme import ROOT, Reader, commands
from tests.test_readme import reader as reader
from wiretape.cassettes import Cassette

GUIDE = (ROOT / "docs" / "coming-from.md").read_text()
VCR, MOCK = GUIDE.split("## From an LLM mock")
EXAMPLE = ROOT / "examples" / "pytest_from_vcr"


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize(("side", "place"), [("before", 0), ("after", 1)])
def test_its_tests_are_those_of_the_example(side: str, place: int) -> None:
    text = (EXAMPLE / side / "tests" / "test_assistant.py").read_text()
    assert text.endswith(blocks(VCR, "python")[place])


def test_before_and_after_with_the_recording_taken_along(tmp_path: Path) -> None:
    """As typed, in a shell, offline and without a key."""
    folder = shutil.copytree(EXAMPLE, tmp_path / "it", ignore=shutil.ignore_patterns("__pycache__"))
    cassette = folder / "after/tests/cassettes/test_assistant/test_answer.tape.zst"
    cassette.unlink()
    scripts = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    kept = {name: value for name, value in os.environ.items() if "API_KEY" not in name}
    imported, *tests = commands(VCR)
    for line in (imported, *tests):
        done = subprocess.run(
            line, shell=True, cwd=folder, env={**kept, "PATH": scripts},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        assert line == imported or "1 passed" in done.stdout
    shown = EXAMPLE / cassette.relative_to(folder)
    with Cassette.open(cassette) as made, Cassette.open(shown) as there:
        assert [one.response for one in made] == [one.response for one in there]


def test_both_are_collected_at_once(tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLE, tmp_path / "it", ignore=shutil.ignore_patterns("__pycache__"))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=folder, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


def test_the_fixtures_of_a_mock(reader: Reader) -> None:
    shutil.copy(ROOT / "examples" / "from_llm_mock" / "fixtures.json", reader.folder)
    shutil.copy(ROOT / "examples" / "ask.py", reader.folder)
    for line in commands(MOCK):
        reader.type(line.replace("python ask.py", "MODEL=gpt-5-mini python ask.py"))
    assert reader.printed == "It is warm in Oslo, about 20 °C.\n"


def test_its_links_lead_somewhere() -> None:
    for name in re.findall(r"\]\(([\w.-]+\.md)\)", GUIDE):
        assert (ROOT / "docs" / name).exists(), name
