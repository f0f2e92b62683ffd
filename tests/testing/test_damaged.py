"""A tape of which a part is missing is told, and never played as one that lacks recordings."""

from pathlib import Path

import pytest

from tests.testing.projects import project as project
from tests.testing.projects import run, test_file
from tests.testing.tapes import recording, write_tape
from wiretape.cassettes.errors import CassetteCorrupt
from wiretape.cassettes.store import Cassette
from wiretape.testing import replaying

pytest_plugins = ["pytester"]


def truncated(path: Path, keep: int = 0) -> int:
    """Leave so many interactions of a cassette; gives its size."""
    with Cassette.open(path) as tape:
        end = tape.index[keep].offset
    path.write_bytes(path.read_bytes()[:end])
    return end


@pytest.mark.parametrize("mode", ["none", "once"])
def test_nothing_is_left(tmp_path: Path, mode: str) -> None:
    path = write_tape(tmp_path / "t.tape.zst")
    end = truncated(path)
    with pytest.raises(CassetteCorrupt) as raised:
        replaying(path, mode=mode).__enter__()  # type: ignore[arg-type]
    assert str(raised.value) == (
        f"{path}: damaged at byte {end}: the file ends without an index, so that some of it is "
        f"missing (no whole interaction); 'wiretape recover {path}' keeps what is whole"
    )


def test_a_test_is_told(project: pytest.Pytester) -> None:
    test_file(project, "def test_one(wiretape): ...")
    large = "x".join(str(number) for number in range(100_000))
    path = write_tape(
        project.path / "cassettes/test_it/test_one.tape.zst",
        *(recording(f"{large}{number}") for number in range(4)),
    )
    with Cassette.open(path) as tape:
        [whole, *_] = {entry.offset: entry.length for entry in tape.index}.values()
        end = tape.index[0].offset + whole
        assert end < tape.index[-1].offset
    path.write_bytes(path.read_bytes()[: end + 10])
    result = run(project)
    result.assert_outcomes(errors=1)
    result.stdout.re_match_lines(
        [rf"wiretape: .*test_one\.tape\.zst: damaged at byte {end}: .* \(\d whole interaction"]
    )
