"""Secrets known by how they look: found in any pieces, and nothing else is."""

import base64
import random
import string
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cassettes.redaction.planted import (
    EXAMPLES,
    FILLING,
    HEX,
    JWT,
    KEPT_PREFIXES,
    PEM,
    RULES,
    SERVICE_ACCOUNT,
    secret_part,
)
from wiretape.cassettes.redaction import Redactor
from wiretape.cassettes.redaction.patterns import JWT_RULE, LONGEST_TAIL, PEM_RULE
from wiretape.cassettes.redaction.ruleset import DEFAULT_RULES, compiled
from wiretape.cassettes.redaction.value_patterns import DEFAULT_VALUES, MOST_BYTES

PLANTED = [(rule, example) for rule in RULES for example in EXAMPLES[rule]]
by_rule = pytest.mark.parametrize(("rule", "example"), PLANTED, ids=lambda text: text[:24])


def through(
    pieces: Iterable[bytes], redactor: Redactor | None = None
) -> tuple[bytes, Counter[str]]:
    counts: Counter[str] = Counter()
    stream = (redactor or Redactor()).stream(counts)
    return b"".join([*map(stream.feed, pieces), stream.finish()]), counts


def cut(body: bytes, places: Iterable[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(body) + 1) for place in places), len(body)]
    return [body[a:b] for a, b in pairwise(edges)]


def bytewise(body: bytes) -> list[bytes]:
    return [body[i : i + 1] for i in range(len(body))]


@by_rule
def test_a_planted_secret_is_in_no_output_in_any_pieces(rule: str, example: str) -> None:
    body = f'{{"text":"see {example}"}} and {example}\n'.encode()
    whole, counts = through([body])
    assert len(whole) == len(body)
    assert secret_part(example).encode() not in whole
    assert counts == {rule: 2}
    assert through(bytewise(body)) == (whole, counts)
    chance = random.Random(rule)
    for _ in range(20):
        pieces = cut(body, [chance.randrange(len(body)) for _ in range(chance.randrange(9))])
        assert through(pieces) == (whole, counts)
    assert through([whole]) == (whole, {})


@by_rule
def test_a_planted_secret_is_in_no_head(rule: str, example: str) -> None:
    redactor, counts = Redactor(), Counter[str]()
    line = example.partition("\n")[0]
    kept = redactor.headers((("x-note", f"a {line} b"),), counts)
    assert counts == {rule: 1}
    assert secret_part(line) not in kept[0][1] or rule == PEM_RULE
    if rule not in (PEM_RULE, "value:bearer", "value:basic"):  # no target has a space
        counts.clear()
        target = redactor.target(f"/v1/x?a={line}&b=1", counts)
        assert secret_part(line) not in target
        assert counts == {rule: 1}


@by_rule
def test_a_planted_secret_is_in_no_request(rule: str, example: str) -> None:
    redactor, counts = Redactor(), Counter[str]()
    for kind in ("application/json", "text/plain", "application/octet-stream"):
        body = f'{{"a": "{example}"}}'.encode()
        kept = redactor.request_body(body, (("content-type", kind),), counts)
        assert len(kept) == len(body)
        assert secret_part(example).encode() not in kept


@by_rule
def test_no_more_is_held_back_than_is_said(rule: str, example: str) -> None:
    stream = Redactor().stream(Counter())
    most = {JWT_RULE: LONGEST_TAIL, PEM_RULE: 80}.get(rule, MOST_BYTES - 1)
    given = 0
    for taken, piece in enumerate(bytewise(f"see {example} and so on".encode()), 1):
        given += len(stream.feed(piece))
        assert taken - given <= most


@pytest.mark.parametrize(
    "before",
    ["", " ", '"', "=", ":", "/", "(", "\n", r"\n", r"\t", r"\u0020", "%20", "%3D", ".", "“"],
)
@pytest.mark.parametrize("secret", ["sk-proj-" + FILLING, "hf_" + FILLING[:34], JWT])
def test_a_secret_stands_at_the_start_of_a_word(before: str, secret: str) -> None:
    body = f"key{before}{secret}" if before else secret
    assert secret.encode() not in through([body.encode()])[0]


@pytest.mark.parametrize(
    "text",
    [
        "task-0f8fad5b-d9cb-469f-a165-70867728950e",
        "start_char_index_of_the_first_1234567890",
        "sk-learn-contrib-project-template",
        "sk-short1",
        "sk-ant-short",
        "Bearer authentication-and-authorization",
        "basic understanding of internationalization",
        "Bearer YOUR_API_KEY",
        "AKIA is the prefix",
        "xai-org/grok-and-more",
        "eyJhbGciOiJIUzI1NiJ9",
        "eyJ" + FILLING * 40,
        "see eyJhbGciOiJIUzI1NiJ9. Then eyJ0 and so on",
        "eyJ" + FILLING * 20 + "." + FILLING + "." + FILLING,
        "-----BEGIN PUBLIC KEY-----\nMIIB",
        "-----BEGIN CERTIFICATE-----\nMIIB",
        "https://host/a/AIza" + FILLING,  # as in base64, where a slash may stand anywhere
    ],
)
def test_what_only_looks_like_one_is_kept(text: str) -> None:
    body = text.encode()
    assert through([body]) == (body, {})
    assert through(bytewise(body)) == (body, {})


@pytest.mark.parametrize("name", ["encrypted_content", "signature", "thoughtSignature"])
def test_what_only_the_provider_can_read_is_kept(name: str) -> None:
    blob = "sk-" + FILLING
    for body in (
        f'{{"{name}":"{blob}"}}',
        f'{{"{name}" : "{blob}"}}',
        f'{{\\"{name}\\":\\"{blob}\\"}}',
    ):
        assert through([body.encode()]) == (body.encode(), {})
        assert through(bytewise(body.encode())) == (body.encode(), {})
    assert through([f'{{"other":"{blob}"}}'.encode()])[1] == {"value:sk-": 1}


def test_random_base64_holds_no_secret() -> None:
    chance = random.Random(7)
    for _ in range(40):
        blob = chance.randbytes(20_000)
        for text in (base64.b64encode(blob), base64.urlsafe_b64encode(blob)):
            body = b'{"data":"%b"}' % text
            assert through([body]) == (body, {})


def test_a_mask_goes_on_to_the_end_of_the_secret_and_no_further() -> None:
    body = f'"sk-proj-{FILLING}","n":1'.encode()
    kept, _ = through([body])
    assert kept == b'"[REDACT' + b"*" * 16 + b"]" + b"*" * (len(FILLING) - 16) + b'","n":1'


def test_the_word_that_announces_a_secret_stays() -> None:
    kept, _ = through([f"Authorization: Bearer {FILLING}.".encode()])
    assert kept.startswith(b"Authorization: Bearer [REDACT")


def test_a_private_key_is_masked_to_its_end_and_lines_stay() -> None:
    body = f"key:\n{PEM}\n\ndone. [kept]".encode()
    kept, _ = through([body])
    assert kept.count(b"\n") == body.count(b"\n")
    assert kept.endswith(b"PRIVATE KEY-----\n\ndone. [kept]")
    for line in PEM.splitlines()[1:-1]:
        assert line.encode() not in kept


def test_the_json_of_a_service_account_stays_json() -> None:
    kept, _ = through([SERVICE_ACCOUNT.encode()])
    assert b'"after": "kept"}' in kept
    assert b'"type": "service_account", "private_key": "[REDACT' in kept


def test_the_sessions_own_key_counts_as_that() -> None:
    key = "sk-proj-" + FILLING
    redactor = Redactor()
    redactor.learn((("authorization", f"Bearer {key}"),), "/")
    body = f"<{key}> <{key}AAA> <sk-proj-{HEX}>".encode()
    kept, counts = through([body], redactor)
    assert counts == {"credential": 2, "value:sk-proj-": 1}
    assert through(bytewise(body), redactor) == (kept, counts)


def test_what_is_left_of_a_credential_where_a_body_breaks_off_is_masked() -> None:
    redactor = Redactor()
    redactor.learn((("x-api-key", "planted-key-0123456789"),), "/")
    for size in range(8, 22):
        kept, counts = through([b"it is planted-key-0123456789"[: 6 + size]], redactor)
        assert kept == b"it is [REDACT" + b"*" * (size - 8) + b"]"
        assert counts == {"credential": 1}


@pytest.mark.parametrize(
    "one", ["eyJhbGciOi.", "ya29." + FILLING[:20] + ".", "Bearer " + HEX + " "]
)
def test_what_begins_inside_its_own_kind_is_no_second_secret(one: str) -> None:
    """Each would be followed to the end of the run, at the square of its length."""
    patterns = compiled(DEFAULT_RULES).patterns
    hits = [hit for hit in patterns.occurrences(one.encode() * 1000, 0) if hit.rule != "value:sk-"]
    assert len(hits) == (1000 if " " in one else 1)
    assert hits[-1].end >= len(one) * 1000 - 1


def test_every_pattern_keeps_to_the_limit() -> None:
    for value in DEFAULT_VALUES:
        for prefix in value.prefixes:
            held = value.minimum + len(prefix) * (not value.keeps_prefix)
            assert 8 <= held <= MOST_BYTES, value.name


# Random bodies, out of what begins, goes on and ends secrets.
parts = st.one_of(
    st.sampled_from([example for examples in EXAMPLES.values() for example in examples]),
    st.sampled_from([value.prefixes[0] for value in DEFAULT_VALUES]),
    st.sampled_from(KEPT_PREFIXES),
    st.sampled_from(["eyJ", ".eyJ", ".", "..", "-", "-----", "-----BEGIN ", " PRIVATE KEY-----"]),
    st.sampled_from([" ", "\n", '"', "\\n", "\\", "%20", "/", "+", "=", "_", "é"]),
    st.sampled_from(['"newHandle":"', '"upload_url": "', '","', '\\"', '"signature":"']),
    st.text(string.ascii_letters + string.digits, min_size=1, max_size=30),
    st.integers(1, 40).map(lambda size: FILLING[:size]),
    st.integers(1, 40).map(lambda size: HEX[:size]),
)
KEY = "planted-" + FILLING[:12]


@given(
    st.lists(parts | st.just(KEY) | st.just("sk-proj-" + FILLING), max_size=12),
    st.lists(st.integers(min_value=0), max_size=30),
)
def test_any_pieces_give_what_the_whole_gives(texts: list[str], places: list[int]) -> None:
    def redactor() -> Redactor:
        redactor = Redactor()
        redactor.learn((("x-api-key", KEY), ("authorization", f"Bearer sk-proj-{FILLING}")), "/")
        return redactor

    body = "".join(texts).encode()
    whole, counts = through([body], redactor())
    assert len(whole) == len(body)
    assert KEY.encode() not in whole
    assert b"sk-proj-" + FILLING.encode() not in whole
    assert through(cut(body, places), redactor()) == (whole, counts)
    assert through(bytewise(body), redactor()) == (whole, counts)
    at_once: Counter[str] = Counter()
    assert (redactor().stream(at_once).whole(body), at_once) == (whole, counts)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("wiretape.cassettes.redaction.stream.PIECE", 7)  # as a large one
        in_pieces: Counter[str] = Counter()
        assert (redactor().stream(in_pieces).whole(body), in_pieces) == (whole, counts)
