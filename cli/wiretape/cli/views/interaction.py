"""One interaction for a person: head, timeline, bodies. Pure."""

from collections.abc import Callable, Iterator

import click

from wiretape.cassettes.model import Headers, Interaction, Notes, Session, Timing
from wiretape.cli.units import counted, human_bytes, human_time, rfc3339, wall_clock
from wiretape.cli.views.body import body_text
from wiretape.cli.views.plot import plot_timeline
from wiretape.cli.views.terminal import harmless, harmless_line

TIMINGS: dict[Timing, str] = {
    "ends": "of the head and the end alone; the chunks in between were not timed",
    "head": "of the head alone; nothing after it was timed",
    "none": "no timing: the tool that recorded it kept no times",
    "given": "no timing: these times were made up by --pace",
}

Style = Callable[[str], str]


def interaction_text(
    interaction: Interaction, session: Session | None, *, width: int = 80, terminal: bool = False
) -> str:
    """Everything there is to see. For a `terminal`: JSON laid out, foreign text made harmless."""
    bold = _bold if terminal else str
    lines = [
        *_title(interaction, session, bold),
        *_head(interaction, bold),
        *_timeline(interaction, width, bold),
        *_bodies(interaction, terminal, bold),
    ]
    return "\n".join(lines) + "\n"


def _bold(text: str) -> str:
    return click.style(text, bold=True)


def _title(interaction: Interaction, session: Session | None, bold: Style) -> Iterator[str]:
    request, notes = interaction.request, interaction.notes
    yield bold(
        harmless_line(f"{interaction.number}  {request.method} {request.target}")
    ) + harmless_line(f"  to {interaction.upstream} ({interaction.base})")
    if session is not None:
        started = rfc3339(wall_clock(session.started, interaction.start_ns))
        yield f"started    {started}, session {session.number}"
    noted = ", ".join(f"{what}{harmless_line(name)}" for what, name in _noted(notes))
    if noted:
        yield f"model      {noted}"
    if interaction.redacted:
        rules = ", ".join(f"{rule} ({n})" for rule, n in sorted(interaction.redacted.items()))
        yield f"redacted   {harmless_line(rules)}"
    if interaction.lost:
        yield f"lost       {harmless_line(interaction.lost)}"
    if interaction.imported:
        yield f"imported   {harmless_line(interaction.imported)}"
    if interaction.timeline.timing != "reads":
        yield f"timing     {TIMINGS[interaction.timeline.timing]}"


def _noted(notes: Notes) -> Iterator[tuple[str, str]]:
    """Words and the name they stand before."""
    asked, answered = notes.model_asked, notes.model_answered
    named = [("asked ", asked), ("answered ", answered)] if asked != answered else [("", asked)]
    more = (("provider ", notes.provider), ("Open Responses ", notes.open_responses_version))
    return (pair for pair in (*named, *more) if pair[1])


def _head(interaction: Interaction, bold: Style) -> Iterator[str]:
    request, response = interaction.request, interaction.response
    yield ""
    yield bold("request") + harmless_line(
        f"  {request.method} {request.target} HTTP/{request.version}"
    )
    yield from _pairs(request.headers)
    yield ""
    if response is None:
        yield bold("response") + "  none came"
        return
    yield bold("response") + harmless_line(
        f"  HTTP/{response.version} {response.status} {response.reason}".rstrip()
    )
    yield from _pairs(response.headers)
    if response.trailers:
        yield "  trailers"
        yield from _pairs(response.trailers)


def _pairs(headers: Headers) -> Iterator[str]:
    return (harmless_line(f"  {name}: {value}") for name, value in headers)


def _timeline(interaction: Interaction, width: int, bold: Style) -> Iterator[str]:
    timeline = interaction.timeline
    received = counted(len(timeline.received), "chunk")
    head = "" if timeline.head_ns is None else f", head after {human_time(timeline.head_ns)}"
    yield ""
    yield bold("timeline") + f"  {received}, {human_bytes(timeline.ending.offset)}{head}"
    yield from plot_timeline(timeline, width)
    if timeline.ending.detail:
        yield harmless_line(f"({timeline.ending.detail})")


def _bodies(interaction: Interaction, terminal: bool, bold: Style) -> Iterator[str]:
    request, response = interaction.request, interaction.response
    yield ""
    yield f"{bold('request body')}  {_size(request.body)}"
    yield from _body(request.body, request.headers, terminal, pretty=terminal)
    if response is not None:
        yield ""
        yield f"{bold('response body')}  {_size(response.body)}"
        yield from _body(response.body, response.headers, terminal, pretty=False)


def _size(body: bytes) -> str:
    return human_bytes(len(body)) if body else "empty"


def _body(body: bytes, headers: Headers, terminal: bool, *, pretty: bool) -> Iterator[str]:
    if body:
        text = body_text(body, headers, pretty=pretty).rstrip("\n")
        yield harmless(text) if terminal else text
