"""`wiretape replay` as a process, and what it says of misses."""

import json
import signal
from pathlib import Path

import pytest

from tests.cli.processes import Running, cut_index, make_tape
from tests.interactions import make_interaction
from tests.raw_http import fetch
from wiretape.cassettes.answering import Difference, Miss
from wiretape.cassettes.journal import journal_path
from wiretape.cli.replaying import Place, miss_text

ASK = ("POST", "/openai/v1/responses", (), b'{"model":"m","input":"hi","stream":true}')


def replaying(folder: Path, *files: str, speed: str = "instant") -> Running:
    return Running("replay", *files, "--port", "0", "--speed", speed, cwd=folder)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_replays_until_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    make_tape(tmp_path / "t.tape.zst", [make_interaction()])
    async with replaying(tmp_path, "t.tape.zst", speed="20") as process:
        assert process.said == [
            f"wiretape: replaying 1 interaction from t.tape.zst at {process.url} "
            "(openai; also without a name)"
        ]
        answer = await fetch(process.url, *ASK)
        assert answer.chunks == (b"data: one\n\n", b"data: two\n\n")
        assert (await fetch(process.url, "POST", "/v1/responses", (), ASK[3])).body == answer.body
        assert await process.stop(number) == 0
    assert process.said[1:] == ["wiretape: played 2 times, all of the tape, 0 misses"]


async def test_the_url_is_printed_for_programs(tmp_path: Path) -> None:
    make_tape(tmp_path / "t.tape.zst", [make_interaction()])
    async with Running(
        "replay", "t.tape.zst", "--port", "0", "--print-url", cwd=tmp_path
    ) as process:
        assert await process.printed() == process.url
        assert (await fetch(process.url, "GET", "/__wiretape/health")).status == 200


async def test_several_files_are_one_tape(tmp_path: Path) -> None:
    make_tape(tmp_path / "a.tape.zst")
    make_tape(tmp_path / "b.tape.zst", [make_interaction(((1, b"data: of b\n\n"),))])
    async with replaying(tmp_path, "a.tape.zst", "b.tape.zst") as process:
        assert "replaying 4 interactions from 2 files" in process.said[0]
        assert process.said[0].endswith("(anthropic, openai)")
        assert (await fetch(process.url, *ASK)).body == b"data: one\n\ndata: two\n\n"
        assert (await fetch(process.url, *ASK)).body == b"data: of b\n\n"
        assert await process.stop() == 0
    assert process.said[1:] == [
        "wiretape: played 2 times, 2 never asked for (a.tape.zst 2, a.tape.zst 3), 0 misses"
    ]


async def test_a_miss_is_told_as_it_happens(tmp_path: Path) -> None:
    make_tape(tmp_path / "t.tape.zst", [make_interaction()])
    async with replaying(tmp_path, "t.tape.zst") as process:
        asked = b'{"model":"m","input":"ho","stream":true}'
        assert (await fetch(process.url, *ASK[:3], asked)).status == 503
        assert await process.until("miss") == (
            "wiretape: miss: POST /openai/v1/responses: nearest is 1, which differs in "
            '$.input: asked "ho", recorded "hi"'
        )
        assert await process.stop() == 0
    assert process.said[-1] == "wiretape: played 0 times, 1 never asked for (1), 1 miss"


async def test_a_miss_tells_no_key_and_whose_it_was(tmp_path: Path) -> None:
    make_tape(tmp_path / "t.tape.zst", [make_interaction()])
    key = "sk-proj-" + "k" * 40
    headers = (("Authorization", f"Bearer {key}"),)
    async with replaying(tmp_path, "t.tape.zst") as process:
        await fetch(process.url, "GET", f"/openai/v1/poll/{key}x", headers)
        said = await process.until("miss")
        assert said.startswith("wiretape: miss: GET /openai/v1/poll/%5BREDACTED%5D: nearest is 1")
        await fetch(process.url, "POST", "/anthropic/v1/messages", (), b"{}")
        said = await process.until("anthropic")
        assert "miss: POST /anthropic/v1/messages (anthropic is not on the tape): nearest" in said
        assert await process.stop() == 0
    assert key not in "".join(process.said)


async def test_after_the_last(tmp_path: Path) -> None:
    make_tape(tmp_path / "t.tape.zst", [make_interaction()])
    arguments = ("replay", "t.tape.zst", "--port", "0", "--speed", "instant")
    async with Running(*arguments, "--after-last", "error", cwd=tmp_path) as process:
        assert (await fetch(process.url, *ASK)).status == 200
        used_up = await fetch(process.url, *ASK)
        assert used_up.status == 503
        assert json.loads(used_up.body)["error"]["code"] == "recordings_used_up"
        assert await process.until("miss") == (
            "wiretape: miss: POST /openai/v1/responses: all its recordings were played, "
            "the last is 1"
        )


async def test_an_interrupted_cassette_is_replayed_and_said(tmp_path: Path) -> None:
    path = make_tape(tmp_path / "t.tape.zst")
    cut_index(path)
    journal_path(path).touch()
    async with replaying(tmp_path, "t.tape.zst") as process:
        assert (await fetch(process.url, *ASK)).status == 200
    assert "the recording was interrupted; 3 whole interactions can be read" in process.said[0]
    assert "what its journal holds is not played" in process.said[1]


async def test_frames(tmp_path: Path) -> None:
    torn = make_interaction(((1, b"data: o"), (2, b"ne\n\ndata: two\n\n")))
    make_tape(tmp_path / "t.tape.zst", [torn])
    arguments = ("replay", "t.tape.zst", "--port", "0", "--speed", "instant")
    async with Running(*arguments, "--framing", "frames", cwd=tmp_path) as process:
        answer = await fetch(process.url, *ASK)
        assert answer.chunks == (b"data: one\n\n", b"data: two\n\n")


PLACES = [Place(Path("a"), 1), Place(Path("b"), 1)]


@pytest.mark.parametrize(
    ("miss", "text"),
    [
        (Miss("no_recording", None, ()), "the tape is empty"),
        (Miss("no_recording", 2, ()), "no recording; the nearest is b 1"),
        (Miss("recordings_used_up", 1, ()), "all its recordings were played, the last is a 1"),
        (
            Miss(
                "no_recording",
                1,
                (Difference("$.\x1b", "a" * 50, "b"), Difference("method", "GET", "POST")),
            ),
            "nearest is a 1, which differs in $.␛: asked " + "a" * 39 + "…, recorded b "
            "(and 1 more difference)",
        ),
    ],
)
def test_miss_text(miss: Miss, text: str) -> None:
    assert miss_text(miss, PLACES) == text


async def test_never_imports_the_recorder(tmp_path: Path) -> None:
    make_tape(tmp_path / "t.tape.zst", [make_interaction()])
    arguments = ("replay", "t.tape.zst", "--port", "0", "--speed", "instant")
    log = {"PYTHONPROFILEIMPORTTIME": "1"}
    async with Running(*arguments, cwd=tmp_path, **log) as process:
        assert (await fetch(process.url, *ASK)).status == 200
        assert await process.stop() == 0
    imported = {line.split("|")[-1].strip() for line in process.said}
    assert "wiretape.replay.server" in imported
    assert not [name for name in imported if name.startswith("wiretape.recorder")]


async def test_faults_are_laid_over_the_tape(tmp_path: Path) -> None:
    make_tape(tmp_path / "t.tape.zst", [make_interaction()])
    arguments = ("replay", "t.tape.zst", "--port", "0", "--speed", "instant")
    faults = ("--fault", "drop(n=1, nth=1)", "--fault", "no_done", "--seed", "7")
    async with Running(*arguments, *faults, cwd=tmp_path) as process:
        assert await process.until("with faults") == (
            "wiretape: with faults: drop(n=1, nth=1); no_done"
        )
        assert (await fetch(process.url, *ASK)).body == b"data: two\n\n"
        assert await process.until("does not apply") == (
            "wiretape: no_done does not apply to /openai/v1/responses: nothing in the stream says "
            "that it is over"
        )
        assert (await fetch(process.url, *ASK)).body == b"data: one\n\ndata: two\n\n"
        assert await process.stop() == 0
    assert sum("does not apply" in line for line in process.said) == 1
