"""What becomes of the cassette of a test in the modes that record: kept where all of the test went
well, and as it was where anything did not."""

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.testing.live import Live, live_provider
from tests.testing.projects import project as project
from tests.testing.projects import run, test_file
from tests.testing.tapes import answers, ask, write_tape
from wiretape.cassettes.locking import held
from wiretape.cassettes.store import Cassette
from wiretape.testing import CannotRecord, NotAsRecorded, NotReplaying, replaying, turns
from wiretape.testing import recording as record

pytest_plugins = ["pytester"]


@pytest.fixture
def live(project: pytest.Pytester) -> Iterator[str]:
    """A provider's base URL, which the project records."""
    with live_provider() as url:
        project.makepyprojecttoml(f'[tool.wiretape]\nupstreams = ["openai={url}"]\n')
        yield url


def tapes(project: pytest.Pytester) -> dict[str, bytes]:
    """All files beside the cassettes of the module, and what is in them."""
    folder = project.path / "cassettes/test_it"
    return {one.name: one.read_bytes() for one in sorted(folder.glob("*"))}


BROKEN = {
    "fails": """
    def test_one(wiretape):
        ask(os.environ[URL])
        assert False
    """,
    "is skipped half way": """
    def test_one(wiretape):
        ask(os.environ[URL])
        pytest.skip("not today")
    """,
    "is interrupted": """
    def test_one(wiretape):
        ask(os.environ[URL])
        raise KeyboardInterrupt
    """,
    "ends the run": """
    def test_one(wiretape):
        ask(os.environ[URL])
        pytest.exit("enough")
    """,
    "fails in setup": """
    @pytest.fixture
    def broken(wiretape):
        ask(os.environ[URL])
        raise RuntimeError

    def test_one(broken):
        pass
    """,
    "fails in teardown": """
    @pytest.fixture
    def broken():
        yield
        raise RuntimeError

    def test_one(wiretape, broken):
        ask(os.environ[URL])
    """,
    "fails as a wider fixture ends": """
    @pytest.fixture(scope="module")
    def broken():
        yield
        raise RuntimeError

    def test_one(broken, wiretape):
        ask(os.environ[URL])
    """,
    "is interrupted in teardown": """
    @pytest.fixture
    def broken():
        yield
        raise KeyboardInterrupt

    def test_one(broken, wiretape):
        ask(os.environ[URL])
    """,
    "passes where a failure was expected": """
    @pytest.mark.xfail(strict=True)
    def test_one(wiretape):
        ask(os.environ[URL])
    """,
    "is a TestCase that fails": """
    import unittest

    @pytest.mark.wiretape("test_one")
    class Case(unittest.TestCase):
        def test_one(self):
            ask(os.environ[URL])
            self.fail()
    """,
}


@pytest.mark.parametrize("mode", ["once", "new_episodes", "all", "rewrite"])
@pytest.mark.parametrize("how", BROKEN)
def test_nothing_of_a_test_that_did_not_go_well_is_kept(
    project: pytest.Pytester, live: str, how: str, mode: str
) -> None:
    test_file(project, BROKEN[how], *(["test_one"] if mode in ("all", "rewrite") else []))
    before = tapes(project)
    options = ("-p", "no:cacheprovider", "--wiretape-mode", mode)
    result = project.runpytest_inprocess(*options, no_reraise_ctrlc=True)
    assert result.ret or how == "is skipped half way"
    assert Live.asked == ["hi"]
    assert tapes(project) == before


def test_it_is_said_in_one_line(project: pytest.Pytester, live: str) -> None:
    text = """
    def test_new(wiretape):
        ask(os.environ[URL])
        assert False

    def test_old(wiretape):
        ask(os.environ[URL])
        ask(os.environ[URL], "again")
        assert False

    def test_skipped(wiretape):
        ask(os.environ[URL])
        pytest.skip("not today")
    """
    test_file(project, text, "test_old")
    result = run(project, "--wiretape-mode", "new_episodes")
    result.assert_outcomes(failed=2, skipped=1, warnings=1)
    said = "wiretape: 1 new recording was dropped, as not all went well: "
    result.stdout.fnmatch_lines(
        [
            f"{said}*/test_new.tape.zst (there is no cassette yet)",
            f"{said}*/test_old.tape.zst (it is as it was)",
            f"*PytestWarning: {said}*/test_skipped.tape.zst *",
        ]
    )


def test_a_failure_that_is_expected_is_recorded(project: pytest.Pytester, live: str) -> None:
    text = """
    @pytest.mark.xfail(strict=True)
    def test_one(wiretape):
        ask(os.environ[URL])
        assert False
    """
    test_file(project, text)
    for mode in ("once", "rewrite", "none"):
        run(project, "--wiretape-mode", mode).assert_outcomes(xfailed=1)
    assert Live.asked == ["hi", "hi"]
    assert list(tapes(project)) == ["test_one.tape.zst"]


@pytest.mark.parametrize("mode", ["once", "rewrite", "all"])
def test_a_test_that_is_run_again_records_when_it_passes(
    project: pytest.Pytester, live: str, mode: str
) -> None:
    """pytest-rerunfailures runs one item several times."""
    text = """
    runs = []

    def test_one(wiretape):
        runs.append(ask(os.environ[URL], "first"))
        assert len(runs) == 3
        runs.append(ask(os.environ[URL], "second"))
    """
    test_file(project, text, *([] if mode == "once" else ["test_one"]))
    result = project.runpytest_subprocess("--reruns", "2", "--wiretape-mode", mode)
    result.stdout.fnmatch_lines(["*1 passed, 2 rerun*"])
    with Cassette.open(project.path / "cassettes/test_it/test_one.tape.zst") as tape:
        asked = [one.request.body.partition(b'"input": ')[2] for one in tape]
    assert [one.strip(b'"}') for one in asked][-2:] == [b"first", b"second"]
    assert len(asked) == (3 if mode == "all" else 2)


def test_a_test_that_was_killed_may_be_recorded_again(
    project: pytest.Pytester, live: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = """
    def test_one(wiretape):
        ask(os.environ[URL])
        if "DIES" in os.environ:
            os._exit(3)
    """
    test_file(project, text)
    monkeypatch.setenv("DIES", "1")
    assert project.runpytest_subprocess("--wiretape-mode", "once").ret == 3
    assert "test_one.tape.zst" not in tapes(project)
    monkeypatch.delenv("DIES")
    run(project, "--wiretape-mode", "once").assert_outcomes(passed=1)
    assert list(tapes(project)) == ["test_one.tape.zst"]


CLEANS_UP = """
    @pytest.fixture
    def thing():
        ask(os.environ[URL], "create")
        yield
        ask(os.environ[URL], "delete")

    def test_one(thing, wiretape):
        ask(os.environ[URL], "use")
"""


def test_what_a_fixture_asks_as_it_ends_is_recorded_and_played(
    project: pytest.Pytester, live: str
) -> None:
    test_file(project, CLEANS_UP)
    for mode in ("once", "none", "rewrite", "none"):
        run(project, "--wiretape-mode", mode).assert_outcomes(passed=1)
    assert Live.asked == ["create", "use", "delete"] * 2


def test_what_it_did_not_ask_fails_the_test(project: pytest.Pytester, live: str) -> None:
    test_file(project, CLEANS_UP)
    run(project, "--wiretape-mode", "once").assert_outcomes(passed=1)
    test_file(project, CLEANS_UP.replace('ask(os.environ[URL], "delete")', "pass"))
    result = run(project)
    result.assert_outcomes(passed=1, errors=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        ["*ERROR at teardown of test_one*", "wiretape: 1 recording was never asked for:"]
    )


@pytest.mark.parametrize("mode", ["once", "all", "rewrite", "new_episodes"])
def test_workers_that_share_a_cassette_record_in_turns(
    project: pytest.Pytester, live: str, mode: str
) -> None:
    text = """
    @pytest.mark.wiretape("shared/one")
    @pytest.mark.parametrize("number", range(6))
    def test_one(number):
        ask(os.environ[URL])
    """
    test_file(project, text)
    result = project.runpytest_subprocess("-n", "2", "--wiretape-mode", mode)
    result.assert_outcomes(passed=6)
    assert len(Live.asked) == (1 if mode in ("once", "new_episodes") else 6)
    folder = project.path / "cassettes/shared"
    assert [one.name for one in folder.iterdir()] == ["one.tape.zst"]
    project.runpytest_subprocess("-n", "2").assert_outcomes(passed=6)


@pytest.mark.parametrize("mode", ["all", "verify", "new_episodes"])
def test_a_damaged_cassette_is_said_before_anybody_is_asked(
    project: pytest.Pytester, live: str, mode: str
) -> None:
    text = """
    def test_one(wiretape):
        ask(os.environ[URL])
    """
    test_file(project, text, "test_one")
    cassette = project.path / "cassettes/test_it/test_one.tape.zst"
    damaged = bytearray(cassette.read_bytes())
    damaged[len(damaged) // 3] ^= 0xFF
    cassette.write_bytes(damaged)
    result = run(project, "--wiretape-mode", mode)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*ERROR at setup of test_one*", "wiretape: *test_one.tape.zst:*"])
    result.stdout.no_fnmatch_line("*Traceback*")
    assert Live.asked == []
    assert cassette.read_bytes() == damaged


def test_a_cassette_that_was_better_is_replaced_with_a_warning(
    project: pytest.Pytester, live: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = """
    def test_one(wiretape):
        try:
            ask(os.environ[URL])
        except urllib.error.HTTPError:
            pass
    """
    test_file(project, text, "test_one")
    monkeypatch.setattr(Live, "failing", True)
    result = run(project, "--wiretape-mode", "rewrite")
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(
        ["*PytestWarning: wiretape: *test_one.tape.zst was recorded anew, * of status 500"]
    )
    run(project, "--wiretape-mode", "rewrite").assert_outcomes(passed=1, warnings=0)


# Without pytest.


def test_a_block_that_raises_keeps_nothing_and_says_so(live: str, tmp_path: Path) -> None:
    cassette = tmp_path / "t.tape.zst"

    def broken() -> None:
        with record(cassette, upstreams={"openai": live}) as view:
            ask(view.base_url("openai"))
            raise RuntimeError

    with pytest.raises(RuntimeError) as raised:
        broken()
    [note] = raised.value.__notes__
    assert "1 new recording was dropped" in note
    assert list(tmp_path.iterdir()) == []


def test_what_was_worse_than_before_is_warned_of(
    live: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cassette = write_tape(tmp_path / "t.tape.zst")
    monkeypatch.setattr(Live, "failing", True)
    with (
        pytest.warns(UserWarning, match="was recorded anew, .* of status 500"),
        replaying(cassette, mode="all", upstreams={"openai": live}) as view,
        pytest.raises(OSError, match="500"),
    ):
        ask(view.base_url("openai"))


def test_it_waits_until_another_process_has_recorded(
    live: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cassette = tmp_path / "t.tape.zst"
    seen: list[bool] = []
    waiting, done = threading.Event(), threading.Event()

    def waits(_: float) -> None:
        waiting.set()
        done.wait(20)

    def records() -> None:
        with record(cassette, upstreams={"openai": live}, environment=False) as view:
            ask(view.base_url("openai"))
            seen.append(view.recording)

    monkeypatch.setattr(turns, "sleep", waits)
    thread = threading.Thread(target=records)
    with held(cassette):  # as another process holds it: the lock is of the open file
        thread.start()
        assert waiting.wait(20)
        assert Live.asked == []
    done.set()
    thread.join()
    assert seen == [True]


def test_once_replays_what_another_process_has_recorded_meanwhile(
    live: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cassette = tmp_path / "t.tape.zst"
    other = ExitStack()
    other.enter_context(held(cassette))

    def recorded(_: float) -> None:
        write_tape(cassette)
        other.close()

    monkeypatch.setattr(turns, "sleep", recorded)
    with record(cassette, upstreams={"openai": live}) as view:
        assert not view.recording
        assert [ask(view.base_url("openai"))] == answers(["hello"])
    assert Live.asked == []


def test_it_does_not_wait_for_ever(
    live: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cassette = tmp_path / "t.tape.zst"
    monkeypatch.setattr(turns, "WAIT_SECONDS", 0.0)
    with held(cassette), pytest.raises(CannotRecord, match="-n0, or in one xdist_group"):
        record(cassette, upstreams={"openai": live}).__enter__()


def test_views_of_one_process_do_not_wait_for_one_another(live: str, tmp_path: Path) -> None:
    cassette = write_tape(tmp_path / "t.tape.zst")
    with replaying(cassette, mode="all", upstreams={"openai": live}) as view:
        with pytest.raises(CannotRecord, match="another view of this process"):
            replaying(cassette, mode="all", upstreams={"openai": live}).__enter__()
        ask(view.base_url("openai"))


def test_verify_writes_nothing_beside_the_cassette(live: str, tmp_path: Path) -> None:
    cassette = write_tape(tmp_path / "t.tape.zst")

    def verified() -> None:
        with replaying(cassette, mode="verify", upstreams={"openai": live}) as view:
            ask(view.base_url("openai"))
            assert [one.name for one in tmp_path.iterdir()] == before

    with held(cassette):  # whoever writes would wait for it
        before = [one.name for one in tmp_path.iterdir()]
        with pytest.raises(NotAsRecorded, match="have drifted"):
            verified()
    assert [one.name for one in tmp_path.glob("*.zst")] == ["t.tape.zst"]


def test_a_speed_may_be_said_while_recording(live: str, tmp_path: Path) -> None:
    with record(tmp_path / "t.tape.zst", upstreams={"openai": live}) as view:
        view.speed = 2
        assert view.speed == 2
        ask(view.base_url("openai"))
        with pytest.raises(NotReplaying, match="run this in mode none"):
            view.fault("reset")


@pytest.mark.parametrize("mode", ["none", "once"])
@pytest.mark.parametrize("letters", [235, 400])
def test_a_name_that_is_too_long_is_told_in_one_line(
    project: pytest.Pytester, live: str, letters: int, mode: str
) -> None:
    text = """
    @pytest.mark.wiretape("n" * LETTERS)
    def test_one():
        ask(os.environ[URL])
    """
    test_file(project, text.replace("LETTERS", str(letters)))
    result = run(project, "--wiretape-mode", mode)
    said = "no cassette at" if mode == "none" else "File name too long"
    result.stdout.fnmatch_lines([f"wiretape: *{said}*"])
    assert Live.asked == []


def test_what_goes_on_after_its_call_is_not_decorated(tmp_path: Path) -> None:
    taping = replaying(tmp_path / "t.tape.zst")

    def generator() -> Iterator[None]:
        yield

    async def asynchronous() -> AsyncIterator[None]:
        yield

    for function in (generator, asynchronous):
        with pytest.raises(TypeError, match=f"{function.__name__} is a generator: its body runs"):
            taping(function)
    with pytest.raises(TypeError, match=r"Live is a class: decorate its methods"):
        taping(Live)
