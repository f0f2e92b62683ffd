"""A cassette that is too old is warned of, by the clock that is given."""

from datetime import UTC, datetime, timedelta

import pytest

from wiretape.cassettes.model import Session
from wiretape.cli.replaying import age_warning

SESSIONS = (
    Session(1, "2026-01-01T00:00:00.000000Z", "t"),
    Session(2, "2026-03-01T12:00:00.000000Z", "t"),
)
LAST = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "max_age", "warned"),
    [
        (timedelta(days=40), timedelta(days=30), True),
        (timedelta(days=30), timedelta(days=30), False),
        (timedelta(hours=13), timedelta(hours=12), True),
        (timedelta(days=-1), timedelta(days=0), False),
    ],
)
def test_the_last_session_counts(age: timedelta, max_age: timedelta, warned: bool) -> None:
    warning = age_warning(SESSIONS, LAST + age, max_age.total_seconds())
    assert bool(warning) is warned
    if warned:
        assert f"{age.days} day" in warning
        assert "on 2026-03-01" in warning


def test_without_a_limit_or_a_session_nothing_is_said() -> None:
    assert age_warning(SESSIONS, LAST + timedelta(days=999), None) == ""
    assert age_warning((), LAST, 1.0) == ""
