"""A client before a provider and before the tape of that: what it was told, four times.

Live through the recorder, from `wiretape replay`, by Wiretape's reading of the tape, and by plain
`json` in the bytes on the tape. Knows no client: each test gives its own.
"""

import base64
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.clients.commands import listening
from tests.clients.serving_streams import serving_streams
from tests.clients.tape import recording_of
from tests.clients.trying import Client, Source, tries
from tests.corpus import Stream
from tests.provider_recount import Event, Recount, events_of, recount_of
from wiretape.cassettes import Cassette
from wiretape.cassettes.dialects.answer import Answer
from wiretape.cassettes.meaning import read_meaning
from wiretape.cassettes.model import Interaction

Json = dict[str, Any]


class Said(NamedTuple):
    """What a client shows of an answer."""

    text: str = ""
    reasoning: str = ""
    tools: tuple[tuple[str, Any], ...] = ()
    """Name and arguments of each call of a tool of the client's."""
    input: int | None = None
    output: int | None = None
    """Tokens, what was cached and what was thought included; None where none are told."""


Ask = Callable[[str, Iterable[str]], Awaitable[list[Said]]]
"""Asks the server at a URL one question after the other, with one client. Each question makes its
request another than all others."""


def number_of(question: str) -> int:
    """By it a test takes another of the client's ways to ask, the same for the tape."""
    return int(question.rpartition(" ")[2])


LIVE = tuple(f"Tell me of é and 😀 {number}" for number in range(4))
"""What a real server is asked. A tiny model of random weights never calls a tool: those are in the
recorded streams."""
TOKENS = 40
"""What it may say."""


class Api(NamedTuple):
    """Where a client asks for it, and what it is called in the corpus."""

    upstream: str
    corpus: str
    name: str = ""


CHAT = Api("openai", "chat-completions", "Chat Completions")
RESPONSES = Api("openai", "responses", "Responses")
MESSAGES = Api("anthropic", "anthropic-messages", "Messages")


def each_of(client: Client, words: str, source: Source, *apis: Api) -> pytest.MarkDecorator:
    """The test tries the client once for each API, its argument `api`."""
    return pytest.mark.parametrize(
        "api",
        [
            pytest.param(api, marks=tries(client, f"{words}: {api.name}", source), id=api.name)
            for api in apis
        ],
    )


def said(api: Api, events: Iterable[Json]) -> Said:
    """What the objects of a client say that print as the provider's JSON."""
    return said_by(api, (("", value) for value in events))


def said_by(api: Api, events: Iterable[tuple[str, Json]]) -> Said:
    """The same of events whose name stands beside the JSON."""
    return _of_recount(recount_of(api.corpus, [Event(*event) for event in events]))


async def from_streams(
    tape: Path, api: Api, streams: Sequence[Stream], ask: Ask, *, record: Ask | None = None
) -> int:
    """Serve the streams to the client, and to it again from the tape. Gives how many. `record`
    asks live in the place of `ask`, where a client needs another setting for that."""
    assert streams
    questions = [f"Hello {number}" for number in range(len(streams))]
    with serving_streams() as server:

        def one_by_one() -> Iterator[str]:
            for question, stream in zip(questions, streams, strict=True):
                server.gives(stream.body, stream.content_type)
                yield question

        async with recording_of(tape, server.url, api.upstream) as url:
            live = await (record or ask)(f"{url}/{api.upstream}", one_by_one())
    played = await _replayed(tape, api, questions, live, ask)
    for stream, interaction in zip(streams, played, strict=True):
        assert interaction.response is not None
        assert interaction.response.body == stream.body
    return len(streams)


async def from_live(tape: Path, api: Api, provider: str, ask: Ask) -> int:
    """Ask a real server, and then its tape. Gives how often."""
    async with recording_of(tape, provider, api.upstream) as url:
        live = await ask(f"{url}/{api.upstream}", LIVE)
    await _replayed(tape, api, LIVE, live, ask)
    assert all(told.text for told in live)
    return len(LIVE)


async def _replayed(
    tape: Path, api: Api, questions: Sequence[str], live: Sequence[Said], ask: Ask
) -> list[Interaction]:
    """Ask the tape, and hold what is said to be the same everywhere. Gives what is on it."""
    with Cassette.open(tape) as cassette:
        interactions = list(cassette)
    options = ("--speed", "instant", "--after-last", "error")
    async with listening("replay", *options, str(tape)) as url:
        # In another order than they were recorded in.
        replayed = await ask(f"{url}/{api.upstream}", reversed(questions))
    for told, again, interaction in zip(live, reversed(replayed), interactions, strict=True):
        assert again == told
        assert again == _in_the_reading(interaction, again)
        assert again == _in_the_bytes(api, interaction, again)
    return interactions


def _in_the_reading(interaction: Interaction, shown: Said) -> Said:
    meaning = read_meaning(interaction)
    assert meaning.streamed
    return _as_far_as_shown(_of_answer(meaning.answer), shown)


def _in_the_bytes(api: Api, interaction: Interaction, shown: Said) -> Said:
    assert interaction.response is not None
    events, _ = events_of(api.corpus, interaction.response.body)
    return _as_far_as_shown(_of_recount(recount_of(api.corpus, events)), shown)


def _as_far_as_shown(whole: Said, shown: Said) -> Said:
    """Without the counts that the client does not show."""
    return whole._replace(
        input=None if shown.input is None else whole.input,
        output=None if shown.output is None else whole.output,
    )


def _of_answer(answer: Answer) -> Said:
    usage = answer.usage
    choices = answer.choices
    return Said(
        "".join(choice.text for choice in choices),
        "".join(part.text for choice in choices for part in choice.reasoning),
        tuple(
            (call.name, call.args)
            for choice in choices
            for call in choice.tool_calls
            if call.origin == "client"
        ),
        usage.input if usage else None,
        usage.output if usage else None,
    )


def _of_recount(told: Recount) -> Said:
    return Said(told.text, told.raw + told.summary, told.tools, told.input, told.output)


def written(api: Api, body: bytes, content_type: str = "text/event-stream") -> Stream:
    """A stream that is here for where the recorded ones are not."""
    packed = base64.b64encode(body).decode()
    return Stream("", "", api.corpus, "POST", "", 200, {}, content_type, packed)
