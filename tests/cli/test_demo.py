"""The demo as a user runs it: it takes the seconds that its streams take."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from tests.cli.processes import environment, names_in, run

from wiretape.cassettes.store import Cassette


def test_the_main_job(tmp_path: Path) -> None:
    result = run("demo", "--json", cwd=tmp_path)
    value = json.loads(result.stdout)
    assert value["same"] is True, value
    assert result.returncode == 0
    assert [stream["live"]["ending"] for stream in value["streams"]] == [
        "complete",
        "complete",
        "complete",
        "reset",
    ]
    assert names_in(tmp_path) == ["wiretape-demo.tape.zst"]
    with Cassette.open(tmp_path / "wiretape-demo.tape.zst") as tape:
        assert {entry.upstream for entry in tape.index} == {"openai"}
    again = run("demo", "--to", "wiretape-demo.tape.zst", cwd=tmp_path)
    assert again.returncode == 1
    assert again.stderr.decode() == (
        "wiretape: wiretape-demo.tape.zst: exists already, and the demo neither replaces nor "
        "appends to what is not its own; give another file with --to\n"
    )


def children_of(pid: int) -> list[int]:
    """Read from /proc, which this test needs (Linux)."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_interrupted_it_leaves_no_process_behind(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "wiretape.cli", "demo"),
        cwd=tmp_path,
        env=environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    assert b"recording 4 streams" in await process.stderr.readline()
    children = children_of(process.pid)
    process.send_signal(signal.SIGINT)
    _, said = await process.communicate()
    assert (process.returncode, said.strip()) == (130, b"")
    assert len(children) == 2
    assert not [child for child in children if is_alive(child)]
