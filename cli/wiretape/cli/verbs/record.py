"""`wiretape record`: the recording proxy, until a signal or the end of a command."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from wiretape.cli.options import (
    Seconds,
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
    from wiretape.cassettes.redaction import RedactionRules
    from wiretape.cli.modes import Mode, Playing
    from wiretape.recorder import Upstream

MODES = ("once", "new_episodes", "all", "rewrite", "none", "verify")
ALIASES = {
    "replay": "none",
    "record": "all",
    "record-on-miss": "new_episodes",
    "new-episodes": "new_episodes",
}
"""What the same is called elsewhere; the testing room has the same words."""


class ModeName(click.Choice[str]):
    """A mode, or what it is called elsewhere."""

    def __init__(self) -> None:
        super().__init__(MODES)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return super().convert(ALIASES.get(value, value), param, ctx)


@click.command(
    "record",
    # What follows the command's name is the command's own.
    context_settings={"allow_interspersed_args": False},
)
@click.option("--to", "cassette", type=TapePath(), required=True, help="The cassette to write.")
@click.option(
    "--mode",
    "--record-mode",
    "mode",
    type=ModeName(),
    help="What is played from the cassette, and what is recorded; see above.",
)
@port_option
@host_option
@click.option(
    "--upstream",
    "upstreams",
    multiple=True,
    metavar="NAME=URL",
    help="Send /NAME/... to URL, in the place of or beside the built-in upstreams.",
)
@speed_option
@max_gap_option
@click.option(
    "--after-last",
    type=click.Choice(("error", "repeat")),
    default="error",
    show_default=True,
    help="What a request is once all its recordings were played: a miss, or the last one again.",
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
    mode: "Mode | None",
    port: int,
    host: str,
    upstreams: tuple[str, ...],
    speed: float | None,
    max_gap: float | None,
    after_last: Literal["error", "repeat"],
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
    and stops when it ends, with its exit code. Without a mode everything is recorded, behind what
    the cassette holds.

    \b
    Modes:
      once          a new cassette: record; one that is there: play, and a miss is an error
      new_episodes  play what is on the cassette, record the rest behind it
      all           record everything; what was asked again takes the place of the old
      rewrite       record everything, and keep nothing of the old cassette
      none          play, and never ask a provider: as 'wiretape replay'
      verify        ask again, and compare the shape of the answers; the cassette stays
    """
    import asyncio

    from wiretape.cli.child import check_command
    from wiretape.cli.modes import Playing, record_in

    token = check_listening(host, token)
    if command:
        check_command(command)
    playing = Playing(speed, max_gap_ns(max_gap), after_last)
    redaction = read_rules(rules_file)
    if mode == "none":
        return _replay(cassette, host, port, token, playing, redaction, max_body, command)

    from wiretape.cli.recording import Recording
    from wiretape.recorder import BUILT_IN, Limits

    own = _parse_upstreams(upstreams)
    return asyncio.run(
        record_in(
            mode,
            Recording(
                cassette=cassette,
                upstreams={**own, **{n: u for n, u in BUILT_IN.items() if n not in own}},
                host=host,
                port=port,
                token=token,
                redaction=redaction,
                fsync=fsync,
                drain=drain,
                grace=grace,
                limits=Limits(
                    body=max_body,
                    connections=max_connections or 0,
                    stall_seconds=stall_timeout,
                ),
                command=command,
            ),
            playing,
        )
    )


def _replay(
    cassette: Path,
    host: str,
    port: int,
    token: str,
    playing: "Playing",
    redaction: "RedactionRules",
    max_body: int,
    command: tuple[str, ...],
) -> int:
    """Mode `none`, without the recorder."""
    import asyncio

    from wiretape.cli.replaying import Replaying, replay

    replaying = Replaying(
        files=(cassette,),
        host=host,
        port=port,
        token=token,
        pace=playing.pace,
        framing="exact",
        after_last=playing.after_last,
        max_age=None,
        faults=(),
        seed=0,
        redaction=redaction,
        max_body=max_body,
        command=command,
        misses_fail=True,
    )
    return asyncio.run(replay(replaying))


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
