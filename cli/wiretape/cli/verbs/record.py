"""`wiretape record`: the recording proxy, until a signal or the end of a command."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from wiretape.cli.options import (
    Seconds,
    TapePath,
    check_listening,
    host_option,
    max_body_option,
    port_option,
    token_option,
)
from wiretape.cli.rules_option import read_rules, rules_option

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
@token_option
@rules_option
@click.option("--fsync", is_flag=True, help="Survive a power cut too; slower.")
@click.option(
    "--drain", is_flag=True, help="Where a client leaves, read its response on to the end."
)
@click.option(
    "--stall-timeout",
    type=Seconds(min_open=True),
    metavar="SECONDS",
    help="End a stream whose upstream is silent for so long. Else it is waited for.",
)
@click.option(
    "--grace",
    type=Seconds(),
    default=0.0,
    metavar="SECONDS",
    help="When stopped, let open streams end by themselves for so long. Else they are cut.",
)
@max_body_option
@click.option(
    "--max-connections",
    type=click.IntRange(min=1),
    metavar="N",
    help="Open connections of clients; as many as there are files for by default.",
)
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND...]")
def command(
    cassette: Path,
    port: int,
    host: str,
    upstreams: tuple[str, ...],
    token: str | None,
    rules_file: Path | None,
    fsync: bool,
    drain: bool,
    stall_timeout: float | None,
    grace: float,
    max_body: int,
    max_connections: int | None,
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
    from wiretape.recorder import BUILT_IN, Limits

    token = check_listening(host, token)
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
                token=token,
                redaction=read_rules(rules_file),
                fsync=fsync,
                drain=drain,
                grace=grace,
                limits=Limits(
                    body=max_body,
                    connections=max_connections or 0,
                    stall_seconds=stall_timeout,
                ),
                command=command,
            )
        )
    )


def _parse_upstreams(texts: tuple[str, ...]) -> dict[str, "Upstream"]:
    from wiretape.recorder import BadUpstream, parse_upstream

    found: dict[str, Upstream] = {}
    try:
        for upstream in map(parse_upstream, texts):
            if upstream.name in found:
                raise BadUpstream(f"'{upstream.name}' is there twice")
            found[upstream.name] = upstream
    except BadUpstream as error:
        raise click.BadParameter(str(error), param_hint="'--upstream'") from error
    return found
