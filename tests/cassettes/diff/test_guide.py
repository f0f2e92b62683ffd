"""docs/diff.md does what it says: its program runs, and what it names is there."""

import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

from tests.cli.processes import environment
from tests.test_readme import ROOT
from wiretape.cassettes.diff.comparison import Aspect
from wiretape.cassettes.diff.pairing import PairBy

GUIDE = (ROOT / "docs" / "diff.md").read_text()


def test_the_program_runs(tmp_path: Path) -> None:
    found = re.search(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    assert found is not None
    program = tmp_path / "program.py"
    program.write_text(found[1])
    done = subprocess.run(
        [sys.executable, program], cwd=ROOT, env=environment(), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.stderr == ""
    assert done.stdout.startswith("Hello same text True\n")
    assert "counts" not in done.stdout


def test_every_aspect_is_told() -> None:
    table = GUIDE.partition("## What is compared")[2].partition("\n## ")[0]
    first = " ".join(line.split("|")[1] for line in table.splitlines() if line.startswith("|"))
    assert set(get_args(Aspect)) <= set(re.findall(r"\w+", first))
    assert all(f"`{by}`" in GUIDE for by in get_args(PairBy))
