"""docs/meaning.md does what it says: its commands run, and its program prints what is there."""

import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

from tests.cli.processes import environment
from tests.test_readme import BLOCKS, ROOT, Reader, reader
from wiretape.cassettes.dialects.delta import AnyDelta, FinishReason
from wiretape.cassettes.dialects.registry import DIALECTS
from wiretape.cassettes.pace import Pace

__all__ = ["reader"]

GUIDE = (ROOT / "docs" / "meaning.md").read_text()


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_commands_run(reader: Reader) -> None:
    recording = next(line for line in BLOCKS[0].splitlines() if "wiretape record" in line)
    for line in (recording, *block("console").splitlines()):
        reader.type(line.removeprefix("$ "))
    assert "1 interaction, 0 tool calls" in reader.printed
    assert "responses.sequence-gap" in reader.printed


def test_the_program_runs(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(block("python"))
    done = subprocess.run(
        [sys.executable, program], cwd=ROOT, env=environment(), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "openai." in done.stdout


def test_the_guide_names_everything() -> None:
    kinds = {kind.__struct_config__.tag for kind in get_args(AnyDelta)}
    assert len(kinds) == 22
    for name in (*kinds, *DIALECTS, *get_args(FinishReason)):
        assert f"`{name}`" in GUIDE, name
    counts = {"end_ns", "last_ns", "gaps"}
    for name in set(Pace.__struct_fields__) - counts:
        assert f"`{name}`" in GUIDE, name
