"""What is said where two requests are not the same."""

import json
from typing import Any

import pytest

from wiretape.cassettes.answering import Difference
from wiretape.cassettes.matching import MatchRules, differences
from wiretape.cassettes.matching.differences import READABLE
from wiretape.cassettes.model import Request


def request(body: Any = b"", target: str = "/v1/x", method: str = "POST") -> Request:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = (("content-type", "application/json"), ("accept", method))
    return Request(method=method, target=target, version="1.1", headers=headers, body=raw)


def told(asked: Request, recorded: Request, **rules: Any) -> list[tuple[str, str, str]]:
    found = differences("up", asked, "up", recorded, MatchRules(**rules))
    return [(difference.where, difference.asked, difference.recorded) for difference in found]


def test_each_criterion_is_named() -> None:
    found = differences(
        "openai",
        request({"a": 1}, "/v1/x?alt=sse&n=1&n=2&key=a"),
        "groq",
        request({"a": 2}, "/v1/y?n=1&key=b", "PUT"),
        MatchRules(headers=("accept",)),
    )
    assert found == (
        Difference("upstream", "openai", "groq"),
        Difference("method", "POST", "PUT"),
        Difference("path", "/v1/x", "/v1/y"),
        Difference("query.alt", "sse", "(absent)"),
        Difference("query.n", "1, 2", "1"),
        Difference("header.accept", "POST", "PUT"),
        Difference("$.a", "1", "2"),
    )


def test_places_in_json_are_written_as_paths() -> None:
    asked = {"messages": [{"content": "a"}, {"content": "b"}], "stream": True, "odd key": [1]}
    recorded = {"messages": [{"content": "a"}, {"content": "c"}, "more"], "odd key": ["1"]}
    assert told(request(asked), request(recorded)) == [
        ("$.messages[1].content", '"b"', '"c"'),
        ("$.messages[2]", "(absent)", '"more"'),
        ('$["odd key"][0]', "1", '"1"'),
        ("$.stream", "true", "false"),
    ]


def test_long_values_are_shown_where_they_part() -> None:
    asked, recorded = ("same " * 100 + word + " end" * 100 for word in ("one", "two"))
    ((where, ours, theirs),) = told(request({"x": asked}), request({"x": recorded}))
    assert where == "$.x"
    assert ours.startswith("…")
    assert ours.endswith("…")
    assert "same one end" in ours
    assert "same two end" in theirs
    assert len(ours) == len(theirs) == READABLE


def test_a_short_value_is_shown_whole_beside_a_long_one() -> None:
    ((_, ours, theirs),) = told(request({"x": "short"}), request({"x": "long " * 100}))
    assert ours == '"short"'
    assert theirs.startswith('"long ')
    assert len(theirs) == READABLE


@pytest.mark.parametrize("word", ["a", "AbC", "0", "0f"])
def test_a_long_word_is_shown(word: str) -> None:
    ((_, ours, theirs),) = told(request({"x": word * 320 + "b"}), request({"x": word * 320 + "c"}))
    assert ours.endswith(f'{word}b"')
    assert theirs.endswith(f'{word}c"')


def test_bodies_of_two_kinds_are_told_apart() -> None:
    assert told(request({"a": 1}), request()) == [
        ("body", 'JSON {"a":1,"stream":false}', "(absent)")
    ]
    ((where, ours, theirs),) = told(request(b"{"), request(b"["))
    assert where == "body"
    assert ours.startswith("sha256:")
    assert ours != theirs


def multipart(*parts: tuple[str, str]) -> Request:
    body = "".join(f'--b\r\nX: form-data; name="{n}"\r\n\r\n{c}\r\n' for n, c in parts) + "--b--"
    headers = (("content-type", "multipart/form-data; boundary=b"),)
    return Request(method="POST", target="/x", version="1.1", headers=headers, body=body.encode())


def test_parts_are_named() -> None:
    found = differences("u", multipart(("a", "1"), ("b", "2")), "u", multipart(("a", "1")))
    assert [difference.where for difference in found] == ["part[1]"]
    assert found[0].asked.startswith("b sha256:")
    assert found[0].recorded == "(absent)"


def test_what_does_not_count_is_not_told() -> None:
    asked = {"user": "a", "input": [{"call_id": "x", "encrypted_content": "1"}]}
    recorded = {"user": "b", "input": [{"call_id": "y", "encrypted_content": "2"}]}
    assert told(request(asked), request(recorded)) == []
