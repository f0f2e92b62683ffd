"""The codec: what goes in comes out, and damage is never taken for anything else."""

import io
import random
import zlib
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.cassettes.sample import INTERACTIONS, SESSION
from tests.cassettes.strategies import interactions
from tests.interactions import make_interaction, make_request
from wiretape.cassettes.codec import scan as scanning
from wiretape.cassettes.codec.encoder import (
    BLOCK_TEXT,
    CassetteEncoder,
    encode_head,
    encode_interaction,
    encode_session,
)
from wiretape.cassettes.codec.frames import (
    MAX_FRAME_TEXT,
    SKIPPABLE_MAGIC,
    compress_frame,
    frame_length,
)
from wiretape.cassettes.codec.index import FOOTER, encode_index
from wiretape.cassettes.errors import (
    CassetteCorrupt,
    CassetteError,
    IndexCorrupt,
    LimitExceeded,
    NotACassette,
    UnsupportedVersion,
)
from wiretape.cassettes.model import Interaction
from wiretape.cassettes.store import Cassette

HEAD = encode_head("wiretape 0.1.0") + encode_session(SESSION)


def numbered(given_ones: Sequence[Interaction]) -> list[Interaction]:
    return [replace(one, number=n, session=1) for n, one in enumerate(given_ones, 1)]


def encode(ones: Sequence[Interaction], head: bytes = HEAD) -> bytes:
    file = io.BytesIO()
    encoder = CassetteEncoder(file)
    encoder.head(head)
    for one in numbered(ones):
        encoder.add(one)
    encoder.finish()
    return file.getvalue()


def read(path: Path) -> list[Interaction]:
    with Cassette.open(path) as cassette:
        return list(cassette)


@pytest.fixture
def kept(tmp_path: Path) -> Callable[[bytes], Path]:
    def keep(data: bytes) -> Path:
        path = tmp_path / "one.tape.zst"
        path.write_bytes(data)
        return path

    return keep


@settings(max_examples=60)
@given(ones=st.lists(interactions(), max_size=5))
def test_what_goes_in_comes_out(
    ones: list[Interaction], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("codec") / "one.tape.zst"
    path.write_bytes(encode(ones))
    assert read(path) == numbered(ones)


@settings(max_examples=30)
@given(ones=st.lists(interactions(), min_size=1, max_size=5))
def test_the_index_is_what_a_scan_finds(
    ones: list[Interaction], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("codec") / "one.tape.zst"
    path.write_bytes(encode(ones))
    with Cassette.open(path) as by_index, Cassette.salvage(path) as by_scan:
        assert by_scan.index == by_index.index
        assert list(by_scan) == list(by_index)


def test_the_same_interactions_give_the_same_bytes() -> None:
    assert encode(INTERACTIONS) == encode(INTERACTIONS)


def test_any_zstd_tool_prints_the_text(kept: Callable[[bytes], Path]) -> None:
    data = encode(INTERACTIONS)
    printed = zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True).read()
    expected = HEAD + b"".join(map(encode_interaction, numbered(INTERACTIONS)))
    assert printed == expected
    with Cassette.open(kept(data)) as cassette:
        assert b"".join(cassette.text()) == expected


def test_a_body_stands_in_the_text_as_it_was() -> None:
    body = b'not "escaped" \xff\x00\r\n\n{"record":"timeline"}\n'
    text = encode_interaction(make_interaction([(1, body)]))
    assert b"\n" + body + b"\n" in text


def test_a_long_interaction_spans_frames(kept: Callable[[bytes], Path]) -> None:
    asked = make_request(body=b"ask" * MAX_FRAME_TEXT)
    long = make_interaction([(1, bytes(range(256)) * 10_000), (2, b"end")], request=asked)
    assert len(encode_interaction(long)) > 2 * MAX_FRAME_TEXT
    data = encode([INTERACTIONS[0], long, INTERACTIONS[1]])
    path = kept(data)
    assert read(path) == numbered([INTERACTIONS[0], long, INTERACTIONS[1]])
    with Cassette.open(path) as by_index, Cassette.salvage(path) as by_scan:
        assert by_scan.index == by_index.index


def test_a_block_is_closed_once_it_is_full(kept: Callable[[bytes], Path]) -> None:
    one = make_interaction([(1, b"x" * (BLOCK_TEXT // 2))])
    with Cassette.open(kept(encode([one] * 5))) as cassette:
        blocks = sorted({(entry.offset, entry.length) for entry in cassette.index})
    assert len(blocks) == 3
    assert all(a + length == b for (a, length), (b, _) in pairwise(blocks))


def test_an_unknown_record_is_stepped_over(kept: Callable[[bytes], Path]) -> None:
    [one] = numbered(INTERACTIONS[:1])
    text = encode_interaction(one)
    request, rest = text.split(b'{"record":"response"')
    marker = b'{"record":"marker","bytes":6,"why":"later"}\nx\ny\nz\n\n'
    strange = marker + request + marker + b'{"record":"response"' + rest
    data = compress_frame(HEAD + marker) + compress_frame(strange)
    with Cassette.open(kept(data)) as cassette:
        assert list(cassette) == [one]
        assert [asked.request for asked in cassette.asked()] == [one.request]
        assert b"".join(cassette.text()) == HEAD + marker + strange


def test_an_unknown_key_is_stepped_over(kept: Callable[[bytes], Path]) -> None:
    [one] = numbered(INTERACTIONS[:1])
    text = encode_interaction(one).replace(
        b'{"record":"request",', b'{"record":"request","new":[1],'
    )
    assert read(kept(compress_frame(HEAD) + compress_frame(text))) == [one]


def test_truncated_anywhere_it_gives_whole_interactions_or_an_error(
    kept: Callable[[bytes], Path],
) -> None:
    one = make_interaction([(1, b"x" * BLOCK_TEXT)])
    data = encode([INTERACTIONS[0], one, INTERACTIONS[1]])
    good = numbered([INTERACTIONS[0], one, INTERACTIONS[1]])
    outcomes: set[object] = set()
    for length in range(len(data)):
        path = kept(data[:length])
        try:
            with Cassette.open(path) as cassette:
                found = list(cassette)
                assert not cassette.whole
        except CassetteError as error:
            outcomes.add(type(error))
        else:
            assert found == good[: len(found)]
            outcomes.add(len(found))
    assert outcomes == {NotACassette, CassetteCorrupt, IndexCorrupt, 0, 2, 3}


def test_no_flipped_bit_gives_other_interactions(kept: Callable[[bytes], Path]) -> None:
    data = encode(INTERACTIONS)
    good = numbered(INTERACTIONS)
    harmless = 0
    for bit in range(len(data) * 8):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        try:
            found = read(kept(bytes(flipped)))
        except (CassetteCorrupt, LimitExceeded):
            continue
        assert found == good
        harmless += 1
    # A few bits of a zstd frame mean nothing (unused ones of its headers, padding).
    assert harmless < len(data) * 8 // 100


def test_damage_in_one_block_leaves_the_others_readable(kept: Callable[[bytes], Path]) -> None:
    one = make_interaction([(1, b"x" * BLOCK_TEXT)])
    path = kept(encode([one, one, one]))
    with Cassette.open(path) as cassette:
        second = cassette.index[1]
    data = bytearray(path.read_bytes())
    data[second.offset + second.length // 2] ^= 1
    path.write_bytes(data)
    with Cassette.open(path) as cassette:
        assert cassette.read(1).number == 1
        assert cassette.read(3).number == 3
        with pytest.raises(CassetteCorrupt) as caught:
            cassette.read(2)
    assert caught.value.offset == second.offset
    with Cassette.salvage(path) as salvaged:
        assert [one.number for one in salvaged] == [1, 3]
        assert [damage.offset for damage in salvaged.damages] == [second.offset]


def test_whatever_is_damaged_the_rest_is_salvaged(kept: Callable[[bytes], Path]) -> None:
    block = make_interaction([(1, random.Random(1).randbytes(BLOCK_TEXT))])
    long = make_interaction([(1, random.Random(2).randbytes(2 * MAX_FRAME_TEXT))])
    data = encode([block, long, block, block])
    good = numbered([block, long, block, block])
    with Cassette.open(kept(data)) as cassette:
        places = [(entry.offset, entry.offset + entry.length) for entry in cassette.index]
    rng = random.Random(3)
    for _ in range(60):
        damaged = bytearray(data)
        at = rng.randrange(places[0][0], len(data))
        damaged[at] ^= 1 << rng.randrange(8)
        with Cassette.salvage(kept(bytes(damaged))) as salvaged:
            found = list(salvaged)
            assert [damage.offset for damage in salvaged.damages] in ([], [_frame_at(data, at)])
        hit = {n for n, (start, end) in enumerate(places, 1) if start <= at < end}
        assert found in (good, [one for one in good if one.number not in hit])


def _frame_at(data: bytes, position: int) -> int:
    offset = 0
    while (length := frame_length(data, offset)) and offset + length <= position:
        offset += length
    return offset


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (b"", NotACassette, "it is empty"),
        (b"PK\x03\x04zip", NotACassette, "begins with b'PK"),
        (b"---\ninteractions: []\n", NotACassette, "begins with b'---"),
        (zstandard.compress(b"without a checksum"), NotACassette, "without the size and checksum"),
        (compress_frame(b"x" * 2_000_000), NotACassette, "without the size and checksum"),
        (compress_frame(b"hello\n"), NotACassette, "does not begin with a cassette's first line"),
        (compress_frame(b'{"record":"session"}\n'), NotACassette, "first line"),
        (compress_frame(b'{"record":"cassette","wiretape":2}\n'), UnsupportedVersion, "format 2"),
        (compress_frame(b'{"record":"cassette"}\n'), UnsupportedVersion, "format None"),
    ],
)
def test_what_is_not_a_cassette_is_named(
    data: bytes, error: type[CassetteError], words: str, kept: Callable[[bytes], Path]
) -> None:
    path = kept(data)
    with pytest.raises(error, match=words) as caught:
        Cassette.open(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_frame_that_claims_too_much_is_refused_before_it_is_unpacked(
    kept: Callable[[bytes], Path],
) -> None:
    bomb = compress_frame(b"\0" * (64 * MAX_FRAME_TEXT))
    with pytest.raises(CassetteCorrupt, match="67,108,864 bytes, the limit is 1,048,576"):
        Cassette.open(kept(compress_frame(HEAD) + bomb))


def test_a_payload_that_claims_too_much_is_damage(kept: Callable[[bytes], Path]) -> None:
    [one] = numbered(INTERACTIONS[:1])
    text = encode_interaction(one).replace(b'"bytes":78', b'"bytes":9223372036854775807')
    data = compress_frame(HEAD) + compress_frame(text) + encode_index([])
    with Cassette.salvage(kept(data)) as salvaged:
        assert len(salvaged) == 0


def test_chunks_that_do_not_add_up_are_damage(kept: Callable[[bytes], Path]) -> None:
    [one] = numbered(INTERACTIONS[:1])
    text = encode_interaction(one).replace(b'"sizes":[76,85]', b'"sizes":[76,84]')
    path = kept(compress_frame(HEAD) + compress_frame(text) + compress_frame(text))
    with Cassette.salvage(path) as salvaged:
        assert len(salvaged) == 0


@given(st.binary(max_size=3000), st.binary(max_size=10))
def test_the_length_of_a_frame_is_told_without_unpacking_it(text: bytes, behind: bytes) -> None:
    frame = compress_frame(text)
    assert frame_length(frame + behind) == len(frame)
    assert frame_length(behind + frame, len(behind)) == len(frame)
    assert all(frame_length(frame[:cut]) is None for cut in range(len(frame)))


def test_the_encoder_refuses_calls_out_of_order() -> None:
    encoder = CassetteEncoder(io.BytesIO())
    with pytest.raises(RuntimeError, match="state 'head'"):
        encoder.add(INTERACTIONS[0])
    encoder.head(HEAD)
    encoder.finish()
    with pytest.raises(RuntimeError, match="state 'finished'"):
        encoder.add(INTERACTIONS[0])


def test_a_block_size_beyond_the_file_hides_nothing_behind_it(
    kept: Callable[[bytes], Path],
) -> None:
    block = make_interaction([(1, random.Random(1).randbytes(BLOCK_TEXT))])
    data = encode([block] * 4)
    with Cassette.open(kept(data)) as cassette:
        starts = [entry.offset for entry in cassette.index]
    for start in (starts[0], starts[2]):
        # Behind the frame's head stands the size of its first block: 21 of 24 bits.
        for bit in range(24):
            damaged = bytearray(data)
            damaged[start + 9 + bit // 8] ^= 1 << bit % 8
            with Cassette.salvage(kept(bytes(damaged))) as salvaged:
                assert len(salvaged) >= 3
                assert all(damage.offset == start for damage in salvaged.damages)
        for bit in range(8 * 9):
            damaged = bytearray(data)
            damaged[start + bit // 8] ^= 1 << bit % 8
            with Cassette.salvage(kept(bytes(damaged))) as salvaged:
                assert len(salvaged) >= 3


def test_a_bomb_of_many_frames_meets_a_limit(
    kept: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "MAX_INTERACTION_TEXT", 8 * MAX_FRAME_TEXT)
    line = encode_interaction(numbered(INTERACTIONS[:1])[0]).split(b"\n")[0]
    line = line.replace(b'"bytes":78', b'"bytes":419430400') + b"\n"
    zeros = compress_frame(bytes(MAX_FRAME_TEXT))
    path = kept(compress_frame(HEAD) + compress_frame(line) + zeros * 20)
    with pytest.raises(CassetteCorrupt, match="the limit is 8,388,608"):
        Cassette.open(path)


def test_a_bomb_of_an_index_meets_a_limit(kept: Callable[[bytes], Path]) -> None:
    packed = zstandard.compress(b" " * 50_000_000)
    size = len(packed) + FOOTER.size
    footer = FOOTER.pack(8 + size, zlib.crc32(packed), b"WTIndex1")
    index = SKIPPABLE_MAGIC + size.to_bytes(4, "little") + packed + footer
    with pytest.raises(LimitExceeded, match="the index at byte"):
        Cassette.open(kept(compress_frame(HEAD) + index))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b'"text/event-stream"', b'"a\\r\\nSet-Cookie: z"', "cannot stand in a head"),
        (b'"OK"', b'"\xe2\x98\x83"', "cannot stand in a head"),
        (b'"status":200', b'"status":99999', "status 99999"),
        (b'"bytes":161', b'"bytes":-5', "does not decode"),
        (b'"kind":"complete"', b'"kind":"finished"', "does not decode"),
    ],
)
def test_what_no_recorder_writes_is_damage_with_its_place(
    old: bytes, new: bytes, words: str, kept: Callable[[bytes], Path]
) -> None:
    [one] = numbered(INTERACTIONS[:1])
    text = encode_interaction(one)
    assert old in text
    head = compress_frame(HEAD)
    path = kept(head + compress_frame(text.replace(old, new)))
    with pytest.raises(CassetteCorrupt, match=words) as caught:
        Cassette.open(path)
    assert caught.value.offset == len(head)
    with Cassette.salvage(path) as salvaged:
        assert len(salvaged) == 0
        assert len(salvaged.damages) == 1
