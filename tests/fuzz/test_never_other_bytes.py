"""Cassettes and journals made bad: what still reads is what was written, or it is an error."""

import tempfile
from contextlib import suppress
from io import BytesIO
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.cassettes.sample import INTERACTIONS, SESSION
from tests.fuzz.mutations import mutated
from tests.fuzz.targets import FAST
from tests.interactions import make_interaction
from tests.small_journal import entries
from wiretape.cassettes.checkup import check_up
from wiretape.cassettes.codec.decoder import CassetteDecoder
from wiretape.cassettes.errors import CassetteError
from wiretape.cassettes.folding import fold
from wiretape.cassettes.journal import encode_entry, journal_path, read_entries
from wiretape.cassettes.model import Interaction
from wiretape.cassettes.store import Cassette, append, rebuild

MANY = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def make_tape(*sessions: tuple[Interaction, ...]) -> bytes:
    """The bytes of a cassette."""
    with tempfile.TemporaryDirectory(dir=FAST) as folder:
        for interactions in sessions:
            append(Path(folder) / "t.tape.zst", SESSION, interactions)
        return (Path(folder) / "t.tape.zst").read_bytes()


LONG = make_interaction(((10, bytes(range(256)) * 1200), (20, b"\0" * 900_000)))
"""Over several frames."""

TAPES = (
    make_tape(INTERACTIONS),
    make_tape(INTERACTIONS, (make_interaction(),), INTERACTIONS),
    make_tape((make_interaction(), LONG, make_interaction(((5, b"x" * 3000),)))),
)

JOURNAL = b"".join(map(encode_entry, entries()))
OTHER_JOURNAL = b"".join(map(encode_entry, reversed(entries())))


def read(data: bytes, *, by_scan: bool = False) -> list[Interaction]:
    """What can be read of a cassette."""
    found = []
    with suppress(CassetteError):
        cassette = Cassette(Path("bad"), BytesIO(data), by_scan=by_scan)
        for entry in cassette.index:
            with suppress(CassetteError):
                found.append(cassette.read(entry.number))
    return found


def frames_of(data: bytes) -> list[bytes]:
    """Each frame of a cassette, its index the last."""
    return [frame.data for frame in CassetteDecoder(Path("whole"), BytesIO(data)).frames()]


FRAMES = [frame for tape in TAPES for frame in frames_of(tape)]

bad_tapes = st.one_of(
    mutated(TAPES),
    # A head, and whole frames of any tape behind it, in any order, any of them twice.
    st.lists(st.sampled_from(FRAMES), max_size=8).map(lambda some: b"".join([FRAMES[0], *some])),
)

WRITTEN = [one for tape in TAPES for one in read(tape)]


@MANY
@given(bad_tapes, st.booleans())
def test_a_cassette_gives_what_was_written_or_an_error(data: bytes, by_scan: bool) -> None:
    for one in read(data, by_scan=by_scan):
        assert one in WRITTEN


@settings(MANY, max_examples=100)
@given(bad_tapes)
def test_what_is_saved_of_a_bad_cassette_is_a_sound_one(data: bytes) -> None:
    with tempfile.TemporaryDirectory(dir=FAST) as folder:
        path = Path(folder) / "t.tape.zst"
        path.write_bytes(data)
        check_up(path)
        try:
            saved = rebuild(path)
        except CassetteError:
            assert path.read_bytes() == data
            return
        assert path.with_name(path.name + ".damaged").read_bytes() == data
        # A block of another tape is whole, but what session it was of is known to that tape.
        foreign = "which the head does not name"
        assert [one for one in check_up(path).problems if foreign not in one] == []
        with Cassette.open(path) as cassette:
            assert len(cassette) == len(saved)
            assert all(one in WRITTEN for one in cassette)


@MANY
@given(mutated((JOURNAL, OTHER_JOURNAL)))
def test_a_journal_gives_what_was_written(data: bytes) -> None:
    written = entries()
    with tempfile.TemporaryFile(dir=FAST) as file:
        file.write(data)
        file.seek(0)
        assert all(placed.entry in written for placed in read_entries(file))


@settings(MANY, max_examples=100)
@given(mutated((JOURNAL, OTHER_JOURNAL)))
def test_a_bad_journal_harms_no_cassette(data: bytes) -> None:
    """What was on it stays as it was; what comes from the journal can be read."""
    with tempfile.TemporaryDirectory(dir=FAST) as folder:
        path = Path(folder) / "t.tape.zst"
        path.write_bytes(TAPES[0])
        journal_path(path).write_bytes(data)
        with suppress(CassetteError):
            fold(path)
        with Cassette.open(path) as cassette:
            kept = list(cassette)
        assert kept[: len(INTERACTIONS)] == [
            replace(one, number=n) for n, one in enumerate(INTERACTIONS, 1)
        ]
        for one in kept[len(INTERACTIONS) :]:
            body = one.response.body if one.response is not None else b""
            assert body == b"hello" * (len(body) // 5)
