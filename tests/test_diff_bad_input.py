"""`wiretape diff` on what cannot be compared: said in words, the rest goes on, with exit codes.

The command is a process of its own, and the cassettes are files.
"""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.cli.processes import environment, run
from tests.interactions import (
    JSON_HEADERS,
    make_interaction,
    make_request,
    make_unanswered,
)
from wiretape.cassettes.model import EndingKind, Interaction, Request, Session
from wiretape.cassettes.store import append

INDEX = b"\x57\x2a\x4d\x18"
"""The index of a cassette is a skippable frame, and begins so."""


def asked(prompt: str, path: str = "/v1/chat/completions") -> Request:
    turns = [{"role": "user", "content": prompt}]
    return make_request(target=path, body=json.dumps({"model": "m", "messages": turns}).encode())


def streamed(prompt: str, text: str, upstream: str, ending: EndingKind = "complete") -> Interaction:
    chunks = [
        {"choices": [{"index": 0, "delta": {"role": "assistant", "content": text}}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    ]
    named = {"object": "chat.completion.chunk", "id": "x", "created": 1, "model": "m"}
    pieces = [(10.0, f"data: {json.dumps({**named, **chunk})}\n\n".encode()) for chunk in chunks]
    if ending == "complete":
        pieces.append((20.0, b"data: [DONE]\n\n"))
    else:
        pieces.pop()
    return make_interaction(pieces, request=asked(prompt), upstream=upstream, ending=ending)


def whole(prompt: str, text: str, upstream: str) -> Interaction:
    message = {"role": "assistant", "content": text}
    value = {
        "object": "chat.completion",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
    }
    body = json.dumps(value).encode()
    return make_interaction(
        [(10, body)], request=asked(prompt), upstream=upstream, headers=JSON_HEADERS
    )


def strange(prompt: str, upstream: str) -> Interaction:
    pieces = [(10.0, b'data: {"foo": 1}\n\n')]
    return make_interaction(pieces, request=asked(prompt, "/strange"), upstream=upstream)


def unanswered(prompt: str, upstream: str) -> Interaction:
    return make_unanswered(request=asked(prompt), upstream=upstream)


def tape(folder: Path, name: str, interactions: Iterable[Interaction]) -> Path:
    path = folder / f"{name}.tape.zst"
    append(path, Session(1, "2026-11-22T22:01:13.000000Z", "tests"), interactions)
    return path


@pytest.fixture
def good(tmp_path: Path) -> Path:
    answers = [streamed("one", "hello there", "openai"), streamed("two", "bye", "openai")]
    return tape(tmp_path, "good", answers)


def diff(*sides: Path, width: int = 160) -> tuple[int, str, str]:
    """Exit code, what was printed, what was said."""
    done = run(
        *("diff", *(side.name for side in sides)),
        cwd=sides[0].parent,
        env=environment(COLUMNS=str(width)),
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


SECOND = "2. two: same text"
"""The line of what goes on."""

BAD = {
    "no answer": (
        unanswered("one", "groq"),
        "1. one: groq gave no answer (cut)",
        "groq: no response came: cut",
    ),
    "in one piece": (
        whole("one", "hello there", "groq"),
        "1. one: same text; answer: streamed on openai, in one piece on groq",
        "streaming   answer: streamed on openai, in one piece on groq",
    ),
    "unknown API": (
        strange("one", "groq"),
        "API: openai.chat on openai, unknown on groq",
        "groq: neither the path /strange nor the body tells which API this is",
    ),
    "broken off": (
        streamed("one", "hello there", "groq", "cut"),
        "1. one: groq broke off after 2 words (cut)",
        "groq: the connection was closed before the response was complete",
    ),
}


@pytest.mark.parametrize(("bad", "line", "remark"), BAD.values(), ids=BAD)
def test_one_that_cannot_be_compared_is_told_and_the_rest_goes_on(
    good: Path, bad: Interaction, line: str, remark: str
) -> None:
    other = tape(good.parent, "other", [bad, streamed("two", "bye", "groq")])
    for sides in ((good, other), (other, good)):
        code, printed, said = diff(*sides)
        assert (code, said) == (1, "")
        assert SECOND in printed
        assert "2 interactions compared: 1 the same, 1 different" in printed
        assert remark in printed or sides[0] is other
    code, printed, _ = diff(good, other)
    assert line in printed


def test_all_of_them_in_one_matrix(tmp_path: Path) -> None:
    sides = [
        streamed("one", "hello there", "openai"),
        unanswered("one", "silent"),
        whole("one", "hello there", "whole"),
        strange("one", "strange"),
        streamed("one", "hello there", "broken", "cut"),
    ]
    code, printed, said = diff(tape(tmp_path, "all", sides))
    assert (code, said) == (1, "")
    lines = [line.split() for line in printed.splitlines()]
    cells = {line[0]: line for line in lines if line}
    # An answer that never came is none in one piece.
    api = "API openai.chat openai.chat openai.chat, in one piece *unknown openai.chat"
    assert " ".join(cells["API"]).replace("*openai", "openai") == api
    assert " ".join(cells["status"]) == "status 200 *cut 200 200 *200, cut"
    assert " ".join(cells["text"]) == "text 2 words *none same *none same"
    assert "silent gave no answer (cut); broken broke off after 2 words (cut)" in printed
    for remark in ("silent: no response came", "strange: neither the path", "broken: the conn"):
        assert remark in printed


def test_nothing_to_pair(good: Path) -> None:
    other = tape(good.parent, "other", [streamed("elsewhere", "x", "groq")])
    code, printed, said = diff(good, other)
    assert code == 2
    assert "only on openai: good.tape.zst 1-2" in printed
    assert said == (
        "wiretape: nothing to compare: no two sides have an interaction of the same prompt; "
        "--pair order sets the first beside the first\n"
    )


def test_an_interrupted_cassette_is_compared_as_far_as_it_goes(good: Path) -> None:
    other = tape(good.parent, "other", [streamed("one", "hello there", "groq")])
    data = other.read_bytes()
    assert data.count(INDEX)
    other.write_bytes(data[: data.rindex(INDEX)])
    code, printed, said = diff(good, other)
    assert "other.tape.zst: the recording was interrupted; 1 whole interaction can be read" in said
    assert "1. one: same text" in printed
    assert code == 1
    assert "only on openai: good.tape.zst 2" in printed


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda data: data[:-30], "the index is damaged"),
        (lambda data: data[:60] + bytes([data[60] ^ 255]) + data[61:], "damaged at byte 0"),
        (lambda data: b"hello", "not a cassette"),
    ],
    ids=["no end of the index", "a flipped byte", "another file"],
)
def test_damage_is_no_difference(good: Path, spoil: object, words: str) -> None:
    assert callable(spoil)
    other = good.with_name("other.tape.zst")
    other.write_bytes(spoil(good.read_bytes()))
    code, _, said = diff(good, other)
    assert code == 2
    assert words in said
    assert said.count("\n") == 1
