"""What a person sees: the same commands with a pseudo-terminal for stdout."""

import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

from tests.cli.processes import WIRETAPE, environment, make_tape
from tests.interactions import make_interaction, make_request

OURS = re.compile(r"\x1b\[[0-9;]*m")
"""Colour and bold, which rich and click write."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    hostile = make_interaction(
        ((1, b"a\x1b]0;title"), (2, b"\x07\x1b[2Jb\xc3"), (3, b"\xa9\n")),
        request=make_request(target="/v1/\x1b[2J", body=b'{"model":"m","input":"\\u001b"}'),
    )
    make_tape(tmp_path / "t.tape.zst", [hostile])
    return tmp_path


def seen(folder: Path, *arguments: str) -> str:
    """What `wiretape` writes to a terminal of 80 columns."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*WIRETAPE, *arguments],
        cwd=folder,
        env=environment(TERM="xterm"),
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.PIPE,
    )
    os.close(theirs)
    data = b""
    try:
        while piece := os.read(ours, 65536):
            data += piece
    except OSError:  # Linux says EIO where the other side has closed
        pass
    finally:
        os.close(ours)
    process.communicate()
    assert process.returncode == 0
    return OURS.sub("", data.decode()).replace("\r\n", "\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("ls", "t.tape.zst"),
        ("show", "t.tape.zst", "1"),
        ("show", "t.tape.zst", "--body"),
        ("show", "t.tape.zst", "--raw"),
        ("play", "t.tape.zst", "--speed", "instant"),
    ],
    ids=lambda arguments: " ".join(arguments),
)
def test_nothing_on_a_tape_acts_on_the_terminal(folder: Path, arguments: tuple[str, ...]) -> None:
    text = seen(folder, *arguments)
    assert "\x1b" not in text
    assert "\x07" not in text
    if arguments[0] != "ls":
        assert "a␛]0;title␇␛[2Jbé" in text


def test_a_listing_is_a_table(folder: Path) -> None:
    names, rule, row, *_ = seen(folder, "ls", "t.tape.zst").splitlines()
    assert names.split()[0] == "#"
    assert rule == "─" * len(rule)
    assert "/v1/␛[2J" in row
    assert len(rule) <= 80


def test_request_json_is_laid_out(folder: Path) -> None:
    assert '{\n  "model": "m",\n  "input": "\\u001b"\n}\n' in seen(
        folder, "show", "t.tape.zst", "1"
    )
