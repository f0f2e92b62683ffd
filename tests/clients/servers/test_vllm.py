"""vLLM and transformers serve on one tiny model: what is found of each."""

import pytest

from tests.clients.servers.conftest import Asked
from tests.clients.servers.differences import SERVERS, Call, ServerName, cases
from tests.clients.servers.holding import hold_to_one_another

pytestmark = pytest.mark.vllm

VLLM: ServerName = "vLLM"
TRANSFORMERS: ServerName = "transformers serve"

RESPONSES = Call("responses", stream=True)


@pytest.mark.parametrize(("name", "call"), cases(VLLM, TRANSFORMERS))
def test_what_is_found(asked: Asked, name: ServerName, call: Call) -> None:
    assert set(asked(name)[call].rules) - SERVERS[name].by_chance == SERVERS[name].findings[call]


def test_vllm_completes_with_status_incomplete(asked: Asked) -> None:
    (finding,) = (
        finding
        for finding in asked(VLLM)[RESPONSES].findings
        if finding["rule"] == "responses.status-differs"
    )
    assert finding["path"] == "$.response.status"
    assert "'incomplete'" in finding["words"]


def test_transformers_serve_names_no_event(asked: Asked) -> None:
    told = asked(TRANSFORMERS)[RESPONSES]
    assert told.rules["responses.event-line-missing"] == len(told.meaning.frames)


def test_the_answers_of_vllm_are_the_same_in_each_api(asked: Asked) -> None:
    hold_to_one_another(asked(VLLM))


def test_the_answers_of_transformers_serve_are_the_same_in_each_api(asked: Asked) -> None:
    hold_to_one_another(asked(TRANSFORMERS), wrong_at_the_limit={"responses"})
