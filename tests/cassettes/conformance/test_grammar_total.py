"""The grammar rules say something of any objects in any order, and raise at none."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cassettes.conformance import (
    mutations_bedrock,
    mutations_chat,
    mutations_gemini,
    mutations_messages,
    mutations_ollama,
)
from tests.cassettes.conformance.breaking_objects import Form, Objects
from wiretape.cassettes.conformance.catalogue import ALL
from wiretape.cassettes.conformance.checking import check
from wiretape.cassettes.conformance.rule import MOST_WORDS

EVERY = frozenset(rule.id for rule in ALL)

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 3),
    st.just(10**30),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "a\nb", "text", "stop", "end_turn", "tool_use", "STOP", "{}", "x" * 600]),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)

STREAMS: dict[str, tuple[Form, tuple[Callable[[], Objects], ...]]] = {
    "chat": (
        mutations_chat.CHAT,
        (mutations_chat.counted, mutations_chat.two, mutations_chat.tools, mutations_chat.azure),
    ),
    "messages": (
        mutations_messages.MESSAGES,
        (mutations_messages.hello, mutations_messages.tools, mutations_messages.hosted),
    ),
    "gemini": (
        mutations_gemini.GEMINI,
        (mutations_gemini.hello, mutations_gemini.tools, mutations_gemini.two),
    ),
    "converse": (
        mutations_bedrock.CONVERSE,
        (mutations_bedrock.hello, mutations_bedrock.tools, mutations_bedrock.hosted),
    ),
    "invoke": (mutations_bedrock.INVOKE, (mutations_bedrock.claude, mutations_bedrock.nova)),
    "ollama": (mutations_ollama.CHAT, (mutations_ollama.hello, mutations_ollama.tools)),
    "ollama generate": (mutations_ollama.GENERATE, (mutations_ollama.generated,)),
}


def members(value: Any) -> list[tuple[Any, Any]]:
    """Every place in a JSON value that holds another: what holds it, and its key."""
    keys = list(value) if isinstance(value, dict) else range(len(value))
    return [
        place
        for key in keys
        for place in [
            (value, key),
            *(members(value[key]) if isinstance(value[key], dict | list) else ()),
        ]
    ]


@pytest.mark.parametrize("name", sorted(STREAMS))
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_good_objects_tampered_with(name: str, data: st.DataObject) -> None:
    form, streams = STREAMS[name]

    def tamper(objects: Objects) -> None:
        for _ in range(data.draw(st.integers(1, 5))):
            where, key = data.draw(st.sampled_from(members(objects)))
            if where is objects:
                objects.insert(0, objects.pop(key))
            elif data.draw(st.booleans()):
                del where[key]
            else:
                where[key] = data.draw(VALUES)

    made = form.made(data.draw(st.sampled_from(streams)), tamper)()
    for finding in check(made, rules=EVERY):
        assert "\n" not in finding.words
        assert len(finding.words) <= MOST_WORDS
