"""Good answers of Chat Completions and Messages that are no streams, and each broken in the one
way that a rule is about."""

from typing import Final

from tests.cassettes.conformance.breaking_objects import Form, Objects, put, text
from tests.cassettes.conformance.mutations import Mutation


def first(objects: Objects) -> bytes:
    """The body is the only object."""
    return text(objects[0])


CHAT: Final = Form("openai.chat", "json", first)
MESSAGES: Final = Form("anthropic.messages", "json", first)


def completion() -> Objects:
    """Of 2 tokens."""
    message = {"role": "assistant", "content": "Hello", "refusal": None}
    return [
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": "m",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
        }
    ]


def message() -> Objects:
    """Of 2 tokens."""
    return [
        {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "m",
            "content": [{"type": "text", "text": "Hello"}],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": 3, "output_tokens": 2},
        }
    ]


GOOD = {
    "openai: Chat, plain, below the limit": CHAT.made(completion, asked={"max_tokens": 3}),
    "openai: Chat, plain, at the limit": CHAT.made(
        completion, put(0, "choices.0.finish_reason", "length"), asked={"max_tokens": 2}
    ),
    "openai: Messages, plain, below the limit": MESSAGES.made(message, asked={"max_tokens": 3}),
    "openai: Messages, plain, at the limit": MESSAGES.made(
        message, put(0, "stop_reason", "max_tokens"), asked={"max_tokens": 2}
    ),
}

MUTATIONS: dict[str, tuple[Mutation, ...]] = {
    "chat.limit-not-told": (
        CHAT.broken("of a plain answer", completion, asked={"max_tokens": 2}, frame=1),
    ),
    "messages.limit-not-told": (
        MESSAGES.broken("of a plain answer", message, asked={"max_tokens": 2}, frame=1),
    ),
}
