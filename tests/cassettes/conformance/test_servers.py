"""How real servers differ, each difference found by a rule; and real streams that are good.

The streams here are in the manner of the servers, which are too heavy to run in every test;
`tests/clients/test_check.py` asks one of them.
"""

import json
from collections.abc import Callable, Iterable

import pytest

from tests.cassettes.conformance.breaking import request
from tests.cassettes.conformance.exchanges import exchange, sse
from tests.cassettes.conformance.responses_answers import (
    Event,
    answer,
    incomplete,
    message,
    numbered,
    output_text,
    reasoning,
    reasoning_text,
    unshared,
)
from tests.corpus import Stream, streams
from tests.interactions import make_request
from wiretape.cassettes.conformance.checking import check
from wiretape.cassettes.conformance.rule import Exchange, Profile

LIMIT = 7
"""Output tokens that were asked for at most, and that the answers used."""


def found(made: Exchange, profile: Profile = "openai") -> set[str]:
    return {one.rule for one in check(made, profile=profile) if one.severity != "note"}


def at_the_limit() -> list[Event]:
    """Cut off by the limit, and `completed` all the same."""
    events = unshared(answer(message("msg_1", [output_text("Hello, wor")])))
    for event in events:
        if "response" in event:
            event["response"]["max_output_tokens"] = LIMIT
    return events


def without(events: Iterable[Event], *keys: str) -> list[Event]:
    return [{key: value for key, value in event.items() if key not in keys} for event in events]


def body(events: list[Event], *, names: bool, done: bool) -> bytes:
    text = sse(events, done=done)
    lines = text.splitlines(keepends=True)
    return text if names else b"".join(line for line in lines if not line.startswith(b"event:"))


def llama_server() -> Exchange:
    """Neither numbers nor indexes; snapshots without most keys; parts without annotations."""
    events = without(at_the_limit(), "sequence_number", "output_index", "content_index")
    for event in events[:2]:
        response = event["response"]
        event["response"] = {key: response[key] for key in ("id", "object", "status")}
    del events[3]["part"]["annotations"]
    return exchange(
        body(events, names=True, done=False), request=request({"max_output_tokens": LIMIT})
    )


def vllm() -> Exchange:
    """`response.completed` with status `incomplete`."""
    events = unshared(incomplete())
    events[-1]["type"] = "response.completed"
    return exchange(body(numbered(events), names=True, done=False), request=request())


def vllm_growing() -> Exchange:
    """Raw reasoning in parts of its own name, with an index that grows with every delta."""
    thought = reasoning("rs_1", [], [reasoning_text("Let me see, and see again.")])
    events = unshared(answer(thought, message("msg_1", [output_text("Forty-two.")])))
    grown = 0
    for event in events[:-1]:
        if event.get("output_index") == 0:
            kind = event["type"].replace("content_part", "reasoning_part")
            event["type"] = kind.replace("response.reasoning.", "response.reasoning_text.")
        if event["type"] == "response.reasoning_text.delta":
            event["content_index"] = grown
            grown += 1
    return exchange(body(numbered(events), names=True, done=False), request=request())


def transformers_serve() -> Exchange:
    """No `event:` lines, no `[DONE]`, and `completed` at the limit."""
    return exchange(
        body(numbered(at_the_limit()), names=False, done=False),
        request=request({"max_output_tokens": LIMIT}),
    )


def litellm_over_llama_server() -> Exchange:
    """Neither `event:` lines, numbers nor indexes, and `[DONE]`."""
    events = without(at_the_limit(), "output_index")
    return exchange(
        body(events, names=False, done=True), request=request({"max_output_tokens": LIMIT})
    )


def litellm_over_messages() -> Exchange:
    """A number on one event of all."""
    events: list[Event] = unshared(incomplete())
    events[2]["sequence_number"] = 1
    return exchange(body(events, names=False, done=True), request=request())


DIFFERENCES: list[tuple[Callable[[], Exchange], Profile, set[str]]] = [
    (
        llama_server,
        "openai",
        {
            "responses.sequence-missing",
            "responses.output-index-missing",
            "responses.part-index-missing",
            "responses.snapshot-client-key-missing",
            "responses.event-schema",
            "responses.limit-not-told",
        },
    ),
    (
        llama_server,
        "sdk",
        {
            "responses.output-index-missing",
            "responses.part-index-missing",
            "responses.snapshot-client-key-missing",
        },
    ),
    (vllm, "openai", {"responses.status-differs"}),
    (
        vllm_growing,
        "openai",
        {"responses.extension-unknown", "responses.part-index-unknown"},
    ),
    (transformers_serve, "openai", {"responses.event-line-missing", "responses.limit-not-told"}),
    (
        litellm_over_llama_server,
        "openai",
        {
            "responses.event-line-missing",
            "responses.sequence-missing",
            "responses.output-index-missing",
            "responses.limit-not-told",
        },
    ),
    (
        litellm_over_messages,
        "openai",
        {"responses.event-line-missing", "responses.sequence-missing"},
    ),
]


@pytest.mark.parametrize(
    ("server", "profile", "expected"),
    DIFFERENCES,
    ids=[f"{made.__name__}, {profile}" for made, profile, _ in DIFFERENCES],
)
def test_the_differences_of_a_server(
    server: Callable[[], Exchange], profile: Profile, expected: set[str]
) -> None:
    assert found(server(), profile) == expected


@pytest.mark.parametrize("server", [vllm, transformers_serve], ids=["vllm", "transformers serve"])
def test_no_done_is_found_under_the_letter(server: Callable[[], Exchange]) -> None:
    assert "responses.done-missing" in found(server(), "open-responses")


def test_done_is_noted_under_openai() -> None:
    notes = [one.rule for one in check(litellm_over_messages(), profile="openai")]
    assert "responses.done-present" in notes


def recorded(stream: Stream) -> Exchange:
    asked = stream.request_body
    sent = asked.encode() if isinstance(asked, str) else json.dumps(asked).encode()
    return exchange(
        stream.body,
        framing="sse" if "event-stream" in stream.content_type else "json",
        content_type=stream.content_type,
        status=stream.status,
        request=make_request(target="/v1/responses", body=sent),
    )


@pytest.mark.corpus
def test_real_streams_of_openai_have_no_findings_but_notes() -> None:
    own = [one for one in streams() if one.api == "responses" and "openai.com" in one.provider_host]
    assert len(own) == 39
    profiles: tuple[Profile, ...] = ("openai", "sdk")
    told = [
        f"{stream.url}: {finding}"
        for stream in own
        for profile in profiles
        for finding in check(recorded(stream), profile=profile)
        if finding.severity != "note"
    ]
    assert told == []


@pytest.mark.corpus
def test_real_streams_of_others_have_their_differences() -> None:
    by_host: dict[str, set[str]] = {}
    for stream in streams():
        if stream.api == "responses":
            by_host.setdefault(stream.provider_host, set()).update(found(recorded(stream)))
    assert {host: rules for host, rules in by_host.items() if rules} == {
        "bedrock-mantle.<AWS_REGION>.api.aws": {
            "responses.event-line-missing",
            "responses.extension-unknown",
            "responses.part-index-gap",
        }
    }
