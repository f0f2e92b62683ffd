"""`wiretape ls`: what is on cassettes, one line an interaction. Reads the index only."""

import sys
from pathlib import Path

import click

from wiretape.cli.options import TapePath, json_option


@click.command("ls")
@click.argument("files", nargs=-1, required=True, type=TapePath(), metavar="FILE...")
@json_option
def command(files: tuple[Path, ...], as_json: bool) -> None:
    """List the interactions of cassettes."""
    from wiretape.cli.tapes import open_tape
    from wiretape.cli.views.listing import listed

    rows = []
    for path in files:
        with open_tape(path) as tape:
            rows += [listed(path, tape.sessions, entry) for entry in tape.index]
    if as_json:
        from wiretape.cli.views.listing_json import listing_json

        click.echo(listing_json(rows), nl=False)
    elif sys.stdout.isatty():
        from rich.console import Console

        from wiretape.cli.views.listing_table import listing_table

        console = Console()
        for path in files:
            title = str(path) if len(files) > 1 else ""
            own = [row for row in rows if row.file == str(path)]
            console.print(listing_table(own, console.width, title))
    else:
        from wiretape.cli.views.listing_plain import listing_plain

        click.echo(listing_plain(rows), nl=False)
