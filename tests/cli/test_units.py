import pytest

from wiretape.cli.units import (
    counted,
    endings_text,
    human_bytes,
    human_time,
    rfc3339,
    wall_clock,
)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (10_397, "10.4 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (1_250_000_000, "1.2 GB"),
        (5 * 10**12, "5.0 TB"),
    ],
)
def test_bytes(size: int, text: str) -> None:
    assert human_bytes(size) == text


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "0 ms"),
        (40_400, "40 µs"),
        (999_400, "999 µs"),
        (1_000_000, "1.0 ms"),
        (9_940_000, "9.9 ms"),
        (352_000_000, "352 ms"),
        (999_600_000, "1.00 s"),
        (3_210_000_000, "3.21 s"),
        (125_000_000_000, "2 min 5 s"),
        (-1_500_000_000, "-1.50 s"),
    ],
)
def test_time(ns: int, text: str) -> None:
    assert human_time(ns) == text


def test_counted() -> None:
    assert counted(1, "interaction") == "1 interaction"
    assert counted(0, "interaction") == "0 interactions"
    assert counted(12_000, "chunk") == "12,000 chunks"


def test_endings_are_named_the_most_frequent_first() -> None:
    assert endings_text({"cut": 1, "complete": 11, "client_left": 2, "reset": 0}) == (
        "11 complete, 2 client left, 1 cut"
    )


def test_wall_clock_is_utc() -> None:
    assert rfc3339(wall_clock("2026-11-22T23:01:13.5+01:00", 120_000_000)) == (
        "2026-11-22T22:01:13.620Z"
    )
