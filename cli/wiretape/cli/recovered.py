"""What is said of a journal that was put on its cassette, by `recover` and by `record`."""

from pathlib import Path

from wiretape.cassettes.folding import Folded
from wiretape.cli.units import counted, endings_text, human_bytes


def recovered_text(cassette: Path, folded: Folded) -> str:
    """What came of a journal, in one line."""
    lost = f"; something is missing of {folded.lost:,}" if folded.lost else ""
    torn = f"; {human_bytes(folded.torn_bytes)} at its end were torn" if folded.torn_bytes else ""
    damage = f"; {folded.damage}" if folded.damage else ""
    return (
        f"{cassette}: recovered {counted(folded.interactions, 'interaction')} from a journal "
        f"({endings_text(folded.by_ending)}){lost}{torn}{damage}"
    )
