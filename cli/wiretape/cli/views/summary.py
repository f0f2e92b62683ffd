"""What is on a cassette, in a few lines, from its index alone. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from wiretape.cassettes.codec.index import IndexEntry
from wiretape.cassettes.model import Session
from wiretape.cli.units import counted, endings_text, human_bytes
from wiretape.cli.views.terminal import harmless_line


class SessionSummary(msgspec.Struct, frozen=True):
    """One run of a recorder."""

    number: int
    started: str
    tool: str
    interactions: int


class Summary(msgspec.Struct, frozen=True):
    """A cassette at a glance; the names are those of `wiretape show --json`."""

    file: str
    file_bytes: int
    whole: bool
    """False where the recording was interrupted and there is no index."""
    interactions: int
    received_bytes: int
    sent_bytes: int
    upstreams: dict[str, int]
    models: dict[str, int]
    endings: dict[str, int]
    lost: int
    sessions: tuple[SessionSummary, ...]


def summary_of(
    path: Path,
    file_bytes: int,
    whole: bool,
    sessions: Sequence[Session],
    index: Sequence[IndexEntry],
) -> Summary:
    """Count what the index says."""
    in_session = Counter(entry.session for entry in index)
    return Summary(
        file=str(path),
        file_bytes=file_bytes,
        whole=whole,
        interactions=len(index),
        received_bytes=sum(entry.received_bytes for entry in index),
        sent_bytes=sum(entry.sent_bytes for entry in index),
        upstreams=_counts(entry.upstream for entry in index),
        models=_counts(entry.model for entry in index if entry.model),
        endings=_counts(entry.ending for entry in index),
        lost=sum(1 for entry in index if entry.lost),
        sessions=tuple(
            SessionSummary(one.number, one.started, one.tool, in_session[one.number])
            for one in sessions
        ),
    )


def summary_text(summary: Summary) -> str:
    """The lines a person reads."""
    kept = counted(summary.interactions, "interaction")
    lines = [
        f"{summary.file}: {kept}, {human_bytes(summary.received_bytes)} received, "
        f"{human_bytes(summary.file_bytes)} on disk",
        f"endings    {endings_text(summary.endings) or '-'}",
        f"upstreams  {_counted_names(summary.upstreams)}",
        f"models     {_counted_names(summary.models)}",
    ]
    lines += [
        f"session {session.number}  {harmless_line(session.started)}, "
        f"{harmless_line(session.tool)}, {counted(session.interactions, 'interaction')}"
        for session in summary.sessions
    ]
    if summary.lost:
        lines.append(f"lost       something is missing of {counted(summary.lost, 'interaction')}")
    return "\n".join(lines) + "\n"


def _counts(names: Iterable[str]) -> dict[str, int]:
    return dict(Counter(names).most_common())


def _counted_names(counts: dict[str, int]) -> str:
    if len(counts) == 1:
        return harmless_line(next(iter(counts)))
    return ", ".join(f"{harmless_line(name)} ({count:,})" for name, count in counts.items()) or "-"
