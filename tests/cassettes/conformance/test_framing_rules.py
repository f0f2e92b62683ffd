"""The rules of framing on any bytes, and what their table of clients holds."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cassettes.conformance.exchanges import exchange
from tests.cassettes.conformance.mutations_framing import CHAT, GOOD, MESSAGES, MUTATIONS, OLLAMA
from wiretape.cassettes.conformance.clients import CHOKES, CLIENTS, OTHER_CLIENTS
from wiretape.cassettes.conformance.framing_rules import (
    RULES,
    apis_of,
    check_framing,
)
from wiretape.cassettes.framing.frame import Framing

FRAMINGS: tuple[Framing, ...] = ("sse", "ndjson", "eventstream", "json_array", "json", "websocket")

ALL_CLIENTS = {*CLIENTS.values(), *OTHER_CLIENTS.values()}

BODIES = [make().interaction for make in GOOD.values()] + [
    one.exchange().interaction
    for ways in MUTATIONS.values()
    for one in ways
    if one.words != "a line of 2 MiB"
]

bodies = st.sampled_from(
    [interaction.response.body for interaction in BODIES if interaction.response]
)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(FRAMINGS),
    st.sampled_from(["", *CLIENTS]),
    st.binary(max_size=60) | bodies | st.tuples(bodies, st.binary(max_size=9)).map(b"".join),
    st.integers(0, 3000),
    st.sampled_from(["", "text/event-stream", "application/json; charset=utf-8", ";"]),
)
def test_any_bytes(framing: Framing, api: str, body: bytes, start: int, content_type: str) -> None:
    body = body[start:] if start < len(body) else body
    one = exchange(body, api=api, framing=framing, content_type=content_type)
    offsets = {frame.number: frame.offset for frame in one.frames}
    for finding in check_framing(one):
        assert finding.rule in {rule.id for rule in RULES}
        assert finding.words
        assert finding.offset == (offsets[finding.frame] if finding.frame else 0)


def test_the_table_of_clients_has_every_rule_about_one() -> None:
    assert set(CHOKES) == {rule.id for rule in RULES if rule.source == "sdk"}
    assert {client for table in CHOKES.values() for client in table} <= ALL_CLIENTS
    assert all(rule.severity != "error" for rule in RULES if rule.source == "sdk")


def test_every_client_of_the_table_has_a_mutation() -> None:
    """The same bodies are given to the clients themselves in tests/clients."""
    for rule, table in CHOKES.items():
        apis = {one.exchange().api for one in MUTATIONS[rule]}
        official = {CLIENTS.get(api) for api in apis}
        assert official >= set(table) & set(CLIENTS.values()), rule
        assert official | {OTHER_CLIENTS.get(api) for api in apis} >= set(table), rule


def test_a_rule_about_a_client_names_it_and_its_apis() -> None:
    for rule in RULES:
        clients = CHOKES.get(rule.id, {})
        assert all(client in rule.sentence for client in clients), rule.id
        own = {known.get(api) for known in (CLIENTS, OTHER_CLIENTS) for api in apis_of(rule)}
        assert own >= set(clients), rule.id


def test_a_rule_finds_nothing_in_apis_that_are_not_its_own() -> None:
    for rule in RULES:
        for mutation in MUTATIONS[rule.id]:
            made = mutation.exchange()
            for api in CLIENTS if apis_of(rule) else ():
                other = msgspec.structs.replace(made, api=api)
                told = rule.id in {finding.rule for finding in check_framing(other)}
                assert not told or api in apis_of(rule), (rule.id, api)


def test_a_finding_names_the_client_and_what_it_does() -> None:
    (finding,) = check_framing(exchange(b"\xef\xbb\xbf" + CHAT, api="openai.chat"))
    assert finding.words == (
        "a byte order mark before the first event: openai-python loses the first event"
    )
    assert (finding.rule, finding.severity, finding.source) == ("sse.bom", "warning", "sdk")


def test_what_one_client_bears_is_no_finding_for_its_api() -> None:
    """Blank data, an id and a comment: only openai-python goes wrong on them."""
    body = MESSAGES.replace(
        b"event: message_stop", b"id: 1\n: k\n\nevent: ping\n\nevent: message_stop"
    )
    assert list(check_framing(exchange(body, api="anthropic.messages"))) == []
    assert list(check_framing(exchange(b"\n" + OLLAMA, api="cohere.v1", framing="ndjson"))) == []


def test_a_cut_explains_what_is_not_whole() -> None:
    body = CHAT[:-9]
    assert [one.rule for one in check_framing(exchange(body, api=""))] == ["sse.truncated"]
    assert list(check_framing(exchange(body, api="", ending="cut"))) == []
