"""LiteLLM's proxy before llama-server: what it leaves out and adds, by the API it speaks to it."""

import pytest

from tests.clients.servers.conftest import Asked
from tests.clients.servers.differences import SERVERS, Call, ServerName, cases
from tests.clients.servers.holding import hold_to_one_another

pytestmark = pytest.mark.servers

OVER_CHAT: ServerName = "LiteLLM over Chat Completions"
OVER_MESSAGES: ServerName = "LiteLLM over Messages"

RESPONSES = Call("responses", stream=True)
GEMINI = Call("gemini", stream=True)


@pytest.mark.parametrize(("name", "call"), cases(OVER_CHAT, OVER_MESSAGES))
def test_what_is_found(asked: Asked, name: ServerName, call: Call) -> None:
    assert set(asked(name)[call].rules) - SERVERS[name].by_chance == SERVERS[name].findings[call]


def test_over_messages_one_event_of_all_is_numbered(asked: Asked) -> None:
    told = asked(OVER_MESSAGES)[RESPONSES]
    numbered = [b'"sequence_number"' in frame.raw for frame in told.meaning.frames]
    assert sum(numbered) == 1
    # All but that one, and but [DONE].
    assert told.rules["responses.sequence-missing"] == len(numbered) - 2


@pytest.mark.parametrize("name", [OVER_CHAT, OVER_MESSAGES])
def test_responses_end_with_done(asked: Asked, name: ServerName) -> None:
    told = asked(name)[RESPONSES]
    assert told.meaning.frames[-1].raw == b"data: [DONE]\n\n"
    assert told.rules["responses.done-present"] == 1


def test_the_answers_are_those_of_the_server_behind(asked: Asked) -> None:
    said = asked("llama-server")[Call("chat", stream=True)].meaning.answer.text
    over_chat = hold_to_one_another(
        asked(OVER_CHAT), wrong_at_the_limit={"responses", "messages"}, no_usage={GEMINI}
    )
    over_messages = hold_to_one_another(asked(OVER_MESSAGES), no_usage={GEMINI})
    assert over_chat == over_messages == said


@pytest.mark.parametrize("name", [OVER_CHAT, OVER_MESSAGES])
def test_streams_of_gemini_say_a_usage_of_nothing(asked: Asked, name: ServerName) -> None:
    usage = asked(name)[GEMINI].meaning.answer.usage
    assert usage is not None
    assert (usage.input, usage.output) == (0, 0)
