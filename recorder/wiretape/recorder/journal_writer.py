"""The journal's file: what waits is written in batches, and a failing disk stops nothing.

An interaction of which 4 KiB wait is written at once. What waits otherwise goes out before it is
100 ms old (design: nothing of the traffic waits for the disk, except that an interaction's end is
written before the client sees it), between two turns of the event loop, a few interactions at a
time: all at once was half a millisecond with a hundred streams, in which the reads of all of them
waited. A batch that fails is cut off again, so that the file always ends with a whole entry. A
file that vanishes is written anew from what is still open here. Knows the file and the event
loop's timer; what an entry says is the tap's business.
"""

import asyncio
import logging
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from wiretape.cassettes.errors import CassetteError, CassetteLocked
from wiretape.cassettes.folding import lock_journal
from wiretape.cassettes.journal import Ended, SessionOpened, encode_entry, journal_path
from wiretape.cassettes.model import Session
from wiretape.cassettes.redaction import DEFAULT_RULES, RedactionRules, Redactor
from wiretape.recorder.body_copy import BodyCopy
from wiretape.recorder.tap import Tap

FLUSH_BYTES = 4 * 1024
FLUSH_SECONDS = 0.05
"""Half of the 100 ms that are promised, since the timer of a busy loop is late."""

BATCH = 4
"""Interactions written in one turn of the loop, in which nothing is passed on."""

_VANISHED = "the journal vanished while recording"

_log = logging.getLogger(__name__)


class JournalWriter:
    """Open from the start of a session to its end. Makes the taps and writes for them."""

    def __init__(
        self,
        cassette: Path,
        file: BinaryIO,
        clock: Callable[[], int],
        redactor: Redactor,
        *,
        fsync: bool,
    ) -> None:
        self.opened = 0
        """Interactions so far."""
        self.lost = 0
        """Interactions of which the tape lacks something."""
        self.problem = ""
        """What the disk said first; empty where all is well."""
        self._cassette = cassette
        self._file = file
        self._zero_ns = clock()
        self._fsync = fsync
        self._redactor = redactor
        self._waiting: dict[Tap, int] = {}
        """Bytes that wait of each interaction."""
        self._due: dict[Tap, int] = {}
        """The same, of those that have waited long enough."""
        self._timer: asyncio.TimerHandle | None = None
        self._next_turn: asyncio.Handle | None = None
        self._thread = ThreadPoolExecutor(1, "wiretape-redaction")
        """Only one: more would take the loop's time from it, and it no less."""
        self._asides: set[asyncio.Task[None]] = set()
        self._good_end = os.fstat(file.fileno()).st_size
        self._broken = False

    @classmethod
    def open(
        cls,
        cassette: Path,
        session: Session,
        clock: Callable[[], int],
        *,
        redaction: RedactionRules = DEFAULT_RULES,
        fsync: bool = False,
    ) -> "JournalWriter":
        """Begin the journal of a session, locked for this process.

        Raises CassetteLocked, and CassetteError where the system refuses to write.
        """
        path = journal_path(cassette)
        try:
            file = lock_journal(cassette, create=True)
        except OSError as error:
            raise CassetteError(path, f"cannot be written ({error.strerror})") from error
        assert file is not None
        if os.fstat(file.fileno()).st_size:
            file.close()
            raise CassetteLocked(cassette)  # it was folded a moment ago: someone else is here
        writer = cls(cassette, file, clock, Redactor(redaction), fsync=fsync)
        try:
            writer._append(encode_entry(SessionOpened(session)))
        except OSError as error:
            path.unlink()
            file.close()
            raise CassetteError(path, f"cannot be written ({error.strerror})") from error
        return writer

    def keep_out(self, header: str, value: str) -> None:
        """Search for the value of an authentication header as if a client had sent it."""
        self._redactor.learn(((header, value),), "/")

    def tap(self) -> Tap:
        """The tap of a new interaction."""
        self.opened += 1
        return Tap(self.opened, self._zero_ns, self._redactor, self)

    def waiting(self, tap: Tap, size: int) -> None:
        """A tap has something to write, `size` bytes more than it had."""
        waiting = self._due if tap in self._due else self._waiting
        waiting[tap] = waiting.get(tap, 0) + size
        if waiting[tap] >= FLUSH_BYTES:
            self._write([tap])
        elif self._timer is None and waiting is self._waiting:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._all_are_due)

    def write_end(self, tap: Tap) -> None:
        """An interaction is over; it is in the file when this returns, unless the disk failed."""
        self._write([tap])
        if self._fsync:
            self._sync()

    def aside(self, tap: Tap, body: BodyCopy, then: Callable[[], None]) -> None:
        """Have a body looked through in another thread, and write it, a part in a turn."""
        task = asyncio.get_running_loop().create_task(self._look_through(tap, body, then))
        self._asides.add(task)
        task.add_done_callback(self._asides.discard)

    async def settle(self) -> None:
        """Until nothing is done aside any more; to be waited for before `close`."""
        while self._asides:
            await asyncio.wait(self._asides)

    def flush(self) -> None:
        """Write all that waits, now."""
        for later in (self._timer, self._next_turn):
            if later is not None:
                later.cancel()
        self._timer = self._next_turn = None
        self._write(list(self._due | self._waiting))

    def _all_are_due(self) -> None:
        self._timer = None
        self._due |= self._waiting
        self._waiting = {}
        self._write_soon()

    def _write_soon(self) -> None:
        if self._next_turn is None and self._due:
            self._next_turn = asyncio.get_running_loop().call_soon(self._write_due)

    def _write_due(self) -> None:
        self._next_turn = None
        self._write(list(islice(self._due, BATCH)))
        self._write_soon()

    def _write(self, taps: list[Tap]) -> None:
        """Write what these have. Never raises: what fails is kept as `problem`."""
        for tap in taps:
            self._waiting.pop(tap, None)
            self._due.pop(tap, None)
        taken = [(tap, batch) for tap in taps if (batch := self._take(tap))]
        if not taken:
            return
        try:
            self._append(b"".join(batch for _, batch in taken))
        except OSError as error:
            self._failed([tap for tap, _ in taken], error)
            return
        for tap, _ in taken:
            tap.written()
            if tap.ending is not None and tap.lost:
                self.lost += 1

    def close(self) -> dict[int, Ended]:
        """Write what still waits and let the file go; returns the ends it did not take."""
        self.flush()
        self.lost += len(self._waiting)
        if self._timer is not None:
            self._timer.cancel()
        try:
            self._see_to_file()
        except OSError as error:
            self.lost = self.opened
            _log.debug("no journal to seal (%s)", error)
        self._file.close()
        self._thread.shutdown(wait=False)
        ends = (tap.ended_entry() for tap in self._waiting)
        return {ended.n: ended for ended in ends if ended is not None}

    def _take(self, tap: Tap) -> bytes:
        try:
            return tap.take()
        except Exception as error:
            self._give_up(tap, error)
            return b""

    async def _look_through(self, tap: Tap, body: BodyCopy, then: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._thread, body.look_through)
        except Exception as error:
            self._give_up(tap, error)
        body.come_back()
        while body.has_more:
            self._write([tap])
            await asyncio.sleep(0)
        then()

    def _give_up(self, tap: Tap, error: Exception) -> None:
        # Not redacted means not written; the client has its bytes all the same.
        # Only the error's name: its words may quote what was to be redacted.
        self._note(f"interaction {tap.n} could not be redacted ({type(error).__name__})")
        tap.give_up("it could not be redacted")

    def _append(self, data: bytes) -> None:
        """Append all of it or nothing. Raises OSError."""
        if self._broken:
            raise OSError(0, "the journal could not be repaired after a failed write")
        self._see_to_file()
        descriptor = self._file.fileno()
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(descriptor, view) :]
        except OSError:
            self._cut_back(descriptor)
            raise
        self._good_end += len(data)

    def _cut_back(self, descriptor: int) -> None:
        try:
            os.ftruncate(descriptor, self._good_end)
        except OSError:
            # Readers stop at a torn entry: what would be written behind it could not be found.
            self._broken = True

    def _see_to_file(self) -> None:
        """Write the journal anew where its file is gone. Raises OSError."""
        path = journal_path(self._cassette)
        if path.exists() and os.path.samestat(path.stat(), os.fstat(self._file.fileno())):
            return
        try:
            new = lock_journal(self._cassette, create=True)
            assert new is not None
            self._copy_to(new, path)
        except CassetteError as error:
            self._note(f"{_VANISHED}, and {error.problem}")
            raise OSError(0, error.problem) from error
        except OSError as error:
            self._note(f"{_VANISHED} and could not be written anew ({error.strerror})")
            raise
        self._note(f"{_VANISHED}, and was written anew")
        self._file.close()
        self._file = new

    def _copy_to(self, new: BinaryIO, path: Path) -> None:
        try:
            if os.fstat(new.fileno()).st_size:
                raise CassetteLocked(self._cassette)  # of a recorder that was here and was killed
            self._file.seek(0)
            shutil.copyfileobj(self._file, new)
            new.flush()
        except CassetteError:
            new.close()
            raise
        except OSError:
            path.unlink(missing_ok=True)
            new.close()
            raise

    def _failed(self, taps: list[Tap], error: OSError) -> None:
        self._note(f"the journal could not be written ({error.strerror})")
        for tap in taps:
            tap.not_written(str(error.strerror))
            self._waiting[tap] = 0  # offered again with whatever comes next

    def _sync(self) -> None:
        try:
            os.fdatasync(self._file.fileno())
        except OSError as error:
            self._note(f"the journal could not be made durable ({error.strerror})")

    def _note(self, problem: str) -> None:
        self.problem = self.problem or problem
