"""Playing waits for nothing here: the clock is a list of deadlines."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.cli.processes import make_tape
from tests.interactions import MS, make_interaction, make_unanswered
from wiretape.cassettes.model import Interaction
from wiretape.cli.main import wiretape
from wiretape.cli.watching import paced, watch

STREAM = make_interaction(
    ((100, b"data: o"), (150, b"ne\n\n"), (3000, b"data: two\n\n")), end_ms=3200
)


class ManualSleeper:
    """Time passes when it is slept through, and a little while anything is written."""

    def __init__(self, start_ns: int, write_takes_ns: int = 0) -> None:
        self._now = start_ns
        self._write_takes_ns = write_takes_ns
        self.written: list[tuple[int, bytes]] = []

    def now(self) -> int:
        return self._now

    def sleep_until(self, deadline_ns: int) -> None:
        self._now = max(self._now, deadline_ns)

    def write(self, data: bytes) -> None:
        self.written.append((self._now, data))
        self._now += self._write_takes_ns


def body_of(interaction: Interaction) -> bytes:
    assert interaction.response is not None
    return interaction.response.body


def watched(
    speed: float | None = 1, max_gap_ns: int | None = None, write_takes_ns: int = 0
) -> tuple[list[tuple[float, bytes]], float]:
    clock = ManualSleeper(7_000, write_takes_ns)
    timeline = paced(STREAM.timeline, speed, max_gap_ns)
    watch(timeline, body_of(STREAM), clock.write, clock)
    return [((at - 7_000) / MS, data) for at, data in clock.written], (clock.now() - 7_000) / MS


def test_each_chunk_at_its_moment_and_the_end_at_its_own() -> None:
    assert watched() == (
        [(100, b"data: o"), (150, b"ne\n\n"), (3000, b"data: two\n\n")],
        3200,
    )


def test_speed() -> None:
    assert watched(speed=2)[0][2][0] == 1500
    assert watched(speed=None) == (
        [(0, b"data: o"), (0, b"ne\n\n"), (0, b"data: two\n\n")],
        0,
    )


def test_max_gap_counts_before_the_speed() -> None:
    written, ended = watched(speed=0.5, max_gap_ns=500 * MS)
    assert [at for at, _ in written] == [200, 300, 1300]
    assert ended == 1700


def test_a_slow_terminal_makes_no_later_chunk_late() -> None:
    written, _ = watched(write_takes_ns=30 * MS)
    assert [at for at, _ in written] == [100, 150, 3000]


def test_nothing_to_play_waits_for_the_end() -> None:
    clock = ManualSleeper(0)
    watch(make_unanswered(ending="timeout").timeline, b"", clock.write, clock)
    assert (clock.written, clock.now()) == ([], 20 * MS)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(wiretape, ["play", "--speed", "instant", *arguments])


def test_the_body_goes_to_stdout_and_the_ending_to_stderr(folder: Path) -> None:
    make_tape(folder / "t.tape.zst", [STREAM])
    result = invoke("t.tape.zst")
    assert result.stdout_bytes == body_of(STREAM)
    assert result.stderr == "wiretape: 200 OK, complete after 3.20 s: 3 chunks, 22 B\n"


def test_a_broken_ending_is_said_with_its_detail(folder: Path) -> None:
    make_tape(folder / "t.tape.zst")
    assert invoke("t.tape.zst", "2").stderr == (
        "wiretape: 200 OK, reset after 1.40 s: 2 chunks, 18 B (Connection reset by peer)\n"
    )


def test_no_response_is_said(folder: Path) -> None:
    make_tape(folder / "t.tape.zst", [make_unanswered()])
    assert invoke("t.tape.zst").stderr == (
        "wiretape: no response, cut after 20 ms: 0 chunks, 0 B\n"
    )


def test_which_one_must_be_said(folder: Path) -> None:
    make_tape(folder / "t.tape.zst")
    result = invoke("t.tape.zst")
    assert result.exit_code == 1
    assert "give the number of one" in result.stderr
