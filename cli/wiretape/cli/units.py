"""Numbers as people read them. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000


def human_bytes(size: int) -> str:
    """`812 B`, `10.4 kB`, `1.2 MB`: powers of 1,000, as SI has them."""
    if size < 1000:
        return f"{size} B"
    value = float(size)
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if value < 999.95:
            return f"{value:.1f} {unit}"
    return f"{value / 1000:.1f} TB"


def human_time(ns: int) -> str:
    """`40 µs`, `2.4 ms`, `352 ms`, `3.21 s`, `2 min 5 s`."""
    if ns < 0:
        return f"-{human_time(-ns)}"
    ms = ns / NS_PER_MS
    if ms < 0.9995:
        return f"{ns / 1000:.0f} µs" if ns else "0 ms"
    if ms < 9.95:
        return f"{ms:.1f} ms"
    if ms < 999.5:
        return f"{ms:.0f} ms"
    seconds = ns / NS_PER_S
    if seconds < 99.995:
        return f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def counted(number: int, noun: str) -> str:
    """`1 interaction`, `12 interactions`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def ending_name(kind: str) -> str:
    """The ending in words: `client left` for `client_left`."""
    return kind.replace("_", " ")


def endings_text(by_ending: Mapping[str, int]) -> str:
    """`11 complete, 1 cut`, the most frequent first."""
    ordered = sorted(by_ending.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count:,} {ending_name(kind)}" for kind, count in ordered if count)


def wall_clock(started: str, offset_ns: int) -> datetime:
    """The moment `offset_ns` after a session's start (RFC 3339), in UTC."""
    zero = datetime.fromisoformat(started)
    if zero.tzinfo is None:
        zero = zero.replace(tzinfo=UTC)
    return zero.astimezone(UTC) + timedelta(microseconds=offset_ns // 1000)


def rfc3339(moment: datetime) -> str:
    """`2026-11-22T22:01:13.120Z`."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
