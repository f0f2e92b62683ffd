"""A client that was made before its test does not know of the tape, and asks no provider either."""

import pytest

from tests.testing.live import Live, live_provider
from tests.testing.projects import project as project
from tests.testing.projects import run, test_file

pytest_plugins = ["pytester"]


def test_a_client_made_at_import_asks_no_provider(project: pytest.Pytester) -> None:
    test_file(
        project,
        """
    import openai

    CLIENT = openai.OpenAI(api_key="sk-proj-" + "k" * 40, max_retries=0)

    @pytest.mark.wiretape("one", allow_unplayed=True)
    def test_swallows():
        with pytest.raises(openai.APIConnectionError):
            CLIENT.responses.create(model="m", input="hi")

    @pytest.mark.wiretape("one")
    def test_is_given_the_tape(wiretape):
        client = CLIENT.with_options(base_url=wiretape.base_url("openai"))
        assert client.responses.with_raw_response.create(model="m", input="hi").status_code == 200

    def test_without_a_tape():
        with pytest.raises(OSError):
            ask("http://127.0.0.1:9")
    """,
        "one",
    )
    result = run(project)
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            "wiretape: 1 connection was blocked:",
            "  api.openai.com:443 (past the tape)",
            "  (a client that was made before the test does not know of the tape: *base_url(...))",
        ]
    )


def test_nor_one_of_ones_own(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    test_file(
        project,
        """
    BEFORE = os.environ[URL]

    @pytest.mark.wiretape("one", allow_unplayed=True)
    def test_swallows():
        with pytest.raises(OSError):
            ask(BEFORE)

    def test_without_a_tape():
        assert ask(BEFORE) == answers(["live hi"])[0]
    """,
        "one",
    )
    with live_provider() as live:
        monkeypatch.setenv("OPENAI_BASE_URL", live)
        result = run(project)
        assert Live.asked == ["hi"]
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines([f"  localhost:{live.rpartition(':')[2]} (past the tape)"])
