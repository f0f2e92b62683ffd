"""`docs/faults.md` says what the faults say of themselves, and its examples run."""

import re
import shlex
from pathlib import Path
from typing import Any

from tests.cli.processes import make_tape, run
from tests.interactions import make_interaction, make_request
from tests.replay.faults.faults_document import FILE, text
from wiretape.replay.faults import parse_fault


def test_the_document_is_what_the_faults_say() -> None:
    assert FILE.read_text() == text(), "python -m tests.replay.faults.faults_document writes it"


def test_the_faults_in_it_are_faults() -> None:
    commands = re.findall(r"^\$ (wiretape replay .*)$", text(), re.MULTILINE)
    said = [word for line in commands for word in shlex.split(line)[4:5]]
    assert len(said) == 3
    assert [parse_fault(fault).times for fault in said] == [0, 2, 0]


def test_the_list_of_the_command_line(tmp_path: Path) -> None:
    listed = run("replay", "--faults", cwd=tmp_path)
    assert listed.returncode == 0
    assert listed.stdout == run("replay", "--fault", "list", cwd=tmp_path).stdout
    assert listed.stdout.startswith(b"cut(after=...)\n    Closes the connection (FIN)")
    refused = run("replay", "--fault", "cutt", "x.tape.zst", cwd=tmp_path)
    assert refused.returncode == 2
    assert refused.stderr.startswith(b"wiretape: Invalid value for '--fault': there is no fault")


def test_the_fault_of_your_own() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", text(), re.DOTALL)
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(code, str(FILE), "exec"), names)  # it is our own
    fault = names["OnlyTheFirst"]()
    asked = make_request(target="/v1/chat/completions")
    whole = make_interaction(((1, b"data: 1\n\ndata: 2\n\n"),), request=asked)
    assert fault.applied(whole, None).response.body == b"data: 1\n\n"
    assert names["server"].faults.list()


def test_a_fault_on_the_command_line(tmp_path: Path) -> None:
    make_tape(tmp_path / "t.tape.zst")
    both = ("--fault", "cut(after=1)", "--fault", "cut(after=")
    refused = run("replay", "t.tape.zst", *both, cwd=tmp_path)
    assert refused.returncode == 2
    assert b"wants the value of after" in refused.stderr
