"""`wiretape record`: the recording proxy, until a signal or the end of a command."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from wiretape.cli.options import TapePath, host_option, port_option

if TYPE_CHECKING:
    from wiretape.recorder import Upstream


@click.command(
    "record",
    # What follows the command's name is the command's own.
    context_settings={"allow_interspersed_args": False},
)
@click.option("--to", "cassette", type=TapePath(), required=True, help="The cassette to write.")
@port_option
@host_option
@click.option(
    "--upstream",
    "upstreams",
    multiple=True,
    metavar="NAME=URL",
    help="Send /NAME/... to URL, in the place of or beside the built-in upstreams.",
)
@click.option("--fsync", is_flag=True, help="Survive a power cut too; slower.")
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND...]")
def command(
    cassette: Path,
    port: int,
    host: str,
    upstreams: tuple[str, ...],
    fsync: bool,
    command: tuple[str, ...],
) -> int:
    """Record what passes through the proxy, onto a cassette.

    A client needs only its base URL changed, to http://127.0.0.1:8787/openai/v1 for instance.
    With COMMAND, runs it with the usual variables set (OPENAI_BASE_URL, ANTHROPIC_BASE_URL, ...)
    and stops when it ends, with its exit code. A cassette that exists is appended to.
    """
    import asyncio

    from wiretape.cli.child import check_command
    from wiretape.cli.recording import Recording, record
    from wiretape.recorder import BUILT_IN

    own = _parse_upstreams(upstreams)
    if command:
        check_command(command)
    return asyncio.run(
        record(
            Recording(
                cassette=cassette,
                upstreams={**own, **{n: u for n, u in BUILT_IN.items() if n not in own}},
                host=host,
                port=port,
                fsync=fsync,
                command=command,
            )
        )
    )


def _parse_upstreams(texts: tuple[str, ...]) -> dict[str, "Upstream"]:
    from wiretape.recorder import BadUpstream, parse_upstream

    try:
        return {upstream.name: upstream for upstream in map(parse_upstream, texts)}
    except BadUpstream as error:
        raise click.BadParameter(str(error), param_hint="'--upstream'") from error
