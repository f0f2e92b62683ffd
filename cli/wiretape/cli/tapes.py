"""Opening cassettes for a person: what they should know of the file is said on the way.

Heavy to import (the codec): verbs import it when they run.
"""

from pathlib import Path

from wiretape.cassettes.checkup import damaged_journal_text
from wiretape.cassettes.errors import CassetteError, CassetteNotFound
from wiretape.cassettes.journal import damaged_journals, journal_path
from wiretape.cassettes.store import Cassette
from wiretape.cli.console import say
from wiretape.cli.errors import NumberNeeded
from wiretape.cli.units import counted


class OnlyAJournal(CassetteError):
    """No cassette yet, but the journal of a recording."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path,
            "no cassette yet, only the journal of a recording; if the recorder runs no more, "
            f"'wiretape recover {path}' makes one",
        )


def open_tape(path: Path) -> Cassette:
    """Open a cassette; a warning where its recording was interrupted or goes on.

    Raises what Cassette.open raises, and OnlyAJournal.
    """
    tape = _opened(path)
    if not tape.whole:
        say(
            f"{path}: the recording was interrupted; {counted(len(tape), 'whole interaction')} "
            f"can be read ('wiretape recover {path}' mends it)"
        )
    return tape


def open_whole(path: Path) -> Cassette:
    """Open a cassette of which nothing is missing, for whoever goes by it or writes it anew.

    Raises what `open_tape` raises, and CassetteCorrupt where there is no index.
    """
    tape = _opened(path)
    try:
        tape.require_whole()
    except CassetteError:
        tape.close()
        raise
    return tape


def _opened(path: Path) -> Cassette:
    try:
        return Cassette.open(path)
    except CassetteNotFound:
        if journal_path(path).exists():
            raise OnlyAJournal(path) from None
        raise


def has_journal(path: Path) -> bool:
    """Whether a recording to the cassette goes on, or was interrupted."""
    return journal_path(path).exists()


def say_of_damaged_journals(path: Path) -> None:
    """Name each that is kept beside the cassette."""
    for journal in damaged_journals(path):
        say(f"{path}: {damaged_journal_text(journal)}")


def only_number(tape: Cassette, number: int | None) -> int:
    """The number asked for or, where none was, the only one there is. Raises NumberNeeded."""
    if number is not None:
        return number
    if len(tape) != 1:
        raise NumberNeeded(tape.path, len(tape))
    return tape.index[0].number
