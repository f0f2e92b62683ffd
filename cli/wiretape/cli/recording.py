"""A recording session from the command line: start, say so, wait, seal, say what was kept.

Heavy to import: the verb imports it when it runs.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import msgspec

from wiretape.cassettes.admission import is_loopback
from wiretape.cassettes.journal import journal_path
from wiretape.cassettes.redaction import RedactionRules
from wiretape.cli.child import run_command
from wiretape.cli.console import say, working
from wiretape.cli.recovered import recovered_text
from wiretape.cli.stopping import StopSignals
from wiretape.cli.tapes import say_of_damaged_journals
from wiretape.cli.units import counted, endings_text, human_bytes
from wiretape.recorder import Kept, Limits, RecordingProxy, Upstream, client_environment

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


async def record(recording: Recording) -> int:
    """Record until a signal comes or the command ends. Returns the exit code.

    Raises what RecordingProxy.start raises, and CommandNotFound; the cassette is sealed then.
    """
    path = recording.cassette
    proxy = RecordingProxy(
        path,
        recording.upstreams,
        host=recording.host,
        port=recording.port,
        fsync=recording.fsync,
        token=recording.token,
        redaction=recording.redaction,
        drain=recording.drain,
        limits=recording.limits,
    )
    with StopSignals() as signals:
        await proxy.start()
        code = 0
        try:
            if proxy.recovered is not None:
                say(recovered_text(path, proxy.recovered))
            say_of_damaged_journals(path)
            say(f"recording to {path} at {proxy.url} ({_names(recording.upstreams)})")
            for line in _warnings(recording):
                say(line)
            if recording.command:
                variables = client_environment(proxy.url, recording.upstreams)
                if recording.token:
                    variables["WIRETAPE_TOKEN"] = recording.token
                code = await run_command(recording.command, variables, signals)
            else:
                await signals.asked.wait()
            if recording.grace:
                await _finish(proxy, recording.grace, signals)
        finally:
            signals.give_up_on_next(
                f"stopped before the cassette was sealed; what was recorded is in "
                f"{journal_path(path)}: 'wiretape recover {path}' puts it on the cassette"
            )
            with working(f"sealing {path}"):
                kept = await proxy.close()
            for line in kept_lines(path, kept):
                say(line)
    return code or int(bool(kept.problem or kept.lost))


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


def _warnings(recording: Recording) -> list[str]:
    """What a person should know before keys pass through."""
    plain = [
        f"warning: {upstream.base} of '{upstream.name}' is plain http: keys and conversations "
        "cross the network for others to read"
        for upstream in recording.upstreams.values()
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
        size = human_bytes(path.stat().st_size) if path.exists() else "missing"
        lines.append(
            f"kept {counted(kept.interactions, 'interaction')} "
            f"({endings_text(kept.by_ending)}), {human_bytes(kept.bytes)} received, "
            f"in {path} ({size})"
        )
    elif not kept.problem:
        lines.append("kept nothing: no request came through")
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


def _names(upstreams: Mapping[str, Upstream]) -> str:
    names = list(upstreams)
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
