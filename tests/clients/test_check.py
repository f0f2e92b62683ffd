"""A real server that really differs: recorded, and each difference found by a rule."""

import asyncio
import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.clients.calls import Bases
from tests.clients.tape import recording
from wiretape.cassettes import Cassette
from wiretape.cassettes.conformance.checking import check
from wiretape.cassettes.conformance.rule import Exchange, Profile
from wiretape.cassettes.meaning import read_meaning

pytestmark = pytest.mark.clients

LIMIT = 6
"""Tokens: the tiny model goes on until it is stopped."""

FIXED: dict[str, Any] = {"temperature": 0}
"""What is most likely is said: what is drawn may be no UTF-8, which the server ends in an error."""

OF_LLAMA_SERVER = {
    "responses.sequence-missing",
    "responses.output-index-missing",
    "responses.part-index-missing",
    "responses.snapshot-client-key-missing",
    "responses.event-schema",  # a part without annotations
    "responses.limit-not-told",
}


def asked(bases: Bases, body: dict[str, Any]) -> bytes:
    """The whole answer, read by nothing but a socket."""
    data = json.dumps({"model": "m", "input": "hi", **body}).encode()
    headers = {"Content-Type": "application/json"}
    made = urllib.request.Request(bases.url("responses"), data=data, headers=headers)
    with urllib.request.urlopen(made, timeout=60) as response:
        answer: bytes = response.read()
        return answer


async def found(
    folder: Path, url: str, body: dict[str, Any], profile: Profile = "openai"
) -> dict[str, int]:
    """Rules, and in how many frames each found something."""
    path = folder / "a.tape.zst"
    async with recording(path, url) as bases:
        assert await asyncio.to_thread(asked, bases, body)
    with Cassette.open(path) as tape:
        (interaction,) = tape
    meaning = read_meaning(interaction)
    assert meaning.remarks == ()
    exchange = Exchange(interaction, meaning.api, meaning.framing, meaning.frames, meaning.deltas)
    counts: dict[str, int] = {}
    for finding in check(exchange, profile=profile):
        counts[finding.rule] = counts.get(finding.rule, 0) + 1
    return counts


async def test_the_differences_of_llama_server_are_found(llama_url: str, tmp_path: Path) -> None:
    body = {"stream": True, "max_output_tokens": LIMIT, **FIXED}
    rules = await found(tmp_path, llama_url, body)
    assert set(rules) == OF_LLAMA_SERVER
    # created, in_progress, added, part, 6 deltas, done, part, item, completed
    assert rules["responses.sequence-missing"] == LIMIT + 8
    assert rules["responses.output-index-missing"] == LIMIT + 5


async def test_what_breaks_sdks_on_llama_server(llama_url: str, tmp_path: Path) -> None:
    body = {"stream": True, "max_output_tokens": LIMIT, **FIXED}
    assert set(await found(tmp_path, llama_url, body, "sdk")) == {
        "responses.output-index-missing",
        "responses.part-index-missing",
        "responses.snapshot-client-key-missing",
    }


async def test_a_plain_answer_of_llama_server(llama_url: str, tmp_path: Path) -> None:
    body = {"stream": False, "max_output_tokens": LIMIT, **FIXED}
    assert set(await found(tmp_path, llama_url, body)) == {"responses.limit-not-told"}
