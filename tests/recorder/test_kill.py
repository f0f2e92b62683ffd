"""Nothing whose end a client saw is lost when the recorder is killed."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("cassettes", "recorder", "replay", "testing", "cli", ".")
ROUNDS = 50


def test_sigkill_under_load(tmp_path: Path) -> None:
    path = os.pathsep.join(str(ROOT / room) for room in ROOMS)
    rig = subprocess.run(
        [sys.executable, "-m", "tests.recorder.kill_rig", str(tmp_path), str(ROUNDS), "1"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert rig.returncode == 0, rig.stdout + rig.stderr
    assert rig.stdout.count("killed at") == ROUNDS
    for cassette in tmp_path.iterdir():
        assert b"planted0123456789" not in cassette.read_bytes()
