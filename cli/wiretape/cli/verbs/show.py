"""`wiretape show`: a cassette or one interaction, for eyes, for programs, or byte for byte."""

import shutil
import sys
from pathlib import Path
from typing import Literal

import click

from wiretape.cli.options import Number, TapePath, json_option

View = Literal["raw", "body", "request", "json"]


@click.command("show")
@click.argument("file", type=TapePath())
@click.argument("number", required=False, type=Number())
@click.option("--raw", "view", flag_value="raw", help="The cassette's text, as 'zstd -dc' has it.")
@click.option("--body", "view", flag_value="body", help="The response body alone, exact.")
@click.option("--request", "view", flag_value="request", help="The request body alone, exact.")
@json_option
def command(file: Path, number: int | None, view: View | None, as_json: bool) -> None:
    """Show a cassette, or the interaction NUMBER of it.

    Without NUMBER: sessions, upstreams, endings. With it: heads, a plot of the timeline, bodies.
    """
    if as_json and view is not None:
        raise click.UsageError(f"--json and --{view} exclude each other")
    if view == "raw":
        if number is not None:
            raise click.UsageError("--raw prints the whole cassette and takes no NUMBER")
        _raw(file)
    elif view is not None:
        _body(file, number, view)
    elif number is None:
        _summary(file, as_json)
    else:
        _interaction(file, number, as_json)


def _raw(path: Path) -> None:
    from wiretape.cassettes.store import Cassette
    from wiretape.cli.output import TapeOutput

    with Cassette.open(path) as tape:
        out = TapeOutput()
        for text in tape.text():
            out.write(text)
        out.finish()


def _body(path: Path, number: int | None, view: View) -> None:
    from wiretape.cli.output import TapeOutput
    from wiretape.cli.tapes import only_number, open_tape

    with open_tape(path) as tape:
        interaction = tape.read(only_number(tape, number))
    response = interaction.response
    out = TapeOutput()
    if view == "request":
        out.write(interaction.request.body)
    elif response is not None:
        out.write(response.body)
    out.finish()


def _summary(path: Path, as_json: bool) -> None:
    import msgspec

    from wiretape.cli.tapes import open_tape
    from wiretape.cli.views.summary import summary_of, summary_text

    with open_tape(path) as tape:
        size = path.stat().st_size
        summary = summary_of(path, size, tape.whole, tape.sessions, tape.index)
    if as_json:
        click.echo(msgspec.json.encode(summary))
        return
    click.echo(summary_text(summary), nl=False)
    if summary.interactions:
        click.echo(f"'wiretape show {path} 1' shows an interaction", err=True)


def _interaction(path: Path, number: int, as_json: bool) -> None:
    from wiretape.cli.tapes import open_tape

    with open_tape(path) as tape:
        interaction = tape.read(number)
        session = next((one for one in tape.sessions if one.number == interaction.session), None)
    if as_json:
        from wiretape.cli.views.interaction_json import interaction_json

        click.echo(interaction_json(interaction, session), nl=False)
        return
    from wiretape.cli.views.interaction import interaction_text

    terminal = sys.stdout.isatty()
    width = min(shutil.get_terminal_size().columns, 120) if terminal else 80
    text = interaction_text(interaction, session, width=width, terminal=terminal)
    click.echo(text, nl=False, color=True)  # or click takes escape sequences out of a body
