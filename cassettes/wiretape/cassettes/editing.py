"""Making cassettes out of cassettes: some interactions of one, or all of several.

Works on the text of records and changes only the numbers in their lines, so that payloads,
unknown keys and records of unknown kinds come through as they are. An interaction that is
changed itself is written anew, and loses what this version does not know.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import BinaryIO

import msgspec

from wiretape.cassettes.codec.encoder import (
    CassetteEncoder,
    encode_head,
    encode_interaction,
    encode_session,
)
from wiretape.cassettes.codec.index import IndexEntry, entry_of
from wiretape.cassettes.codec.records import next_line, next_record
from wiretape.cassettes.errors import CassetteError, CassetteNotFound
from wiretape.cassettes.links import standing
from wiretape.cassettes.locking import check_nothing_waits, held
from wiretape.cassettes.model import Interaction, Session
from wiretape.cassettes.store import Cassette, replace_file

Choice = Callable[[IndexEntry], bool]
Change = Callable[[Interaction], Interaction]

_Line = dict[str, msgspec.Raw]


def trim(source: Path, target: Path, keep: Choice) -> int:
    """Write the chosen interactions of a cassette to a new one and return how many.

    They are numbered anew. `target` may be `source`, which is then replaced in one step; any
    other file that exists is refused. Raises CassetteLocked where another process writes
    `target`, and what opening, reading and writing raise.
    """
    return _assemble([source], target, keep, _as_it_is)


def merge(sources: Sequence[Path], target: Path) -> int:
    """Write the interactions of several cassettes to a new one, session behind session.

    Raises as `trim` does.
    """
    return _assemble(sources, target, _all, _as_it_is)


def rewrite(source: Path, target: Path, change: Change) -> int:
    """Write every interaction of a cassette to a new one, changed; one that `change` leaves equal
    is copied. Raises as `trim` does.
    """
    return _assemble([source], target, _all, change)


def write_all(file: BinaryIO, sources: Sequence[Cassette]) -> int:
    """Write the interactions of open cassettes to a file, session behind session."""
    return write_chosen(file, [(source, _all) for source in sources])


def write_chosen(file: BinaryIO, sources: Sequence[tuple[Cassette, Choice]]) -> int:
    """Write what is chosen of each open cassette to a file, session behind session."""
    return _write(file, sources, _as_it_is)


def write_sessions(target: Path, sessions: Sequence[tuple[Session, Sequence[Interaction]]]) -> int:
    """Write sessions that are on no cassette yet to a new one, numbered in their order.

    Raises as `trim` does.
    """
    _check_target(target, in_place=False)
    with held(target) as journal:
        _check_target(target, in_place=False)  # another may have made it meanwhile
        check_nothing_waits(target, journal)
        return replace_file(standing(target), partial(_write_new, sessions=sessions))


def _write_new(file: BinaryIO, sessions: Sequence[tuple[Session, Sequence[Interaction]]]) -> int:
    numbered = [
        (msgspec.structs.replace(session, number=number), interactions)
        for number, (session, interactions) in enumerate(sessions, 1)
    ]
    encoder = CassetteEncoder(file)
    lines = b"".join(encode_session(session) for session, _ in numbered)
    encoder.head(encode_head(numbered[0][0].tool) + lines)
    pairs = ((session, one) for session, interactions in numbered for one in interactions)
    count = 0
    for count, (session, one) in enumerate(pairs, 1):
        encoder.add(msgspec.structs.replace(one, number=count, session=session.number))
    encoder.finish()
    return count


def _all(entry: IndexEntry) -> bool:
    return True


def _as_it_is(interaction: Interaction) -> Interaction:
    return interaction


def _assemble(sources: Sequence[Path], target: Path, keep: Choice, change: Change) -> int:
    in_place = [target] == list(sources)
    _check_target(target, in_place=in_place)
    with held(target) as journal, ExitStack() as opened:
        _check_target(target, in_place=in_place)  # another may have made it meanwhile
        check_nothing_waits(target, journal)
        cassettes = [opened.enter_context(Cassette.open(source)) for source in sources]
        chosen = [(cassette, keep) for cassette in cassettes]
        write = partial(_write, sources=chosen, change=change)
        return replace_file(standing(target), write)


def _check_target(target: Path, *, in_place: bool) -> None:
    if in_place and not target.exists():
        raise CassetteNotFound(target)
    if not in_place and target.exists():
        raise CassetteError(target, "exists already; name a file that does not")


def _write(file: BinaryIO, sources: Sequence[tuple[Cassette, Choice]], change: Change) -> int:
    chosen = [
        (source, [entry for entry in source.index if keep(source.with_target(entry))])
        for source, keep in sources
    ]
    sessions = list(_sessions(chosen))
    encoder = CassetteEncoder(file)
    head = b"".join(encode_session(session) for _, _, session in sessions)
    first_line = sources[0][0].head_text.partition(b"\n")[0]
    encoder.head(first_line + b"\n" + head)
    numbers = {(id(source), old): session.number for source, old, session in sessions}
    count = 0
    for source, entries in chosen:
        for entry in entries:
            count += 1
            session = numbers[id(source), entry.session]
            text, placed = _changed(source, entry, change)
            text = renumbered(source.path, entry.offset, text, count, session)
            encoder.add_text(text, msgspec.structs.replace(placed, number=count, session=session))
    encoder.finish()
    return count


def _changed(source: Cassette, entry: IndexEntry, change: Change) -> tuple[bytes, IndexEntry]:
    """The text and the entry of an interaction after the change."""
    if change is _as_it_is:
        return source.read_text(entry), entry
    interaction = source.read(entry.number)
    changed = change(interaction)
    if changed == interaction:
        return source.read_text(entry), entry
    return encode_interaction(changed), entry_of(changed)


def _sessions(
    chosen: Sequence[tuple[Cassette, Sequence[IndexEntry]]],
) -> Iterator[tuple[Cassette, int, Session]]:
    """The sessions that something is kept of, under the numbers they will have."""
    number = 0
    for source, entries in chosen:
        used = {entry.session for entry in entries}
        for session in source.sessions:
            if session.number in used:
                number += 1
                yield source, session.number, msgspec.structs.replace(session, number=number)


def renumbered(path: Path, offset: int, text: bytes, number: int, session: int) -> bytes:
    """The text of an interaction under another number and in another session.

    Raises CassetteCorrupt where the text is not one.
    """
    pieces: list[bytes] = []
    position = 0
    while position < len(text):
        _, line_end = next_line(path, offset, text, position)
        end = next_record(path, offset, text, position).end
        line = msgspec.json.decode(memoryview(text)[position : line_end - 1], type=_Line)
        for key, value in (("n", number), ("session", session)):
            if key in line:
                line[key] = msgspec.Raw(b"%d" % value)
        pieces += (msgspec.json.encode(line), b"\n", text[line_end:end])
        position = end
    return b"".join(pieces)
