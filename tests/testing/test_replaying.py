"""`replaying` around blocks, functions and unittest's tests; views that are open at once."""

import asyncio
import os
import subprocess
import sys
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.error import HTTPError, URLError

import pytest

from tests.interactions import make_interaction, make_request
from tests.testing.tapes import answers, ask, recording, write_tape
from wiretape.testing import (
    BadSetting,
    MissingCassette,
    NotAsRecorded,
    NotReplaying,
    replaying,
)
from wiretape.testing.serving import SHARED, THREADS


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    return write_tape(tmp_path / "t.tape.zst")


def test_a_block_is_answered_from_the_tape(tape: Path) -> None:
    with replaying(tape) as view:
        assert [ask(os.environ["OPENAI_BASE_URL"])] == answers(["hello"])
        assert view.base_url("openai") == os.environ["OPENAI_BASE_URL"] == f"{view.url}/openai/v1"
        assert view.base_url("anthropic") == f"{view.url}/anthropic"
        assert (view.cassette, view.recording, view.speed) == (tape, False, "instant")
    assert [(one.method, one.path, one.played) for one in view.requests] == [
        ("POST", "/v1/responses", 1)
    ]
    assert view.requests[0].json() == {"model": "m", "input": "hi"}
    assert view.requests[0].headers["content-type"] == "application/json"


async def test_as_an_asynchronous_context_manager(tape: Path) -> None:
    async with replaying(tape) as view:
        said = await asyncio.to_thread(ask, view.base_url("openai"))
    assert [said] == answers(["hello"])


def test_as_a_decorator_with_a_view_each_call(tape: Path) -> None:
    @replaying(tape)
    def asks() -> str:
        return ask(os.environ["OPENAI_BASE_URL"])

    assert [asks(), asks()] == answers(["hello", "hello"])


async def test_as_a_decorator_of_a_coroutine_function(tape: Path) -> None:
    @replaying(tape)
    async def asks() -> str:
        return await asyncio.to_thread(ask, os.environ["OPENAI_BASE_URL"])

    assert [await asks(), await asks()] == answers(["hello", "hello"])


def test_in_unittest(tape: Path) -> None:
    class Case(unittest.TestCase):
        def setUp(self) -> None:
            self.tape = self.enterContext(replaying(tape))

        def test_one(self) -> None:
            assert [ask(self.tape.base_url("openai"))] == answers(["hello"])

        def test_nothing_is_asked(self) -> None:
            pass

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Case).run(result)
    assert result.testsRun == 2
    [(case, said)] = [*result.errors, *result.failures]
    assert case.id().endswith("test_nothing_is_asked")
    assert "1 recording was never asked for" in said


def test_the_environment_is_put_back(tape: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "real")
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    before = dict(os.environ)
    with replaying(tape, allow_unplayed=True):
        assert os.environ["OPENAI_API_KEY"] != "real"
        with pytest.raises(RuntimeError), replaying(tape):
            raise RuntimeError
    assert dict(os.environ) == before
    with replaying(tape, allow_unplayed=True, environment=False):
        assert dict(os.environ) == before


def test_the_thread_ends_with_the_last_view(tape: Path) -> None:
    with replaying(tape, allow_unplayed=True), replaying(tape, allow_unplayed=True):
        assert any(thread.name.startswith(THREADS) for thread in threading.enumerate())
    assert SHARED._loop is not None or not any(
        thread.name.startswith(THREADS) for thread in threading.enumerate()
    )


def test_a_client_that_is_kept_finds_the_next_view(tape: Path) -> None:
    with replaying(tape) as first:
        kept = first.base_url("openai")
        ask(kept)
    with replaying(tape) as second:
        assert second.base_url("openai") == kept
        ask(kept)


def test_views_that_are_open_at_once_are_apart(tmp_path: Path) -> None:
    paths = [
        write_tape(tmp_path / f"{number}.tape.zst", recording(answer=f"answer {number}"))
        for number in range(8)
    ]
    together = threading.Barrier(len(paths))

    def play(path: Path) -> str:
        with replaying(path, environment=False) as view:
            together.wait(timeout=30)
            said = ask(view.base_url("openai"))
            together.wait(timeout=30)
        assert len(view.journal) == 1
        return said

    with ThreadPoolExecutor(len(paths)) as pool:
        said = list(pool.map(play, paths))
    assert said == answers(f"answer {number}" for number in range(8))


def test_a_subprocess_under_test_finds_the_view(tape: Path) -> None:
    program = "import os; from tests.testing.tapes import ask; ask(os.environ['OPENAI_BASE_URL'])"
    with replaying(tape) as view:
        subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
    assert len(view.requests) == 1


# What is not as recorded.


def test_a_request_without_a_recording_fails_even_if_the_client_keeps_it_to_itself(
    tape: Path,
) -> None:
    def swallow() -> None:
        with replaying(tape, allow_unplayed=True) as view, pytest.raises(HTTPError):
            ask(view.base_url("openai"), "who")

    with pytest.raises(NotAsRecorded) as raised:
        swallow()
    assert str(raised.value).splitlines()[:5] == [
        "wiretape: 1 request has no recording:",
        "  POST /v1/responses of openai: the nearest is recording 1, which differs in",
        "    $.input",
        '      asked    "who"',
        '      recorded "hi"',
    ]


def test_what_failed_by_itself_gets_the_reason_as_a_note(tape: Path) -> None:
    with pytest.raises(HTTPError) as raised, replaying(tape) as view:
        ask(view.base_url("openai"), "who")
    [note] = raised.value.__notes__
    assert "1 request has no recording" in note
    assert "1 recording was never asked for" in note


def test_a_recording_that_was_never_asked_for(tmp_path: Path) -> None:
    path = write_tape(tmp_path / "t.tape.zst", recording("one"), recording("two"))

    def one_of_two() -> None:
        with replaying(path) as view:
            ask(view.base_url("openai"), "one")
            assert view.unplayed == (2,)

    with pytest.raises(NotAsRecorded, match=r"recording 2: POST /v1/responses of openai"):
        one_of_two()
    with replaying(path, allow_unplayed=True):
        pass


def test_a_request_for_no_upstream_of_the_tape(tmp_path: Path) -> None:
    path = write_tape(tmp_path / "t.tape.zst", recording(), recording(upstream="groq"))

    def wander() -> None:
        with replaying(path, allow_unplayed=True) as view, pytest.raises(HTTPError):
            ask(f"{view.url}/anthropic/v1")

    with pytest.raises(NotAsRecorded, match="names no upstream of this tape"):
        wander()


def test_a_retry_beyond_the_last_recording(tape: Path) -> None:
    with replaying(tape) as view:
        ask(view.base_url("openai"))
        ask(view.base_url("openai"))
    assert [one.played for one in view.journal] == [1, 1]

    def twice() -> None:
        with replaying(tape, after_last="error") as view:
            ask(view.base_url("openai"))
            with pytest.raises(HTTPError):
                ask(view.base_url("openai"))

    with pytest.raises(NotAsRecorded, match="all its recordings have been played"):
        twice()


def test_there_is_no_cassette(tmp_path: Path) -> None:
    with pytest.raises(MissingCassette, match=r"no cassette at .*t.tape.zst; record it with"):
        replaying(tmp_path / "t.tape.zst").__enter__()
    assert list(tmp_path.iterdir()) == []


# What is compared.


@pytest.mark.parametrize(
    "options",
    [
        {"match_on": ["method", "path", "query"]},
        {"ignore": ["$.input"]},
    ],
)
def test_what_is_not_compared_may_differ(tape: Path, options: dict[str, list[str]]) -> None:
    with replaying(tape, **options) as view:  # type: ignore[arg-type]
        assert [ask(view.base_url("openai"), "who")] == answers(["hello"])
    assert view.requests[0].json()["input"] == "who"


def test_path_and_query_may_differ(tmp_path: Path) -> None:
    request = make_request(target="/v9/other?x=1", body=b'{"model":"m","input":"hi"}')
    path = write_tape(tmp_path / "t.tape.zst", make_interaction(request=request))
    with replaying(path, match_on=["method", "body"]) as view:
        assert ask(view.base_url("openai")).startswith("data: one")


def test_a_header_may_count(tmp_path: Path) -> None:
    headers = (("Content-Type", "application/json"), ("X-Variant", "b"))
    request = make_request(headers=headers, body=b'{"model":"m","input":"hi"}')
    path = write_tape(tmp_path / "t.tape.zst", make_interaction(request=request))
    match_on = ["method", "path", "query", "body", "header:x-variant"]

    def other() -> None:
        with (
            replaying(path, match_on=match_on, allow_unplayed=True) as view,
            pytest.raises(HTTPError),
        ):
            ask(view.base_url("openai"))

    with pytest.raises(NotAsRecorded, match=r"x-variant"):
        other()


def test_a_place_that_is_none_is_refused(tape: Path) -> None:
    with pytest.raises(BadSetting, match="not a path into JSON"):
        replaying(tape, ignore=["$..x"]).__enter__()


# Pace and faults.


def test_the_speed_may_be_changed(tape: Path) -> None:
    with replaying(tape, speed=1) as view:
        url = view.base_url("openai")
        assert view.speed == 1
        view.speed = "instant"
        assert view.base_url("openai") == url
        assert [ask(url)] == answers(["hello"])
        with pytest.raises(BadSetting):
            view.speed = 0


def test_a_fault_is_laid_on_for_a_while(tape: Path) -> None:
    with replaying(tape) as view:
        with view.fault("status(code=529)"), pytest.raises(HTTPError, match="529"):
            ask(view.base_url("openai"))
        assert [ask(view.base_url("openai"))] == answers(["hello"])


def test_a_fault_once_and_then_the_tape(tape: Path) -> None:
    with replaying(tape, after_last="error") as view:
        view.fault("status(code=429, times=1)")
        with pytest.raises(HTTPError, match="429"):
            ask(view.base_url("openai"))
        assert [ask(view.base_url("openai"))] == answers(["hello"])
    assert len(view.journal) == 2


def test_a_fault_that_meets_nothing_fails(tape: Path) -> None:
    def faulty() -> None:
        with replaying(tape) as view:
            view.fault("cut(after=99)")
            ask(view.base_url("openai"))

    with pytest.raises(NotAsRecorded, match=r"1 fault met no answer:\n  cut\(after=99\): "):
        faulty()


def test_nothing_is_there_once_it_is_closed(tape: Path) -> None:
    with replaying(tape, allow_unplayed=True) as view:
        url = view.base_url("openai")
    with pytest.raises(URLError):
        ask(url)
    with pytest.raises(NotReplaying):
        view.fault("reset")


def test_the_same_every_time_in_any_order(tmp_path: Path) -> None:
    tape = write_tape(tmp_path / "t.tape.zst", recording("one", "1"), recording("two", "2"))
    seen = set()
    for number in range(100):
        order = ("one", "two") if number % 2 else ("two", "one")
        with replaying(tape) as view:
            seen.add(tuple(sorted(ask(view.base_url("openai"), one) for one in order)))
    assert seen == {tuple(answers(["1", "2"]))}
