"""One interaction for a person: head, timeline, bodies. Pure."""

from collections.abc import Iterator

import click

from wiretape.cassettes.model import Headers, Interaction, Session
from wiretape.cli.units import counted, human_bytes, human_time, rfc3339, wall_clock
from wiretape.cli.views.body import body_text
from wiretape.cli.views.plot import plot_timeline
from wiretape.cli.views.terminal import harmless, harmless_line


def interaction_text(
    interaction: Interaction, session: Session | None, *, width: int = 80, terminal: bool = False
) -> str:
    """Everything there is to see. For a `terminal`: JSON laid out, foreign text made harmless."""
    lines = [
        *_title(interaction, session),
        *_head(interaction),
        *_timeline(interaction, width),
        *_bodies(interaction, terminal),
    ]
    return "\n".join(lines) + "\n"


def _heading(text: str) -> str:
    return click.style(text, bold=True)


def _title(interaction: Interaction, session: Session | None) -> Iterator[str]:
    request, notes = interaction.request, interaction.notes
    yield _heading(
        harmless_line(f"{interaction.number}  {request.method} {request.target}")
    ) + harmless_line(f"  to {interaction.upstream} ({interaction.base})")
    if session is not None:
        started = rfc3339(wall_clock(session.started, interaction.start_ns))
        yield f"started    {started}, session {session.number}"
    named = (
        ("asked", notes.model_asked),
        ("answered", notes.model_answered),
        ("provider", notes.provider),
        ("Open Responses", notes.open_responses_version),
    )
    noted = ", ".join(f"{what} {harmless_line(name)}" for what, name in named if name)
    if noted:
        yield f"model      {noted}"
    if interaction.redacted:
        rules = ", ".join(f"{rule} ({n})" for rule, n in sorted(interaction.redacted.items()))
        yield f"redacted   {harmless_line(rules)}"
    if interaction.lost:
        yield f"lost       {harmless_line(interaction.lost)}"


def _head(interaction: Interaction) -> Iterator[str]:
    request, response = interaction.request, interaction.response
    yield ""
    yield _heading("request") + harmless_line(
        f"  {request.method} {request.target} HTTP/{request.version}"
    )
    yield from _pairs(request.headers)
    yield ""
    if response is None:
        yield _heading("response") + "  none came"
        return
    yield _heading("response") + harmless_line(
        f"  HTTP/{response.version} {response.status} {response.reason}".rstrip()
    )
    yield from _pairs(response.headers)
    if response.trailers:
        yield "  trailers"
        yield from _pairs(response.trailers)


def _pairs(headers: Headers) -> Iterator[str]:
    return (harmless_line(f"  {name}: {value}") for name, value in headers)


def _timeline(interaction: Interaction, width: int) -> Iterator[str]:
    timeline = interaction.timeline
    received = counted(len(timeline.received), "chunk")
    head = "" if timeline.head_ns is None else f", head after {human_time(timeline.head_ns)}"
    yield ""
    yield _heading("timeline") + f"  {received}, {human_bytes(timeline.ending.offset)}{head}"
    yield from plot_timeline(timeline, width)
    if timeline.ending.detail:
        yield harmless_line(f"({timeline.ending.detail})")


def _bodies(interaction: Interaction, terminal: bool) -> Iterator[str]:
    request, response = interaction.request, interaction.response
    yield from _body("request body", request.body, request.headers, terminal, pretty=terminal)
    if response is not None:
        yield from _body("response body", response.body, response.headers, terminal, pretty=False)


def _body(
    title: str, body: bytes, headers: Headers, terminal: bool, *, pretty: bool
) -> Iterator[str]:
    yield ""
    yield _heading(title) + f"  {human_bytes(len(body)) if body else 'empty'}"
    if body:
        text = body_text(body, headers, pretty=pretty).rstrip("\n")
        yield harmless(text) if terminal else text
