"""`wiretape torture` and the processes of a client: what ends a run, and what is left of it."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.processes import PATIENCE_S, WIRETAPE, environment, make_tape, run
from tests.cli.test_torture import CLIENT, TAPE

LEAVING = """
import os, subprocess, sys
child = subprocess.Popen(["sleep", "60"], start_new_session={detached})
with open("pids", "a") as pids:
    print(child.pid, file=pids)
sys.stdout.flush()
os.execv(sys.executable, [sys.executable, "-S", "-E", {client!r}, "{kind}"])
"""
WAITING = ("--only", "stall(after=1)", "--timeout", "50")


def leaving(kind: str, *, detached: bool) -> tuple[str, ...]:
    """A client that leaves a child behind, which holds its output."""
    program = LEAVING.format(detached=detached, client=str(CLIENT), kind=kind)
    return (sys.executable, "-S", "-E", "-c", program)


def children(folder: Path) -> list[int]:
    return [int(line) for line in (folder / "pids").read_text().split()]


def is_there(pid: int) -> bool:
    """Not gone, and not dead and unburied either."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in ("Z", "X")


def gone(pids: list[int]) -> bool:
    until = time.monotonic() + PATIENCE_S
    while any(map(is_there, pids)) and time.monotonic() < until:
        time.sleep(0.01)
    return not any(map(is_there, pids))


@pytest.mark.parametrize("detached", [True, False])
def test_the_end_of_a_client_is_that_of_its_process(tmp_path: Path, detached: bool) -> None:
    make_tape(tmp_path / "t.tape.zst", [TAPE])
    options = ("--json", "--only", "cut(after=2)", "--only", "rechunk(how=1)", "--timeout", "20")
    program = leaving("careful", detached=detached)
    try:
        done = run("torture", "t.tape.zst", *options, "--", *program, cwd=tmp_path)
        verdicts = {one["fault"]: one["verdict"] for one in json.loads(done.stdout)["faults"]}
        assert verdicts == {"cut(after=2)": "error", "rechunk(how=1)": "survived"}
        assert done.returncode == 0, done.stderr
        if not detached:
            assert gone(children(tmp_path))
    finally:
        for pid in filter(is_there, children(tmp_path)):
            os.kill(pid, signal.SIGKILL)


def test_what_comes_through_a_pipe_behind_a_client_is_its_output(tmp_path: Path) -> None:
    make_tape(tmp_path / "t.tape.zst", [TAPE])
    words = f"{shlex.join([sys.executable, '-S', '-E', str(CLIENT)])} careful > >(cat)"
    options = ("--json", "--only", "rechunk(how=1)")
    done = run("torture", "t.tape.zst", *options, "--", "bash", "-c", words, cwd=tmp_path)
    assert json.loads(done.stdout)["baseline"]["output_bytes"] == len("word 1\n") * 6


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_client_and_what_it_started(
    tmp_path: Path, number: signal.Signals
) -> None:
    make_tape(tmp_path / "t.tape.zst", [TAPE])
    program = leaving("careful", detached=False)
    process = subprocess.Popen(
        [*WIRETAPE, "torture", "t.tape.zst", *WAITING, "--", *program],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        # Two runs without the fault, and the one that stalls.
        until = time.monotonic() + PATIENCE_S
        pids: list[int] = []
        while len(pids) < 3 and time.monotonic() < until:
            time.sleep(0.01)
            if (tmp_path / "pids").exists():
                pids = children(tmp_path)
        process.send_signal(number)
        output, errors = process.communicate(timeout=PATIENCE_S)
    finally:
        process.kill()
    assert process.returncode == 128 + number
    assert (output, errors) == (b"", b"")
    assert gone(children(tmp_path))


def test_a_tape_that_is_not_there_is_misuse(tmp_path: Path) -> None:
    done = run("torture", "none.tape.zst", "--", "true", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (2, b"wiretape: none.tape.zst: no such cassette\n")
