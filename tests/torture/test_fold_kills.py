"""Killed at every line of the folding, once each: the next one completes it.

Every fourth line in the ordinary run; all of them where WIRETAPE_TORTURE is set, as
`make torture-recorder` does.

Sealing is deterministic, so what is there in the end must be, byte for byte, the cassette of a
folding that nobody killed: nothing twice, nothing lost, nothing left beside it.
"""

import itertools
import os
import shutil
import signal
import sys
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

from tests.cassettes.sample import INTERACTIONS, SESSION
from tests.small_journal import entries
from tests.torture.killing import reap
from wiretape.cassettes import folding, journal, store
from wiretape.cassettes.folding import fold
from wiretape.cassettes.journal import encode_entry, journal_path

WATCHED = {module.__file__ for module in (folding, journal, store)}
"""Where files are opened, written, put in place and removed."""


STEP = 1 if os.environ.get("WIRETAPE_TORTURE") else 4


def make_folder(folder: Path, *, appending: bool) -> Path:
    """A journal beside a cassette, or alone."""
    folder.mkdir()
    cassette = folder / "t.tape.zst"
    if appending:
        store.append(cassette, SESSION, INTERACTIONS)
    journal_path(cassette).write_bytes(b"".join(map(encode_entry, entries())))
    journal_path(cassette).chmod(0o600)
    return cassette


@pytest.mark.parametrize("appending", [False, True])
def test_killed_at_every_line(tmp_path: Path, appending: bool) -> None:
    reference = make_folder(tmp_path / "unharmed", appending=appending)
    assert fold(reference) is not None
    whole = reference.read_bytes()
    for line in itertools.count(1, STEP):
        folder = tmp_path / "harmed"
        cassette = make_folder(folder, appending=appending)
        before = cassette.read_bytes() if appending else None
        if not fold_and_die(cassette, line):
            break
        found = cassette.read_bytes() if cassette.exists() else None
        assert found in (before, whole), f"half a cassette, killed at line {line}"
        assert found == whole or journal_path(cassette).exists()
        fold(cassette)
        assert cassette.read_bytes() == whole, f"killed at line {line}"
        assert [path.name for path in folder.iterdir()] == [cassette.name]
        shutil.rmtree(folder)
    assert line > 100


def fold_and_die(cassette: Path, line: int) -> bool:
    """Fold in a process that kills itself at the n-th line; whether it came so far."""
    pid = os.fork()
    if pid == 0:
        sys.settrace(_Death(line).on_call)
        fold(cassette)
        os._exit(0)
    return reap(pid)


class _Death:
    """Comes with the n-th line that is run in the watched modules."""

    def __init__(self, line: int) -> None:
        self._left = line

    def on_call(self, frame: FrameType, event: str, argument: Any) -> Any:
        return self._on_line if _is_watched(frame.f_code) else None

    def _on_line(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            self._left -= 1
            if not self._left:
                os.kill(os.getpid(), signal.SIGKILL)
        return self._on_line


def _is_watched(code: CodeType) -> bool:
    return code.co_filename in WATCHED
