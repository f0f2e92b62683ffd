"""What mistralai makes of Mistral's recorded streams is what we make of them: from the same bytes,
over a real socket."""

from collections.abc import Iterator
from typing import Any

import pytest
from mistralai.client import Mistral

from tests.clients.serving_streams import StreamServer, serving_streams
from tests.corpus import Stream, streams
from wiretape.cassettes.dialects.answer import Answer
from wiretape.cassettes.dialects.answering import answer_of
from wiretape.cassettes.dialects.chat import ChatDialect
from wiretape.cassettes.dialects.delta import Delta
from wiretape.cassettes.framing.decoding import frames_in
from wiretape.cassettes.framing.frame import Frame

pytestmark = [pytest.mark.clients, pytest.mark.corpus]


@pytest.fixture(scope="module")
def server() -> Iterator[StreamServer]:
    with serving_streams() as server:
        yield server


def read(stream: Stream) -> Answer:
    dialect = ChatDialect()
    deltas: list[Delta] = []
    for frame in frames_in("sse", [(stream.body, 1)]):
        assert isinstance(frame, Frame), frame
        deltas.extend(dialect.read(frame))
    deltas.extend(dialect.finish(2))
    return answer_of(deltas)


class Summed:
    """Text, thinking and tool calls of one choice, as the SDK's types have them."""

    def __init__(self) -> None:
        self.text = self.thinking = ""
        self.calls: list[tuple[str, str, str]] = []
        self.finish = ""
        self.usage: Any = None

    def take(self, chunk: Any) -> None:
        choice = chunk.choices[0]
        content = choice.delta.content
        if isinstance(content, str):
            self.text += content
        else:
            for part in content or ():
                self._part(part)
        for call in choice.delta.tool_calls or ():
            self.calls.append((call.id, call.function.name, call.function.arguments))
        self.finish = choice.finish_reason or self.finish
        self.usage = chunk.usage or self.usage

    def _part(self, part: Any) -> None:
        if part.type == "text":
            self.text += part.text
        else:
            assert part.type == "thinking"
            self.thinking += "".join(piece.text for piece in part.thinking)


def test_every_stream_of_mistral_sums_up_to_our_answer(server: StreamServer) -> None:
    client = Mistral(server_url=server.url, api_key="any")
    compared = thought = calls = 0
    for stream in streams():
        if stream.provider_host != "api.mistral.ai":
            continue
        server.gives(stream.body, stream.content_type)
        theirs = Summed()
        question: Any = [{"role": "user", "content": "any"}]
        for event in client.chat.stream(model="any", messages=question):
            theirs.take(event.data)
        ours = read(stream)
        choice = ours.choices[0]
        assert choice.text == theirs.text, stream.url
        assert "".join(part.text for part in choice.reasoning) == theirs.thinking
        called = [(one.call_id, one.name, one.args_raw) for one in choice.tool_calls]
        assert called == theirs.calls
        assert choice.finish is not None
        assert choice.finish.raw_reason == theirs.finish
        assert ours.usage is not None
        assert (ours.usage.input, ours.usage.output, ours.usage.total) == (
            theirs.usage.prompt_tokens,
            theirs.usage.completion_tokens,
            theirs.usage.total_tokens,
        )
        compared += 1
        thought += bool(theirs.thinking)
        calls += len(called)
    print(f"\nmistralai: {compared} streams equal, {thought} with thinking, {calls} tool calls")
    assert (compared, thought) == (13, 2)
    assert calls == 2
