"""Cassettes that are loaded again when they change, while what was loaded last goes on.

Looks at the files twice a second; why no library watches them is in docs/decisions/. Knows files
and asyncio; what loading means is for the caller.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

EVERY_SECONDS = 0.5

_Mark = tuple[int, int, int, int]


class Watched:
    """Whether files have changed since they were loaded. Make it before they are."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = files
        self._loaded = self._seen = self._marks()

    def changed(self) -> bool:
        """Once for each change, as soon as two looks in a row see the same: one that is being
        copied is not read half way."""
        now = self._marks()
        settled, self._seen = now == self._seen, now
        if not settled or now == self._loaded:
            return False
        self._loaded = now
        return True

    def _marks(self) -> list[_Mark | None]:
        return [_mark(path) for path in self._files]


async def reload_when_changed(watched: Watched, reload: Callable[[], Awaitable[None]]) -> None:
    """Look until cancelled."""
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        if watched.changed():
            await reload()


def _mark(path: Path) -> _Mark | None:
    """What a file cannot be written or replaced without changing; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
