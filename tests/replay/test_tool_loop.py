"""A tool loop of two turns that was recorded once: real answers, the official SDKs, ids that the
client makes anew, any order, many at a time, and always the same result.
"""

import asyncio
import json
import random
import uuid
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import anthropic
import openai
import pytest

from tests.corpus import Stream, streams
from tests.interactions import make_interaction, make_request, numbered
from wiretape.cassettes.model import Interaction
from wiretape.replay import Pace, Player, ReplayServer

pytestmark = pytest.mark.corpus

TIMES = 100
AT_ONCE = 8
FILE = "can_use_tools_with_multi-turn_streaming_conversations.yml"


def recorded(client: str) -> list[Stream]:
    """What the weather is in Berlin: the call of the tool, and what is said of its result."""
    found = [one for one in streams() if one.path.endswith(FILE) and f"_{client}_" in one.path]
    assert len(found) == 4  # Paris follows
    return found[:2]


def tape(upstream: str, turns: Iterable[Stream]) -> list[Interaction]:
    return [
        make_interaction(
            [(10, one.body[:700]), (30, one.body[700:])],
            upstream=upstream,
            request=make_request(
                target=urlsplit(one.url).path, body=json.dumps(one.request_body).encode()
            ),
        )
        for one in turns
    ]


@asynccontextmanager
async def replaying(interactions: Iterable[Interaction]) -> AsyncIterator[tuple[str, Player]]:
    player = Player(numbered(tuple(interactions)))
    server = ReplayServer(player, pace=Pace(instant=True))
    await server.start()
    try:
        yield server.url, player
    finally:
        await server.close()


async def ask_openai(client: openai.AsyncOpenAI, first: dict[str, Any], result: str) -> str:
    """The loop as an agent has it that keeps the conversation itself. Gives the last text."""
    asked = dict(first)
    for _ in range(2):
        items: list[Any] = []
        text = ""
        async for event in await client.responses.create(**asked):
            if event.type == "response.output_text.delta":
                text += event.delta
            if event.type == "response.completed":
                items = event.response.output
        if text:
            return text
        mine = {"call_id": f"call_{uuid.uuid4().hex}"}
        kept: list[Any] = [
            {
                "type": "reasoning",
                "summary": item.summary,
                "encrypted_content": item.encrypted_content,
            }
            if item.type == "reasoning"
            else {
                "type": "function_call",
                "name": item.name,
                "arguments": item.arguments,
                **mine,
            }
            for item in items
        ]
        output = {"type": "function_call_output", "output": result, **mine}
        asked["input"] = [*asked["input"], *kept, output]
    raise AssertionError("no text in two turns")


async def ask_anthropic(
    client: anthropic.AsyncAnthropic, first: dict[str, Any], result: str
) -> str:
    asked = {name: value for name, value in first.items() if name != "stream"}
    for _ in range(2):
        async with client.messages.stream(**asked) as stream:
            message = await stream.get_final_message()
        if message.stop_reason == "end_turn":
            return "".join(block.text for block in message.content if block.type == "text")
        mine = f"toolu_{uuid.uuid4().hex}"
        call = next(block for block in message.content if block.type == "tool_use")
        used = {"type": "tool_use", "id": mine, "name": call.name, "input": call.input}
        content = [{"type": "text", "text": result}]
        back = {"type": "tool_result", "tool_use_id": mine, "content": content}
        asked["messages"] = [
            *asked["messages"],
            {"role": "assistant", "content": [used]},
            {"role": "user", "content": [back]},
        ]
    raise AssertionError("no text in two turns")


async def test_two_turns_again_and_again() -> None:
    responses, messages = recorded("openai"), recorded("anthropic")
    result = "Current weather at 52.5200, 13.4050: 15\N{DEGREE SIGN}C, Wind: 10 km/h"
    both = [*tape("openai", responses), *tape("anthropic", messages)]
    random.Random(4).shuffle(both)
    turns = [
        (f"{name} {number}", name) for name in ("openai", "anthropic") for number in range(TIMES)
    ]
    random.Random(5).shuffle(turns)
    gate = asyncio.Semaphore(AT_ONCE)
    async with (
        replaying(both) as (url, player),
        openai.AsyncOpenAI(api_key="dummy-of-a-test") as oai,
        anthropic.AsyncAnthropic(api_key="dummy-of-a-test") as ant,
    ):

        async def once(session: str, name: str) -> tuple[str, str]:
            base = f"{url}/__session/{session.replace(' ', '%20')}/{name}"
            async with gate:
                if name == "openai":
                    of = oai.with_options(base_url=f"{base}/v1")
                    return name, await ask_openai(of, responses[0].request_body, result)
                ours = ant.with_options(base_url=base)
                return name, await ask_anthropic(ours, messages[0].request_body, result)

        said = await asyncio.gather(*(once(*turn) for turn in turns))
        assert set(said) == {
            ("openai", "Berlin (52.5200, 13.4050): 15\N{DEGREE SIGN}C, wind 10 km/h."),
            (
                "anthropic",
                "The weather in Berlin is currently:\n- **Temperature:** 15\N{DEGREE SIGN}C\n"
                "- **Wind:** 10 km/h\n\nIt's relatively mild with a light breeze. Perfect for a "
                "walk around the city!",
            ),
        }
        assert (player.played, player.misses) == (4 * TIMES, 0)
        assert {player.session(session).played for session, _ in turns} == {2}
        assert {len(player.session(session).unplayed) for session, _ in turns} == {2}
