"""The plugin in projects of its own: fixture, marker, flags, configuration, verdicts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.testing.live import Live, live_provider
from tests.testing.projects import project as project
from tests.testing.projects import run, test_file
from tests.testing.tapes import write_tape

pytest_plugins = ["pytester"]


def test_a_test_is_answered_from_the_cassette_of_its_name(project: pytest.Pytester) -> None:
    test_file(
        project,
        """
    def test_one(wiretape):
        assert os.environ[URL] == wiretape.base_url("openai")
        assert [ask(os.environ[URL])] == answers(["hello"])
        assert wiretape.cassette.name == "test_one.tape.zst"
        assert len(wiretape.requests) == len(wiretape.journal) == 1

    class TestGroup:
        @pytest.mark.parametrize("what", ["a/b", "../.."])
        def test_two(self, wiretape, what):
            ask(os.environ[URL])

    def test_without():
        assert URL not in os.environ
    """,
        "test_one",
    )
    run(project).assert_outcomes(passed=2, failed=2)
    run(project).stdout.re_match_lines(
        [r"wiretape: no cassette at .*/cassettes/test_it/TestGroup\.test_two\[a-b\]-\w{8}.tape.zst"]
    )


def test_the_marker_alone_is_enough_and_comes_before_other_fixtures(
    project: pytest.Pytester,
) -> None:
    test_file(
        project,
        """
    @pytest.fixture
    def base_url():
        return os.environ[URL]

    @pytest.mark.wiretape("greeting")
    def test_marked(base_url):
        ask(base_url)

    @pytest.mark.wiretape("greeting")
    def test_asked_for_last(base_url, wiretape):
        ask(base_url)
        assert wiretape.cassette.name == "greeting.tape.zst"

    @pytest.mark.wiretape(name="../other")
    def test_outside():
        pass

    @pytest.mark.wiretape("greeting", pace=1)
    def test_misspelt():
        pass
    """,
        "greeting",
    )
    result = run(project, "--strict-markers")
    result.assert_outcomes(passed=2, errors=2)
    result.stdout.fnmatch_lines(
        [
            "*'../other' would not lie in its folder*",
            "*@pytest.mark.wiretape: there is no 'pace'; known are after_last*",
        ]
    )


def test_a_missing_cassette_says_which_flag_records_it(project: pytest.Pytester) -> None:
    test_file(
        project,
        """
    def test_raises(wiretape):
        ask(os.environ[URL])

    def test_swallows(wiretape):
        try:
            ask(os.environ[URL])
        except urllib.error.HTTPError as error:
            assert b"the tape is empty" in error.read()
    """,
    )
    for mode in ("none", "verify"):
        result = run(project, "--wiretape-mode", mode)
        result.assert_outcomes(failed=2)
        for name in ("raises", "swallows"):
            said = (
                f"wiretape: no cassette at */test_{name}.tape.zst; record it with --wiretape-mode"
            )
            result.stdout.fnmatch_lines([f"{said} once *"])
        result.stdout.no_fnmatch_line("*Traceback*")


def test_who_asks_nothing_needs_no_cassette(project: pytest.Pytester) -> None:
    test_file(
        project,
        """
    pytestmark = pytest.mark.wiretape

    def test_asks():
        ask(os.environ[URL])

    def test_adds():
        assert 1 + 1 == 2
    """,
        "test_asks",
    )
    modes = ("none", "once", "new_episodes", "all", "rewrite", "verify")
    for mode in modes:
        result = run(project, "--wiretape-mode", mode, "-k", "test_adds")
        result.assert_outcomes(passed=1, deselected=1)
    run(project).assert_outcomes(passed=2)
    names = [path.name for path in Path(project.path, "cassettes/test_it").iterdir()]
    assert names == ["test_asks.tape.zst"]


def test_what_is_not_as_recorded_fails_the_test_and_says_why(project: pytest.Pytester) -> None:
    test_file(
        project,
        """
    def test_swallowed(wiretape):
        ask(os.environ[URL])
        try:
            ask(os.environ[URL], "who")
        except urllib.error.HTTPError:
            pass

    def test_unplayed(wiretape):
        pass

    def test_raised(wiretape):
        ask(os.environ[URL], "who")

    @pytest.mark.wiretape(allow_unplayed=True, allow_unmatched=True)
    def test_allowed(wiretape):
        with pytest.raises(urllib.error.HTTPError):
            ask(os.environ[URL], "who")

    def test_skipped(wiretape):
        pytest.skip("not today")

    @pytest.mark.xfail(strict=True)
    def test_expected(wiretape):
        ask(os.environ[URL])
        ask(os.environ[URL], "who")

    def test_fault(wiretape):
        wiretape.fault("cut(after=99)")
        ask(os.environ[URL])
    """,
        *("test_swallowed", "test_unplayed", "test_raised", "test_allowed", "test_skipped"),
        *("test_expected", "test_fault"),
    )
    result = run(project)
    # What a fixture could still have asked for in its teardown is an error there.
    result.assert_outcomes(failed=3, passed=2, errors=1, skipped=1, xfailed=1)
    result.stdout.fnmatch_lines(
        [
            "*_ ERROR at teardown of test_unplayed _*",
            "wiretape: 1 recording was never asked for:",
            "  recording 1: POST /v1/responses of openai",
            "*_ test_swallowed _*",
            "wiretape: 1 request has no recording:",
            "  POST /v1/responses of openai: the nearest is recording 1, which differs in",
            "    $.input",
            '      asked    "who"',
            '      recorded "hi"',
            "  (cassette: *test_swallowed.tape.zst)",
            "*_ test_raised _*",
            "*HTTP Error 503*",
            "*- Captured wiretape call -*",
            "wiretape: 1 request has no recording:",
            "*_ test_fault _*",
            "wiretape: 1 fault met no answer:",
        ]
    )


def test_what_is_asked_while_the_test_is_torn_down_counts(project: pytest.Pytester) -> None:
    test_file(
        project,
        """
    @pytest.fixture
    def late(wiretape):
        yield
        with pytest.raises(urllib.error.HTTPError):
            ask(wiretape.base_url("openai"), "late")

    def test_one(late):
        ask(os.environ[URL])
    """,
        "test_one",
    )
    result = run(project)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(['      asked    "late"'])


@pytest.mark.parametrize(
    ("pyproject", "options", "said"),
    [
        ("", ("--wiretape-mode", "some"), "--wiretape-mode: mode: 'some' is no mode"),
        ("", ("--wiretape-speed", "fast"), "--wiretape-speed: speed: 'fast' is no speed"),
        ('mode = "some"', (), "[tool.wiretape]: mode: 'some' is no mode"),
        (
            "modus = 1",
            (),
            "[tool.wiretape]: there is no 'modus'; known are after_last, allow_unmatched, "
            "allow_unplayed, block_network, cassettes, ",
        ),
        ('match_on = "body"', (), "[tool.wiretape]: match_on: a list of texts is wanted"),
        ('ignore = "$.x"', (), "[tool.wiretape]: ignore: a list of texts is wanted"),
        ("speed = 0", (), "[tool.wiretape]: speed: 0 is no speed; write instant"),
        ('after-last = "stop"', (), "[tool.wiretape]: after-last: 'stop' is neither"),
        ("allow_unplayed = 1", (), "[tool.wiretape]: allow_unplayed: true or false"),
        ('allow_unmatched = ""', (), "[tool.wiretape]: allow_unmatched: true or false"),
        ('upstreams = ["local"]', (), "[tool.wiretape]: upstreams: 'local' is no upstream"),
        ("cassettes = 1", (), "[tool.wiretape]: cassettes: the name of a folder"),
        ("block-network = 1", (), "[tool.wiretape]: block_network: true or false"),
    ],
)
def test_a_mistake_in_the_configuration(
    project: pytest.Pytester, pyproject: str, options: tuple[str, ...], said: str
) -> None:
    test_file(project, "    def test_one(): pass")
    project.makepyprojecttoml(f"[tool.wiretape]\n{pyproject}\n")
    result = run(project, *options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {said.replace('[', '[[]')}*"])


def test_the_project_says_where_and_how(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    test_file(
        project,
        """
    def test_one(wiretape):
        assert wiretape.speed == 100
        assert ask(os.environ[URL], "who")

    @pytest.mark.wiretape("shared/greeting", speed=3)
    def test_two(wiretape):
        assert wiretape.speed == 3
        assert ask(os.environ[URL], "who")
    """,
    )
    for name in ("test_it/test_one", "shared/greeting"):
        write_tape(project.path / f"tapes/{name}.tape.zst")
    project.makepyprojecttoml(
        '[tool.wiretape]\ncassettes = "tapes"\nspeed = 100\nignore = ["$.input"]\n'
        'rules = "rules.toml"\n'
    )
    (project.path / "rules.toml").write_text("[redaction]\nheaders = ['x-acme']\n")
    sub = project.path / "elsewhere"
    sub.mkdir()
    monkeypatch.chdir(sub)
    run(project, str(project.path)).assert_outcomes(passed=2)


def test_the_network_is_blocked(project: pytest.Pytester) -> None:
    test_file(
        project,
        """
    import socket

    def test_reaches_out_and_says_nothing():
        try:
            socket.create_connection(("192.0.2.1", 443), timeout=1)
        except OSError:
            pass

    def test_with_a_tape(wiretape):
        ask(os.environ[URL])
        with pytest.raises(OSError):
            socket.getaddrinfo("api.openai.com", 443)

    def test_stays():
        pass
    """,
        "test_with_a_tape",
    )
    result = run(project, "--wiretape-block-network")
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        [
            "wiretape: mode none, network blocked",
            "*_ test_reaches_out_and_says_nothing _*",
            "wiretape: 1 connection was blocked:",
            "  192.0.2.1:443",
            "*_ test_with_a_tape _*",
            "  api.openai.com:443 (past the tape)",
        ]
    )


def test_a_fixture_of_a_wider_scope_may_keep_its_client(project: pytest.Pytester) -> None:
    test_file(
        project,
        """
    @pytest.fixture(scope="session")
    def client():
        return os.environ[URL]

    @pytest.mark.parametrize("number", range(3))
    @pytest.mark.wiretape("greeting")
    def test_one(client, number):
        ask(client)
    """,
        "greeting",
    )
    run(project).assert_outcomes(passed=3)


def test_recorded_once_and_tested_offline(project: pytest.Pytester) -> None:
    test_file(
        project,
        """
    @pytest.mark.parametrize("question", ["a", "b"])
    def test_one(wiretape, question):
        assert [ask(os.environ[URL], question)] == answers([f"live {question}"])
        assert len(wiretape.requests) == 1

    def test_two(wiretape):
        assert [ask(os.environ[URL], "c")] == answers(["live d"])

    def test_nothing(wiretape):
        pass
    """,
    )
    with live_provider() as url:
        project.makepyprojecttoml(f'[tool.wiretape]\nupstreams = ["openai={url}"]\n')
        result = run(project, "--wiretape-mode", "once", "--wiretape-block-network")
        result.assert_outcomes(passed=3, failed=1)
        result.stdout.fnmatch_lines(["wiretape: mode once, network blocked"])
        assert sorted(Live.asked) == ["a", "b", "c"]
    run(project).assert_outcomes(passed=3, failed=1)
    run(project, "--wiretape-mode=replay", "-k", "test_one").assert_outcomes(passed=2)


@pytest.mark.parametrize("mode", ["rewrite", "all", "verify", "new_episodes"])
def test_the_flag_is_stronger_than_the_marker(project: pytest.Pytester, mode: str) -> None:
    test_file(
        project,
        """
    @pytest.mark.wiretape(mode="once")
    def test_one(wiretape):
        ask(os.environ[URL])
        assert wiretape.recording is (wiretape.settings.mode != "none")
    """,
        "test_one",
    )
    with live_provider() as url:
        project.makepyprojecttoml(f'[tool.wiretape]\nupstreams = ["openai={url}"]\n')
        result = run(project, "--wiretape-mode", mode)
        run(project, "--wiretape-mode", "none").assert_outcomes(passed=1)
        assert Live.asked == ([] if mode == "new_episodes" else ["hi"])
    if mode == "verify":
        result.assert_outcomes(passed=1, errors=1)
        result.stdout.fnmatch_lines(["wiretape: the providers have drifted from the tape:"])
    else:
        result.assert_outcomes(passed=1)


LOADED = """
import sys
import pytest
class Watch:
    def pytest_runtest_call(self): print("LOADED", *sorted(sys.modules))
pytest.main(["-q", "-s", "-p", "no:cacheprovider", *PLUGINS, "test_it.py"], plugins=[Watch()])
"""


def test_a_run_that_does_not_use_it_loads_the_words_alone(project: pytest.Pytester) -> None:
    project.makepyfile(test_it="def test_one(): pass")
    project.makepyprojecttoml('[tool.wiretape]\nmode = "none"\n')
    # No other plugin: pytest-aiohttp loads aiohttp, pytest-recording asyncio.
    program = LOADED.replace("PLUGINS", repr(["-p", "wiretape.testing.plugin"]))
    alone = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=project.path, env=alone, capture_output=True,
        text=True, check=True, timeout=60,
    )  # fmt: skip
    [line] = [line for line in done.stdout.splitlines() if "LOADED" in line]
    loaded = set(line.split("LOADED ")[1].split())
    ours = {name for name in loaded if name.startswith("wiretape")}
    assert ours <= {
        *("wiretape", "wiretape.testing", "wiretape.testing.plugin"),
        *("wiretape.testing.errors", "wiretape.testing.settings"),
    }
    assert "wiretape.testing.plugin" in ours
    assert not loaded & {"msgspec", "aiohttp", "asyncio", "zstandard", "httptools", "ssl"}


def test_a_mistake_in_a_test_is_shown_where_it_stands(project: pytest.Pytester) -> None:
    test_file(
        project,
        """
    @pytest.mark.wiretape("greeting", "another")
    def test_names(): pass

    @pytest.mark.wiretape(5)
    def test_number(): pass

    @pytest.mark.wiretape("greeting", spede=1)
    def test_setting(): pass

    @pytest.mark.wiretape("greeting")
    def test_fault(wiretape):
        wiretape.fault("cutt(after=1)")

    @pytest.mark.wiretape("greeting")
    def test_speed(wiretape):
        wiretape.speed = "fast"
    """,
        "greeting",
    )
    result = run(project)
    result.assert_outcomes(failed=2, errors=3)
    said = result.stdout.str()
    for words in (
        "the name of one cassette is wanted, got 'greeting', 'another'",
        "the name of one cassette is wanted, got 5",
        "there is no 'spede'; known are after_last, ",
        "there is no fault 'cutt'; there are cut, ",
        "'fast' is no speed; write instant",
        '>       wiretape.fault("cutt(after=1)")',
    ):
        assert words in said
    assert "in lay" not in said
    assert "def read_speed" not in said


@pytest.mark.parametrize(
    "claim",
    [
        "len(tape.journal) == 3",
        "tape.journal == ()",
        "tape.journal[0].path == 3",
        "tape.journal[0].query == 3",
        "'x' in tape.journal[0].headers",
        "tape.journal[0].headers['authorization'] == 3",
        "tape.journal[0].request is None",
        "tape.journal[0].request.headers == ()",
        "tape.journal[0].body == 3",
        "tape.happened is None",
    ],
)
def test_no_report_holds_a_key(project: pytest.Pytester, claim: str) -> None:
    test_file(
        project,
        f"""
    import urllib.request
    KEY = "sk-proj-" + "k" * 40

    @pytest.mark.wiretape("one")
    def test_it(wiretape):
        url = os.environ[URL] + "/poll/" + KEY + "x?key=" + KEY
        headers = {{"Authorization": "Bearer " + KEY}}
        with pytest.raises(urllib.error.HTTPError) as raised:
            urllib.request.urlopen(urllib.request.Request(url, KEY.encode(), headers))
        print(raised.value.read())
        tape = wiretape
        one = tape.journal[0]
        assert one.headers["authorization"] == "Bearer " + KEY
        assert (one.path, one.query) == ("/v1/poll/" + KEY + "x", "key=" + KEY)
        assert one.body == KEY.encode()
        assert {claim}
    """,
        "one",
    )
    result = run(project, "-vv", "-rA", "--junitxml=report.xml")
    result.assert_outcomes(failed=1)
    shown = "\n".join(result.outlines) + (project.path / "report.xml").read_text()
    assert f"assert {claim}"[:20] in shown
    assert "POST /v1/poll/%5BREDACTED%5D of openai" in shown
    assert "k" * 40 not in shown
