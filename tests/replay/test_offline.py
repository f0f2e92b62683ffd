"""Hard offline: a replay imports no recorder, resolves no name and connects to nobody."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("cassettes", "recorder", "replay", "testing", "cli")


def test_a_replay_goes_nowhere() -> None:
    paths = os.pathsep.join(str(ROOT / room) for room in (*ROOMS, ""))
    ran = subprocess.run(
        [sys.executable, "-m", "tests.replay.offline_program"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert "data: two" in told["answer"]
    assert told["starting"] == []
    # The test's own client, and nothing beside it.
    connections = [where for name, where in told["playing"] if name == "socket.connect"]
    assert connections == [told["client"]]
    assert {where for _, where in told["playing"]} <= {told["client"], "'127.0.0.1'"}
    recorder = [name for name in told["modules"] if name.startswith("wiretape.recorder")]
    assert recorder == []


def test_the_room_names_no_client() -> None:
    sources = sorted((ROOT / "replay" / "wiretape" / "replay").rglob("*.py"))
    assert sources
    for source in sources:
        for node in ast.walk(ast.parse(source.read_text())):
            names = [node.attr] if isinstance(node, ast.Attribute) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or "", *(alias.name for alias in node.names)]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            for name in names:
                assert not name.startswith("wiretape.recorder"), source.name
                assert name not in ("ClientSession", "create_connection", "open_connection"), (
                    source.name
                )
