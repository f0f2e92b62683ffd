"""`wiretape play`: a recorded stream in the terminal, at its own pace."""

from pathlib import Path

import click

from wiretape.cli.console import say
from wiretape.cli.options import Number, TapePath, max_gap_ns, max_gap_option, speed_option


@click.command("play")
@click.argument("file", type=TapePath())
@click.argument("number", required=False, type=Number())
@speed_option
@max_gap_option
def command(file: Path, number: int | None, speed: float | None, max_gap: float | None) -> None:
    """Print a response body as it came, chunk by chunk.

    NUMBER can be left out where the cassette holds one interaction.
    """
    from wiretape.cli.clock import MonotonicClock
    from wiretape.cli.output import TapeOutput
    from wiretape.cli.tapes import only_number, open_tape
    from wiretape.cli.views.ending import ending_text
    from wiretape.cli.views.interaction import TIMINGS
    from wiretape.cli.watching import paced, watch

    with open_tape(file) as tape:
        interaction = tape.read(only_number(tape, number))
    body = b"" if interaction.response is None else interaction.response.body
    out = TapeOutput(at_once=True)
    timeline = paced(interaction.timeline, speed, max_gap_ns(max_gap))
    watch(timeline, body, out.write, MonotonicClock())
    out.finish()
    timing = interaction.timeline.timing
    if timing != "reads":
        say(f"timing: {TIMINGS[timing]}")
    say(ending_text(interaction))
