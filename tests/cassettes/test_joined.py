"""What stands behind an index, or between two of them, is not hidden from anyone."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.cassettes.sample import INTERACTIONS, SESSION
from tests.interactions import make_interaction, make_request
from wiretape.cassettes.checkup import check_up
from wiretape.cassettes.codec.frames import compress_frame
from wiretape.cassettes.codec.index import encode_index
from wiretape.cassettes.errors import IndexCorrupt
from wiretape.cassettes.joined import parts
from wiretape.cassettes.store import Cassette, append
from wiretape.cli.main import wiretape

SECRET = b"sk-proj-" + b"Ab3" * 20


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    return tmp_path / "t.tape.zst"


def made(path: Path, *targets: str) -> bytes:
    made = path.with_name("made.tape.zst")
    asked = [make_interaction(request=make_request(target=target)) for target in targets]
    append(made, SESSION, asked or INTERACTIONS)
    data = made.read_bytes()
    made.unlink()
    return data


def index_at(data: bytes) -> int:
    return len(data) - int.from_bytes(data[-20:-12], "little")


def hidden_before_index(data: bytes) -> bytes:
    at = index_at(data)
    return data[:at] + compress_frame(SECRET + b"\n") + data[at:]


def hidden_between_indexes(data: bytes) -> bytes:
    return data + compress_frame(SECRET + b"\n") + data[index_at(data) :]


def twice(data: bytes) -> bytes:
    return data + data


def hidden_by_an_empty_index(data: bytes) -> bytes:
    return data[: index_at(data)] + encode_index([])


@pytest.mark.parametrize(
    "change", [hidden_before_index, hidden_between_indexes, twice, hidden_by_an_empty_index]
)
def test_nothing_stands_in_front_of_an_index_that_it_does_not_name(
    tape: Path, change: Callable[[bytes], bytes]
) -> None:
    data = made(tape)
    tape.write_bytes(change(data))
    with pytest.raises(IndexCorrupt):
        Cassette.open(tape)
    problems = check_up(tape).problems
    assert problems
    if change is not hidden_by_an_empty_index:
        assert f"byte {index_at(data)}" in problems[0]
    for verb in ("fsck", "scan", "ls"):
        assert CliRunner().invoke(wiretape, [verb, str(tape)]).exit_code == 1
    CliRunner().invoke(wiretape, ["recover", str(tape)])
    assert check_up(tape).problems == ()
    with Cassette.open(tape) as cassette:
        assert len(cassette) == 2 * (1 + (change is twice))
        assert SECRET not in b"".join(cassette.text())


def test_scan_says_where_the_index_leaves_an_interaction_out(tape: Path) -> None:
    data = made(tape, "/1", "/2")
    tape.write_bytes(data)
    with Cassette.open(tape) as cassette:
        listed = cassette.index[:1]
    tape.write_bytes(data[: index_at(data)] + encode_index(listed))
    said = CliRunner().invoke(wiretape, ["scan", str(tape)])
    assert said.exit_code == 1
    assert "not all of it was looked at: interaction 2 is not in the index" in said.stderr


def test_two_cassettes_in_one_file_become_one(tape: Path) -> None:
    first, second = made(tape, "/1", "/2"), made(tape, "/3")
    tape.write_bytes(first + second)
    assert parts(tape) == ((0, len(first)), (len(first), len(first + second)))
    assert check_up(tape).problems[0].startswith(f"damaged at byte {index_at(first)}")
    result = CliRunner().invoke(wiretape, ["recover", str(tape)])
    assert result.exit_code == 0
    assert "2 cassettes stood in it, one behind the other; made anew with 3 inter" in result.stderr
    assert check_up(tape).problems == ()
    with Cassette.open(tape) as cassette:
        found = [(one.number, one.session, one.request.target) for one in cassette]
    assert found == [(1, 1, "/1"), (2, 1, "/2"), (3, 2, "/3")]
    assert tape.with_name("t.tape.zst.damaged").read_bytes() == first + second


def test_what_is_damaged_in_one_of_two_is_said(tape: Path) -> None:
    data = made(tape, "/1")
    tape.write_bytes(data)
    with Cassette.open(tape) as cassette:
        block = cassette.index[0].offset
    tape.write_bytes(data + data[: block + 20] + b"!" + data[block + 21 :])
    result = CliRunner().invoke(wiretape, ["recover", str(tape)])
    assert f"left out: damaged at byte {block}" in result.stderr
    assert "made anew with 1 interaction of them" in result.stderr


def test_one_cassette_is_one_part(tape: Path) -> None:
    data = made(tape)
    tape.write_bytes(data)
    assert parts(tape) == ((0, len(data)),)
    tape.write_bytes(data[:-5])
    assert parts(tape) == ((0, len(data) - 5),)
