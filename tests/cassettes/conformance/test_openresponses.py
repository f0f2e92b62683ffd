"""The published document: unmodified, and validators that name the place."""

import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cassettes.conformance.responses_answers import (
    GOOD,
    function_call,
    message,
    numbered,
    output_text,
    snapshot,
    unshared,
)
from wiretape.cassettes.conformance.openresponses import (
    FILE,
    document,
    event_schemas,
    problems,
)

SHA256 = "693f26090d206230ed22b336681f547a2882cf5b131e86743966cf71bbdeedab"


@cache
def published(name: str) -> Any:
    """A validator of the document as it is, without our rewriting."""
    schemas = document()["components"]
    return jsonschema_rs.Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": schemas}
    )


def told(name: str, value: Any) -> list[tuple[str, str]]:
    return [(".".join(map(str, one.path)), one.words) for one in problems(name, value)]


def test_the_file_is_the_one_that_was_published() -> None:
    data = files("wiretape.cassettes.conformance").joinpath(FILE).read_bytes()
    assert hashlib.sha256(data).hexdigest() == SHA256
    licence = files("wiretape.cassettes.conformance").joinpath("openresponses.LICENSE.txt")
    assert SHA256 in licence.read_text()


def test_every_event_has_its_schema() -> None:
    assert len(event_schemas()) == 24
    assert event_schemas()["error"] == "ErrorStreamingEvent"


@pytest.mark.parametrize("name", sorted(GOOD))
def test_what_the_document_accepts_is_accepted(name: str) -> None:
    for event in numbered(GOOD[name]()):
        schema = event_schemas()[event["type"]]
        assert published(schema).is_valid(event)
        assert told(schema, event) == []


RESPONSE = snapshot("completed", [message("msg_1", [output_text("Hi.")]), function_call("f", "{}")])


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (("output", 0, "content", 0, "text"), None, "the value is null, expected string"),
        (("output", 0, "content", 0, "annotations"), ..., "annotations is missing"),
        (("output", 1, "call_id"), 7, "the value is integer, expected string"),
        (("output", 1, "status"), "x", "the value is 'x', expected one of in_progress"),
        (("output", 1), "words", "the value is string, expected object"),
        (("usage", "input_tokens_details"), ..., "input_tokens_details is missing"),
        (("usage",), [], "the value is array, expected null or object"),
        (("text", "format", "type"), "xml", "the value is 'xml', expected one of "),
        (("tool_choice",), "perhaps", "the value is 'perhaps', expected one of none"),
        (("tool_choice",), 1, "the value is integer, expected string or object"),
        (("instructions",), 1.5, "the value is number, expected null or string"),
    ],
    ids=str,
)
def test_a_mistake_has_its_place(path: tuple[Any, ...], value: Any, expected: str) -> None:
    wrong = unshared([RESPONSE])[0]
    target: Any = wrong
    for step in path[:-1]:
        target = target[step]
    if value is ...:
        del target[path[-1]]
    else:
        target[path[-1]] = value
    assert not published("ResponseResource").is_valid(wrong)
    found = told("ResponseResource", wrong)
    assert len(found) == 1
    assert found[0][0] == ".".join(map(str, path))
    assert found[0][1].startswith(expected)
    assert "\n" not in found[0][1]
    assert len(found[0][1]) < 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "id", "text", "x"]), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(st.sampled_from(sorted(RESPONSE)), JSON)
def test_it_accepts_what_the_document_accepts(key: str, value: Any) -> None:
    changed = {**RESPONSE, key: value}
    accepted = published("ResponseResource").is_valid(changed)
    assert accepted == (told("ResponseResource", changed) == [])
