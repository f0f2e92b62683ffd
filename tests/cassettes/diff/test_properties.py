"""What holds of any two answers: symmetry, nothing against itself, no matter how it was cut."""

from hypothesis import given
from hypothesis import strategies as st

from tests.cassettes.diff.streams import (
    Minted,
    Said,
    borders,
    chat,
    minteds,
    read_in,
    saids,
    side,
)
from wiretape.cassettes.diff.comparing import compare
from wiretape.cassettes.diff.comparison import Difference, Side

MIRRORED = {"removed": "added", "added": "removed", "moved_from": "moved_to"}
MIRRORED["moved_to"] = "moved_from"


def differences(a: Side, b: Side) -> tuple[Difference, ...]:
    (found,) = compare(["one", "two"], [a, b]).differences
    return found


@given(saids, borders)
def test_nothing_differs_from_itself(said: Said, reads: list[int]) -> None:
    ours = side(chat(said, reads=reads))
    assert differences(ours, ours) == ()
    assert compare(["one", "two"], [ours, ours]).same


@given(saids, minteds, minteds, borders, borders, borders)
def test_ids_and_cuts_are_of_no_weight(
    said: Said,
    minted: Minted,
    other: Minted,
    ours: list[int],
    theirs: list[int],
    reads: list[int],
) -> None:
    a, b = side(chat(said, minted, ours)), side(chat(said, other, theirs, reads))
    assert differences(a, b) == ()


@given(saids, saids, borders, borders)
def test_stable_under_rechunking(a: Said, b: Said, ours: list[int], theirs: list[int]) -> None:
    plain = differences(side(chat(a)), side(chat(b)))
    cut = differences(side(chat(a, reads=ours)), side(chat(b, reads=theirs)))
    assert plain == cut


@given(saids, saids)
def test_turned_around_it_is_the_mirror_image(a: Said, b: Said) -> None:
    one, other = side(chat(a)), side(chat(b))
    there, back = differences(one, other), differences(other, one)
    assert bool(there) == bool(back)
    assert sorted(map(told, there)) == sorted(map(told, back))
    mirrored = {difference.path: difference for difference in back}
    for difference in there:
        if difference.aspect in ("text", "reasoning") and difference.spans:
            spans = sorted((MIRRORED.get(s.op, s.op), s.b, s.a) for s in difference.spans)
            assert spans == sorted((s.op, s.a, s.b) for s in mirrored[difference.path].spans)


def told(difference: Difference) -> tuple[str, bool]:
    return difference.aspect, difference.counts


@given(saids, saids)
def test_the_spans_hold_both_texts(a: Said, b: Said) -> None:
    for difference in differences(side(chat(a)), side(chat(b))):
        if difference.spans:
            assert "".join(span.a for span in difference.spans) == difference.a
            assert "".join(span.b for span in difference.spans) == difference.b


@given(saids, saids)
def test_what_is_said_otherwise_is_a_difference(a: Said, b: Said) -> None:
    aspects = {one.aspect for one in differences(side(chat(a)), side(chat(b)))}
    assert (a.text != b.text) == ("text" in aspects)
    if not a.calls and not b.calls:  # a call makes `tool_calls` of `stop`
        assert (a.finish != b.finish) == ("finish" in aspects)


@given(st.binary(max_size=300), st.binary(max_size=300), borders)
def test_any_bytes_are_compared(a: bytes, b: bytes, reads: list[int]) -> None:
    one, other = side(read_in(a)), side(read_in(b, reads))
    assert bool(differences(one, other)) == bool(differences(other, one))
    assert differences(one, one) == ()


@given(saids, st.integers(0, 3000), st.integers(0, 3000))
def test_half_streams_are_compared(said: Said, first: int, second: int) -> None:
    body = chat(said).response
    assert body is not None
    one, other = side(read_in(body.body[:first])), side(read_in(body.body[:second]))
    assert bool(differences(one, other)) == bool(differences(other, one))
    if first == second:
        assert differences(one, other) == ()
