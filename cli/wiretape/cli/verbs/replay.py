"""`wiretape replay`: the replay server, until a signal. Never imports the recorder."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from wiretape.cli.fault_options import fault_option, faults_option, seed_option
from wiretape.cli.options import (
    Age,
    TapePath,
    check_listening,
    host_option,
    max_body_option,
    max_gap_ns,
    max_gap_option,
    port_option,
    speed_option,
    token_option,
)
from wiretape.cli.rules_option import read_rules, rules_option

if TYPE_CHECKING:
    from wiretape.replay.faults import Fault


@click.command("replay")
@click.argument("files", nargs=-1, required=True, type=TapePath(), metavar="FILE...")
@port_option
@host_option
@token_option
@speed_option
@max_gap_option
@click.option(
    "--framing",
    type=click.Choice(("exact", "frames")),
    default="exact",
    show_default=True,
    help="HTTP chunks as recorded, or one for each complete frame.",
)
@click.option(
    "--after-last",
    type=click.Choice(("repeat", "error")),
    default="repeat",
    show_default=True,
    help="What a request gets once all its recordings were played.",
)
@click.option(
    "--max-age",
    type=Age(),
    help="Warn of a cassette recorded longer ago than this: 12h, 30d, 8w.",
)
@fault_option
@seed_option
@faults_option
@rules_option
@max_body_option
@click.option(
    "--print-url",
    is_flag=True,
    help="Print the server's URL, a line on standard output, once it listens: for programs.",
)
@click.option(
    "--watch",
    is_flag=True,
    help="Load the cassettes again when they change; what was good last goes on until then.",
)
@click.option(
    "--journal-entries",
    type=click.IntRange(min=0, max=10_000_000),
    default=10_000,
    show_default=True,
    metavar="N",
    help="Requests that /__wiretape/journal remembers; 0 keeps none.",
)
def command(
    files: tuple[Path, ...],
    port: int,
    host: str,
    token: str | None,
    speed: float | None,
    max_gap: float | None,
    framing: Literal["exact", "frames"],
    after_last: Literal["repeat", "error"],
    max_age: float | None,
    faults: tuple[tuple["Fault", ...], ...],
    seed: int,
    rules_file: Path | None,
    max_body: int,
    print_url: bool,
    watch: bool,
    journal_entries: int,
) -> int:
    """Answer requests from cassettes, offline, at the recorded pace.

    Takes the URLs that `wiretape record` takes, and also those without the upstream's name
    where only one upstream is on the tape. Several files are one tape. A fault breaks what is
    played on purpose; a request may ask for its own in an X-Wiretape-Fault header. What was asked,
    and what was not played, is told under /__wiretape/.
    """
    import asyncio

    from wiretape.cli.replaying import Replaying, replay
    from wiretape.replay import Pace

    pace = Pace(
        speed=1.0 if speed is None else speed,
        max_gap_ns=max_gap_ns(max_gap),
        instant=speed is None,
    )
    replaying = Replaying(
        files=files,
        host=host,
        port=port,
        token=check_listening(host, token),
        pace=pace,
        framing=framing,
        after_last=after_last,
        max_age=max_age,
        faults=tuple(fault for given in faults for fault in given),
        seed=seed,
        redaction=read_rules(rules_file),
        max_body=max_body,
        print_url=print_url,
        watch=watch,
        journal_entries=journal_entries,
    )
    return asyncio.run(replay(replaying))
