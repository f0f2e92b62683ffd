"""How fast: exact numbers from exact times."""

import pytest

from tests.interactions import MS, make_interaction
from wiretape.cassettes.dialects.delta import Delta, Keepalive, Media, Reasoning, Text, ToolArgs
from wiretape.cassettes.framing.frame import Frame
from wiretape.cassettes.pace import Pace, pace_of, percentile


def frame(number: int, at_ms: int) -> Frame:
    return Frame(number, "data", "", b"{}", b"{}\n", 0, at_ms * MS, at_ms * MS)


def text(number: int, at_ms: int, words: str = "a") -> Text:
    return Text(number, at_ms * MS, delta=words)


FRAMES = [frame(1, 10), frame(2, 20), frame(3, 100), frame(4, 100), frame(5, 2100), frame(6, 2110)]
DELTAS: list[Delta] = [
    Keepalive(1, 10 * MS, form="ping_event"),
    text(2, 20, ""),
    Reasoning(3, 100 * MS, delta="hm"),
    text(4, 100),
    text(5, 2100),
    text(6, 2110),
]


def pace(deltas: list[Delta], output: int | None = 11) -> Pace:
    interaction = make_interaction([(4, b"x"), (2110, b"y")], head_ms=3, end_ms=2200)
    return pace_of(interaction.timeline, FRAMES, deltas, output)


def test_the_moments() -> None:
    found = pace(DELTAS)
    assert found.head_ns == 3 * MS
    assert found.ttfb_ns == 4 * MS
    assert found.ttfe_ns == 20 * MS
    assert found.ttft_ns == 100 * MS
    assert found.visible_ttft_ns == 100 * MS
    assert found.last_ns == 2110 * MS
    assert found.end_ns == 2200 * MS


def test_gaps_and_stalls() -> None:
    found = pace(DELTAS)
    assert (found.gaps, found.gap_p50_ns, found.gap_max_ns) == (2, 10 * MS, 2000 * MS)
    assert (found.stalls, found.stalled_ns) == (1, 2000 * MS)


def test_rates() -> None:
    found = pace(DELTAS)
    assert found.tpot_ns == 201 * MS
    assert found.decode_tokens_s == pytest.approx(10 / 2.01)
    assert found.e2e_tokens_s == pytest.approx(11 / 2.2)


def test_frames_that_share_a_read() -> None:
    assert pace(DELTAS).coalesced_ratio == pytest.approx(2 / 5)


def test_what_is_said_first_may_be_arguments_or_media() -> None:
    arguments = ToolArgs(2, 20 * MS, delta="{")
    assert pace([arguments, *DELTAS]).ttft_ns == 20 * MS
    assert pace([arguments, *DELTAS]).visible_ttft_ns == 100 * MS
    assert pace([Media(2, 20 * MS), *DELTAS]).ttft_ns == 20 * MS


def test_a_silent_answer_has_no_moments() -> None:
    found = pace([], None)
    assert (found.ttft_ns, found.last_ns, found.gap_max_ns, found.tpot_ns) == (None,) * 4
    assert (found.decode_tokens_s, found.e2e_tokens_s, found.gaps) == (None, None, 0)


def test_one_token_has_no_rate() -> None:
    assert pace(DELTAS, 1).decode_tokens_s is None
    assert pace([text(2, 20)], 5).decode_tokens_s is None


def test_a_percentile_is_one_of_the_values() -> None:
    values = list(range(1, 101))
    assert [percentile(values, p) for p in (0, 1, 50, 95, 99, 100)] == [1, 1, 50, 95, 99, 100]
    assert percentile([7], 99) == 7
    assert percentile([], 50) is None


@pytest.mark.parametrize("output", [10**400, -1, 2**53 + 1])
def test_a_count_that_cannot_be_meant_gives_no_rate(output: int) -> None:
    found = pace(DELTAS, output)
    assert (found.tpot_ns, found.decode_tokens_s, found.e2e_tokens_s) == (None, None, None)
    assert found.ttft_ns == 100 * MS
