"""Disks that a test can fill and empty again, and folders that cannot be written to.

Two means, and a test runs on each that the system gives: a tmpfs of 512 KiB (real ENOSPC; takes
the right to mount) and a limit to the size of files (EFBIG; RLIMIT_FSIZE, Linux). Knows the
system; nothing of what writes there.
"""

import functools
import os
import resource
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SIZE = 512 * 1024
"""Bytes of the tmpfs."""

LIMIT = 4096
"""Bytes: below every journal that holds a body of these tests."""


class SmallDisk:
    """A folder, and a way to leave no room in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def full(self, pid: int = 0) -> Iterator[None]:
        """For this process, those it starts, and the one of `pid`: no room for anything."""
        raise NotImplementedError


class Tmpfs(SmallDisk):
    """A mounted one; what fills it is a file."""

    @contextmanager
    def full(self, pid: int = 0) -> Iterator[None]:
        ballast = self.folder / "ballast"
        descriptor = os.open(ballast, os.O_WRONLY | os.O_CREAT)
        try:
            while True:
                os.write(descriptor, bytes(1024))
        except OSError:
            os.close(descriptor)
        try:
            yield
        finally:
            ballast.unlink()


class LimitedFiles(SmallDisk):
    """An ordinary folder; no file may grow beyond the limit."""

    @contextmanager
    def full(self, pid: int = 0) -> Iterator[None]:
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        for process in {0, pid}:
            resource.prlimit(process, resource.RLIMIT_FSIZE, (LIMIT, hard))
        try:
            yield
        finally:
            for process in {0, pid}:
                with suppress(ProcessLookupError):  # it may have ended meanwhile
                    resource.prlimit(process, resource.RLIMIT_FSIZE, (hard, hard))


def means() -> list[str]:
    """Names of the means there are here."""
    found = ["limit"] if hasattr(resource, "prlimit") else []
    return [*found, "tmpfs"] if may_mount() else found


@contextmanager
def small_disk(name: str, folder: Path) -> Iterator[SmallDisk]:
    """An empty one at `folder`, by the means of that name."""
    folder.mkdir()
    if name == "limit":
        yield LimitedFiles(folder)
        return
    with _mounted(folder):
        yield Tmpfs(folder)


@functools.cache
def may_mount() -> bool:
    """Whether this process may mount a tmpfs."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            with _mounted(Path(folder)):
                return True
        except (OSError, subprocess.CalledProcessError):
            return False


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """No file can be made or removed in it, by a process that runs behind `WITHOUT_RIGHTS`."""
    folder.chmod(0o500)
    try:
        yield
    finally:
        folder.chmod(0o700)


WITHOUT_RIGHTS = (
    ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
)
"""Root may write anywhere; behind this it may not."""


@contextmanager
def _mounted(folder: Path) -> Iterator[None]:
    options = f"size={SIZE},mode=700"
    command = ["mount", "-t", "tmpfs", "-o", options, "wiretape-test", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
