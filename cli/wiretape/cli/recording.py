"""A recording session from the command line: start, say so, wait, seal, say what was kept.

What the record modes make of it is in `modes`.

Heavy to import: the verb imports it when it runs.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

import msgspec

from wiretape.cassettes.admission import is_loopback
from wiretape.cassettes.client_variables import client_variables
from wiretape.cassettes.journal import journal_path
from wiretape.cassettes.redaction import RedactionRules
from wiretape.cli.child import run_command
from wiretape.cli.console import say, working
from wiretape.cli.recovered import recovered_text
from wiretape.cli.stopping import StopSignals
from wiretape.cli.tapes import say_of_damaged_journals
from wiretape.cli.units import counted, endings_text, human_bytes
from wiretape.recorder import (
    Kept,
    Limits,
    RecordingProxy,
    TapeAnswerer,
    Upstream,
)

NAMED = 4
"""Upstreams that the readiness line names; the rest it counts."""


class Recording(msgspec.Struct, frozen=True):
    """What was asked for."""

    cassette: Path
    upstreams: Mapping[str, Upstream]
    """Those given on the command line first."""
    host: str
    port: int
    token: str
    redaction: RedactionRules
    fsync: bool
    drain: bool
    grace: float
    """Seconds for open streams to end by themselves when it is stopped."""
    limits: Limits
    command: tuple[str, ...]


class Tape(msgspec.Struct, frozen=True):
    """What is played."""

    answerer: TapeAnswerer
    records: bool
    """Whether what it has no recording of goes to its provider."""


class Recorded(msgspec.Struct, frozen=True):
    """How a session ended."""

    command_code: int
    """Exit code of the command; 0 where there was none."""
    kept: Kept

    @property
    def exit_code(self) -> int:
        kept = self.kept
        return self.command_code or int(bool(kept.problem or kept.lost or kept.missed))


async def record(
    recording: Recording,
    tape: Tape | None = None,
    *,
    doing: str = "",
    summary: Callable[[Kept], list[str]] | None = None,
) -> Recorded:
    """Record until a signal comes or the command ends.

    `doing` is what is said of it, before the URL, and `summary` makes the lines said at its end.
    Raises what RecordingProxy.start raises, and CommandNotFound; the cassette is sealed then.
    """
    path = recording.cassette
    summary = summary or partial(kept_lines, path)
    proxy = _proxy(recording, tape)
    with StopSignals() as signals:
        await proxy.start()
        code = 0
        try:
            if proxy.recovered is not None:
                say(recovered_text(path, proxy.recovered))
            say_of_damaged_journals(path)
            doing = doing or f"recording to {path}"
            say(f"{doing} at {proxy.url} ({_names(_asked_of(recording, tape))})")
            for line in _warnings(recording, tape):
                say(line)
            code = await _run(recording, tape, proxy.url, signals)
            if recording.grace:
                await _finish(proxy, recording.grace, signals)
        finally:
            signals.give_up_on_next(
                f"stopped before the cassette was sealed; what was recorded is in "
                f"{journal_path(path)}: 'wiretape recover {path}' puts it on the cassette"
            )
            with working(f"sealing {path}"):
                kept = await proxy.close()
            for line in summary(kept):
                say(line)
    return Recorded(code, kept)


def _proxy(recording: Recording, tape: Tape | None) -> RecordingProxy:
    return RecordingProxy(
        recording.cassette,
        recording.upstreams,
        host=recording.host,
        port=recording.port,
        fsync=recording.fsync,
        token=recording.token,
        redaction=recording.redaction,
        drain=recording.drain,
        limits=recording.limits,
        answerer=tape.answerer if tape is not None else None,
        records=tape is None or tape.records,
    )


async def _run(recording: Recording, tape: Tape | None, url: str, signals: StopSignals) -> int:
    """Wait for the command, or for a signal where there is none."""
    if not recording.command:
        await signals.asked.wait()
        return 0
    variables = client_variables(url, _names_served(recording, tape))
    if recording.token:
        variables["WIRETAPE_TOKEN"] = recording.token
    return await run_command(recording.command, variables, signals)


def _names_served(recording: Recording, tape: Tape | None) -> set[str] | None:
    """The upstreams whose clients are sent here; None for all, where none may go elsewhere."""
    if tape is None:
        return set(recording.upstreams)
    return {*recording.upstreams, *tape.answerer.upstreams} if tape.records else None


def _asked_of(recording: Recording, tape: Tape | None) -> Iterable[str]:
    if tape is None or tape.records:
        return recording.upstreams
    return sorted(tape.answerer.upstreams)


async def _finish(proxy: RecordingProxy, seconds: float, signals: StopSignals) -> None:
    """Let open streams end by themselves; a further signal ends them now."""
    signals.listen_again()
    if proxy.live:
        open_streams = counted(proxy.live, "open stream")
        say(f"finishing {open_streams}, for {seconds:g} s at most; stop again to cut them off")
    finishing = asyncio.create_task(proxy.finish(seconds))
    asked = asyncio.create_task(signals.asked.wait())
    await asyncio.wait((finishing, asked), return_when=asyncio.FIRST_COMPLETED)
    finishing.cancel()
    asked.cancel()


def _warnings(recording: Recording, tape: Tape | None) -> list[str]:
    """What a person should know before keys pass through."""
    asked = recording.upstreams.values() if tape is None or tape.records else ()
    plain = [
        f"warning: {upstream.base} of '{upstream.name}' is plain http: keys and conversations "
        "cross the network for others to read"
        for upstream in asked
        if not upstream.tls and not is_loopback(upstream.host)
    ]
    if not is_loopback(recording.host):
        plain.append(
            f"warning: {recording.host} is open to the network, in plain http: keys and the token "
            "cross it for others to read; use it in a network that is your own"
        )
    return plain


def kept_lines(path: Path, kept: Kept) -> list[str]:
    """What a person should know of a session that is over."""
    lines = []
    if kept.interactions:
        lines.append(kept_text(path, kept))
    elif not kept.problem and not kept.played:
        lines.append("kept nothing: no request came through")
    if kept.played:
        lines.append(f"answered {counted(kept.played, 'request')} from the tape")
    return lines + trouble_lines(path, kept)


def kept_text(path: Path, kept: Kept) -> str:
    """What was recorded, and where it is."""
    size = human_bytes(path.stat().st_size) if path.exists() else "missing"
    return (
        f"kept {counted(kept.interactions, 'interaction')} "
        f"({endings_text(kept.by_ending)}), {human_bytes(kept.bytes)} received, "
        f"in {path} ({size})"
    )


def trouble_lines(path: Path, kept: Kept) -> list[str]:
    """What went wrong."""
    lines = []
    if kept.unreachable:
        lines.append(
            f"{counted(kept.unreachable, 'request')} got a 502: the upstream could not be "
            "reached (the client was told why)"
        )
    if kept.lost:
        lines.append(f"something is missing of {counted(kept.lost, 'interaction')}")
    if kept.problem:
        lines.append(f"{path}: {kept.problem}")
    return lines


def _names(upstreams: Iterable[str]) -> str:
    names = list(upstreams)
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
