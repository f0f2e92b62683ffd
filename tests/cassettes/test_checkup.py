"""What a look over a cassette finds, and that it finds nothing on a sound one."""

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.cassettes.sample import INTERACTIONS, SESSION
from tests.interactions import make_interaction
from wiretape.cassettes.checkup import Checkup, check_up
from wiretape.cassettes.codec.index import encode_index
from wiretape.cassettes.errors import CassetteError, CassetteNotFound
from wiretape.cassettes.journal import journal_path
from wiretape.cassettes.store import Cassette, append


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "one.tape.zst"
    large = make_interaction([(1, b"x" * 300_000)])
    append(path, SESSION, [large, *INTERACTIONS])
    return path


def damage(path: Path, change: Callable[[bytearray], object]) -> Checkup:
    data = bytearray(path.read_bytes())
    change(data)
    path.write_bytes(data)
    return check_up(path)


def flip(at: int) -> Callable[[bytearray], object]:
    return lambda data: data.__setitem__(at, data[at] ^ 1)


def test_a_sound_cassette_has_no_problems(path: Path) -> None:
    assert check_up(path) == Checkup(1, 3, (), ())


def test_a_damaged_block(path: Path) -> None:
    with Cassette.open(path) as cassette:
        second = cassette.index[1].offset
    found = damage(path, flip(second + 20))
    assert found.interactions == 1
    assert found.problems[0].startswith(f"damaged at byte {second}: the frame does not unpack")
    assert found.problems[1:] == tuple(
        f"interaction {number}, in the block at byte {second}, is damaged" for number in (2, 3)
    )


def test_a_damaged_index(path: Path) -> None:
    found = damage(path, flip(-30))
    assert found.interactions == 3
    assert len(found.problems) == 1
    assert "index checksum" in found.problems[0]


def test_a_missing_index(path: Path) -> None:
    with Cassette.open(path) as cassette:
        end = cassette.index[-1].offset + cassette.index[-1].length
    found = damage(path, lambda data: data.__delitem__(slice(end, None)))
    assert found == Checkup(1, 3, ("there is no index: the recording was interrupted",), ())


def test_an_index_of_another_cassette(path: Path) -> None:
    with Cassette.open(path) as cassette:
        end = cassette.index[-1].offset + cassette.index[-1].length
        entries = list(cassette.index[:2])
    found = damage(path, lambda data: data.__setitem__(slice(end, None), encode_index(entries)))
    assert found.problems == ("interaction 3 is not in the index",)


def test_what_is_no_cassette(tmp_path: Path) -> None:
    path = tmp_path / "one.tape.zst"
    path.write_bytes(b"something else")
    assert "not a cassette" in check_up(path).problems[0]
    with pytest.raises(CassetteNotFound):
        check_up(tmp_path / "none.tape.zst")
    with pytest.raises(CassetteError, match="Is a directory"):
        check_up(tmp_path)


def test_a_journal_and_losses_are_remarked(path: Path) -> None:
    journal_path(path).touch()
    append(path, SESSION, [replace(make_interaction(), lost="3 bytes")])
    assert check_up(path).problems == ()
    assert check_up(path).remarks == (
        "the recorder could not keep all of interaction 4",
        "a journal stands beside it: a recorder is running, or was killed, and then "
        f"'wiretape recover {path}' puts it on the cassette",
    )


def test_times_below_the_microsecond_are_no_disagreement(tmp_path: Path) -> None:
    path = tmp_path / "recorded.tape.zst"
    one = make_interaction([(1.000123, b"a"), (2.5004567, b"b")], start_ms=0.1234567, head_ms=0.9)
    append(path, SESSION, [replace(one, start_ns=2_117_364)])
    assert check_up(path) == Checkup(1, 1, (), ())
