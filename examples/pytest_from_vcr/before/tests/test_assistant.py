import pytest
from assistant import ask


@pytest.fixture(scope="module")
def vcr_config():
    return {"filter_headers": ["authorization"]}


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "dummy")


@pytest.mark.vcr
def test_answer():
    assert ask("How warm is it in Oslo?") == "It is warm in Oslo, about 20 °C."
