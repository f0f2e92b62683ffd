"""`wiretape merge`: several cassettes as one."""

from pathlib import Path

import click

from wiretape.cli.console import say, working
from wiretape.cli.options import TapePath


@click.command("merge")
@click.argument("files", nargs=-1, required=True, type=TapePath(), metavar="FILE...")
@click.option("--to", "target", required=True, type=TapePath(), help="The new cassette.")
def command(files: tuple[Path, ...], target: Path) -> None:
    """Put the interactions of several cassettes on a new one, session behind session."""
    from wiretape.cassettes.editing import merge
    from wiretape.cli.units import counted

    with working(f"writing {target}"):
        count = merge(files, target)
    say(f"{target}: {counted(count, 'interaction')} of {counted(len(files), 'cassette')}")
