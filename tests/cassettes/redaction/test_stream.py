"""A stream in any pieces comes out as the whole, at its length, without the planted keys."""

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from wiretape.cassettes.redaction import Redactor

# Few letters, so that keys begin, end and overlap everywhere.
keys = st.lists(st.text("ab/", min_size=8, max_size=14), min_size=1, max_size=3)


@st.composite
def bodies(draw: st.DrawFn) -> tuple[list[str], bytes]:
    planted = draw(keys)
    parts = draw(st.lists(st.one_of(st.sampled_from(planted), st.text("ab/-", max_size=12))))
    return planted, "".join(parts).encode()


def cut(body: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(body) + 1) for place in places), len(body)]
    return [body[a:b] for a, b in pairwise(edges)]


def redactor_of(planted: list[str]) -> Redactor:
    redactor = Redactor()
    for key in planted:
        redactor.learn((("x-api-key", key),), "/")
    return redactor


def through(redactor: Redactor, pieces: list[bytes], counts: Counter[str]) -> bytes:
    stream = redactor.stream(counts)
    return b"".join([*map(stream.feed, pieces), stream.finish()])


@given(bodies(), st.lists(st.integers(min_value=0), max_size=20))
def test_any_pieces_give_what_the_whole_gives(
    case: tuple[list[str], bytes], places: list[int]
) -> None:
    planted, body = case
    redactor = redactor_of(planted)
    whole_counts, counts, single_counts = Counter[str](), Counter[str](), Counter[str]()
    whole = through(redactor, [body], whole_counts)
    assert through(redactor, cut(body, places), counts) == whole
    assert through(redactor, [body[i : i + 1] for i in range(len(body))], single_counts) == whole
    assert counts == single_counts == whole_counts
    assert len(whole) == len(body)
    assert not any(key.encode() in whole for key in planted)
    assert through(redactor, [whole], Counter()) == whole


@given(bodies(), st.lists(st.integers(min_value=0), max_size=20))
def test_no_more_is_held_back_than_could_become_a_key(
    case: tuple[list[str], bytes], places: list[int]
) -> None:
    planted, body = case
    redactor = redactor_of(planted)
    stream = redactor.stream(Counter())
    taken = given = 0
    longest = max(len(key) for key in planted) * 6  # \u002f is the longest way to write a byte
    for piece in cut(body, places):
        taken += len(piece)
        given += len(stream.feed(piece))
        assert 0 <= taken - given < longest


@given(st.binary(max_size=400), st.lists(st.integers(min_value=0), max_size=20))
def test_a_stream_without_secrets_is_untouched(body: bytes, places: list[int]) -> None:
    redactor = redactor_of(["planted-key-0123456789"])
    assert through(redactor, cut(body, places), Counter()) == body


def test_nothing_is_held_back_that_no_key_begins_with() -> None:
    stream = redactor_of(["planted-key"]).stream(Counter())
    assert stream.feed(b"data: hello\n\n") == b"data: hello\n\n"
    assert stream.feed(b"say pla") == b"say "
    assert stream.feed(b"y\n") == b"play\n"
    assert stream.feed(b"planted-ke") == b""
    assert stream.feed(b"y planted") == b"[REDACT***] "
    assert stream.finish() == b"planted"


def test_a_key_learned_meanwhile_is_found_from_then_on() -> None:
    redactor = Redactor()
    stream = redactor.stream(Counter())
    assert stream.feed(b"planted-key ") == b"planted-key "
    redactor.learn((("x-api-key", "planted-key"),), "/")
    assert stream.feed(b"planted-key ") == b"[REDACT***] "
    redactor.learn((("x-api-key", "planted-key-too"),), "/")
    assert stream.feed(b"planted-key") == b""
    assert stream.feed(b"-too") == b"[REDACT*******]"
    assert stream.finish() == b""


def test_bytes_behind_an_overlap_are_given_out_once() -> None:
    stream = redactor_of(["abcdefgh", "efghijklmn"]).stream(Counter())
    assert stream.feed(b"abcdefgh") == b"[REDACT]"
    assert stream.feed(b"ijklm") == b""
    assert stream.feed(b"n!") == b"******!"
