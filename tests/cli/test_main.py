"""The command as a whole: it starts at once, and every error is one line."""

import json
import subprocess
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tests.cli.processes import WIRETAPE, environment, make_tape, run
from tests.interactions import make_interaction
from wiretape.cli.main import VERBS, wiretape
from wiretape.cli.outcome import exit_code_of

HEAVY = ("aiohttp", "msgspec", "zstandard", "rich", "asyncio", "wiretape.cassettes")


def test_help_names_every_verb() -> None:
    result = CliRunner().invoke(wiretape, ["--help"])
    assert result.exit_code == 0
    for verb in VERBS:
        assert f"\n  {verb} " in result.stdout


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_a_verb(verb: str) -> None:
    result = CliRunner().invoke(wiretape, [verb, "--help"])
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: wiretape {verb}")


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    result = run("--help", cwd=tmp_path, env=environment(PYTHONPROFILEIMPORTTIME="1"))
    imported = {line.split("|")[-1].strip() for line in result.stderr.decode().splitlines()}
    assert "click" in imported
    assert not imported & set(HEAVY)


def test_version(tmp_path: Path) -> None:
    assert run("--version", cwd=tmp_path).stdout.startswith(b"wiretape ")


def test_without_a_verb_the_help_goes_to_stderr(tmp_path: Path) -> None:
    result = run(cwd=tmp_path)
    assert result.returncode == 2
    assert result.stdout == b""
    assert result.stderr.startswith(b"Usage: wiretape")


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (click.Abort(), 130, ""),
        (KeyboardInterrupt(), 130, ""),
        (click.UsageError("Missing it."), 2, "wiretape: Missing it\n"),
        (
            OSError(28, "No space left on device", "/x"),
            1,
            "wiretape: /x: No space left on device\n",
        ),
    ],
)
def test_outcome(
    error: BaseException, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise error

    assert exit_code_of(fail) == code
    assert capsys.readouterr().err == said


def test_a_mistake_of_ours_is_one_line_and_can_be_traced(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def divide() -> float:
        return 1 / 0

    monkeypatch.delenv("WIRETAPE_DEBUG", raising=False)
    assert exit_code_of(divide) == 1
    said = capsys.readouterr().err
    assert said.startswith("wiretape: a defect of wiretape itself (ZeroDivisionError: ")
    assert said.count("\n") == 1
    monkeypatch.setenv("WIRETAPE_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        exit_code_of(divide)


def test_a_reader_that_leaves_ends_it_silently(tmp_path: Path) -> None:
    many = [make_interaction(((1, b"x" * 500_000),)) for _ in range(3)]
    make_tape(tmp_path / "t.tape.zst", many)
    process = subprocess.Popen(
        [*WIRETAPE, "show", "--raw", "t.tape.zst"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert json.loads(process.stdout.readline())["record"] == "cassette"
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    process.wait()
