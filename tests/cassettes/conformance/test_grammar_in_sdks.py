"""What the rules of Chat Completions and Messages say of the official SDKs, tried on the SDKs.

A broken answer of every rule of the profile `sdk` goes over a real socket to the client, which
fails, or makes another answer of it than was meant; the other rules it bears.
"""

import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from anthropic import Anthropic
from openai import OpenAI

from tests.cassettes.conformance import mutations_chat, mutations_messages
from tests.cassettes.conformance.mutations import Mutation
from tests.clients.serving_streams import StreamServer, serving_streams
from wiretape.cassettes.conformance.catalogue import BY_ID

Outcome = str
"""`TypeError: ...`, or what the SDK made of it, in words."""

OF_OPENAI: dict[str, tuple[str, ...]] = {
    "chat.not-an-object": ("AttributeError", "AttributeError"),
    "chat.object-wrong": (
        *("0 assistant 'Hello' stop", "0 assistant ' world' stop", "0 assistant ' world' stop"),
        "usage None",
    ),
    "chat.choices-missing": ("TypeError", "TypeError"),
    "chat.choice-index-missing": ("TypeError", "TypeError"),
    "chat.choice-index-gap": ("IndexError", "IndexError"),
    "chat.delta-missing": ("AttributeError", "AttributeError"),
    "chat.role-missing": ("0 None 'Hello world'",),
    "chat.role-again": ("0 assistantassistant",),
    "chat.content-not-a-string": ("0 assistant ' world'",),
    "chat.finish-missing": ("'Hello world' None", "1 assistant 'B' None"),
    "chat.after-finish": ("done 'Hello';", "done 'time' ''"),
    "chat.tool-index-missing": ("TypeError", "RuntimeError"),
    "chat.tool-index-gap": ("IndexError", "IndexError"),
    "chat.tool-id-missing": ("None function time",),
    "chat.tool-name-missing": ("call_time function None", "call_time function ("),
    "chat.tool-type-missing": ("call_time None time",),
    "chat.tool-type-null": ("AssertionError",),
    "chat.tool-id-again": ("call_weathercall_weather",),
    "chat.tool-name-again": ("weatherweather", "weathertime"),
    "chat.tool-function-missing": ("AssertionError", "AssertionError"),
    "chat.arguments-not-a-string": ('weather("Paris"})',),
    "chat.tool-interleaved": ("done 'weather' '{\"city\":'",),
    "chat.no-chunks": ("AssertionError",),
    "chat.after-done": ("usage None",),
    "chat.error-not-data": ("'Hello world' None",),
    "chat.after-error": ("APIError",),
    "chat.usage-not-last": ("usage None",),
}
"""Rules, and what is seen of each of their mutations, in their order."""

OF_ANTHROPIC: dict[str, tuple[str, ...]] = {
    "messages.not-an-object": ("TypeError",),
    "messages.type-missing": ("text ' world'", "text ' world'"),
    "messages.start-missing": ("AssertionError", "AssertionError"),
    "messages.start-again": ("msg_1", "text 'HelloHello world', text ''"),
    "messages.start-content": ("AttributeError", "text 'Hello world', text ''"),
    "messages.member-missing": ("AttributeError",) * 4,
    "messages.index-missing": ("TypeError", "TypeError"),
    "messages.index-gap": ("IndexError", "IndexError", "text ''"),
    "messages.block-not-started": ("IndexError", "IndexError"),
    "messages.delta-type": ("", "", ""),
    "messages.delta-value": ("TypeError", "TypeError", "TypeError"),
    "messages.input-not-json": ("weather({})", "weather([])", "ValueError"),
    "messages.tool-key-missing": ("None weather", "toolu_1 ("),
    "messages.signature-again": ("thinking 'Hm.' eA==",),
    "messages.message-delta-missing": ("stop None",),
    "messages.stop-reason-missing": ("stop None", "stop None"),
    "messages.usage-missing": (
        "AttributeError",
        "AttributeError",
        "AttributeError",
        "usage 3 None",
    ),
    "messages.usage-falls": ("usage 3 0", "usage 0 5"),
    "messages.after-error": ("APIStatusError",),
}

RAISED_OF_OTHERS = {
    "chat.done-missing": "APIError",  # one of its mutations ends with an error
    "chat.error-in-stream": "APIError",
    "chat.finish-again": "LengthFinishReasonError",
    "messages.error-in-stream": "APIStatusError",
}
"""Rules that are not of the profile `sdk`, and what may be raised all the same."""


class Sdks(NamedTuple):
    """The clients, and what answers them."""

    server: StreamServer
    openai: OpenAI
    anthropic: Anthropic


@pytest.fixture(scope="module")
def sdks() -> Iterator[Sdks]:
    with serving_streams() as server:
        yield Sdks(
            server,
            OpenAI(base_url=server.url, api_key="any", max_retries=0),
            Anthropic(base_url=server.url, api_key="any", max_retries=0),
        )


def by_openai(sdks: Sdks) -> Outcome:
    asked: Any = [{"role": "user", "content": "hi"}]
    done: list[str] = []
    try:
        with sdks.openai.chat.completions.stream(model="m", messages=asked) as stream:
            for event in stream:
                if event.type == "content.done":
                    done.append(f"done {event.content!r}")
                elif event.type == "tool_calls.function.arguments.done":
                    done.append(f"done {event.name!r} {event.arguments!r}")
            final = stream.get_final_completion()
    except Exception as error:  # whatever it is, it is what is looked at
        return f"{type(error).__name__}: {error}"
    return "; ".join(
        [*done, *map(_choice, final.choices), f"usage {final.usage and final.usage.total_tokens}"]
    )


def _choice(choice: Any) -> str:
    message = choice.message
    words = f"{choice.index} {message.role} {message.content!r} {choice.finish_reason}"
    calls = [
        f"{call.id} {call.type} {call.function.name}({call.function.arguments})"
        for call in message.tool_calls or ()
    ]
    return " ".join([words, *calls])


def by_anthropic(sdks: Sdks) -> Outcome:
    asked: Any = [{"role": "user", "content": "hi"}]
    try:
        with sdks.anthropic.messages.stream(model="m", max_tokens=9, messages=asked) as stream:
            stream.until_done()
            final = stream.get_final_message()
    except Exception as error:  # whatever it is, it is what is looked at
        return f"{type(error).__name__}: {error}"
    usage = final.usage
    return "; ".join(
        [
            final.id,
            ", ".join(map(_block, final.content)),
            f"stop {final.stop_reason}",
            f"usage {usage.input_tokens} {usage.output_tokens}",
        ]
    )


def _block(block: Any) -> str:
    match block.type:
        case "text":
            return f"text {block.text!r}"
        case "thinking":
            return f"thinking {block.thinking!r} {block.signature}"
        case "tool_use":
            return f"{block.id} {block.name}({block.input})"
        case _:
            return str(block.type)


TRIED: tuple[tuple[Any, Callable[[Sdks], Outcome], dict[str, tuple[str, ...]]], ...] = (
    (mutations_chat, by_openai, OF_OPENAI),
    (mutations_messages, by_anthropic, OF_ANTHROPIC),
)


def cases() -> Iterator[object]:
    for module, client, expected in TRIED:
        for rule, ways in module.MUTATIONS.items():
            seen = expected.get(rule, ("",) * len(ways))
            for mutation, words in zip(ways, seen, strict=True):
                yield pytest.param(rule, mutation, client, words, id=f"{rule}: {mutation.words}")


@pytest.mark.parametrize(("rule", "mutation", "client", "expected"), list(cases()))
def test_what_the_sdk_does(
    rule: str,
    mutation: Mutation,
    client: Callable[[Sdks], Outcome],
    expected: str,
    sdks: Sdks,
) -> None:
    made = mutation.exchange()
    response = made.interaction.response
    assert response is not None
    if made.framing != "sse":  # what a plain answer says, the SDK does not look at
        assert "sdk" not in BY_ID[rule].profiles
        return
    sdks.server.gives(response.body)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydantic's, of types that are not as they should be
        outcome = client(sdks)
    assert expected in outcome
    if "sdk" not in BY_ID[rule].profiles:
        raised = outcome.partition(":")[0].endswith("Error")
        assert not raised or outcome.startswith(RAISED_OF_OTHERS[rule])


@pytest.mark.parametrize(("module", "client", "expected"), TRIED, ids=["openai", "anthropic"])
def test_every_rule_of_the_profile_is_tried(
    module: Any, client: object, expected: dict[str, tuple[str, ...]]
) -> None:
    assert client
    assert set(expected) == {rule for rule in module.MUTATIONS if "sdk" in BY_ID[rule].profiles}
