"""`wiretape torture`: a client against every fault in turn, with a verdict on each."""

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wiretape.cli.fault_options import seed_option
from wiretape.cli.options import Seconds, Speed, TapePath, json_option
from wiretape.cli.rules_option import read_rules, rules_option
from wiretape.cli.units import counted

if TYPE_CHECKING:
    from wiretape.cassettes.model import Interaction
    from wiretape.cli.torture.trials import Trial


@click.command("torture")
@click.argument("file", type=TapePath(), metavar="TAPE")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND...")
@click.option(
    "--only",
    multiple=True,
    metavar="FAULT",
    help="Only this: a fault's name, or one with its settings. May be repeated.",
)
@click.option(
    "--timeout",
    type=Seconds(min_open=True),
    default=20.0,
    show_default=True,
    metavar="SECONDS",
    help="What runs for longer hangs.",
)
@click.option(
    "--speed",
    type=Speed(),
    default="instant",
    show_default=True,
    help="The pace beneath the faults: 'instant', 1 as recorded, 2 twice as fast.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Runs at the same time.",
)
@seed_option
@rules_option
@json_option
def command(
    file: Path,
    command: tuple[str, ...],
    only: tuple[str, ...],
    timeout: float,
    speed: float | None,
    jobs: int,
    seed: int,
    rules_file: Path | None,
    as_json: bool,
) -> int:
    """Run a client against every fault, and say what it made of each.

    COMMAND is run once for each fault with the variables that send its client to the tape, after a
    run without one that says what its output should be. It should get by with the same output, or
    end with an exit code and words. Exit code 1 where it hung, crashed, took a part for the whole
    or ignored Retry-After; 2 where it does not work without a fault, or no fault could be tried.
    """
    import asyncio

    from wiretape.cli.child import check_command
    from wiretape.cli.console import say, working
    from wiretape.cli.stopping import Stopped, interruptible
    from wiretape.cli.torture.running import Torture, torture
    from wiretape.cli.views import torture_table
    from wiretape.replay import Pace

    check_command(command)
    tape = _tape(file)
    largest = max((len(one.response.body) for one in tape if one.response), default=0)
    asked = Torture(
        tape=tape,
        command=command,
        trials=_trials(only, largest),
        pace=Pace(speed=1.0 if speed is None else speed, instant=speed is None),
        timeout=timeout,
        seed=seed,
        jobs=jobs,
        redaction=read_rules(rules_file),
    )
    with working(f"trying {counted(len(asked.trials), 'fault')} on {command[0]}"):
        try:
            baseline, tried = asyncio.run(interruptible(torture(asked)))
        except Stopped as stopped:
            return stopped.exit_code
    if as_json:
        click.echo(torture_table.as_json(baseline, tried))
    else:
        watched = sys.stdout.isatty()
        width = shutil.get_terminal_size().columns if watched else None
        for line in torture_table.table(tried, width):
            click.echo(line)
    say(torture_table.summary(tried))
    if all(one.verdict.kind == "untried" for one in tried):
        return _UNTRIED
    return int(any(one.verdict.bad for one in tried))


_UNTRIED = 2
"""Nothing was tried: neither good nor bad can be said of the client."""


def _tape(file: Path) -> "tuple[Interaction, ...]":
    from wiretape.cassettes.errors import CassetteError
    from wiretape.cli.errors import NotTried
    from wiretape.cli.tapes import open_whole

    try:
        with open_whole(file) as cassette:
            return tuple(cassette)
    except CassetteError as error:
        raise NotTried(str(error)) from error
    except OSError as error:
        raise NotTried(f"{error.filename or file}: {error.strerror or error}") from error


def _trials(only: tuple[str, ...], largest: int) -> "tuple[Trial, ...]":
    from wiretape.cli.torture.trials import chosen_trials
    from wiretape.replay.errors import BadFault

    try:
        return chosen_trials(only, largest)
    except BadFault as error:
        raise click.BadParameter(str(error), param_hint="'--only'") from error
