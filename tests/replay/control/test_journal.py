"""The journal keeps what it may and no more."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from tests.interactions import make_interaction, make_request
from wiretape.cassettes.answering import Difference, Miss
from wiretape.cassettes.model import Request
from wiretape.replay import Exchange, Filter, Journal
from wiretape.replay.control.answers import shown
from wiretape.replay.control.entry import LONGEST_BODY, LONGEST_TEXT, MOST_DIFFERENCES
from wiretape.replay.control.filtering import within


def as_it_is(request: Request) -> Request:
    return request


def exchange(body: bytes = b"{}", session: str = "", **more: object) -> Exchange:
    request = make_request(body=body)
    return Exchange(request=request, session=session, played=make_interaction(), **more)  # type: ignore[arg-type]


def numbers(journal: Journal) -> list[int]:
    return [entry.number for entry in journal]


def test_the_oldest_make_room() -> None:
    journal = Journal(entries=3)
    for _ in range(5):
        journal.note(exchange(), as_it_is)
    assert numbers(journal) == [3, 4, 5]
    assert journal.dropped == 2
    assert journal.counted["", "matched"] == 5
    assert journal.get(2) is None
    journal.clear()
    assert (len(journal), journal.dropped) == (0, 0)
    journal.note(exchange(), as_it_is)
    assert numbers(journal) == [6]


@given(st.lists(st.integers(0, 5000), max_size=30), st.integers(3000, 20_000))
def test_bounded_in_bytes(sizes: list[int], most: int) -> None:
    journal = Journal(size=most)
    for size in sizes:
        journal.note(exchange(b"x" * size), as_it_is)
        assert sum(entry.size for entry in journal) <= most
    assert len(journal) + journal.dropped == len(sizes)


def test_bytes_are_given_back() -> None:
    journal = Journal(size=10_000)
    for _ in range(3):
        for session in ("a", "b"):
            journal.note(exchange(b"x" * 3000, session), as_it_is)
        journal.clear("a")
        assert [entry.session for entry in journal] == ["b"]
        journal.clear()
    assert journal.dropped == 0


def test_none_are_kept() -> None:
    def never(request: Request) -> Request:
        raise AssertionError("what is not kept need not be redacted")

    journal = Journal(entries=0)
    journal.note(exchange(), never)
    assert (len(journal), journal.dropped, journal.counted.total()) == (0, 1, 1)


def test_each_entry_is_bounded() -> None:
    long = "v" * (LONGEST_TEXT + 1)
    difference = Difference(long, long, long)
    miss = Miss("no_recording", 1, (difference,) * (MOST_DIFFERENCES + 1))
    request = make_request(
        target="/?" + long, headers=(("X", long),), body=b"\xc3\xa4" * LONGEST_BODY
    )
    journal = Journal()
    journal.note(Exchange(request=request, miss=miss), as_it_is)
    (entry,) = journal
    told = shown(entry)
    assert len(entry.request.body) == LONGEST_BODY
    assert (told.body_cut, told.body_bytes) == (True, 2 * LONGEST_BODY)
    assert told.body_encoding == "utf-8"
    assert entry.miss is not None
    assert len(entry.miss.differences) == MOST_DIFFERENCES
    texts = (entry.query, told.headers[0].value, entry.miss.differences[0].asked)
    assert {len(text) for text in texts} == {LONGEST_TEXT}


def test_a_body_cut_within_a_character_is_still_text() -> None:
    journal = Journal()
    journal.note(exchange(b"x" + b"\xe2\x82\xac" * LONGEST_BODY), as_it_is)
    journal.note(exchange(b"\xff\x00"), as_it_is)
    text, binary = map(shown, journal)
    assert (text.body_encoding, text.body[:2]) == ("utf-8", "x€")
    assert (binary.body_encoding, binary.body) == ("base64", "/wA=")


def test_since() -> None:
    times = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3)]
    journal = Journal(now=iter(times).__next__)
    for _ in times:
        journal.note(exchange(), as_it_is)
    assert [one.number for one in journal.matching(Filter(since=times[1]))] == [2, 3]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=10,
)


@given(JSON, st.dictionaries(st.text(max_size=3), JSON))
def test_json_holds_itself_and_every_part_of_an_object(
    value: object, more: dict[str, object]
) -> None:
    assert within(value, value)
    if isinstance(value, dict):
        assert within(value, {**more, **value})
        assert not within({**value, "another": 1}, value) or value.get("another") == 1
    assert not within(True, 1)
    assert not within(0, False)
    assert within(1, 1.0)
