"""llama-server through the commands: what differs is found, what it says is the same in each API,
and its errors are read as errors."""

from pathlib import Path
from typing import Any

import pytest

from tests.clients.calls import Bases, arguments, final_message
from tests.clients.llama_server import find_program
from tests.clients.servers import starting
from tests.clients.servers.asking import LIMIT, Api, Question, Told, ask, question
from tests.clients.servers.conftest import Asked
from tests.clients.servers.differences import SERVERS, Call, ServerName, cases
from tests.clients.servers.holding import hold_to_one_another
from wiretape.cassettes.dialects.delta import End

pytestmark = pytest.mark.clients

NAME: ServerName = "llama-server"
APIS: tuple[Api, ...] = ("chat", "responses", "messages", "completions")

NOT_UTF8 = 148
"""A token of the tiny model that is a lone continuation byte."""
LIKELY = 36
"""Lifts that token, which the model else never says, among the others."""
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER: dict[str, Any] = {"name": "weather", "description": "The weather", "parameters": SCHEMA}


@pytest.mark.parametrize(("name", "call"), cases(NAME))
def test_what_is_found(asked: Asked, name: ServerName, call: Call) -> None:
    assert set(asked(name)[call].rules) - SERVERS[name].by_chance == SERVERS[name].findings[call]


def test_each_event_lacks_its_number_and_its_index(asked: Asked) -> None:
    told = asked(NAME)[Call("responses", stream=True)]
    # created, in_progress, added, part, deltas, done, part, item, completed
    assert told.rules["responses.sequence-missing"] == LIMIT + 8
    assert told.rules["responses.output-index-missing"] == LIMIT + 5


async def test_the_helper_of_openai_python_fails_on_its_responses(llama_url: str) -> None:
    bases = Bases(f"{llama_url}/v1", llama_url)
    seen = await final_message("responses", bases, arguments("responses", "hi", stream=True))
    assert seen.error is not None
    assert seen.error["type"] == "builtins.TypeError"
    assert "not NoneType" in seen.error["message"]


def test_the_answers_are_the_same_in_each_api(asked: Asked) -> None:
    hold_to_one_another(asked(NAME), wrong_at_the_limit={"responses"})


def broken(api: Api) -> Question:
    """With a tool, the server parses what the model says, and fails on what is no UTF-8."""
    path, body, headers = question(api, "m", stream=True)
    tool = {"function": WEATHER} if api == "chat" else WEATHER
    body |= {"tools": [{"type": "function", **tool}], "temperature": 1, "seed": 1}
    return Question(path, {**body, "logit_bias": [[NOT_UTF8, LIKELY]]}, headers)


def error_in_words(told: Told) -> str:
    (error,) = told.meaning.answer.errors
    assert error.terminal
    return f"{error.origin} {error.code} {error.type}: {error.message}"


def test_an_error_in_mid_stream(llama_url: str, tmp_path: Path) -> None:
    """HTTP 200, good events, then `data: {"error": ...}` and no end mark."""
    questions = [broken("chat"), broken("responses")]
    chat, responses = ask(llama_url, tmp_path / "a.tape.zst", questions)
    for told in (chat, responses):
        assert told.response.status == 200
        assert told.meaning.answer.text
        assert error_in_words(told).startswith("stream 500 server_error: The model produced")
        (end,) = (delta for delta in told.meaning.deltas if isinstance(delta, End))
        assert end.via != "sentinel"
    assert not chat.meaning.answer.ended
    found = set(chat.rules) - SERVERS[NAME].by_chance
    assert found == {"chat.done-missing", "chat.error-in-stream"}
    assert {"responses.type-missing", "responses.error-nested"} <= set(responses.rules)


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
def test_a_context_that_overflows(llama_url: str, tmp_path: Path, stream: bool) -> None:
    questions = [question(api, "m", stream=stream, prompt="too long " * 2000) for api in APIS]
    for told in ask(llama_url, tmp_path / "a.tape.zst", questions):
        assert told.response.status == 400
        words = error_in_words(told)
        assert words.startswith("http 400 exceed_context_size_error: request (")
        assert "exceeds the available context size (8192 tokens)" in words


def test_a_model_that_is_still_loading(tmp_path: Path) -> None:
    program = find_program()
    assert program is not None
    questions = [question(api, "m", stream=True) for api in APIS]
    with starting.llama_loading(program, tmp_path) as url:
        answers = ask(url, tmp_path / "a.tape.zst", questions)
    for told in answers:
        assert told.response.status == 503
        assert error_in_words(told) == "http 503 unavailable_error: Loading model"
