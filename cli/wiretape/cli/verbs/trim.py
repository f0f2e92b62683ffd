"""`wiretape trim`: some interactions of a cassette, the others dropped."""

from pathlib import Path

import click

from wiretape.cli.choosing import Choice, Numbers
from wiretape.cli.console import say, working
from wiretape.cli.options import TapePath

ENDINGS = ("complete", "cut", "reset", "timeout", "client_left")


@click.command("trim")
@click.argument("file", type=TapePath())
@click.option("--to", "target", type=TapePath(), help="The new cassette; FILE itself without it.")
@click.option("--keep", type=Numbers(), help="Numbers to keep: 3, 1-5,8 or 10-.")
@click.option("--drop", type=Numbers(), help="Numbers to drop.")
@click.option("--upstream", multiple=True, help="Keep those of this upstream.")
@click.option("--path", "paths", multiple=True, help="Keep those whose path is like this: '/v1/*'.")
@click.option(
    "--ending", multiple=True, type=click.Choice(ENDINGS), help="Keep those that ended so."
)
def command(
    file: Path,
    target: Path | None,
    keep: Numbers.Chosen | None,
    drop: Numbers.Chosen | None,
    upstream: tuple[str, ...],
    paths: tuple[str, ...],
    ending: tuple[str, ...],
) -> None:
    """Keep some interactions of FILE and drop the others.

    An interaction is kept where every option says so. The kept ones are numbered anew.
    """
    from wiretape.cassettes.editing import trim
    from wiretape.cli.tapes import open_tape
    from wiretape.cli.units import counted

    choice = Choice(keep, drop, upstream, paths, ending)
    if choice.is_everything:
        raise click.UsageError("say what to keep or to drop", click.get_current_context())
    with open_tape(file) as tape:
        choice.check(tape.path, [tape.with_target(entry) for entry in tape.index])
    target = target or file
    with working(f"writing {target}"):
        count = trim(file, target, choice.keeps)
    say(f"{target}: {counted(count, 'interaction')} kept")
