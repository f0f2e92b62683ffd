"""docs/importing.md: its commands run, and what it shows is what is printed."""

import re
import shutil
from pathlib import Path

import pytest

from tests.cli.processes import run
from tests.test_readme import ROOT, Reader
from tests.test_readme import reader as reader
from wiretape.cli.verbs.importing import SOURCES

GUIDE = (ROOT / "docs" / "importing.md").read_text()
VECTORS = Path(__file__).parent / "vectors" / "interop"


@pytest.fixture
def files(reader: Reader) -> Path:
    folder = reader.folder / "tests" / "cassettes"
    folder.mkdir(parents=True)
    shutil.copy(VECTORS / "vcrpy-httpx.yaml", folder / "chat.yaml")
    shutil.copy(VECTORS / "cassetter.yaml", folder / "other.yaml")
    shutil.copy(VECTORS / "chromium.har", reader.folder / "browser.har")
    shutil.copy(ROOT / "examples" / "from_llm_mock" / "fixtures.json", reader.folder)
    shutil.copy(VECTORS / "devtools.har", reader.folder / "devtools.har")
    return reader.folder


def test_every_command_runs(reader: Reader, files: Path) -> None:
    blocks = re.findall(r"```console\n(.*?)```", GUIDE, re.DOTALL)
    lines = [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]
    assert len(lines) == 15
    for line in lines:
        reader.type(line)
    shown = [
        line
        for block in re.findall(r"```text\n(.*?)```", GUIDE, re.DOTALL)
        for line in block.splitlines()
    ]
    left = run("import", "devtools.har", "-o", "d.tape.zst", cwd=files)
    assert left.returncode == 1
    printed = reader.printed + left.stderr.decode()
    assert [line for line in shown if line not in printed.splitlines()] == []


def test_every_format_is_told_of() -> None:
    assert {name for name in SOURCES if f"| `{name}` |" not in GUIDE} == set()
