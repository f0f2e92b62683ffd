"""What is another in every answer never makes sides different."""

from typing import Any

import msgspec
import pytest

from tests.cassettes.diff.streams import side
from tests.cassettes.diff.test_matrix import of_choices, of_deltas
from tests.interactions import make_interaction, make_request
from wiretape.cassettes.diff.comparing import compare
from wiretape.cassettes.model import Interaction

GEMINI = make_request(target="/v1beta/models/g:streamGenerateContent?alt=sse")
HI = {"content": "Hi"}
TOKEN = {"token": "Hi", "logprob": -0.1, "bytes": [72], "top_logprobs": []}


def gemini(**more: Any) -> Interaction:
    """One chunk, with more members of its candidate."""
    said = {"content": {"role": "model", "parts": [{"text": "Hi"}]}, "finishReason": "STOP"}
    value = {"candidates": [{**said, "index": 0, **more}]}
    body = b"data: " + msgspec.json.encode(value) + b"\n\n"
    return make_interaction([(10, body)], request=GEMINI)


def of_choice(**more: Any) -> Interaction:
    """A chunk of Chat Completions, with more members of its choice."""
    return of_choices([{"index": 0, "delta": HI, "finish_reason": "stop", **more}])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (gemini(avgLogprobs=-0.1), gemini(avgLogprobs=-0.4)),
        (gemini(avgLogprobs=-0.1), gemini()),
        (gemini(logprobsResult={"topCandidates": []}), gemini()),
        (of_deltas(HI, logprobs=None), of_deltas(HI)),
        (of_deltas(HI, logprobs={"content": [TOKEN]}), of_deltas(HI, logprobs=None)),
        (of_deltas(HI, prompt_logprobs=None), of_deltas(HI)),
        (of_choice(logprobs={"content": [TOKEN]}), of_choice()),
    ],
)
def test_logprobs_never_count(one: Interaction, other: Interaction) -> None:
    assert compare(["a", "b"], [side(one), side(other)]).differences == ((),)
    assert compare(["b", "a"], [side(other), side(one)]).differences == ((),)
    rows = compare(["a", "b"], [side(one), side(other)]).rows
    assert not any("ogprobs" in cell for row in rows for cell in row.cells)
