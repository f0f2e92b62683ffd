"""What openai-python makes of the recorded streams of Chat Completions and its kin is what we make
of them: from the same bytes, over a real socket."""

import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from openai import OpenAI

from tests.clients.serving_streams import StreamServer, serving_streams
from tests.corpus import Stream, streams
from wiretape.cassettes.dialects.answer import Answer
from wiretape.cassettes.dialects.answering import answer_of
from wiretape.cassettes.dialects.assistants import AssistantsDialect
from wiretape.cassettes.dialects.audio import TranscriptionDialect
from wiretape.cassettes.dialects.chat import ChatDialect
from wiretape.cassettes.dialects.completions import CompletionsDialect
from wiretape.cassettes.dialects.delta import Delta
from wiretape.cassettes.dialects.dialect import Dialect
from wiretape.cassettes.framing.decoding import frames_in
from wiretape.cassettes.framing.frame import Frame

pytestmark = [pytest.mark.clients, pytest.mark.corpus]

WRITER = "api.writer.com"

REFUSED_BY_STREAM = {
    "localhost:8000 1": "LengthFinishReasonError",
    "localhost:8000 2": "LengthFinishReasonError",
    # Writer's later pieces of a tool call have the type null.
    f"{WRITER} 3": "AssertionError",
    f"{WRITER} 4": "AssertionError",
}
"""Streams that `client.chat.completions.stream` gives up: the host, its how-manieth stream here."""

LISTS_LOST = frozenset({"api.mistral.ai 5", "api.mistral.ai 8"})
"""Streams with content that is a list, which the SDK's own accumulator forgets at the first
string; mistralai has them whole."""

LAST_CHUNK_UNSEEN = frozenset({f"api.perplexity.ai {number}" for number in (1, 2, 3)})
"""Streams whose last chunk the SDK's own accumulator passes over, with its finish and usage, for
its `object` is `chat.completion.done`."""


@pytest.fixture(scope="module")
def server() -> Iterator[StreamServer]:
    with serving_streams() as server:
        yield server


@pytest.fixture(scope="module")
def client(server: StreamServer) -> OpenAI:
    return OpenAI(base_url=server.url, api_key="any", max_retries=0)


@pytest.fixture(autouse=True)
def no_warnings_of_pydantic() -> Iterator[None]:
    """Mistral's `content` is a list, which the SDK takes, and says so for each chunk."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning, module="pydantic")
        yield


def read(stream: Stream, dialect: Dialect) -> Answer:
    deltas: list[Delta] = []
    for frame in frames_in("sse", [(stream.body, 1)]):
        assert isinstance(frame, Frame), frame
        deltas.extend(dialect.read(frame))
    deltas.extend(dialect.finish(2))
    return answer_of(deltas)


def chat_streams() -> list[Stream]:
    """All that speak Chat Completions; Writer's does so at a path that looks like Cohere's."""
    return [
        stream
        for stream in streams()
        if stream.api == "chat-completions"
        or (stream.api == "cohere-chat" and stream.provider_host == WRITER)
    ]


def named(found: Iterable[Stream]) -> Iterator[tuple[str, Stream]]:
    count: Counter[str] = Counter()
    for stream in found:
        count[stream.provider_host] += 1
        yield f"{stream.provider_host} {count[stream.provider_host]}", stream


def text_of_content(content: Any) -> str:
    """OpenAI's string, or the texts of Mistral's list."""
    if isinstance(content, list):
        return "".join(part.get("text", "") for part in content if part["type"] == "text")
    return content or ""


def reasoning_of(said: Any) -> str:
    """What the SDK lets through of the vendors' names, and Mistral's list."""
    plain = getattr(said, "reasoning_content", None) or getattr(said, "reasoning", None) or ""
    if isinstance(said.content, list):
        plain += "".join(
            piece["text"]
            for part in said.content
            if part["type"] == "thinking"
            for piece in part["thinking"]
        )
    return str(plain)


class Summed:
    """The simplest loop over chunks that one can write."""

    def __init__(self, chunks: Iterable[Any]) -> None:
        self.text: dict[int, str] = {}
        self.reasoning: dict[int, str] = {}
        self.refusal: dict[int, str] = {}
        self.finish: dict[int, str] = {}
        self.calls: dict[tuple[int, int], list[str]] = {}
        self.usage: Any = None
        for chunk in chunks:
            self.usage = chunk.usage or self.usage
            for choice in chunk.choices or ():
                self.take(choice.index, choice)

    def take(self, index: int, choice: Any) -> None:
        delta = choice.delta
        add(self.text, index, text_of_content(delta.content))
        add(self.reasoning, index, reasoning_of(delta))
        add(self.refusal, index, delta.refusal or "")
        self.finish[index] = choice.finish_reason or self.finish.get(index, "")
        for call in delta.tool_calls or ():
            known = self.calls.setdefault((index, call.index), ["", "", ""])
            known[0] = known[0] or call.id or ""
            known[1] += call.function.name or ""
            known[2] += call.function.arguments or ""


def add(to: dict[int, str], index: int, piece: str) -> None:
    to[index] = to.get(index, "") + piece


def usage_of(usage: Any) -> tuple[Any, ...] | None:
    """Input, output, total, reasoning, cached: as the SDK has them."""
    if usage is None:
        return None
    outputs, inputs = usage.completion_tokens_details, usage.prompt_tokens_details
    reasoning = outputs.reasoning_tokens if outputs else None
    output = usage.completion_tokens
    if reasoning and usage.total_tokens == usage.prompt_tokens + output + reasoning:
        output += reasoning  # xAI's completion is without them
    cached = inputs.cached_tokens if inputs else None
    return usage.prompt_tokens, output, usage.total_tokens, reasoning, cached


def our_usage(answer: Answer) -> tuple[Any, ...] | None:
    usage = answer.usage
    if usage is None:
        return None
    return usage.input, usage.output, usage.total, usage.reasoning, usage.input_cached


def assert_same_calls(answer: Answer, index: int, calls: Iterable[Iterable[str]]) -> int:
    chosen = [choice for choice in answer.choices if choice.index == index]
    ours = [[one.call_id, one.name, one.args_raw] for one in chosen[0].tool_calls] if chosen else []
    assert ours == [list(call) for call in calls]
    return len(ours)


def test_the_chunks_of_every_chat_stream_sum_up_to_our_answer(
    server: StreamServer, client: OpenAI
) -> None:
    compared = calls = reasoned = with_usage = 0
    for name, stream in named(chat_streams()):
        server.gives(stream.body, stream.content_type)
        chunks = client.chat.completions.create(model="any", messages=[], stream=True)
        theirs, ours = Summed(chunks), read(stream, ChatDialect())
        for index, text in theirs.text.items():
            choice = next((one for one in ours.choices if one.index == index), None)
            assert (choice.text if choice else "") == text, name
            if choice is None:
                continue
            assert choice.refusal == theirs.refusal[index], name
            said = "".join(part.text for part in choice.reasoning)
            assert said == theirs.reasoning[index], name
            assert (choice.finish.raw_reason if choice.finish else "") == theirs.finish[index], name
            reasoned += bool(said)
            called = [call for key, call in sorted(theirs.calls.items()) if key[0] == index]
            calls += assert_same_calls(ours, index, called)
        if theirs.usage is not None:
            assert our_usage(ours) == usage_of(theirs.usage), name
            with_usage += 1
        compared += 1
    print(
        f"\nopenai-python, chunk by chunk: {compared} streams equal, {reasoned} with reasoning,"
        f" {calls} tool calls, {with_usage} with usage"
    )
    assert compared >= 168
    assert calls >= 50


def test_the_final_completion_of_every_chat_stream_is_our_answer(
    server: StreamServer, client: OpenAI
) -> None:
    compared, refused, lost = 0, {}, []
    for name, stream in named(chat_streams()):
        server.gives(stream.body, stream.content_type)
        try:
            with client.chat.completions.stream(model="any", messages=[]) as events:
                final = events.get_final_completion()
        except Exception as error:  # whatever it is, it must be one of those we know
            refused[name] = type(error).__name__
            continue
        ours = read(stream, ChatDialect())
        if name in LISTS_LOST:
            theirs = str(final.choices[0].message.content)
            assert ours.text.endswith(theirs)
            assert ours.text != theirs
            lost.append(name)
            continue
        for choice in final.choices:
            assert_same_choice(name, ours, choice)
        if final.usage is not None and name not in LAST_CHUNK_UNSEEN:
            assert our_usage(ours) == usage_of(final.usage), name
        compared += 1
    print(
        f"\nopenai-python, final completion: {compared} streams equal, refused: {refused},"
        f" text lost: {lost}"
    )
    assert refused == REFUSED_BY_STREAM
    assert set(lost) == LISTS_LOST
    assert compared >= 162


def assert_same_choice(name: str, ours: Answer, choice: Any) -> None:
    chosen = [one for one in ours.choices if one.index == choice.index]
    text = text_of_content(choice.message.content)
    if not chosen:
        assert (text, choice.message.tool_calls) == ("", None), name
        return
    assert chosen[0].text == text, name
    assert chosen[0].refusal == (choice.message.refusal or ""), name
    finish = chosen[0].finish
    expected = None if name in LAST_CHUNK_UNSEEN or finish is None else finish.raw_reason
    assert expected == choice.finish_reason, name
    assert_same_calls(
        ours,
        choice.index,
        [
            (call.id, call.function.name, call.function.arguments)
            for call in choice.message.tool_calls or ()
        ],
    )


def test_the_legacy_completions_sum_up_to_our_answer(server: StreamServer, client: OpenAI) -> None:
    compared, refused = 0, []
    for name, stream in named(one for one in streams() if one.api == "completions"):
        server.gives(stream.body, stream.content_type)
        text: dict[int, str] = {}
        finish: dict[int, str | None] = {}
        ours = read(stream, CompletionsDialect())
        if stream.provider_host == WRITER:
            # `{"value": …}` is no completion for this SDK: it has nothing but an extra key.
            values = [
                str(getattr(chunk, "value", ""))
                for chunk in client.completions.create(model="any", prompt="", stream=True)
            ]
            assert ours.text == "".join(values)
            refused.append(name)
            continue
        for chunk in client.completions.create(model="any", prompt="", stream=True):
            for choice in chunk.choices:
                # A server's last chunk has neither index nor text.
                index = choice.index or 0
                text[index] = text.get(index, "") + (choice.text or "")
                finish[index] = choice.finish_reason or finish.get(index)
        assert {choice.index: choice.text for choice in ours.choices} == text, name
        raw = {one.index: one.finish and one.finish.raw_reason for one in ours.choices}
        assert raw == finish, name
        compared += 1
    print(f"\nopenai-python, completions: {compared} streams equal; only a key of: {refused}")
    assert (compared, refused) == (20, [f"{WRITER} 1"])


def test_the_assistants_final_run_is_our_answer(server: StreamServer, client: OpenAI) -> None:
    compared = calls = 0
    for name, stream in named(one for one in streams() if one.api == "openai-assistants"):
        server.gives(stream.body, stream.content_type)
        with (
            warnings.catch_warnings(),
            client_stream(client) as events,
        ):
            events.until_done()
            messages, steps = events.get_final_messages(), events.get_final_run_steps()
            run = events.current_run
        ours = read(stream, AssistantsDialect())
        texts = [part.text.value for message in messages for part in message.content]
        assert [part.text for part in ours.choices[0].texts] == texts, name
        theirs = [
            (call.id, call.type, call.code_interpreter.input)
            for step in steps
            if step.step_details.type == "tool_calls"
            for call in step.step_details.tool_calls
        ]
        ours_called = [
            (one.call_id, one.tool_type, one.args_raw) for one in ours.choices[0].tool_calls
        ]
        assert ours_called == theirs, name
        assert ours.usage is not None
        assert run.usage is not None
        assert (ours.usage.input, ours.usage.output, ours.usage.total) == (
            run.usage.prompt_tokens,
            run.usage.completion_tokens,
            run.usage.total_tokens,
        ), name
        assert ours.choices[0].finish is not None
        assert ours.choices[0].finish.raw_reason == run.status
        compared += 1
        calls += len(theirs)
    print(f"\nopenai-python, assistants: {compared} runs equal, {calls} tool calls")
    assert compared == 6


def client_stream(client: OpenAI) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return client.beta.threads.runs.stream(thread_id="thread_1", assistant_id="asst_1")


def test_the_transcripts_are_our_answer(server: StreamServer, client: OpenAI) -> None:
    compared = 0
    for name, stream in named(one for one in streams() if one.api == "audio"):
        server.gives(stream.body, stream.content_type)
        pieces, done = [], None
        for event in client.audio.transcriptions.create(
            file=("any.wav", b"RIFF"), model="any", stream=True
        ):
            if event.type == "transcript.text.delta":
                pieces.append(event.delta)
            elif event.type == "transcript.text.done":
                done = event
        assert done is not None, name
        ours = read(stream, TranscriptionDialect())
        assert [part.text for part in ours.choices[0].transcripts] == [done.text], name
        assert not pieces or "".join(pieces) == done.text, name
        assert ours.usage is not None
        assert done.usage is not None
        assert (ours.usage.input, ours.usage.output, ours.usage.total) == (
            done.usage.input_tokens,
            done.usage.output_tokens,
            done.usage.total_tokens,
        ), name
        compared += 1
    print(f"\nopenai-python, transcriptions: {compared} streams equal")
    assert compared == 2
