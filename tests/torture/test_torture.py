"""A sped-up set of `make torture-recorder`: nothing that was promised is lost by a kill."""

import os
import subprocess
import sys

from tests.cli.processes import ROOT, environment

KILLS = 30


def test_kills_under_load() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.torture", "--kills", str(KILLS), "--seed", "4"],
        cwd=ROOT,
        env=environment(PYTHONPATH=f"{environment()['PYTHONPATH']}{os.pathsep}{ROOT}"),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{KILLS} recorders killed under load" in done.stdout
