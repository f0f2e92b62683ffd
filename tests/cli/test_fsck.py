"""`wiretape fsck`: exit code and words."""

import json
from pathlib import Path

import pytest

from tests.cli.processes import run
from tests.interactions import make_interaction
from wiretape.cassettes.model import Session
from wiretape.cassettes.store import Cassette, append


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    path = tmp_path / "one.tape.zst"
    large = make_interaction([(1, b"x" * 300_000)])
    append(path, Session(1, "2026-11-22T22:01:13.000000Z", "t"), [large, make_interaction()])
    return path


def damage(tape: Path) -> int:
    with Cassette.open(tape) as cassette:
        offset = cassette.index[1].offset
    data = bytearray(tape.read_bytes())
    data[offset + 20] ^= 1
    tape.write_bytes(data)
    return offset


def test_a_sound_cassette(tape: Path) -> None:
    done = run("fsck", tape.name, cwd=tape.parent)
    assert done.returncode == 0
    assert done.stdout == b""
    assert done.stderr == b"wiretape: one.tape.zst: sound, 2 whole interactions\n"


def test_a_damaged_cassette(tape: Path) -> None:
    offset = damage(tape)
    done = run("fsck", tape.name, cwd=tape.parent)
    assert done.returncode == 1
    first, second = done.stdout.decode().splitlines()
    assert first.startswith(f"one.tape.zst: damaged at byte {offset}: ")
    assert second == f"one.tape.zst: interaction 2, in the block at byte {offset}, is damaged"
    assert done.stderr == b"wiretape: one.tape.zst: 2 problems, 1 whole interaction\n"


def test_recover_saves_what_fsck_calls_whole(tape: Path) -> None:
    damage(tape)
    done = run("recover", tape.name, cwd=tape.parent)
    assert done.returncode == 0, done.stderr
    assert b"made anew with 1 interaction" in done.stderr
    assert run("fsck", tape.name, cwd=tape.parent).returncode == 0


def test_json_for_programs(tape: Path) -> None:
    damage(tape)
    done = run("fsck", "--json", tape.name, cwd=tape.parent)
    row = json.loads(done.stdout)
    assert (row["file"], row["sound"], row["interactions"]) == ("one.tape.zst", False, 1)
    assert len(row["problems"]) == 2
    assert done.returncode == 1


def test_a_missing_cassette_is_one_line(tmp_path: Path) -> None:
    done = run("fsck", "none.tape.zst", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == b"wiretape: none.tape.zst: no such cassette\n"
