"""Looking over a cassette whole: every checksum, every record, the index against the records.

Reads, changes nothing. What it finds is said in words with the offset, for a person who then
decides; what can be saved of a damaged cassette is for `store.rebuild`.
"""

from pathlib import Path

import msgspec

from wiretape.cassettes.codec.index import IndexEntry
from wiretape.cassettes.errors import CassetteError
from wiretape.cassettes.journal import damaged_journals, journal_path
from wiretape.cassettes.store import Cassette


class Checkup(msgspec.Struct, frozen=True):
    """What a look over a cassette found."""

    sessions: int
    interactions: int
    """Those that are whole."""
    problems: tuple[str, ...]
    """What is damaged or missing; none on a sound cassette."""
    remarks: tuple[str, ...]
    """What a person may want to know of a sound one."""


def check_up(path: Path) -> Checkup:
    """Read all of a cassette. Raises CassetteNotFound, and CassetteError where the system
    refuses the file; whatever else is wrong with it is a problem in the result.
    """
    try:
        with Cassette.salvage(path) as found:
            problems = [damage.problem for damage in found.damages]
            problems += _unknown_sessions(found)
            problems += _index_problems(path, found)
            remarks = _remarks(path, found)
            return Checkup(len(found.sessions), len(found), tuple(problems), tuple(remarks))
    except CassetteError as error:
        if not path.is_file():
            raise
        return Checkup(0, 0, (error.problem,), ())


def _unknown_sessions(found: Cassette) -> list[str]:
    known = {session.number for session in found.sessions}
    return [
        f"interaction {entry.number} is of session {entry.session}, which the head does not name"
        for entry in found.index
        if entry.session not in known
    ]


def _index_problems(path: Path, found: Cassette) -> list[str]:
    try:
        with Cassette.open(path) as listed:
            if not listed.whole:
                return ["there is no index: the recording was interrupted"]
            return _disagreements(listed.index, found.index)
    except CassetteError as error:
        # Of damage outside the index the salvage has told already, with its place.
        return [] if found.damages else [error.problem]


def _disagreements(listed: tuple[IndexEntry, ...], found: tuple[IndexEntry, ...]) -> list[str]:
    by_number = {entry.number: entry for entry in found}
    problems = []
    for entry in listed:
        there = by_number.pop(entry.number, None)
        if there is None:
            problems.append(
                f"interaction {entry.number}, in the block at byte {entry.offset}, is damaged"
            )
        elif there != entry:
            problems.append(f"the index says other than the records of interaction {entry.number}")
    problems += [f"interaction {number} is not in the index" for number in by_number]
    return problems


def _remarks(path: Path, found: Cassette) -> list[str]:
    remarks = [
        f"the recorder could not keep all of interaction {entry.number}"
        for entry in found.index
        if entry.lost
    ]
    if journal_path(path).exists():
        remarks.append(
            "a journal stands beside it: a recorder is running, or was killed, and then "
            f"'wiretape recover {path}' puts it on the cassette"
        )
    return remarks + [damaged_journal_text(journal) for journal in damaged_journals(path)]


def damaged_journal_text(journal: Path) -> str:
    """What a person should know of a journal that was kept aside."""
    return (
        f"{journal.name} stands beside it, a damaged journal: what can be read of it is on the "
        "cassette, so delete it unless you can make more of it"
    )
