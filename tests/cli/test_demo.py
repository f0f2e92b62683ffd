"""The demo as a user runs it: it takes the seconds that its streams take."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli.processes import WIRETAPE, environment, names_in, run
from wiretape.cassettes.store import Cassette
from wiretape.cli.demo.processes import Process
from wiretape.cli.errors import DemoFailed
from wiretape.cli.stopping import interruptible


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


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_interrupted_it_leaves_no_process_behind() -> None:
    started: list[int] = []

    async def work() -> None:
        async with Process("the provider", "wiretape.cli.demo.provider") as provider:
            assert provider.url.startswith("http://127.0.0.1:")
            started.append(provider.pid)
            signal.raise_signal(signal.SIGTERM)
            await provider.ended()

    with pytest.raises(KeyboardInterrupt):
        await interruptible(work())
    assert not is_alive(started[0])


async def test_a_process_that_does_not_start_says_why() -> None:
    arguments = ("wiretape.cli", "replay", "/nowhere.tape.zst")
    with pytest.raises(DemoFailed, match="the server did not start: wiretape: /nowhere"):
        async with Process("the server", *arguments):
            pass


def test_interrupted_it_says_nothing(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*WIRETAPE, "demo"], cwd=tmp_path, env=environment(), stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    assert b"recording 4 streams" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert (process.returncode, said.strip()) == (130, b"")


@pytest.fixture(autouse=True)
def rooms_for_children(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])
