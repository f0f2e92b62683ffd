"""Rules applied to an interaction on a tape leave what a recorder would have left."""

import gzip
from collections import Counter

import msgspec
import pytest

from tests.cassettes.redaction.planted import EXAMPLES, FILLING, RULES, secret_part
from wiretape.cassettes.model import (
    Chunk,
    Ending,
    Headers,
    Interaction,
    Request,
    Response,
    Timeline,
)
from wiretape.cassettes.redaction import RedactionRules, Redactor, redact_interaction

JSON: Headers = (("Content-Type", "application/json"),)
KEY = "planted-key-0123456789"


def tape(asked: bytes, answered: bytes, *headers: tuple[str, str]) -> Interaction:
    return Interaction(
        number=3,
        session=1,
        start_ns=5,
        upstream="openai",
        base="https://api.openai.com",
        request=Request("POST", f"/v1/x?key={KEY}", "1.1", (*JSON, ("X-Api-Key", KEY)), asked),
        response=Response("1.1", 401, f"No {KEY}", (*JSON, *headers), answered, (("X-Echo", KEY),)),
        timeline=Timeline(
            sent=(Chunk(-1, len(asked)),),
            head_ns=1,
            received=(Chunk(2, len(answered)),),
            ending=Ending("reset", 3, len(answered), f"it said {KEY}"),
        ),
        redacted={"value:hf_": 1},
    )


def test_all_of_an_interaction_is_redacted() -> None:
    before = tape(b'{"api_key":"abc","x":"%b"}' % KEY.encode(), b"wrong: " + KEY.encode())
    after = redact_interaction(before, Redactor())
    assert KEY not in repr(after)
    assert after.request.body == b'{"api_key":"***","x":"[REDACT**************]"}'
    assert after.request.target == "/v1/x?key=%5BREDACTED%5D"
    assert after.response is not None
    assert after.response.body == b"wrong: [REDACT**************]"
    assert after.timeline.received == before.timeline.received
    assert after.redacted == {
        "value:hf_": 1,
        "header:x-api-key": 1,
        "query:key": 1,
        "body:**.api_key": 1,
        "credential": 5,
    }
    assert redact_interaction(after, Redactor()) == after


def test_an_interaction_without_a_response() -> None:
    before = msgspec.structs.replace(tape(b"{}", b""), response=None)
    after = redact_interaction(before, Redactor())
    assert after.response is None
    assert KEY not in repr(after)


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_holds(rule: str) -> None:
    for example in EXAMPLES[rule]:
        body = f'{{"x":"{example}"}}'.encode()
        after = redact_interaction(tape(body, body), Redactor())
        assert secret_part(example) not in repr(after)
        assert after.redacted[rule] == 2 + (rule == "value:hf_")


def test_rules_of_a_project_hold() -> None:
    rules = RedactionRules(body_paths=("**.mine",))
    after = redact_interaction(tape(b'{"mine":"abc"}', b""), Redactor(rules))
    assert after.request.body == b'{"mine":"***"}'


def test_stand_ins_stay_those_of_the_session() -> None:
    redactor = Redactor()
    one, two = (
        redact_interaction(tape(b"{}", b"", ("Cf-Ray", ray)), redactor) for ray in ("a", "b")
    )
    assert one.response is not None
    assert two.response is not None
    assert one.response.headers[-1] == ("Cf-Ray", "[cf-ray-1]")
    assert two.response.headers[-1] == ("Cf-Ray", "[cf-ray-2]")


def test_a_body_that_cannot_be_kept_is_empty_and_named() -> None:
    body = gzip.compress(gzip.compress(f"sk-proj-{FILLING}".encode()))
    after = redact_interaction(tape(b"{}", body, ("Content-Encoding", "gzip, gzip")), Redactor())
    assert after.response is not None
    assert after.response.body == b""
    assert after.timeline.received == ()
    assert after.timeline.ending.offset == len(body)
    assert after.lost.startswith("the response's body: a secret inside its gzip")


def test_what_is_no_secret_is_left_alone() -> None:
    before = msgspec.structs.replace(
        tape(b'{"a":1}', b"data: 1\n\n"),
        request=Request("POST", "/v1/x", "1.1", JSON, b'{"a":1}'),
        response=Response("1.1", 200, "OK", JSON, b"data: 1\n\n"),
        timeline=Timeline((), 0, (), Ending("complete", 0, 9)),
    )
    assert redact_interaction(before, Redactor()) == before
    assert Counter(before.redacted) == {"value:hf_": 1}
