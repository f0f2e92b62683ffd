"""The variables of a view, set and put back."""

import os

import pytest

from wiretape.testing.environment import DUMMY_KEY, Overlay, record_variables, replay_variables

URL = "http://127.0.0.1:1"


def test_every_client_is_sent_to_a_view_that_replays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_API_KEY", "real")
    monkeypatch.setenv("OPENAI_API_KEY", "real")
    monkeypatch.setenv("NO_PROXY", "example.test")
    variables = replay_variables(URL)
    assert variables["OPENAI_BASE_URL"] == f"{URL}/openai/v1"
    assert variables["ANTHROPIC_BASE_URL"] == f"{URL}/anthropic"
    assert variables["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"] == f"{URL}/bedrock"
    for name in ("OPENAI_API_KEY", "GOOGLE_API_KEY", "GEMINI_API_KEY", "AWS_SECRET_ACCESS_KEY"):
        assert variables[name] == DUMMY_KEY
    assert variables["NO_PROXY"] == variables["no_proxy"] == "example.test,127.0.0.1,localhost"


def test_a_second_key_of_google_is_only_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOOGLE_API_KEY", raising=False)
    assert "GOOGLE_API_KEY" not in replay_variables(URL)


def test_recording_leaves_keys_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("GROQ_API_KEY", "real")
    variables = record_variables(URL, ["openai", "groq"])
    assert [name for name in variables if name.endswith("_KEY")] == []
    assert "ANTHROPIC_BASE_URL" not in variables
    keyless = record_variables(URL, ["openai", "groq"], {"openai", "groq"})
    assert keyless["OPENAI_API_KEY"] == DUMMY_KEY
    assert "GROQ_API_KEY" not in keyless


@pytest.mark.parametrize("first", [0, 1])
def test_overlays_are_lifted_in_any_order(monkeypatch: pytest.MonkeyPatch, first: int) -> None:
    monkeypatch.setenv("WIRETAPE_A", "before")
    monkeypatch.delenv("WIRETAPE_B", raising=False)
    overlays = [Overlay({"WIRETAPE_A": "1", "WIRETAPE_B": "1"}), Overlay({"WIRETAPE_A": "2"})]
    for one in overlays:
        one.lay()
    assert os.environ["WIRETAPE_A"] == "2"
    overlays[first].lift()
    assert os.environ["WIRETAPE_A"] == ("2", "1")[first]
    assert os.environ.get("WIRETAPE_B") == (None, "1")[first]
    overlays[1 - first].lift()
    assert os.environ["WIRETAPE_A"] == "before"
    assert "WIRETAPE_B" not in os.environ
