"""The plot, line by line: what is drawn is what is meant."""

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from tests.interactions import make_interaction, make_unanswered
from wiretape.cassettes.model import EndingKind
from wiretape.cli.views.plot import plot_timeline


def test_a_steady_stream() -> None:
    pieces = [(100.0 * n, b"x" * (50 if n % 2 else 100)) for n in range(1, 11)]
    assert plot_timeline(make_interaction(pieces).timeline, 51) == [
        "bytes per 25 ms",
        "    100 B ┤        █       █       █       █      █",
        "          │        █       █       █       █      █",
        "          │    ▄   █   ▄   █   ▄   █   ▄   █   ▄  █",
        "          │    █   █   █   █   █   █   █   █   █  █",
        "          │    █   █   █   █   █   █   █   █   █  █",
        "      0 B └┬───────────────────┬──────────────────┬",
        "          0 s                0.5 s              1 s",
        "                     complete after 1.00 s, 750 B ▲",
    ]


def test_a_stall_and_a_reset() -> None:
    pieces = [(200, b"x" * 10), (300, b"x" * 40), (400, b"x" * 10), (1600, b"x" * 40)]
    timeline = make_interaction(pieces, ending="reset", end_ms=2000).timeline
    assert plot_timeline(timeline, 71) == [
        "bytes per 33 ms",
        "     40 B ┤         █                                      █",
        "          │         █                                      █",
        "          │         █                                      █",
        "          │      ▂  █  ▂                                   █",
        "          │      █  █  █                                   █",
        "      0 B └┬──────────────┬──────────────┬──────────────┬─────────────┬",
        "          0 s           0.5 s           1 s           1.5 s         2 s",
        "                       ╰────────── 1.20 s silent ──────────╯",
        "                                            reset after 2.00 s, 100 B ▲",
    ]


def test_several_units_of_time() -> None:
    def labels(end_ms: float) -> str:
        timeline = make_interaction(((end_ms, b"x"),)).timeline
        return plot_timeline(timeline, 80)[7].split("  ", 1)[1].strip()

    assert labels(30).endswith("30 ms")
    assert labels(4000).endswith("4 s")
    assert labels(700_000).endswith("10 min")


def test_nothing_to_draw_is_said_in_a_line() -> None:
    assert plot_timeline(make_unanswered(ending="client_left").timeline) == [
        "client left after 20 ms, 0 B"
    ]
    everything_at_zero = make_interaction(((0, b"x"),), head_ms=0).timeline
    assert plot_timeline(everything_at_zero) == ["complete after 0 ms, 1 B"]


@given(
    st.lists(st.tuples(st.floats(-50, 1e6), st.binary(min_size=1, max_size=9)), max_size=20),
    st.integers(50, 200),
    st.sampled_from(get_args(EndingKind)),
)
def test_any_timeline_fits(
    pieces: list[tuple[float, bytes]], width: int, ending: EndingKind
) -> None:
    pieces.sort(key=lambda piece: piece[0])
    timeline = make_interaction(pieces, ending=ending).timeline
    assert all(len(line) <= width for line in plot_timeline(timeline, width))
