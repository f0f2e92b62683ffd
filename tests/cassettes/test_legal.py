"""What is written is read; what could not be read is not written, and a journal's is cut to fit."""

import io
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.cassettes.sample import SESSION
from tests.cassettes.strategies import interactions
from tests.interactions import make_interaction, make_request
from wiretape.cassettes import keeping
from wiretape.cassettes.codec import encoder as encoding
from wiretape.cassettes.codec.encoder import CassetteEncoder, encode_head, encode_session
from wiretape.cassettes.codec.lines import Unwritable
from wiretape.cassettes.errors import CassetteError
from wiretape.cassettes.keeping import keepable
from wiretape.cassettes.model import Chunk, Interaction, Notes
from wiretape.cassettes.store import Cassette, append

_text = st.text(max_size=12)
_odd_texts = st.one_of(_text, st.sampled_from(["", "OK", "a\0b", "a\r\nb", "\x1b", "\ud800", "é"]))
_odd_headers = st.lists(st.tuples(_odd_texts, _odd_texts), max_size=2).map(tuple)


@st.composite
def anything_of_the_model(draw: st.DrawFn) -> Interaction:
    """What the types allow: any status, any words in heads, notes and elsewhere."""
    one = draw(interactions())
    request = replace(one.request, target=draw(_odd_texts), headers=draw(_odd_headers))
    response = one.response
    if response is not None:
        response = replace(
            response,
            version=draw(_odd_texts),
            status=draw(st.integers(-5, 1200)),
            reason=draw(_odd_texts),
            headers=draw(_odd_headers),
            trailers=draw(_odd_headers),
        )
    sent = one.timeline.sent
    if draw(st.booleans()):
        sent += (Chunk(0, draw(st.integers(-3, 3))),)
    return replace(
        one,
        number=1,
        session=1,
        upstream=draw(_odd_texts),
        base=draw(_odd_texts),
        request=request,
        response=response,
        timeline=replace(one.timeline, sent=sent),
        notes=Notes(draw(_odd_texts), draw(_odd_texts)),
        lost=draw(_odd_texts),
    )


def written(path: Path, one: Interaction) -> None:
    file = io.BytesIO()
    encoder = CassetteEncoder(file)
    encoder.head(encode_head("wiretape 0.1.0") + encode_session(SESSION))
    encoder.add(one)
    encoder.finish()
    path.write_bytes(file.getvalue())


@settings(max_examples=150)
@given(one=anything_of_the_model())
def test_it_is_written_so_that_it_is_read_or_refused(
    one: Interaction, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.tape.zst"
    try:
        written(path, one)
    except Unwritable:
        return
    with Cassette.open(path) as by_index, Cassette.salvage(path) as by_scan:
        assert list(by_index) == list(by_scan) == [one]
        assert by_index.index == by_scan.index


@settings(max_examples=80)
@given(one=anything_of_the_model())
def test_what_is_cut_to_fit_is_written(
    one: Interaction, tmp_path_factory: pytest.TempPathFactory
) -> None:
    body = one.request.body
    chunks = (Chunk(0, len(body)),) if body else ()
    readable = re.compile("[\ud800-\udfff]")  # no journal holds them: JSON has none
    one = replace(
        one,
        upstream=readable.sub("", one.upstream),
        base=readable.sub("", one.base),
        lost=readable.sub("", one.lost),
        notes=Notes(),
        timeline=replace(one.timeline, sent=chunks),
    )
    path = tmp_path_factory.getbasetemp() / "cut.tape.zst"
    written(path, keepable(one))
    with Cassette.open(path) as cassette:
        assert cassette.read(1).request.body == body


def test_a_whole_interaction_is_kept_as_it_is() -> None:
    one = make_interaction()
    assert keepable(one) is one or keepable(one) == one


def test_a_response_that_no_reader_takes_is_left_out_and_said() -> None:
    kept = keepable(make_interaction(status=99))
    assert kept.response is None
    assert kept.timeline.received == ()
    assert kept.lost == "the response (a response with status 99)"


def test_reads_without_number_lose_their_borders_and_no_byte(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keeping, "MOST_CHUNKS", 3)
    kept = keepable(make_interaction([(at, b"x" * at) for at in range(1, 6)]))
    ms = 1_000_000
    assert kept.timeline.received == (Chunk(ms, 1), Chunk(2 * ms, 2), Chunk(5 * ms, 12))
    assert kept.response is not None
    assert len(kept.response.body) == 15
    assert "reads behind the first 3" in kept.lost


def test_bodies_beyond_what_a_reader_takes_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST_BODIES", 10)
    asked = make_request(body=b"123456")
    kept = keepable(make_interaction([(1, b"12345")], request=asked))
    assert kept.response is not None
    assert (kept.request.body, kept.response.body, kept.timeline.received) == (b"123456", b"", ())
    assert kept.lost == "the response's body, 5 bytes"


def test_a_cassette_stays_as_it_was_where_something_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "one.tape.zst"
    append(path, SESSION, [make_interaction()])
    before = path.read_bytes()
    with pytest.raises(CassetteError, match="status 1000"):
        append(path, SESSION, [make_interaction(status=1000)])
    monkeypatch.setattr(encoding, "MAX_INTERACTION_TEXT", 100)
    with pytest.raises(CassetteError, match="the limit is 100"):
        append(path, SESSION, [make_interaction()])
    assert path.read_bytes() == before
