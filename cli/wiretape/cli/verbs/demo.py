"""`wiretape demo`: the main job, seen to work on this machine in a few seconds."""

from contextlib import suppress
from pathlib import Path

import click

from wiretape.cli.options import TapePath, json_option

DEFAULT = Path("wiretape-demo.tape.zst")


@click.command("demo")
@click.option(
    "--to",
    "cassette",
    type=TapePath(),
    default=None,
    help=f"The cassette to write.  [default: {DEFAULT}]",
)
@click.option("--keep-going", is_flag=True, help="Leave the replay server running at the end.")
@json_option
def command(cassette: Path | None, keep_going: bool, as_json: bool) -> int:
    """Record a built-in provider, replay it, compare the two.

    Four streams: reasoning, a tool call, a stall, a reset half way. Needs no key and no
    network. Leaves the cassette behind; the one of an earlier demo is replaced.
    """
    import asyncio

    from rich.console import Console

    from wiretape.cli.demo.report import report, report_json
    from wiretape.cli.demo.running import make_room, run_demo, serve_on
    from wiretape.cli.stopping import interruptible

    path = cassette or DEFAULT
    make_room(path, replace=cassette is None)
    demo = asyncio.run(interruptible(run_demo(path)))
    if as_json:
        click.echo(report_json(demo.compared, path))
    else:
        Console(highlight=False).print(report(demo.compared, path, path.stat().st_size))
    if keep_going:
        with suppress(KeyboardInterrupt):  # this is how it is meant to end
            asyncio.run(interruptible(serve_on(path)))
    return int(any(one.differences for one in demo.compared))
