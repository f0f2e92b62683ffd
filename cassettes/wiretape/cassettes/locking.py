"""Who may write a cassette: one process at a time, by the lock on its journal.

A recorder holds it while it records, recovery while it recovers, and whoever changes a cassette
from before it is read until it is replaced. Knows paths and locks.
"""

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from wiretape.cassettes.errors import CassetteError, CassetteLocked
from wiretape.cassettes.journal import journal_path
from wiretape.cassettes.links import PLANTED, check_links
from wiretape.cassettes.store import FILE_MODE


@contextmanager
def held(cassette: Path) -> Iterator[BinaryIO]:
    """Nobody else writes the cassette meanwhile. Gives its journal, which may be empty; one that
    was made for this only is gone afterwards.

    Raises CassetteLocked where another process holds it, CassetteError where the system refuses
    or somebody else put the journal there.
    """
    try:
        journal = lock_journal(cassette, create=True)
    except OSError as error:
        raise CassetteError(cassette, f"cannot be written ({error.strerror})") from error
    assert journal is not None, "there is one where create is True"
    with journal:
        try:
            yield journal
        finally:
            path = journal_path(cassette)
            if is_empty(journal) and _stands_at(path, journal):
                path.unlink()


def check_nothing_waits(cassette: Path, journal: BinaryIO) -> None:
    """Raises CassetteError where an interrupted recording waits in the journal: it would come to
    the cassette unchanged, after whatever is about to be done to it.
    """
    if not is_empty(journal):
        raise CassetteError(
            cassette,
            "the journal of an interrupted recording stands beside it; "
            f"'wiretape recover {cassette}' puts it on the cassette first",
        )


def is_empty(journal: BinaryIO) -> bool:
    """Whether nothing was ever recorded in it."""
    return os.fstat(journal.fileno()).st_size == 0


def lock_journal(cassette: Path, *, create: bool) -> BinaryIO | None:
    """The journal of a cassette, open for reading and appending, locked for this process.

    None where there is none and `create` is False. Raises CassetteLocked where another process
    holds it, CassetteError where somebody else put it there. The lock goes with the file's
    closing or the process's death.
    """
    check_links(cassette)
    path = journal_path(cassette)
    flags = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | (os.O_CREAT if create else 0)
    while True:
        try:
            descriptor = os.open(path, flags, FILE_MODE)
        except FileNotFoundError:
            if create:
                raise
            return None
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise CassetteError(path, f"a symbolic link; {PLANTED}") from error
            raise
        if not _is_ours(path, descriptor):
            os.close(descriptor)
            raise CassetteError(path, f"not a file of yours; {PLANTED}")
        file = os.fdopen(descriptor, "r+b")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.close()
            raise CassetteLocked(cassette) from error
        # Whoever held it before may have removed it between our open and our lock.
        if _stands_at(path, file):
            return file
        file.close()


def _stands_at(path: Path, file: BinaryIO) -> bool:
    return path.exists() and path.stat().st_ino == os.fstat(file.fileno()).st_ino


def _is_ours(path: Path, descriptor: int) -> bool:
    """Whether nobody planted the journal in a folder others can write to. Whoever owns the
    folder could do as they like with it in any case.
    """
    status = os.fstat(descriptor)
    owners = {os.geteuid(), path.parent.stat().st_uid}
    return stat.S_ISREG(status.st_mode) and status.st_uid in owners
