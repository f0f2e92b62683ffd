"""How an interaction ended, in one line. Pure."""

from wiretape.cassettes.model import Interaction
from wiretape.cli.units import counted, ending_name, human_bytes, human_time
from wiretape.cli.views.terminal import harmless_line


def ending_text(interaction: Interaction) -> str:
    """Such as `200 OK, reset after 2.31 s: 43 chunks, 4.3 kB (connection reset by peer)`."""
    timeline, response = interaction.timeline, interaction.response
    ending = timeline.ending
    answered = (
        "no response"
        if response is None
        else f"{response.status} {harmless_line(response.reason)}".rstrip()
    )
    detail = f" ({harmless_line(ending.detail)})" if ending.detail else ""
    return (
        f"{answered}, {ending_name(ending.kind)} after {human_time(ending.at_ns)}: "
        f"{counted(len(timeline.received), 'chunk')}, {human_bytes(ending.offset)}{detail}"
    )
