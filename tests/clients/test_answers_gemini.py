"""What google-genai makes of Gemini's streams is what we make of them: from the same bytes, over
a real socket. The recorded ones are of generateContent; those of the Interactions API are made
here, of the SDK's own types."""

import base64
import hashlib
import inspect
from collections.abc import Iterator
from typing import Any, get_args

import msgspec
import pytest
from google import genai
from google.genai._gaos.types import interactions as sdk
from google.genai._gaos.types.interactions import interactionsseevent, stepdeltadata
from google.genai._gaos.types.interactions import step as sdk_step

from tests.clients.serving_streams import StreamServer, serving_streams
from tests.corpus import Stream, streams
from tests.dialect_reading import answer, said, sse
from wiretape.cassettes.dialects.answer import Answer, Choice
from wiretape.cassettes.dialects.answering import answer_of
from wiretape.cassettes.dialects.gemini import GeminiDialect
from wiretape.cassettes.dialects.interactions import EVENTS, INTERACTION, InteractionsDialect
from wiretape.cassettes.dialects.interactions_steps import CONTENT, DELTA_TYPES, STEP, STEP_TYPES

pytestmark = [pytest.mark.clients]

Json = Any
RECORDED = 23
"""Gemini streams of the corpus; the SDK refuses none of them."""


@pytest.fixture(scope="module")
def server() -> Iterator[StreamServer]:
    with serving_streams() as server:
        yield server


def client(server: StreamServer, *, vertex: bool = False) -> Any:
    """To be held as long as it is used: it closes its connections when it is collected."""
    where = genai.types.HttpOptions(base_url=server.url)
    return genai.Client(vertexai=vertex, api_key="any", http_options=where)


class Summed:
    """One candidate of google-genai's chunks, put together."""

    def __init__(self) -> None:
        self.id = self.model = self.text = self.thoughts = self.finish = ""
        self.calls: list[tuple[str, Json]] = []
        self.signatures: list[str] = []
        self.usage: Any = None

    def take(self, chunk: Any) -> None:
        self.id = chunk.response_id or self.id
        self.model = chunk.model_version or self.model
        self.usage = chunk.usage_metadata or self.usage
        for candidate in chunk.candidates or ():
            self.finish = candidate.finish_reason.value if candidate.finish_reason else self.finish
            for part in (candidate.content and candidate.content.parts) or ():
                self._part(part)

    def _part(self, part: Any) -> None:
        if part.thought:
            self.thoughts += part.text
        else:
            self.text += part.text or ""
        if part.function_call:
            self.calls.append((part.function_call.name, part.function_call.args))
        if part.thought_signature:
            text = base64.b64encode(part.thought_signature)
            self.signatures.append(hashlib.sha256(text).hexdigest())


def hold(ours: Answer, theirs: Summed, url: str) -> None:
    (choice,) = ours.choices
    assert (ours.id, ours.model, ours.ended) == (theirs.id, theirs.model, True), url
    assert choice.text == theirs.text, url
    assert reasoning(choice) == theirs.thoughts, url
    assert [(call.name, call.args) for call in choice.tool_calls] == theirs.calls, url
    assert [opaque.sha256 for opaque in choice.opaque] == theirs.signatures, url
    assert choice.finish is not None
    assert choice.finish.raw_reason == theirs.finish, url
    counts = theirs.usage
    written = (counts.candidates_token_count or 0) + (counts.thoughts_token_count or 0)
    assert ours.usage is not None
    assert (ours.usage.input, ours.usage.output, ours.usage.total) == (
        counts.prompt_token_count,
        written,
        counts.total_token_count,
    ), url


def reasoning(choice: Choice) -> str:
    return "".join(part.text for part in choice.reasoning)


def recorded() -> list[Stream]:
    return [stream for stream in streams() if stream.api == "gemini-generate"]


@pytest.mark.corpus
def test_every_recorded_stream_sums_up_to_our_answer(server: StreamServer) -> None:
    compared = thoughts = calls = 0
    for stream in recorded():
        server.gives(stream.body, stream.content_type)
        theirs = Summed()
        asking = client(server, vertex="aiplatform" in stream.url)
        for chunk in asking.models.generate_content_stream(model="any", contents="any"):
            theirs.take(chunk)
        hold(answer(GeminiDialect(), stream.body), theirs, stream.url)
        compared += 1
        thoughts += bool(theirs.thoughts)
        calls += len(theirs.calls)
    print(
        f"\ngoogle-genai: {compared} Gemini streams are the same, "
        f"{thoughts} with thoughts, {calls} tool calls, none refused"
    )
    assert compared == RECORDED


@pytest.mark.corpus
def test_the_same_chunks_as_an_array_say_the_same() -> None:
    """The SDK asks for SSE alone; what it makes of that holds for the array, too."""
    for stream in recorded():
        chunks = [
            line.removeprefix(b"data: ")
            for line in stream.body.splitlines()
            if line.startswith(b"data: ")
        ]
        array = b"[" + b",\r\n".join(chunks) + b"\n]\n"
        streamed = answer(GeminiDialect(), stream.body)
        assert said(answer(GeminiDialect(), array, "json_array")) == said(streamed)


def test_an_error_in_the_stream_is_one_for_both(server: StreamServer) -> None:
    failure = {"error": {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}}
    body = sse({"candidates": [{"content": {"parts": [{"text": "a"}]}}]}, failure)
    server.gives(body)
    asking = client(server)
    with pytest.raises(genai.errors.ServerError) as caught:
        list(asking.models.generate_content_stream(model="any", contents="any"))
    (error,) = answer(GeminiDialect(), body).errors
    assert (caught.value.code, caught.value.status) == (error.http_status, error.type)


def fields(model: Any) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def variants(module: Any) -> dict[str, Any]:
    """The types of a union by what tells them apart, out of the module that has it."""
    (found,) = (value for name, value in inspect.getmembers(module) if name.endswith("_VARIANTS"))
    return dict(found)


def test_every_event_of_the_sdk_is_known_by_name_and_field() -> None:
    events = variants(interactionsseevent)
    assert set(events) == set(EVENTS)
    known = {name: members | {"event_type", "event_id"} for name, members in EVENTS.items()}
    assert {name: fields(model) - known[name] for name, model in events.items()} == {
        name: set() for name in events
    }


def test_every_step_and_delta_of_the_sdk_is_known_by_name_and_field() -> None:
    steps, deltas = variants(sdk_step), variants(stepdeltadata)
    assert set(steps) == STEP_TYPES
    assert set(deltas) == DELTA_TYPES
    for name, model in steps.items():
        assert not fields(model) - STEP, name
    for name, model in deltas.items():
        known = STEP if name.endswith(("_call", "_result")) else CONTENT
        assert not fields(model) - known, name


def test_every_field_of_an_interaction_is_known() -> None:
    assert not fields(sdk.Interaction) - INTERACTION
    assert not fields(sdk.InteractionSseEventInteraction) - INTERACTION


def test_every_status_of_an_interaction_ends_it_or_not() -> None:
    """A new one shows up here; what it means is to be said in the dialect."""
    (statuses,) = (
        get_args(one)
        for one in get_args(sdk.InteractionStatusUpdateStatus)
        if "completed" in get_args(one)
    )
    assert set(statuses) == {
        "in_progress",
        "queued",
        "completed",
        "failed",
        "cancelled",
        "incomplete",
        "budget_exceeded",
        "requires_action",
        "requires_continuation",
    }


USAGE = sdk.Usage(
    total_input_tokens=3, total_output_tokens=4, total_thought_tokens=5, total_tokens=12
)


def interaction(status: str, **members: Any) -> Any:
    return sdk.InteractionSseEventInteraction(
        id="v1_a", status=status, model="gemini-3-flash-preview", **members
    )


def made_stream() -> list[Any]:
    """One of each thing that a step can say, in the SDK's own types."""
    thought = sdk.TextContent(text="Hm, ")
    picture = base64.b64encode(b"PNG").decode()
    note = sdk.URLCitation(url="https://a.example", title="A", start_index=0, end_index=2)
    search = sdk.GoogleSearchCallArguments(queries=["x"])
    found = sdk.GoogleSearchResult(search_suggestions="<b>")

    def delta(index: int, *what: Any) -> list[Any]:
        return [sdk.StepDelta(index=index, delta=one) for one in what]

    return [
        sdk.InteractionCreatedEvent(interaction=interaction("in_progress")),
        sdk.InteractionStatusUpdate(interaction_id="v1_a", status="in_progress"),
        sdk.StepStart(index=0, step=sdk.ThoughtStep()),
        *delta(0, sdk.ThoughtSummaryDelta(content=thought)),
        *delta(0, sdk.ThoughtSummaryDelta(content=sdk.TextContent(text="so."))),
        *delta(0, sdk.ThoughtSignatureDelta(signature="c2ln")),
        sdk.StepStop(index=0),
        sdk.StepStart(index=1, step=sdk.GoogleSearchCallStep(id="s", arguments=search)),
        *delta(1, sdk.GoogleSearchCallDelta(arguments=search)),
        sdk.StepStop(index=1),
        sdk.StepStart(index=2, step=sdk.GoogleSearchResultStep(call_id="s", result=[])),
        *delta(2, sdk.GoogleSearchResultDelta(result=[found])),
        sdk.StepStop(index=2),
        sdk.StepStart(index=3, step=sdk.ModelOutputStep(content=[])),
        *delta(3, sdk.TextDelta(text="It "), sdk.TextDelta(text="is")),
        *delta(3, sdk.TextAnnotationDelta(annotations=[note])),
        *delta(3, sdk.ImageDelta(data=picture, mime_type="image/png")),
        sdk.StepStop(index=3, usage=USAGE),
        sdk.StepStart(index=4, step=sdk.FunctionCallStep(id="c", name="f", arguments={})),
        *delta(4, sdk.ArgumentsDelta(arguments='{"a":')),
        *delta(4, sdk.ArgumentsDelta(arguments="[1]}")),
        sdk.StepStop(index=4),
        sdk.InteractionCompletedEvent(interaction=interaction("requires_action", usage=USAGE)),
    ]


def as_wire(events: list[Any]) -> bytes:
    payloads = [msgspec.json.decode(event.model_dump_json(exclude_none=True)) for event in events]
    return sse(*payloads, b"[DONE]", named="event_type")


def test_a_stream_of_the_sdks_own_events(server: StreamServer) -> None:
    body = as_wire(made_stream())
    server.gives(body)
    text, thoughts, arguments, names, signatures, status = "", "", "", [], [], ""
    usage: Any = None
    asking = client(server)
    for event in asking.interactions.create(model="any", input="any", stream=True):
        match event.event_type:
            case "step.start" if event.step.type == "function_call":
                names.append(event.step.name)
            case "step.delta" if event.delta.type == "text":
                text += event.delta.text
            case "step.delta" if event.delta.type == "thought_summary":
                thoughts += event.delta.content.text
            case "step.delta" if event.delta.type == "thought_signature":
                signatures.append(hashlib.sha256(event.delta.signature.encode()).hexdigest())
            case "step.delta" if event.delta.type == "arguments_delta":
                arguments += event.delta.arguments
            case "interaction.completed":
                status, usage = event.interaction.status, event.interaction.usage
    ours = answer(InteractionsDialect(), body)
    (choice,) = ours.choices
    assert text
    assert (choice.text, reasoning(choice)) == (text, thoughts)
    asked = [call for call in choice.tool_calls if call.origin == "client"]
    assert [(call.name, call.args_raw) for call in asked] == [(*names, arguments)]
    assert [opaque.sha256 for opaque in choice.opaque] == signatures
    assert choice.finish is not None
    assert choice.finish.raw_reason == status
    assert ours.usage is not None
    assert ours.usage.total == usage.total_tokens
    assert ours.ended
    assert [one.url for one in choice.citations] == ["https://a.example"]
    assert [one.size for one in choice.media] == [3]


def test_a_whole_interaction_of_the_sdks_own_types(server: StreamServer) -> None:
    whole = sdk.Interaction(
        id="v1_a",
        status="completed",
        model="gemini-3-flash-preview",
        usage=USAGE,
        steps=[
            sdk.ThoughtStep(summary=[sdk.TextContent(text="Hm")]),
            sdk.ModelOutputStep(content=[sdk.TextContent(text="It is")]),
        ],
    )
    body = whole.model_dump_json(exclude_none=True).encode()
    server.gives(body, "application/json")
    asking = client(server)
    theirs = asking.interactions.create(model="any", input="any")
    ours = answer_of(InteractionsDialect().read_whole(body, 1))
    assert ours.text == theirs.output_text == "It is"
    assert reasoning(ours.choices[0]) == theirs.steps[0].summary[0].text
