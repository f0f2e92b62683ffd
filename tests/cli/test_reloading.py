"""`wiretape replay --watch`: another tape is played when it is there, and not before it is good."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

from tests.cli.processes import Running, make_tape
from tests.interactions import make_interaction
from tests.raw_http import fetch
from wiretape.cassettes.model import Interaction
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
    assert process.said[-1] == "wiretape: played 2 times, all of the tape, 1 miss"


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
