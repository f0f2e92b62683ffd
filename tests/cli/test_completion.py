from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from tests.cli.processes import make_tape
from wiretape.cli.main import wiretape
from wiretape.cli.verbs.completion import SHELLS


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_for_each_shell(shell: str) -> None:
    result = CliRunner().invoke(wiretape, ["completion", shell])
    assert result.exit_code == 0
    assert "_WIRETAPE_COMPLETE" in result.stdout


def test_an_unknown_shell_is_misuse() -> None:
    result = CliRunner().invoke(wiretape, ["completion", "tcsh"])
    assert result.exit_code == 2


def completed(*arguments: str, incomplete: str) -> list[str]:
    completion = ShellComplete(wiretape, {}, "wiretape", "_WIRETAPE_COMPLETE")
    return [item.value for item in completion.get_completions(list(arguments), incomplete)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    make_tape(tmp_path / "agent.tape.zst")
    (tmp_path / "agent.txt").touch()
    (tmp_path / "archive").mkdir()
    make_tape(tmp_path / "archive" / "old.tape.zst")
    return tmp_path


def test_verbs() -> None:
    assert completed(incomplete="re") == ["record", "replay", "recover", "redact"]


def test_cassettes_and_folders(folder: Path) -> None:
    assert completed("ls", incomplete="a") == ["agent.tape.zst", "archive/"]
    assert completed("ls", incomplete="archive/") == ["archive/old.tape.zst"]
    assert completed("ls", incomplete="*") == []


def test_numbers(folder: Path) -> None:
    assert completed("show", "agent.tape.zst", incomplete="") == ["1", "2", "3"]
    assert completed("play", "nothing.tape.zst", incomplete="") == []


def test_what_a_glob_would_read_as_a_pattern_is_a_name(folder: Path) -> None:
    make_tape(folder / "a[1]*.tape.zst")
    assert completed("ls", incomplete="a[1]*") == ["a[1]*.tape.zst"]
    assert completed("ls", incomplete="a[g]") == []
