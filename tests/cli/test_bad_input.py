"""What a person can get wrong: one line that says what and what to do, and an exit code."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard
from click.testing import CliRunner, Result

from tests.cli import processes
from tests.cli.processes import make_tape
from wiretape.cassettes.folding import lock_journal
from wiretape.cli.main import wiretape


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A good cassette, and what is none."""
    monkeypatch.chdir(tmp_path)
    make_tape(tmp_path / "good.tape.zst")
    (tmp_path / "text.tape.zst").write_text("hello\n")
    (tmp_path / "empty.tape.zst").touch()
    zstd = zstandard.ZstdCompressor(write_checksum=True)
    (tmp_path / "foreign.tape.zst").write_bytes(zstd.compress(b'{"some":"json"}\n'))
    later = b'{"record":"cassette","wiretape":99,"tool":"wiretape 9"}\n'
    (tmp_path / "later.tape.zst").write_bytes(zstd.compress(later))
    damaged = bytearray((tmp_path / "good.tape.zst").read_bytes())
    damaged[len(damaged) // 3] ^= 0x10
    (tmp_path / "damaged.tape.zst").write_bytes(damaged)
    (tmp_path / "folder").mkdir()
    return tmp_path


def run(*arguments: str | Path) -> Result:
    """In this process, where a hundred start at once; an error that escaped is no SystemExit."""
    result = CliRunner().invoke(wiretape, [str(argument) for argument in arguments])
    assert isinstance(result.exception, SystemExit | None), result.exception
    return result


def refused(result: Result, code: int, *words: str) -> None:
    said = result.stderr
    assert result.exit_code == code, said
    assert said.startswith("wiretape: ")
    assert said.count("\n") == 1, said
    assert result.stdout == ""
    for word in words:
        assert word in said


READERS = (("ls",), ("show",), ("show", "--raw"), ("play",), ("replay", "--port", "0"))


@pytest.mark.parametrize("reader", READERS, ids=" ".join)
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("unknown.tape.zst", ("unknown.tape.zst", "no such cassette")),
        ("text.tape.zst", ("not a cassette",)),
        ("empty.tape.zst", ("not a cassette",)),
        ("foreign.tape.zst", ("not a cassette",)),
        ("later.tape.zst", ("99", "install a newer wiretape")),
    ],
)
def test_no_cassette(
    folder: Path, reader: tuple[str, ...], name: str, words: tuple[str, ...]
) -> None:
    refused(run(*reader, name), 1, *words)


def test_damage_is_told_with_its_place(folder: Path) -> None:
    refused(run("replay", "damaged.tape.zst", "--port", "0"), 1, "damaged at byte")


def test_recover_of_what_is_no_cassette(folder: Path) -> None:
    refused(run("recover", "unknown.tape.zst"), 1, "no such cassette")
    refused(run("recover", "text.tape.zst"), 1, "not a cassette")
    refused(run("recover", "later.tape.zst"), 1, "install a newer wiretape")


@pytest.mark.parametrize("name", ["text.tape.zst", "later.tape.zst", "damaged.tape.zst"])
def test_recording_onto_what_cannot_be_appended_to(folder: Path, name: str) -> None:
    before = (folder / name).read_bytes()
    refused(run("record", "--to", name, "--port", "0", "--", "true"), 1, name)
    assert (folder / name).read_bytes() == before


def test_no_such_number(folder: Path) -> None:
    for verb in ("show", "play"):
        refused(run(verb, "good.tape.zst", "4"), 1, "no interaction 4", "1 to 3")
        refused(run(verb, "good.tape.zst", "0"), 1, "no interaction 0")


MISUSE = (
    (("record",), "--to"),
    (("record", "--to", "folder"), "is a directory"),
    (("record", "--to", "x", "--port", "70000"), "70000"),
    (("record", "--to", "x", "--host", "0.0.0.0"), "open to the network"),
    (("replay", "good.tape.zst", "--host", "::"), "open to the network"),
    (("record", "--to", "x", "--host", "0.0.0.0", "--token", "sesame"), "too short"),
    (("replay", "good.tape.zst", "--token", "sixteen characters"), "visible ASCII"),
    (("record", "--to", "x", "--max-body", "5X"), "64M or 1GiB"),
    (("record", "--to", "x", "--max-body", "\u0663"), "64M or 1GiB"),
    (("record", "--to", "x", "--max-connections", "0"), "x>=1"),
    (("record", "--to", "x", "--stall-timeout", "0"), "x>0"),
    (("record", "--to", "x", "--upstream", "no-url"), "NAME=URL"),
    (("record", "--to", "x", "--upstream", "a=ftp://host"), "http://"),
    (("record", "--to", "x", "--upstream", "a=http://"), "no host"),
    (("record", "--to", "x", "--upstream", "=http://host"), "name"),
    (("replay",), "FILE"),
    (("replay", "good.tape.zst", "--speed", "0"), "no speed"),
    (("replay", "good.tape.zst", "--speed", "nan"), "no speed"),
    (("replay", "good.tape.zst", "--speed", "\u0662"), "no speed"),
    (("replay", "good.tape.zst", "--max-gap", "\u0661"), "no number of seconds"),
    (("record", "--to", "x", "--grace", "1_0"), "no number of seconds"),
    (("record", "--to", "x", "--stall-timeout", "\u0661"), "no number of seconds"),
    (("replay", "good.tape.zst", "--port", "\u0668\u0667"), "0 to 65535"),
    (("show", "good.tape.zst", "\u0661"), "no number"),
    (("replay", "good.tape.zst", "--speed", "fast"), "instant"),
    (("replay", "good.tape.zst", "--max-gap", "-1"), "max-gap"),
    (("replay", "good.tape.zst", "--framing", "words"), "frames"),
    (("ls",), "FILE"),
    (("ls", "folder"), "is a directory"),
    (("play", "good.tape.zst", "one"), "no number"),
    (("nonsense",), "nonsense"),
    (("--nonsense",), "nonsense"),
)


@pytest.mark.parametrize(("arguments", "word"), MISUSE, ids=lambda value: " ".join(value))
def test_misuse(folder: Path, arguments: tuple[str, ...], word: str) -> None:
    refused(run(*arguments), 2, word, "--help')")


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


def test_the_port_is_taken(folder: Path, taken: int) -> None:
    for arguments in (("record", "--to", "x.tape.zst"), ("replay", "good.tape.zst")):
        result = run(*arguments, "--port", str(taken))
        refused(result, 1, str(taken), "or 0 for a free one")
    assert not (folder / "x.tape.zst.journal").exists()


def test_a_process_says_it_in_one_line_too(folder: Path) -> None:
    result = processes.run("show", "unknown.tape.zst", cwd=folder)
    assert (result.returncode, result.stdout, result.stderr) == (
        1,
        b"",
        b"wiretape: unknown.tape.zst: no such cassette\n",
    )


def test_a_host_that_is_not_ours(folder: Path) -> None:
    token = ("--token", "a-token-of-24-characters")
    result = run("replay", "good.tape.zst", "--host", "127.x", "--port", "0", *token)
    refused(result, 1, "127.x")


def test_no_such_folder(folder: Path) -> None:
    result = run("record", "--to", "nowhere/t.tape.zst", "--port", "0")
    refused(result, 1, "nowhere", "create it first")


def test_a_folder_that_may_not_be_used(folder: Path) -> None:
    (folder / "folder").chmod(0o000)
    # Root may use any folder but those of the system.
    shut = Path("/proc") if os.geteuid() == 0 else folder / "folder"
    refused(run("record", "--to", shut / "t.tape.zst", "--port", "0"), 1, str(shut))
    refused(run("ls", shut / "t.tape.zst"), 1, str(shut))


def test_a_file_in_the_place_of_a_folder(folder: Path) -> None:
    for arguments in (("record", "--port", "0", "--to"), ("ls",), ("recover",)):
        refused(run(*arguments, "good.tape.zst/t.tape.zst"), 1, "good.tape.zst")


def test_another_recorder_is_at_work(folder: Path) -> None:
    journal = lock_journal(folder / "good.tape.zst", create=True)
    assert journal is not None
    with journal:
        for arguments in (("record", "--port", "0", "--to"), ("recover",)):
            result = run(*arguments, "good.tape.zst")
            refused(result, 1, "another process is recording")


@pytest.mark.parametrize("value", ["inf", "nan", "-1", "1e999", "soon"])
def test_a_gap_is_a_number_that_ends(folder: Path, value: str) -> None:
    refused(run("replay", "good.tape.zst", "--port", "0", "--max-gap", value), 2, "--max-gap")
    refused(run("play", "good.tape.zst", "1", "--max-gap", value), 2, "--max-gap")


@pytest.mark.parametrize("value", ["30", "d", "-3d", "2 days", "1.5h", "\u0663d"])
def test_an_age_has_a_unit(folder: Path, value: str) -> None:
    refused(run("replay", "good.tape.zst", "--port", "0", "--max-age", value), 2, "30d")


def test_a_number_is_in_ascii(folder: Path) -> None:
    refused(run("trim", "good.tape.zst", "--keep", "\u0663"), 2, "not like 3")


def test_a_pipe_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "pipe.tape.zst")
    for reader in READERS:
        refused(run(*reader, "pipe.tape.zst"), 1, "no regular file")
    refused(run("record", "--to", "pipe.tape.zst", "--port", "0", "--", "true"), 1, "regular")


def test_an_upstream_that_is_there_twice(folder: Path) -> None:
    twice = ("--upstream", "a=http://127.0.0.1:1", "--upstream", "a=http://127.0.0.1:2")
    refused(run("record", "--to", "x.tape.zst", *twice, "--", "true"), 2, "'a' is there twice")
