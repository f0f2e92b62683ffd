"""`wiretape fsck`: whether cassettes are sound, by reading all of them."""

from pathlib import Path

import click

from wiretape.cli.console import say, working
from wiretape.cli.options import TapePath, json_option


@click.command("fsck")
@click.argument("files", nargs=-1, required=True, type=TapePath(), metavar="FILE...")
@json_option
def command(files: tuple[Path, ...], as_json: bool) -> int:
    """Check every checksum, every record and the index of cassettes.

    Changes nothing. Exit code 1 where something is damaged or missing; 'wiretape recover FILE'
    then saves what is whole.
    """
    import msgspec

    from wiretape.cassettes.checkup import check_up
    from wiretape.cli.units import counted

    sound = True
    for path in files:
        with working(f"checking {path}"):
            found = check_up(path)
        sound = sound and not found.problems
        if as_json:
            row = {"file": str(path), "sound": not found.problems, **msgspec.to_builtins(found)}
            click.echo(msgspec.json.encode(row))
            continue
        for problem in (*found.problems, *found.remarks):
            click.echo(f"{path}: {problem}")
        whole = f"{counted(found.interactions, 'whole interaction')}"
        verdict = "sound" if not found.problems else f"{counted(len(found.problems), 'problem')}"
        say(f"{path}: {verdict}, {whole}")
    return 0 if sound else 1
