"""`wiretape replay --watch`: another tape is played when it is there, and not before it is good."""

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.processes import STARTED, Running, make_tape
from tests.interactions import make_interaction
from tests.raw_http import fetch
from wiretape.cassettes.model import Interaction, Session
from wiretape.cassettes.store import append
from wiretape.cli.reloading import Watched, reload_when_changed

ASK = ("POST", "/openai/v1/responses", (), b'{"model":"m","input":"hi","stream":true}')
OTHER = make_interaction(((1, b"data: other\n\n"),))


def watching(folder: Path, *more: str) -> Running:
    port = ("--port", "0", "--speed", "instant")
    return Running("replay", "t.tape.zst", "--watch", *port, *more, cwd=folder)


def change(path: Path, *tape: Interaction) -> None:
    """Another cassette in its place, at once."""
    other = path.with_name("other")
    make_tape(other, tape)
    other.replace(path)


def empty(path: Path) -> Path:
    """A whole cassette without a recording."""
    append(path, Session(1, STARTED, "wiretape 0.1.0"), ())
    return path


async def told(url: str, path: str) -> Any:
    return json.loads((await fetch(url, "GET", f"/__wiretape/{path}")).body)


async def test_a_tape_that_changes_is_loaded_again(tmp_path: Path) -> None:
    path = make_tape(tmp_path / "t.tape.zst", [make_interaction()])
    async with watching(tmp_path, "--after-last", "error") as process:
        assert (await fetch(process.url, *ASK)).body == b"data: one\n\ndata: two\n\n"
        assert (await told(process.url, "health"))["unplayed"] == 0
        change(path, OTHER, OTHER)
        assert await process.until("again") == (
            "wiretape: loaded again: 2 interactions from t.tape.zst; every session begins anew"
        )
        assert (await told(process.url, "health"))["unplayed"] == 2
        for status in (200, 200, 503):
            answer = await fetch(process.url, *ASK)
            assert answer.status == status
        cassettes = await told(process.url, "cassettes")
        assert (cassettes["recordings"], cassettes["watched"]) == (2, True)
        assert cassettes["cassettes"][0]["path"] == "t.tape.zst"
        assert (await told(process.url, "journal"))["total"] == 4
        assert await process.stop() == 0
    assert process.said[-1] == "wiretape: played 3 times, all of the tape, 1 miss"


BAD: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "half": (lambda good: good[: len(good) * 2 // 3], "some of it is missing"),
    "its beginning": (lambda good: good[:200], "some of it is missing"),
    "damaged": (lambda good: good[:300] + bytes(8) + good[308:], "damaged"),
    "no bytes": (lambda _: b"", "t.tape.zst: "),
}


@pytest.mark.parametrize("name", BAD)
async def test_what_is_not_whole_is_not_played(name: str, tmp_path: Path) -> None:
    spoilt, words = BAD[name]
    path = make_tape(tmp_path / "t.tape.zst", [make_interaction()])
    good = make_tape(tmp_path / "other.tape.zst", [OTHER] * 3).read_bytes()
    async with watching(tmp_path) as process:
        path.write_bytes(spoilt(good))
        line = await process.until("goes on")
        assert words in line
        assert (await fetch(process.url, *ASK)).body == b"data: one\n\ndata: two\n\n"
        assert (await told(process.url, "cassettes"))["problem"] in line
        metrics = (await fetch(process.url, "GET", "/__wiretape/metrics")).body
        assert b"wiretape_replay_reload_failed 1.0" in metrics
        path.write_bytes(good)
        await process.until("loaded again: 3 interactions")
        metrics = (await fetch(process.url, "GET", "/__wiretape/metrics")).body
        assert b"wiretape_replay_reload_failed 0.0" in metrics
        assert await process.stop() == 0
    assert len([one for one in process.said if "t.tape.zst" in one and "goes on" in one]) == 1


async def test_a_tape_that_holds_nothing_any_more_is_not_played(tmp_path: Path) -> None:
    path = make_tape(tmp_path / "t.tape.zst", [make_interaction()])
    async with watching(tmp_path) as process:
        empty(tmp_path / "other").replace(path)
        line = "wiretape: t.tape.zst: holds no recording any more; what was loaded before goes on"
        assert await process.until("goes on") == line
        assert (await fetch(process.url, *ASK)).status == 200
        assert await process.stop() == 0


async def test_a_tape_of_nothing_is_filled(tmp_path: Path) -> None:
    path = empty(tmp_path / "t.tape.zst")
    async with watching(tmp_path) as process:
        await fetch(process.url, *ASK)
        assert await process.until("miss: ") == (
            "wiretape: miss: POST /openai/v1/responses: the tape is empty"
        )
        change(path, OTHER)
        await process.until("loaded again: 1 interaction")
        assert (await fetch(process.url, *ASK)).status == 200
        assert await process.stop() == 0
    assert process.said[-1] == "wiretape: played 1 time, all of the tape, 1 miss"


async def test_the_last_good_set_goes_on(tmp_path: Path) -> None:
    path = make_tape(tmp_path / "t.tape.zst", [make_interaction()])
    good = path.read_bytes()
    async with watching(tmp_path) as process:
        path.write_bytes(b"no cassette")
        line = await process.until("goes on")
        assert (await fetch(process.url, *ASK)).body == b"data: one\n\ndata: two\n\n"
        cassettes = await told(process.url, "cassettes")
        assert cassettes["problem"].startswith("t.tape.zst: ")
        assert line == f"wiretape: {cassettes['problem']}; what was loaded before goes on"
        path.unlink()
        await process.until("goes on")
        assert (await fetch(process.url, *ASK)).status == 200
        path.write_bytes(good)
        await process.until("loaded again: 1 interaction")
        assert (await told(process.url, "cassettes"))["problem"] == ""
        assert await process.stop() == 0
    assert not [line for line in process.said if "Traceback" in line]


def test_a_change_is_seen_once_and_when_it_has_settled(tmp_path: Path) -> None:
    path = tmp_path / "t"
    watched = Watched([path, tmp_path / "other"])
    assert not watched.changed()
    path.write_bytes(b"1")
    looks = [watched.changed()]
    path.write_bytes(b"12")
    looks += [watched.changed() for _ in range(3)]
    assert looks == [False, False, True, False]
    before = path.stat()
    same = tmp_path / "same"
    same.write_bytes(b"12")
    os.utime(same, ns=(before.st_atime_ns, before.st_mtime_ns))
    same.replace(path)  # as long and as old: another file all the same
    assert [watched.changed() for _ in range(3)] == [False, True, False]
    path.unlink()
    assert [watched.changed() for _ in range(3)] == [False, True, False]


async def test_it_looks_until_it_is_cancelled(tmp_path: Path) -> None:
    path = tmp_path / "t"
    watched = Watched([path])
    path.write_bytes(b"1")
    done = asyncio.Event()

    async def reload() -> None:
        done.set()

    task = asyncio.create_task(reload_when_changed(watched, reload))
    await done.wait()
    task.cancel()
    assert (await asyncio.gather(task, return_exceptions=True))[0] is not None
