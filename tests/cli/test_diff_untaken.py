"""`wiretape diff` of sides that measured nothing, or answered nothing: no gate passes on them."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.cassettes.test_meaning import CHAT, EVENTS, JSON
from tests.cli.test_diff import asking, diff, rows_of, said, streamed, tape
from tests.interactions import make_interaction, make_request, make_unanswered
from wiretape.cassettes.model import Interaction, Timing

TOLD = CHAT[1].replace(b'"choices"', b'"usage":{"prompt_tokens":3,"completion_tokens":9},"choices"')


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def imported(timing: Timing = "none") -> Interaction:
    """As from a tool that kept no times."""
    one = said("one")
    return replace(one, timeline=replace(one.timeline, timing=timing))


def test_a_gate_of_pace_does_not_pass_on_sides_that_were_not_timed() -> None:
    a, b = tape("a", imported()), tape("b", imported())
    result = diff(a, b, "--only", "pace", "--tolerance", "ttft=20%")
    assert result.exit_code == 2
    assert "pace not measured on two sides" in result.stdout
    assert "   first token not measured on a, b (imported without times)" in result.stdout
    assert "1 not compared (pace not measured on two sides)" in result.stdout
    assert "nothing to compare: pace not measured on two sides" in result.stderr
    row, total = rows_of(a, b, "--only", "pace", "--tolerance", "ttft=20%")
    assert (row["compared"], row["same"]) == (False, None)
    assert (total["compared"], total["not_compared"]) == (0, 1)


def test_nor_does_it_fail_where_one_side_was_not() -> None:
    a, b = tape("a", imported()), tape("b", said("one"))
    for sides in ((a, b), (b, a)):
        result = diff(*sides, "--tolerance", "ttft=20%", "--tolerance", "stalls=1%")
        assert result.exit_code == 0
        told = "first token, stalls not measured on a (imported without times)"
        assert told in " ".join(result.stdout.split())
        assert diff(*sides, "--only", "pace", "--tolerance", "ttft=20%").exit_code == 2


def test_what_was_measured_on_both_is_compared() -> None:
    a, b = tape("a", imported("ends")), tape("b", imported("ends"))
    held = ("--only", "pace", "--tolerance", "duration=20%", "--tolerance", "ttft=20%")
    result = diff(a, b, *held)
    assert result.exit_code == 0
    assert "1. hi: same pace" in result.stdout
    assert "first token not measured on a, b (imported with no times but of its ends)" in (
        " ".join(result.stdout.split())
    )


def test_without_a_tolerance_there_is_no_word_of_times() -> None:
    a, b = tape("a", imported()), tape("b", said("one"))
    result = diff(a, b)
    assert "stalls" not in result.stdout
    assert "measured" not in result.stdout


def test_what_was_not_measured_is_null() -> None:
    a, b = tape("a", imported()), tape("b", said("one"))
    row, _ = rows_of(a, b)
    text = json.dumps(row["sides"])
    for name in ("gaps", "stalls", "stalled_ns"):
        assert text.count(f'"{name}": null') == 1


def test_tokens_that_one_side_did_not_tell_are_held_against_nobody() -> None:
    a = tape("a", streamed((CHAT[0], TOLD, CHAT[2]), "hi", "openai"))
    b = tape("b", said("Hello"))
    held = ("--tolerance", "output_tokens=20%", "--only", "usage")
    told = diff(a, a, *held)
    assert (told.exit_code, "same usage" in told.stdout) == (0, True)
    result = diff(a, b, *held)
    assert result.exit_code == 2
    assert "output tokens not measured on b (usage not told)" in result.stdout


def test_a_moment_that_never_came_is_a_difference() -> None:
    a, b = (
        tape("a", said("one")),
        tape("b", make_unanswered(ending="reset", request=said("x").request)),
    )
    result = diff(a, b, "--only", "pace", "--tolerance", "ttft=20%")
    assert result.exit_code == 1
    assert "none on b (beyond 20%)" in result.stdout


def empty(status: int = 200) -> Interaction:
    """A response with nothing in it."""
    request = make_request(target="/v1/chat/completions", body=asking("hi"))
    return make_interaction([], request=request, headers=EVENTS, status=status)


def failed() -> Interaction:
    """An error that was told."""
    body = json.dumps({"error": {"message": "no", "code": "down"}}).encode()
    request = make_request(target="/v1/chat/completions", body=asking("hi"))
    return make_interaction([(5, body)], request=request, headers=JSON, status=503)


def test_dead_providers_are_not_the_same() -> None:
    dead = make_unanswered(ending="reset", request=said("x").request)
    for one in (dead, empty()):
        a, b = tape("a", one), tape("b", one)
        for sides in ((a, b), (a, b, b)):
            result = diff(*sides)
            assert result.exit_code == 2, result.output
            assert "1 not compared (no side gave an answer)" in result.stdout
            assert "1. hi: same" not in result.stdout
            assert "nothing to compare: no side gave an answer" in result.stderr
        Path(a).unlink()
        Path(b).unlink()


def test_what_failed_alike_is_the_same() -> None:
    for one in (failed(), empty(204)):
        a, b = tape("a", one), tape("b", one)
        assert diff(a, b).exit_code == 0
        Path(a).unlink()
        Path(b).unlink()


def test_an_answer_against_none_differs() -> None:
    a, b = tape("a", said("one")), tape("b", empty())
    assert diff(a, b).exit_code == diff(b, a).exit_code == 1


def test_one_pair_without_an_answer_among_others_is_counted() -> None:
    dead = make_unanswered(ending="reset", request=said("x").request)
    a, b = tape("a", dead, said("one", "two")), tape("b", dead, said("one", "two"))
    result = diff(a, b)
    assert result.exit_code == 0
    assert "1 interaction compared: 1 the same, 0 different; 1 not compared" in result.stdout
