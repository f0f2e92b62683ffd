"""FORMAT.md says what the codec does: its example is read, and its sample is the example."""

import re
from pathlib import Path

import msgspec

from tests.cassettes.sample import INTERACTIONS, SESSION
from wiretape.cassettes.codec.encoder import encode_head, encode_interaction, encode_session
from wiretape.cassettes.codec.frames import LEVEL, MAX_FRAME_TEXT, SKIPPABLE_MAGIC
from wiretape.cassettes.codec.index import FOOTER, MAGIC, IndexEntry
from wiretape.cassettes.codec.lines import (
    CassetteLine,
    RequestLine,
    ResponseLine,
    SessionLine,
    TimelineLine,
)
from wiretape.cassettes.store import Cassette

ROOM = Path(__file__).parents[2] / "cassettes"
SPEC = (ROOM / "FORMAT.md").read_text()
SAMPLE = ROOM / "samples" / "hello.tape.zst"


def example() -> bytes:
    found = re.search(r"```text\n(.*)```", SPEC, re.DOTALL)
    assert found is not None
    return found.group(1).encode()


def test_the_example_is_what_the_encoder_writes() -> None:
    written = encode_head(SESSION.tool) + encode_session(SESSION)
    assert example() == written + b"".join(map(encode_interaction, INTERACTIONS))


def test_the_sample_is_the_example() -> None:
    with Cassette.open(SAMPLE) as cassette:
        assert b"".join(cassette.text()) == example()
        assert list(cassette) == list(INTERACTIONS)
        assert cassette.sessions == (SESSION,)


def test_every_key_of_every_line_is_in_the_tables() -> None:
    for line in (CassetteLine, SessionLine, RequestLine, ResponseLine, TimelineLine):
        for field in msgspec.structs.fields(line):
            assert f"`{field.encode_name}`" in SPEC, (line, field.encode_name)


def test_the_index_is_laid_out_as_the_tables_say() -> None:
    data = SAMPLE.read_bytes()
    length, crc, magic = FOOTER.unpack(data[-20:])
    assert magic == MAGIC == b"WTIndex1"
    assert data[-length:][:4] == SKIPPABLE_MAGIC == bytes.fromhex("572a4d18")
    assert int.from_bytes(data[-length:][4:8], "little") == length - 8
    assert length - 28 == len(data[-length:][8:-20])
    assert crc != 0
    listed = re.findall(r"^\| (\d+) \| [^|]+ \| (?:(\d+) \| [^|]+|\| ) ?\|$", SPEC, re.MULTILINE)
    numbers = {int(number) for row in listed for number in row if number}
    assert numbers == set(range(len(msgspec.structs.fields(IndexEntry))))


def test_the_numbers_in_the_words_are_those_of_the_code() -> None:
    assert f"level ({LEVEL})" in SPEC
    assert MAX_FRAME_TEXT == 1024 * 1024
    assert "at most\n1 MiB" in SPEC
