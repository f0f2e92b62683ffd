"""What the openai SDK makes of the recorded streams of Responses is what we make of them: from the
same bytes, over a real socket; of the events it gives one by one, and of the response that its
`responses.stream()` puts together. It gives the events of all, and fails to put one together."""

import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from openai import OpenAI
from openai.types.responses import Response, ResponseStreamEvent

from tests.cassettes.dialects.reading_streams import (
    meaning,
    only,
    read_body,
    read_whole,
    unknown_paths,
)
from tests.clients.serving_streams import StreamServer, serving_streams
from tests.corpus import Stream, streams
from wiretape.cassettes.dialects.answer import Answer, Choice
from wiretape.cassettes.dialects.answering import answer_of
from wiretape.cassettes.dialects.delta import Finish
from wiretape.cassettes.dialects.payload import sha256
from wiretape.cassettes.dialects.responses import ResponsesDialect

pytestmark = [
    pytest.mark.clients,
    pytest.mark.corpus,
    # pydantic's, of events that the SDK does not declare.
    pytest.mark.filterwarnings("ignore::UserWarning"),
]

STREAMS = {
    "api.openai.com": 39,
    "api.x.ai": 10,
    "api.deepseek.com": 1,
    "rubyllm.services.ai.azure.com": 1,
    "bedrock-mantle.<AWS_REGION>.api.aws": 1,
}
REFUSED = {"bedrock-mantle.<AWS_REGION>.api.aws": "IndexError"}
"""`responses.stream()` looks for the content by its index, and Bedrock counts it from 1."""


@pytest.fixture(scope="module")
def server() -> Iterator[StreamServer]:
    with serving_streams() as server:
        yield server


@pytest.fixture(scope="module")
def client(server: StreamServer) -> OpenAI:
    return OpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=0)


@pytest.fixture(scope="module")
def recorded() -> list[Stream]:
    return [stream for stream in streams() if stream.api == "responses"]


def ours_of(stream: Stream) -> tuple[Answer, Choice]:
    answer = answer_of(read_body(ResponsesDialect(), "sse", stream.body))
    (choice,) = answer.choices
    return answer, choice


class Told:
    """What the events of `create(stream=True)` say, put together in the plainest way."""

    def __init__(self, events: Iterator[ResponseStreamEvent]) -> None:
        self.pieces: dict[tuple[str, int, int], list[str]] = defaultdict(list)
        self.calls: dict[int, Any] = {}
        self.final: Response | None = None
        for event in events:
            self._take(event)

    def _take(self, event: Any) -> None:
        if event.type.endswith(".delta"):
            inner = getattr(event, "summary_index", getattr(event, "content_index", 0))
            self.pieces[event.type, event.output_index, inner].append(event.delta)
        elif event.type == "response.output_item.added" and event.item.type == "function_call":
            self.calls[event.output_index] = event.item
        elif event.type == "response.completed":
            self.final = event.response

    def texts(self, name: str) -> list[str]:
        """All texts that came in one type of event, in order."""
        return [
            "".join(pieces)
            for key, pieces in self.pieces.items()
            if key[0] == f"response.{name}.delta" and any(pieces)
        ]


def same_counts(ours: Answer, theirs: Response) -> None:
    assert theirs.usage is not None
    assert ours.usage is not None
    usage = theirs.usage
    assert (ours.usage.input, ours.usage.output) == (usage.input_tokens, usage.output_tokens)
    assert ours.usage.total == usage.total_tokens
    assert ours.usage.input_cached == usage.input_tokens_details.cached_tokens
    assert ours.usage.reasoning == usage.output_tokens_details.reasoning_tokens


def reasonings(choice: Choice, form: str) -> list[str]:
    return [part.text for part in choice.reasoning if part.form == form]


def test_every_event_by_event_is_our_answer(
    server: StreamServer, client: OpenAI, recorded: list[Stream]
) -> None:
    compared: dict[str, int] = defaultdict(int)
    thought = called = 0
    for stream in recorded:
        server.gives(stream.body, stream.content_type)
        theirs = Told(iter(client.responses.create(model="any", input="any", stream=True)))
        ours, choice = ours_of(stream)
        assert [part.text for part in choice.texts] == theirs.texts("output_text")
        assert reasonings(choice, "raw") == theirs.texts("reasoning_text")
        assert reasonings(choice, "summary") == theirs.texts("reasoning_summary_text")
        assert [(one.name, one.call_id) for one in choice.tool_calls] == [
            (item.name, item.call_id) for item in theirs.calls.values()
        ]
        arguments = theirs.texts("function_call_arguments")
        assert [one.args_raw for one in choice.tool_calls] == arguments
        assert theirs.final is not None
        same_counts(ours, theirs.final)
        compared[stream.provider_host] += 1
        thought += bool(choice.reasoning)
        called += len(choice.tool_calls)
    total = sum(compared.values())
    print(f"\nopenai events: {total} streams equal, {thought} with reasoning, {called} calls")
    assert (dict(compared), thought, called) == (STREAMS, 12, 18)


def same_response(choice: Choice, theirs: Any) -> None:
    """Item for item of the response that the SDK put together."""
    assert "".join(part.text for part in choice.texts) == theirs.output_text
    items = theirs.output
    summaries = [one.text for item in items if item.type == "reasoning" for one in item.summary]
    assert reasonings(choice, "summary") == [text for text in summaries if text]
    sealed = [
        getattr(item, "encrypted_content", None) for item in items if item.type == "reasoning"
    ]
    assert [one.sha256 for one in choice.opaque] == [sha256(one.encode()) for one in sealed if one]
    assert [(one.name, one.call_id, one.args_raw) for one in choice.tool_calls] == [
        (item.name, item.call_id, item.arguments) for item in items if item.type == "function_call"
    ]


def test_every_response_put_together_is_our_answer(
    server: StreamServer, client: OpenAI, recorded: list[Stream]
) -> None:
    compared, refused = 0, {}
    for stream in recorded:
        server.gives(stream.body, stream.content_type)
        try:
            with client.responses.stream(model="any", input="any") as told:
                snapshots = {
                    event.output_index: event.snapshot
                    for event in told
                    if event.type == "response.output_text.delta"
                }
                theirs = told.get_final_response()
        except Exception as error:  # whatever the SDK trips over
            refused[stream.provider_host] = type(error).__name__
            continue
        ours, choice = ours_of(stream)
        assert [part.text for part in choice.texts] == list(snapshots.values())
        assert (ours.id, ours.model) == (theirs.id, theirs.model)
        same_response(choice, theirs)
        same_counts(ours, theirs)
        compared += 1
    print(f"\nopenai responses.stream(): {compared} streams equal, refused: {refused}")
    assert refused == REFUSED
    assert compared == sum(STREAMS.values()) - len(REFUSED)


def test_a_live_server_that_gives_no_index_is_read(llama_url: str) -> None:
    """llama.cpp: the SDK's `responses.stream()` needs an `output_index`, which never comes."""
    asked = {"model": "m", "input": "Count", "stream": True, "max_output_tokens": 24}
    request = urllib.request.Request(
        f"{llama_url}/v1/responses",
        msgspec.json.encode(asked),
        {"Content-Type": "application/json"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    body: bytes = opener.open(request, timeout=60).read()
    events = [msgspec.json.decode(line[6:]) for line in body.split(b"\n") if line[:6] == b"data: "]
    assert not any("output_index" in event for event in events)
    deltas = read_body(ResponsesDialect(), "sse", body)
    said = "".join(event["delta"] for event in events if event["type"].endswith("text.delta"))
    assert answer_of(deltas).text == said != ""
    assert unknown_paths(deltas) == []
    whole = read_whole(ResponsesDialect(), events[-1]["response"])
    assert meaning(deltas) == meaning(whole)
    assert only(Finish, deltas)[0].reason == "stop"  # wrong, and theirs: it was the limit
