"""Cassettes as files: opening, reading, appending whole sessions.

Knows paths and how to replace a file without ever leaving half a one. What the bytes say is
for the codec; what a journal says is for folding.
"""

import fcntl
import glob
import os
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import count, groupby
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import msgspec

from wiretape.cassettes.codec.decoder import CassetteDecoder
from wiretape.cassettes.codec.encoder import CassetteEncoder, encode_head, encode_session
from wiretape.cassettes.codec.index import IndexEntry
from wiretape.cassettes.codec.lines import Unwritable
from wiretape.cassettes.codec.records import InteractionRefused
from wiretape.cassettes.codec.scan import scan
from wiretape.cassettes.codec.shown import is_cut
from wiretape.cassettes.errors import (
    CassetteCorrupt,
    CassetteError,
    CassetteNotFound,
    IndexCorrupt,
    InteractionNotFound,
    NotACassette,
)
from wiretape.cassettes.model import Asked, Interaction, Session

FILE_MODE = 0o600
"""A cassette holds conversations: it is for its owner."""


class Cassette:
    """One cassette, open for reading. Iterating gives its interactions in order."""

    def __init__(self, path: Path, file: BinaryIO, *, by_scan: bool = False) -> None:
        self.path = path
        self._file = file
        self._decoder = CassetteDecoder(path, file)
        self.whole = True
        """False where there is no index: the program that wrote it was stopped."""
        self.damages: tuple[CassetteCorrupt, ...] = ()
        """What a scan found that is no whole block."""
        self.kept_aside = path
        """Where the file stands that it was read from, once it has been made anew."""
        index_at = None if by_scan else self._decoder.index_offset()
        if index_at is not None:
            self.index = self._decoder.read_index(index_at)
            self.head_end = self.index[0].offset if self.index else index_at
        else:
            self._scan(step_over_damage=by_scan)
        self.head_text, self.sessions = self._decoder.read_head(self.head_end)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a cassette by its index or, where it never got one, by reading all of it.

        Raises CassetteNotFound, NotACassette, UnsupportedVersion, CassetteCorrupt,
        IndexCorrupt, LimitExceeded, or CassetteError where the system refuses the file.
        """
        return cls._opened(path, by_scan=False)

    @classmethod
    def salvage(cls, path: Path) -> Self:
        """Open what is whole, by reading all of it; `damages` tells what is not.

        Raises as `open` does, but for damage behind the head.
        """
        return cls._opened(path, by_scan=True)

    @classmethod
    def _opened(cls, path: Path, *, by_scan: bool) -> Self:
        try:
            # A pipe or a device would be waited for, perhaps without end.
            if path.exists() and not (path.is_file() or path.is_dir()):
                raise NotACassette(path, "no regular file")
            file = path.open("rb")
        except FileNotFoundError as error:
            raise CassetteNotFound(path) from error
        except OSError as error:
            raise CassetteError(path, f"cannot be read ({error.strerror})") from error
        try:
            return cls(path, file, by_scan=by_scan)
        except OSError as error:
            file.close()
            raise CassetteError(path, f"cannot be read ({error.strerror})") from error
        except BaseException:
            file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __len__(self) -> int:
        return len(self.index)

    def __iter__(self) -> Iterator[Interaction]:
        return (self._decoder.read(entry) for entry in self.index)

    def asked(self) -> Iterator[Asked]:
        """What was asked, in order. Raises CassetteCorrupt."""
        return (self._decoder.read_asked(entry) for entry in self.index)

    def require_whole(self) -> None:
        """Raises CassetteCorrupt where there is no index: whoever plays the rest, or writes it
        anew, would take what is missing for what was never recorded."""
        if self.whole:
            return
        end = self.index[-1].offset + self.index[-1].length if self.index else self.head_end
        held = f"interaction{'s' if len(self) > 1 else ''}"
        left = f"{len(self):,} whole {held} before it" if len(self) else "no whole interaction"
        problem = f"the file ends without an index, so that some of it is missing ({left})"
        raise CassetteCorrupt(self.path, end, problem)

    def verify(self) -> None:
        """Unpack every frame. Raises CassetteCorrupt at the first that is damaged."""
        for _ in self.text():
            pass

    def read(self, number: int) -> Interaction:
        """One interaction by its number. Raises InteractionNotFound, CassetteCorrupt."""
        return self._decoder.read(self._entry(number))

    def read_asked(self, number: int) -> Asked:
        """Its request, in a third of the time. Raises InteractionNotFound, CassetteCorrupt."""
        return self._decoder.read_asked(self._entry(number))

    def _entry(self, number: int) -> IndexEntry:
        at = bisect_left(self.index, number, key=lambda entry: entry.number)
        if at == len(self.index) or self.index[at].number != number:
            last = self.index[-1].number if self.index else 0
            raise InteractionNotFound(self.path, number, last)
        return self.index[at]

    def read_text(self, entry: IndexEntry) -> bytes:
        """The text of one interaction, as it stands. Raises CassetteCorrupt."""
        return self._decoder.read_text(entry)

    def with_target(self, entry: IndexEntry) -> IndexEntry:
        """The entry with its target whole, for whoever compares it. Raises CassetteCorrupt."""
        if not is_cut(entry.target):
            return entry
        return msgspec.structs.replace(entry, target=self.read(entry.number).request.target)

    def text(self) -> Iterator[bytes]:
        """What `zstd -dc` prints, a frame at a time. Raises CassetteCorrupt."""
        return (self._decoder.text_of(frame) for frame in self._decoder.frames())

    def copy_blocks(self, encoder: CassetteEncoder) -> None:
        """Hand every whole block to an encoder, byte for byte; of a block in which something was
        refused, only the interactions.
        """
        mixed = {one.offset for one in self.damages if isinstance(one, InteractionRefused)}
        for (offset, length), entries in groupby(self.index, key=_block_of):
            if offset in mixed:
                for entry in entries:
                    encoder.add_text(self.read_text(entry), entry)
                continue
            self._file.seek(offset)
            encoder.copy_block(self._file.read(length), entries)

    def _scan(self, *, step_over_damage: bool) -> None:
        self._decoder.check_begin()
        found = scan(self.path, self._decoder)
        if not step_over_damage:
            if found.damages:
                raise found.damages[0]
            if found.index_at is not None:
                raise IndexCorrupt(
                    self.path,
                    found.index_at,
                    "the index is damaged",
                )
        self.whole = False
        self.damages = found.damages
        self.index = found.entries
        self.head_end = found.head_end


def _block_of(entry: IndexEntry) -> tuple[int, int]:
    return entry.offset, entry.length


def is_absent(path: Path) -> bool:
    """Whether there is nothing at the path, or an empty file as `mktemp` makes one."""
    return not path.exists() or (path.is_file() and path.stat().st_size == 0)


def append(path: Path, session: Session, interactions: Iterable[Interaction]) -> int:
    """Put one session's interactions on a cassette, new or old, and return how many.

    They are numbered behind those that are there; blocks that are there are copied whole. The
    file at `path` is replaced in one step: whoever reads it sees the old one or the new one.
    Raises what opening raises, and CassetteError where the system refuses to write.
    """
    if is_absent(path):
        return replace_file(path, lambda file: _write(file, None, session, interactions))
    with Cassette.open(path) as old:
        return replace_file(path, lambda file: _write(file, old, session, interactions))


def rebuild(path: Path) -> Cassette:
    """Write a cassette anew from what `Cassette.salvage` finds; the file as it was stays
    beside it, `kept_aside`. Returns the salvaged cassette, closed, for its numbers.

    Raises as `Cassette.salvage` and `append` do.
    """
    with Cassette.salvage(path) as old:
        try:
            old.kept_aside = keep_aside(path)
        except OSError as error:
            raise CassetteError(path, f"cannot be kept aside ({error.strerror})") from error
        replace_file(path, lambda file: _rewrite(file, old))
        return old


def _rewrite(file: BinaryIO, old: Cassette) -> int:
    encoder = CassetteEncoder(file)
    encoder.head(old.head_text)
    old.copy_blocks(encoder)
    encoder.finish()
    return len(old)


def _write(
    file: BinaryIO, old: Cassette | None, session: Session, interactions: Iterable[Interaction]
) -> int:
    known = () if old is None else old.sessions
    number = 1 + max((before.number for before in known), default=0)
    head = encode_head(session.tool) if old is None else old.head_text
    encoder = CassetteEncoder(file)
    encoder.head(head + encode_session(msgspec.structs.replace(session, number=number)))
    if old is not None:
        old.copy_blocks(encoder)
    count = last = old.index[-1].number if old is not None and old.index else 0
    for count, interaction in enumerate(interactions, last + 1):
        encoder.add(msgspec.structs.replace(interaction, number=count, session=number))
    encoder.finish()
    return count - last


def replace_file(path: Path, write: Callable[[BinaryIO], int]) -> int:
    """Write a file beside `path` and put it in its place once it is whole and on the disk.

    Raises CassetteError where the system refuses; `path` is then as it was.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        try:
            # Left behind by a process of this number, or planted in a folder others share.
            beside.unlink(missing_ok=True)
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
            with os.fdopen(descriptor, "wb") as file:
                fcntl.flock(file, fcntl.LOCK_EX)  # what is being written is not swept
                result = write(file)
                file.flush()
                os.fsync(file.fileno())
                beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except OSError as error:
        raise CassetteError(path, f"cannot be written ({error.strerror})") from error
    except Unwritable as error:
        raise CassetteError(path, f"is not written, as no reader would take it: {error}") from error
    return result


def keep_aside(path: Path) -> Path:
    """Give a damaged file another name, that no file has, for whoever can make more of it.

    It is `NAME.damaged`, `NAME.damaged.2` and so on; the old one stays as well. Raises OSError.
    """
    for number in count(1):
        aside = path.with_name(f"{path.name}.damaged" + (f".{number}" if number > 1 else ""))
        with suppress(FileExistsError):
            aside.hardlink_to(path)
            return aside
    raise AssertionError("the numbers have no end")


def sweep(path: Path) -> None:
    """Remove what writers of `path` left beside it when they were killed.

    To be called by whoever has the right to write `path`, and before writing.
    """
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.new"):
        if not _is_being_written(left):
            left.unlink(missing_ok=True)


def _is_being_written(path: Path) -> bool:
    """Whether a process holds it; the lock of one that was killed is gone with it."""
    try:
        # Not what a link leads to, and no pipe is waited for.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _sync_folder(folder: Path) -> None:
    """A rename is on the disk once its folder is (POSIX leaves it open until then)."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
