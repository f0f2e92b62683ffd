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
    ("age", "max_age", "told"),
    [
        (timedelta(days=40), timedelta(days=30), "40 days ago"),
        (timedelta(days=30), timedelta(days=30), ""),
        (timedelta(hours=14), timedelta(hours=12), "14 hours ago"),
        (timedelta(hours=1, minutes=59), timedelta(hours=1), "1 hour ago"),
        (timedelta(hours=47, minutes=59), timedelta(days=1), "47 hours ago"),
        (timedelta(hours=48), timedelta(days=1), "2 days ago"),
        (timedelta(minutes=5), timedelta(0), "less than an hour ago"),
        (timedelta(days=-1), timedelta(days=0), ""),
    ],
)
def test_the_last_session_counts(age: timedelta, max_age: timedelta, told: str) -> None:
    warning = age_warning(SESSIONS, LAST + age, max_age.total_seconds())
    expected = f"warning: last recorded {told}, on 2026-03-01"
    assert warning == (expected if told else "")


def test_without_a_limit_or_a_session_nothing_is_said() -> None:
    assert age_warning(SESSIONS, LAST + timedelta(days=999), None) == ""
    assert age_warning((), LAST, 1.0) == ""
