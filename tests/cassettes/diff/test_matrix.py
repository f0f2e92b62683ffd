"""The matrix: what differs is seen, where cells read alike too."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from tests.cassettes.diff.streams import CHAT, Call, Said, chat, read_in, side
from tests.interactions import make_interaction
from wiretape.cassettes.diff.comparing import compare
from wiretape.cassettes.diff.comparison import Comparison, Row
from wiretape.cassettes.model import Interaction
from wiretape.cli.views.diff_matrix import alike, matrix

LABELS = ("a", "b", "c")


def of_deltas(*deltas: dict[str, Any], done: bool = True, **more: object) -> Interaction:
    """A stream of Chat Completions with these deltas."""
    events: list[dict[str, Any]] = [
        {"index": 0, "delta": delta, "finish_reason": None} for delta in deltas
    ]
    events.append({"index": 0, "delta": {}, "finish_reason": "stop"})
    return of_choices(events, done=done, **more)


def of_choices(
    choices: Sequence[dict[str, Any]], *, done: bool = True, **more: object
) -> Interaction:
    head = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", **more}
    body = b"".join(
        b"data: " + msgspec.json.encode({**head, "choices": [one]}) + b"\n\n" for one in choices
    )
    return read_in(body + (b"data: [DONE]\n\n" if done else b""))


def of_texts(*texts: str) -> Interaction:
    """A choice each."""
    told: list[dict[str, Any]] = []
    for index, text in enumerate(texts):
        told.append({"index": index, "delta": {"content": text}, "finish_reason": None})
        told.append({"index": index, "delta": {}, "finish_reason": "stop"})
    return of_choices(told)


def three(a: Interaction, b: Interaction) -> Comparison:
    """The third is as the first."""
    return compare(LABELS, [side(a), side(b), side(a)])


def row_of(comparison: Comparison, name: str) -> Row:
    return next(row for row in comparison.rows if row.name == name)


def cited(url: str) -> dict[str, Any]:
    source = {"url": url, "title": "t", "start_index": 0, "end_index": 2}
    return {"content": "Hi", "annotations": [{"type": "url_citation", "url_citation": source}]}


def failed(message: str) -> Interaction:
    body = msgspec.json.encode({"error": {"message": message, "type": "t", "code": "c"}})
    head = (("Content-Type", "application/json"),)
    return make_interaction([(10, body)], status=400, headers=head, request=CHAT)


def calls(*names: str, city: str = "Berlin") -> Interaction:
    return chat(Said(calls=tuple(Call(name, {"city": city}) for name in names)))


THOUGHT = {"reasoning_content": "think hard now"}
TEXT = {"content": "Hi"}


@pytest.mark.parametrize(
    ("name", "a", "b", "cells"),
    [
        ("tools", calls("w"), calls("w", city="Paris"), ("w", "w (other arguments)")),
        ("tools", calls("w", "v"), calls("v", "w"), ("w, v", "v, w")),
        (
            "reasoning",
            of_deltas(THOUGHT, TEXT),
            of_deltas({"reasoning_content": "cook soft eggs"}, TEXT),
            ("raw, 3 words", "raw, 3 words (other words)"),
        ),
        (
            "reasoning",
            of_deltas(THOUGHT, TEXT),
            of_deltas(TEXT, THOUGHT),
            ("raw, 3 words", "raw, 3 words (in another place)"),
        ),
        ("citations", of_deltas(cited("//a")), of_deltas(cited("//b")), ("1", "1 (others)")),
        (
            "refusal",
            of_deltas({"refusal": "I cannot"}),
            of_deltas({"refusal": "Never"}),
            ("refused", "refused (other words)"),
        ),
        ("text", of_texts("a", "b"), of_texts("a", "c"), ("1 word", "same (other choices)")),
        ("finish", of_texts("one", "two"), of_texts("one"), ("stop", "stop (other choices)")),
        ("errors", failed("bad name"), failed("no quota"), ("400 c", "400 c (other words)")),
        (
            "grammar",
            of_deltas(TEXT),
            of_deltas(TEXT, done=False),
            ("4 names", "other events"),
        ),
    ],
)  # fmt: skip
def test_what_reads_alike_and_differs_is_seen(
    name: str, a: Interaction, b: Interaction, cells: tuple[str, str]
) -> None:
    comparison = three(a, b)
    row = row_of(comparison, name)
    assert row.differs == (False, True, False)
    assert row.cells[:2] == cells
    assert f"{name} " not in alike(comparison)
    assert f"*{cells[1]}" in "\n".join(line.plain for line in matrix(comparison, None))


def test_what_does_not_differ_is_folded() -> None:
    same = three(calls("w"), calls("w"))
    assert not any(any(row.differs) for row in same.rows)
    assert "tools w" in alike(same)
    assert {"grammar", "errors"}.isdisjoint(row.name for row in same.rows)


@pytest.mark.parametrize("absent", [0, 1, 2])
def test_a_side_that_is_not_there_differs_in_no_row(absent: int) -> None:
    sides = [side(calls("w")), side(calls("w", city="Paris")), side(calls("v"))]
    there = [None if place == absent else one for place, one in enumerate(sides)]
    for row in compare(LABELS, there).rows:
        assert not row.differs[absent]


def test_a_name_that_the_dialect_does_not_know_stands_once() -> None:
    comparison = three(of_deltas(TEXT, zz=1), of_deltas(TEXT, yy=1))
    assert row_of(comparison, "extensions").cells == ("zz", "yy", "zz")
