"""What the ollama client makes of the recorded streams is what we make of them: from the same
bytes, over a real socket. It gives one object a line; they are added up here."""

from collections.abc import Iterator
from typing import Any

import pytest
from ollama import Client

from tests.cassettes.dialects.reading_streams import lines, read, read_body
from tests.cassettes.dialects.test_ollama import CHAT
from tests.clients.serving_streams import StreamServer, serving_streams
from tests.corpus import Stream, streams
from wiretape.cassettes.dialects.answering import answer_of
from wiretape.cassettes.dialects.ollama import OllamaDialect

pytestmark = [pytest.mark.clients, pytest.mark.corpus]


@pytest.fixture(scope="module")
def server() -> Iterator[StreamServer]:
    with serving_streams() as server:
        yield server


def parts(server: StreamServer, stream: Stream) -> list[Any]:
    server.gives(stream.body, stream.content_type)
    client = Client(host=server.url)
    if stream.url.endswith("/api/chat"):
        question = [{"role": "user", "content": "any"}]
        return list(client.chat(model="any", messages=question, stream=True))
    return list(client.generate(model="any", prompt="any", stream=True))


def text_of(part: Any) -> str:
    message = getattr(part, "message", None)
    return str((message.content if message else part.response) or "")


def test_every_stream_of_ollama_is_our_answer(server: StreamServer) -> None:
    compared = chats = 0
    for stream in streams():
        if stream.api != "ollama":
            continue
        theirs = parts(server, stream)
        ours = answer_of(read_body(OllamaDialect(), "ndjson", stream.body))
        (choice,) = ours.choices
        last = theirs[-1]
        assert ours.text == "".join(map(text_of, theirs))
        assert (ours.model, ours.ended) == (last.model, last.done)
        assert choice.finish is not None
        assert choice.finish.raw_reason == last.done_reason
        assert ours.usage is not None
        assert (ours.usage.input, ours.usage.output) == (last.prompt_eval_count, last.eval_count)
        compared += 1
        chats += stream.url.endswith("/api/chat")
    print(f"\nollama: {compared} streams equal, {chats} of chat")
    assert (compared, chats) == (5, 2)


def test_thoughts_and_calls_are_the_same(server: StreamServer) -> None:
    """No recorded stream has them, so this one is made by hand."""
    frames = lines(*CHAT)
    server.gives(b"".join(frame.data + b"\n" for frame in frames), "application/x-ndjson")
    theirs = list(Client(host=server.url).chat(model="any", stream=True))
    (choice,) = answer_of(read(OllamaDialect(), frames)).choices
    assert [part.text for part in choice.reasoning] == [
        "".join(part.message.thinking or "" for part in theirs)
    ]
    assert [(one.name, one.args) for one in choice.tool_calls] == [
        (call.function.name, call.function.arguments)
        for part in theirs
        for call in part.message.tool_calls or ()
    ]
