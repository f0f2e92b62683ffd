"""However long names are, the index stays within what a reader takes."""

from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from tests.cassettes.sample import SESSION
from tests.interactions import make_interaction, make_request
from wiretape.cassettes.checkup import check_up
from wiretape.cassettes.codec import index as indexing
from wiretape.cassettes.codec.index import IndexEntry, entry_of
from wiretape.cassettes.codec.shown import LONGEST, is_cut, shown
from wiretape.cassettes.editing import trim
from wiretape.cassettes.model import Interaction, Notes, Response
from wiretape.cassettes.notes import notes_of
from wiretape.cassettes.store import Cassette, append, rebuild

LONG = "/" + "a" * 300


def with_longest_names(number: int) -> Interaction:
    """Every text of the index as long in JSON as it can be, six bytes a character."""
    asked = make_request(method="\x01" * 300, target="\x01" * 300, body=b"", headers=())
    one = make_interaction([], number=number, upstream="\x01" * 300, request=asked, headers=())
    return replace(one, notes=Notes("\x01" * 300))


def test_what_is_cut_says_so() -> None:
    assert shown("a" * LONGEST) == "a" * LONGEST
    assert shown("a" * 300) == "a" * 255 + "…"
    assert [is_cut(shown(text)) for text in ("a", "a" * LONGEST, "a" * 300)] == [False, False, True]


def test_many_of_the_longest_names_are_read_again(tmp_path: Path) -> None:
    path = tmp_path / "one.tape.zst"
    append(path, SESSION, map(with_longest_names, range(3_000)))
    with Cassette.open(path) as cassette:
        assert len(cassette) == 3_000
        names = cassette.index[0]
        assert {len(text) for text in (names.upstream, names.method, names.target)} == {LONGEST}
        # Every further one takes as much room in front of the index as it is allowed for.
        text_size = len(msgspec.json.encode(cassette.index))
        blocks = cassette.index[-1].offset + cassette.index[-1].length - cassette.index[0].offset
    assert text_size / blocks < indexing.LIMIT_RATIO / 2


def test_notes_are_names() -> None:
    body = b'{"model":"%b:%b"}' % (b"a" * 200_000, b"b" * 1_000)
    asked = make_request(body=body, headers=(("OpenResponses-Version", "1" * 9_000),))
    notes = notes_of("hf", asked, Response("1.1", 200, "OK", (), body))
    for text in msgspec.structs.astuple(notes):
        assert len(text) == LONGEST
        assert text.endswith("…")


def whole_entry(interaction: Interaction, *place: int) -> IndexEntry:
    """As it was made before texts were cut."""
    entry = entry_of(interaction, *place)
    notes, asked = interaction.notes, interaction.request
    return replace(entry, target=asked.target, model=notes.model_answered or notes.model_asked)


def old_tape(path: Path, monkeypatch: pytest.MonkeyPatch, *ones: Interaction) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("wiretape.cassettes.codec.encoder.entry_of", whole_entry)
        append(path, SESSION, ones)


def test_a_tape_with_whole_texts_in_its_index_is_sound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "old.tape.zst"
    old_tape(path, monkeypatch, make_interaction(request=make_request(target=LONG)))
    assert LONG.encode() in b"".join(Cassette.open(path).text())
    assert check_up(path).problems == ()
    with Cassette.open(path) as cassette:
        assert cassette.index[0].target == shown(LONG)
        assert cassette.with_target(cassette.index[0]).target == LONG


def test_a_tape_that_a_long_name_has_locked_is_recovered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "old.tape.zst"
    named = replace(make_interaction(), notes=Notes("a" * 5_000_000))
    old_tape(path, monkeypatch, make_interaction(), named)
    assert "the index" in check_up(path).problems[0]
    rebuild(path)
    assert check_up(path).problems == ()
    with Cassette.open(path) as cassette:
        assert cassette.index[1].model == shown("a" * 300)


def test_a_choice_by_path_knows_the_whole_path(tmp_path: Path) -> None:
    path, target = tmp_path / "one.tape.zst", tmp_path / "two.tape.zst"
    ends = [make_interaction(request=make_request(target=LONG + end)) for end in ("/x", "/y")]
    append(path, SESSION, ends)
    assert trim(path, target, lambda entry: entry.target.endswith("/y")) == 1
    with Cassette.open(target) as cassette:
        assert cassette.read(1).request.target == LONG + "/y"
