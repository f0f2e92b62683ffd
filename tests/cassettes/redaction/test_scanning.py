"""What the recorder cannot find, scan does; and its words never hold the secret."""

import gzip
import json
from base64 import b64encode, urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cassettes.redaction.planted import EXAMPLES, FILLING, RULES, secret_part
from tests.cassettes.redaction.test_eventstream import message
from wiretape.cassettes.model import Ending, Headers, Interaction, Request, Response, Timeline
from wiretape.cassettes.redaction import Suspicion, scan_interaction

SECRET = "sk-proj-" + FILLING
SSE: Headers = (("Content-Type", "text/event-stream"),)
JSON: Headers = (("Content-Type", "application/json"),)


def interaction(
    answer: bytes = b"",
    headers: Headers = SSE,
    *,
    asked: bytes = b"{}",
    request_headers: Headers = JSON,
    target: str = "/v1/responses",
    trailers: Headers = (),
) -> Interaction:
    return Interaction(
        number=1,
        session=1,
        start_ns=0,
        upstream="openai",
        base="https://api.openai.com",
        request=Request("POST", target, "1.1", request_headers, asked),
        response=Response("1.1", 200, "OK", headers, answer, trailers),
        timeline=Timeline((), 0, (), Ending("complete", 0, len(answer))),
    )


def only(tape: Interaction) -> Suspicion:
    (suspicion,) = scan_interaction(tape)
    assert SECRET[8:] not in repr(suspicion)
    return suspicion


def frames(*deltas: str, **more: object) -> bytes:
    return b"".join(
        b"data: " + json.dumps({"choices": [{"delta": {"content": d}}], **more}).encode() + b"\n\n"
        for d in deltas
    )


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_is_seen_on_a_tape_that_was_not_redacted(rule: str) -> None:
    for example in EXAMPLES[rule]:
        body = json.dumps({"text": f"see {example} here"}).encode()
        found = scan_interaction(interaction(body, JSON))
        assert [(one.rule, one.side) for one in found] == [(rule, "response")]
        assert secret_part(example) not in repr(found)


def test_raw_bytes() -> None:
    assert only(interaction(frames(f"is {SECRET} it"))) == Suspicion(
        rule="value:sk-proj-",
        side="response",
        where="byte 45",
        excerpt=f'delta": {{"content": "is [{len(SECRET)} bytes] it"}}}}]}}  ',
        confidence="high",
    )


@pytest.mark.parametrize(
    ("body", "headers", "path"),
    [
        (
            frames("is s", "k-pro", "j-" + FILLING[:9], FILLING[9:], " it"),
            SSE,
            "$.choices[0].delta.content",
        ),
        (
            frames("is s", "k-pro", "j-" + FILLING).replace(b"data: ", b"").replace(b"\n\n", b"\n"),
            (("Content-Type", "application/x-ndjson"),),
            "$.choices[0].delta.content",
        ),
        (
            json.dumps([{"text": "sk-proj-"}, {"text": FILLING}]).encode(),
            JSON,
            "$.text",
        ),
        (
            b"".join(
                message(json.dumps({"delta": {"text": piece}}).encode())
                for piece in ("is sk-", "proj-", FILLING[:30], FILLING[30:])
            ),
            (("Content-Type", "application/vnd.amazon.eventstream"),),
            "$.delta.text",
        ),
        (
            b"".join(
                message(json.dumps({"bytes": b64encode(frame).decode()}).encode())
                for frame in (
                    b'{"text":"sk-proj-"}',
                    b'{"text":"%b"}' % FILLING.encode(),
                )
            ),
            (("Content-Type", "application/vnd.amazon.eventstream"),),
            "$.text",
        ),
    ],
    ids=["sse", "ndjson", "array", "eventstream", "bedrock invoke"],
)
def test_a_secret_over_several_frames(body: bytes, headers: Headers, path: str) -> None:
    found = only(interaction(body, headers))
    assert (found.rule, found.where) == ("value:sk-proj-", f"{path}, joined")


def test_texts_that_are_open_at_the_same_time_are_told_apart() -> None:
    pieces = [("sk-proj-", 0), ("other", 1), (FILLING[:20], 0), ("text", 1), (FILLING[20:], 0)]
    body = b"".join(
        b"event: x\ndata: %b\n\n"
        % json.dumps({"type": "d", "output_index": i, "delta": d}).encode()
        for d, i in pieces
    )
    assert only(interaction(body)).where == "$.delta, joined"


def test_a_secret_that_json_escapes() -> None:
    body = b'{"text":"sk\\u002dproj\\u002d%b"}' % FILLING.encode()
    assert only(interaction(body, JSON)).where == "$.text, joined"


@pytest.mark.parametrize("pack", [b64encode, urlsafe_b64encode])
def test_base64(pack) -> None:  # type: ignore[no-untyped-def]
    inner = pack(f"\xff\xfe the key: {SECRET}\n".encode())
    for body in (b'{"data":"%b"}' % inner, b'{"image_url":"data:text/plain;base64,%b"}' % inner):
        found = only(interaction(asked=body))
        assert found.where == f"byte {body.index(inner)}, base64"
        assert (found.side, found.confidence) == ("request", "medium")


def test_base64_over_several_frames() -> None:
    inner = b64encode(f"the key is {SECRET}".encode()).decode()
    body = frames(inner[:16], inner[16:33], inner[33:])
    assert only(interaction(body)).where == "$.choices[0].delta.content, joined, base64"


def test_what_is_compressed() -> None:
    plain = frames(f"is {SECRET} it")
    tape = interaction(gzip.compress(plain), (*SSE, ("Content-Encoding", "gzip")))
    assert only(tape).where == f"byte {plain.index(SECRET.encode())}, decoded"


@pytest.mark.parametrize(
    "tape",
    [
        interaction(target=f"/v1/x?key={SECRET}"),
        interaction(target=f"/v1/{SECRET}/x"),
        interaction(request_headers=(*JSON, ("Authorization", f"Bearer {SECRET}"))),
        interaction(headers=(*SSE, ("X-Note", SECRET))),
        interaction(trailers=(("X-Note", SECRET),)),
    ],
)
def test_heads(tape: Interaction) -> None:
    found = only(tape)
    assert found.where.partition(" ")[0] in ("target", "header")
    assert found.confidence == "high"


def test_a_header_that_was_not_redacted_is_searched_for_in_the_bodies() -> None:
    key = "planted-key-0123456789"
    found = scan_interaction(
        interaction(f"<{key}>".encode(), request_headers=(("X-Api-Key", key),), asked=b"")
    )
    assert [(one.rule, one.side) for one in found] == [
        ("header:x-api-key", "request"),
        ("credential", "response"),
    ]
    assert key not in repr(found)


def test_fields_by_their_name() -> None:
    body = b'{"session":{"client_secret":{"value":"abcdef"}},"api_key":"***"}'
    asked, answered = scan_interaction(interaction(body, JSON, asked=body))
    assert (asked.rule, asked.confidence) == ("body:**.client_secret.value", "high")
    assert (answered.side, answered.confidence) == ("response", "medium")
    assert "abcdef" not in repr((asked, answered))


@pytest.mark.parametrize(
    ("text", "held"),
    [
        (f'"x_api_key": "{FILLING[:24]}"', True),
        (f"password={FILLING[:16]}", True),
        (f'\\"secret\\":\\"{FILLING[:32]}\\"', True),
        (f'"id": "{FILLING[:32]}"', False),
        ('"max_tokens": 1234567890123456789012', False),
        ('"password": "correct-horse-battery"', False),
        ('"token": "aaaaaaaaaaaaaaaaaaaa1111"', False),
        ('"x_api_key": "[REDACT****************]"', False),
    ],
)
def test_what_looks_random_beside_a_word_that_says_so(text: str, held: bool) -> None:
    found = [one for one in scan_interaction(interaction(text.encode())) if one.rule == "entropy"]
    assert len(found) == held
    assert all(one.confidence == "low" for one in found)
    assert FILLING[:16] not in repr(found)


def test_a_secret_is_told_of_once_a_side() -> None:
    body = frames(SECRET, SECRET, f"and {SECRET}")
    assert len(scan_interaction(interaction(body))) == 1


def test_the_excerpt_holds_no_other_secret_either() -> None:
    other = "hf_" + FILLING[:34]
    found = scan_interaction(interaction(f"{SECRET} {other} {SECRET}A".encode()))
    assert len(found) == 3
    assert FILLING[:12] not in repr(found)


@given(st.binary(max_size=300), st.sampled_from([SSE, JSON, (*SSE, ("Content-Encoding", "br"))]))
def test_no_bytes_are_an_error(body: bytes, headers: Headers) -> None:
    scan_interaction(interaction(body, headers, asked=body))


@pytest.mark.parametrize("headers", [{"key": SECRET}, {"word": "sk"}])
def test_each_part_of_an_eventstream_message_is_looked_at(headers: dict[str, str]) -> None:
    """The length of the value, or what stands in front of the payload, is no part of the word."""
    body = message(b"{}") + message(b"" if "key" in headers else SECRET.encode(), **headers)
    assert len(SECRET) in {*range(48, 58), *range(65, 91), *range(97, 123)}
    found = only(interaction(body, (("Content-Type", "application/vnd.amazon.eventstream"),)))
    assert found.where == f"byte {body.index(SECRET.encode())}"
