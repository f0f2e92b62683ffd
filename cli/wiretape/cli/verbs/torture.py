"""`wiretape torture`: a client against every fault in turn, with a verdict on each."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wiretape.cli.fault_options import seed_option
from wiretape.cli.options import Seconds, Speed, TapePath, json_option
from wiretape.cli.rules_option import read_rules, rules_option

if TYPE_CHECKING:
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
    or ignored Retry-After; 2 where it does not work without a fault.
    """
    import asyncio

    from wiretape.cli.child import check_command
    from wiretape.cli.console import say, working
    from wiretape.cli.stopping import interruptible
    from wiretape.cli.tapes import open_whole
    from wiretape.cli.torture.running import Torture, torture
    from wiretape.cli.views import torture_table
    from wiretape.replay import Pace

    check_command(command)
    with open_whole(file) as cassette:
        tape = tuple(cassette)
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
    with working(f"trying {len(asked.trials)} faults on {command[0]}"):
        baseline, tried = asyncio.run(interruptible(torture(asked)))
    if as_json:
        click.echo(torture_table.as_json(baseline, tried))
    else:
        for line in torture_table.table(tried, shutil.get_terminal_size().columns):
            click.echo(line)
    say(torture_table.summary(tried))
    return int(any(one.verdict.bad for one in tried))


def _trials(only: tuple[str, ...], largest: int) -> "tuple[Trial, ...]":
    from wiretape.cli.torture.trials import chosen_trials
    from wiretape.replay.errors import BadFault

    try:
        return chosen_trials(only, largest)
    except BadFault as error:
        raise click.BadParameter(str(error), param_hint="'--only'") from error
