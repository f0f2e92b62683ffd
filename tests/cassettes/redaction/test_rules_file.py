"""Rules of a project add to the defaults, and a slip in their file is one clear line."""

from collections import Counter
from pathlib import Path

import pytest

from tests.cassettes.redaction.planted import FILLING
from wiretape.cassettes.errors import BadRedactionRules
from wiretape.cassettes.model import Request
from wiretape.cassettes.redaction import (
    RedactionRules,
    Redactor,
    ValuePattern,
    as_recorded,
    load_rules,
)

FILE = Path("wiretape.toml")
TEXT = """
[redaction]
headers = ["X-Acme-Auth"]
header_suffixes = ["-ticket"]
query_keys = ["Ticket"]
body_paths = ["**.licence_key", "acme.*"]

[[redaction.values]]
name = "acme"
prefixes = ["acme_live_", "acme_test_"]
minimum = 20
characters = "A-Za-z0-9"

[[redaction.values]]
name = "staff"
prefixes = ["sk-staff-"]
minimum = 25

[replay]
speed = 2
"""

RULES = RedactionRules(
    headers=("X-Acme-Auth",),
    header_suffixes=("-ticket",),
    query_keys=("Ticket",),
    body_paths=("**.licence_key", "acme.*"),
    values=(
        ValuePattern("acme", ("acme_live_", "acme_test_"), 20, "A-Za-z0-9"),
        ValuePattern("staff", ("sk-staff-",), 25),
    ),
)


def test_a_file_is_read() -> None:
    assert load_rules(TEXT, FILE) == RULES
    assert load_rules("redaction = {}", FILE) == RedactionRules()


def test_rules_of_a_project_add_to_the_defaults() -> None:
    redactor, counts = Redactor(RULES), Counter[str]()
    headers = (("x-acme-auth", "a"), ("x-Any-Ticket", "b"), ("X-Api-Key", "c"), ("x-d", "d"))
    assert redactor.headers(headers, counts) == (
        ("x-acme-auth", "[REDACTED]"),
        ("x-Any-Ticket", "[REDACTED]"),
        ("X-Api-Key", "[REDACTED]"),
        ("x-d", "d"),
    )
    assert redactor.target("/x?TICKET=1&key=2&a=3", counts) == (
        "/x?TICKET=%5BREDACTED%5D&key=%5BREDACTED%5D&a=3"
    )
    body = (
        b'{"licence_key":"abc","acme":{"any":"abc"},"api_key":"abc","url":"https://h?ticket=abc"}'
    )
    kept = redactor.request_body(body, (("content-type", "application/json"),), counts)
    assert kept == body.replace(b"abc", b"***")
    stream = redactor.stream(counts)
    text = f"acme_test_{FILLING[:20]} sk-staff-{FILLING} sk-proj-{FILLING} acme_test_short"
    kept = stream.feed(text.encode()) + stream.finish()
    assert FILLING[:20].encode() not in kept
    assert kept.endswith(b" acme_test_short")
    assert counts == {
        "header:x-acme-auth": 1,
        "header:*-ticket": 1,
        "header:x-api-key": 1,
        "query:ticket": 1,
        "query:key": 1,
        "body:**.licence_key": 1,
        "body:acme.*": 1,
        "body:**.api_key": 1,
        "body:**.url query": 1,
        "value:acme": 1,
        "value:staff": 1,
        "value:sk-proj-": 1,
    }


def test_what_comes_in_a_projects_header_is_searched_for() -> None:
    redactor, counts = Redactor(RULES), Counter[str]()
    redactor.learn((("x-acme-auth", "planted-0123456789"),), "/")
    stream = redactor.stream(counts)
    assert b"planted" not in stream.feed(b"<planted-0123456789>") + stream.finish()


def test_a_request_that_asks_is_held_to_the_same_rules() -> None:
    body = b'{"licence_key":"abcdefghijkl"}'
    asked = Request("POST", "/x", "1.1", (("content-type", "application/json"),), body)
    assert as_recorded(asked, RULES).body == b'{"licence_key":"[REDACT****]"}'
    assert as_recorded(as_recorded(asked, RULES), RULES) == as_recorded(asked, RULES)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[redaction]\nheaders = [x]", "line 2, column 12: Invalid value"),
        ("", "redaction: there is no such table; begin with [redaction]"),
        ("[redactoin]\n", "redaction: there is no such table; begin with [redaction]"),
        ("redaction = 7", "redaction: expected a table, got a number"),
        ("[redaction]\nheader = []", "redaction.header: unknown; there are headers,"),
        ("[redaction]\nheaders = 'x'", "redaction.headers: expected an array of strings, got a"),
        ("[redaction]\nheaders = ['x', 7]", "redaction.headers[1]: expected a string, got a numb"),
        ("[redaction]\nheaders = ['x y']", "redaction.headers[0]: not a name of a header: 'x y'"),
        ("[redaction]\nheader_suffixes = ['key']", "redaction.header_suffixes[0]: not an ending"),
        ("[redaction]\nquery_keys = ['a=b']", "redaction.query_keys[0]: not a key of a query"),
        ("[redaction]\nbody_paths = ['a..b']", "redaction.body_paths[0]: not a path into JSON"),
        ("[redaction]\nbody_paths = ['a[*]']", "redaction.body_paths[0]: a path has a name, and"),
        ("[redaction]\nbody_paths = ['**.*']", "redaction.body_paths[0]: a path has a name, and"),
        ("[redaction]\nvalues = 1", "redaction.values: expected [[redaction.values]], got a num"),
        ("[[redaction.values]]\nname = 'a'", "redaction.values[0]: prefixes is missing"),
        (
            "[[redaction.values]]\nname='a'\nprefixes=['abc_']\nminimum=9.5",
            "redaction.values[0].minimum: expected a whole number, got a float",
        ),
        (
            "[[redaction.values]]\nname='a'\nprefixes=['abc_']\nminimum=40",
            "redaction.values[0]: prefix 'abc_' and a minimum of 40 make 44 bytes: a pattern has 8",
        ),
        (
            "[[redaction.values]]\nname='a'\nprefixes=['a b']\nminimum=20",
            "redaction.values[0]: prefix 'a b': write letters, digits and any of ._~+/=%-",
        ),
        (
            "[[redaction.values]]\nname='a'\nprefixes=['abc_']\nminimum=20\ncharacters='z-a'",
            "redaction.values[0]: characters 'z-a': bad character range z-a",
        ),
        (
            "[[redaction.values]]\nname='a'\nprefixes=['abc_']\nminimum=20\ncharacters='^a'",
            "redaction.values[0]: characters '^a': write letters, digits, ranges",
        ),
        (
            2 * "[[redaction.values]]\nname='a'\nprefixes=['abc_']\nminimum=20\n",
            "redaction.values[1].name: 'a' is there twice",
        ),
        (
            "[[redaction.values]]\nname='a'\nprefix='abc_'\nminimum=20",
            "redaction.values[0].prefix: unknown; there are name, prefixes, minimum, characters",
        ),
    ],
)
def test_a_mistake_is_one_line_with_its_place(text: str, words: str) -> None:
    with pytest.raises(BadRedactionRules) as raised:
        load_rules(text, FILE)
    assert str(raised.value).startswith(f"wiretape.toml: {words}")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "rules",
    [
        RedactionRules(headers=("",)),
        RedactionRules(header_suffixes=("-a",)),
        RedactionRules(query_keys=("",)),
        RedactionRules(body_paths=("x[*]",)),
        RedactionRules(values=(ValuePattern("", ("abcdefgh",), 9),)),
        RedactionRules(values=(ValuePattern("a", ("abc",), 2),)),
    ],
)
def test_rules_that_cannot_hold_are_refused(rules: RedactionRules) -> None:
    with pytest.raises(ValueError, match=r"."):
        Redactor(rules)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a=" + "[" * 5000 + "]" * 5000, "TOML: it nests too deep"),
        ("a=" + "1" * 5000, "TOML: Exceeds the limit"),
    ],
)
def test_what_python_cannot_read_is_a_mistake_too(text: str, words: str) -> None:
    with pytest.raises(BadRedactionRules) as raised:
        load_rules(text, FILE)
    assert str(raised.value).startswith(f"wiretape.toml: {words}")
