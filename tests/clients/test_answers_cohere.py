"""What the cohere SDK makes of the recorded streams is what we make of them: from the same bytes,
over a real socket. It gives events and puts nothing together, so that is done here, in the
plainest way."""

from collections.abc import Iterator
from typing import Any

import cohere
import msgspec
import pytest

from tests.cassettes.dialects.reading_streams import read_body
from tests.cassettes.dialects.test_cohere import framing
from tests.clients.serving_streams import StreamServer, serving_streams
from tests.corpus import Stream, streams
from wiretape.cassettes.dialects.answer import Answer
from wiretape.cassettes.dialects.answering import answer_of
from wiretape.cassettes.dialects.cohere import CohereDialect

pytestmark = [pytest.mark.clients, pytest.mark.corpus]


@pytest.fixture(scope="module")
def server() -> Iterator[StreamServer]:
    with serving_streams() as server:
        yield server


class Summed:
    """One answer of the second version, from the SDK's events."""

    def __init__(self) -> None:
        self.texts: dict[int, str] = {}
        self.thoughts: dict[int, str] = {}
        self.plan = ""
        self.calls: dict[int, list[str]] = {}
        self.cited: list[str] = []
        self.end: Any = None

    def take(self, event: Any) -> None:
        match event.type:
            case "content-start" | "content-delta":
                content = event.delta.message.content
                at = event.index
                self.texts[at] = self.texts.get(at, "") + (content.text or "")
                self.thoughts[at] = self.thoughts.get(at, "") + (content.thinking or "")
            case "tool-plan-delta":
                self.plan += event.delta.message.tool_plan
            case "tool-call-start":
                call = event.delta.message.tool_calls
                self.calls[event.index] = [call.function.name, call.id, call.function.arguments]
            case "tool-call-delta":
                arguments = event.delta.message.tool_calls.function.arguments
                self.calls[event.index][2] += arguments
            case "citation-start":
                self.cited.append(event.delta.message.citations.text)
            case "message-end":
                self.end = event.delta


def second_version(server: StreamServer, stream: Stream) -> Summed:
    server.gives(stream.body, stream.content_type)
    client = cohere.ClientV2(api_key="any", base_url=server.url)
    question: Any = [{"role": "user", "content": "any"}]
    summed = Summed()
    for event in client.chat_stream(model="any", messages=question):
        summed.take(event)
    return summed


def same(ours: Answer, theirs: Summed) -> None:
    (choice,) = ours.choices
    assert [(one.part, one.text) for one in choice.texts] == [
        (str(at), text) for at, text in theirs.texts.items() if text
    ]
    thoughts = [("tool_plan", theirs.plan)] + [
        (str(at), text) for at, text in theirs.thoughts.items()
    ]
    assert [(one.part, one.text) for one in choice.reasoning] == [
        (part, text) for part, text in thoughts if text
    ]
    assert [[one.name, one.call_id, one.args] for one in choice.tool_calls] == [
        [name, call_id, msgspec.json.decode(args or "{}")]
        for name, call_id, args in theirs.calls.values()
    ]
    assert [one.quoted for one in choice.citations] == theirs.cited
    assert choice.finish is not None
    assert choice.finish.raw_reason == theirs.end.finish_reason
    assert ours.usage is not None
    tokens = theirs.end.usage.tokens
    assert (ours.usage.input, ours.usage.output) == (tokens.input_tokens, tokens.output_tokens)
    assert ours.usage.input_cached == theirs.end.usage.cached_tokens


def test_every_stream_of_the_second_version_is_our_answer(server: StreamServer) -> None:
    compared = calls = thought = 0
    for stream in streams():
        if stream.provider_host != "api.cohere.com" or not stream.url.endswith("/v2/chat"):
            continue
        theirs = second_version(server, stream)
        ours = answer_of(read_body(CohereDialect(), framing(stream), stream.body))
        same(ours, theirs)
        compared += 1
        calls += len(theirs.calls)
        thought += bool(ours.choices[0].reasoning)
    print(f"\ncohere v2: {compared} streams equal, {calls} tool calls, {thought} with thoughts")
    assert (compared, calls, thought) == (22, 8, 7)


def test_every_stream_of_the_first_version_is_our_answer(server: StreamServer) -> None:
    compared = 0
    for stream in streams():
        if stream.provider_host != "api.cohere.com" or not stream.url.endswith("/v1/chat"):
            continue
        server.gives(stream.body, stream.content_type)
        client = cohere.Client(api_key="any", base_url=server.url)
        events: list[Any] = list(client.chat_stream(model="any", message="any"))
        ours = answer_of(read_body(CohereDialect(), framing(stream), stream.body))
        said = "".join(one.text for one in events if one.event_type == "text-generation")
        end = events[-1]
        assert ours.text == said == end.response.text
        assert ours.usage is not None
        tokens = end.response.meta.tokens
        assert (ours.usage.input, ours.usage.output) == (tokens.input_tokens, tokens.output_tokens)
        compared += 1
    print(f"\ncohere v1: {compared} streams equal")
    assert compared == 2
