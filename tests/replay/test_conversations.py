"""Conversations of two turns: the second is found by ids that the first answer minted, and also
where the client has ids of its own."""

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from tests.interactions import JSON_HEADERS, make_interaction, make_request
from tests.raw_http import fetch
from tests.replay.conversations import TALKS, Ids, Talk, ids_in, minted
from tests.replay.serving import Served, serving
from wiretape.cassettes.answering import Miss
from wiretape.cassettes.matching import DEFAULT_RULES
from wiretape.cassettes.model import Interaction
from wiretape.replay import Pace, Player

by_name = pytest.mark.parametrize("talk", TALKS, ids=lambda talk: talk.name)


def turns(talk: Talk, ids: Ids, told: str) -> Iterator[Interaction]:
    """Both of them, as they were recorded: `told` is what the second answer says."""
    for target, body, answer in zip(
        talk.targets,
        (talk.first, talk.second(ids)),
        (talk.answer(ids), b'data: {"told":"%b"}\n\n' % told.encode()),
        strict=True,
    ):
        yield make_interaction(
            [(10, answer[: len(answer) // 2]), (20, answer[len(answer) // 2 :])],
            upstream=talk.upstream,
            request=make_request(target=target, body=json.dumps(body).encode()),
        )


def two_conversations(talk: Talk) -> list[Interaction]:
    """On one tape, one behind the other: they differ in nothing but the ids."""
    return [*turns(talk, minted(), "one"), *turns(talk, minted(), "two")]


async def asked(served: Served, talk: Talk, turn: int, body: Any, session: str = "") -> bytes:
    before = f"/__session/{session}" if session else ""
    target = f"{before}/{talk.upstream}{talk.targets[turn]}"
    response = await fetch(
        served.url, "POST", target, JSON_HEADERS, json.dumps(body, indent=1).encode()
    )
    assert response.status == 200, response.body
    return response.body


@by_name
async def test_the_second_turn_is_that_of_the_conversation(talk: Talk) -> None:
    async with serving(two_conversations(talk), pace=Pace(instant=True)) as served:
        first = [ids_in(await asked(served, talk, 0, talk.first)) for _ in range(2)]
        assert first[0] != first[1]
        # The second conversation goes on first.
        told = [await asked(served, talk, 1, talk.second(ids)) for ids in reversed(first)]
    assert [b"two" in told[0], b"one" in told[1]] == [True, True]


@by_name
async def test_a_client_with_ids_of_its_own_finds_the_second_turn(talk: Talk) -> None:
    async with serving(two_conversations(talk), pace=Pace(instant=True)) as served:
        await asked(served, talk, 0, talk.first)
        told = await asked(served, talk, 1, talk.second(minted()))
    assert b'"told":"one"' in told


@by_name
def test_the_rules_are_what_finds_it(talk: Talk) -> None:
    """Without a rule for the place, another id is another request: each rule counts."""
    tape = [*turns(talk, minted(), "one")]
    request = make_request(target=talk.targets[1], body=json.dumps(talk.second(minted())).encode())
    for rule in talk.relies_on:
        less = {
            name: tuple(one for one in getattr(DEFAULT_RULES, name) if one != rule)
            for name in ("ids", "ids_json_rpc")
        }
        player = Player(tape, rules=replace(DEFAULT_RULES, **less))
        assert isinstance(player.answer(talk.upstream, request), Miss), rule
    assert isinstance(Player(tape).answer(talk.upstream, request), Interaction)


async def test_a_hundred_times_in_any_order() -> None:
    """Every conversation of every provider on one tape; each run a session of its own."""
    tape = [one for talk in TALKS for one in two_conversations(talk)]
    chance = random.Random(6)
    async with serving(tape, pace=Pace(instant=True)) as served:
        for run in range(100):
            talks = chance.sample(TALKS, 3)
            order = [talk for talk in talks for _ in range(2)]
            chance.shuffle(order)
            begun: dict[str, Ids] = {}
            for talk in order:
                if talk.name not in begun:
                    answer = await asked(served, talk, 0, talk.first, f"run{run}")
                    begun[talk.name] = ids_in(answer) if chance.random() < 0.5 else minted()
                else:
                    ids = begun[talk.name]
                    assert b"one" in await asked(served, talk, 1, talk.second(ids), f"run{run}")
        assert served.player.misses == 0
