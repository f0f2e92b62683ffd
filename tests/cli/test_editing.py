"""`wiretape merge` and `wiretape trim`."""

from pathlib import Path

import click
import pytest

from tests.cli.processes import run
from tests.interactions import make_interaction, make_request
from wiretape.cassettes.codec.index import entry_of
from wiretape.cassettes.model import Session
from wiretape.cassettes.store import Cassette, append
from wiretape.cli.choosing import Choice, Numbers


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    path = tmp_path / "one.tape.zst"
    chat = make_request(target="/v1/chat/completions?x=1")
    interactions = [
        make_interaction(),
        make_interaction(upstream="anthropic"),
        make_interaction(request=chat, ending="reset"),
    ]
    append(path, Session(1, "2026-11-22T22:01:13.000000Z", "t"), interactions)
    return path


def numbers_and_targets(path: Path) -> list[tuple[int, str]]:
    with Cassette.open(path) as cassette:
        return [(entry.number, entry.target) for entry in cassette.index]


def test_merge(tape: Path) -> None:
    done = run("merge", tape.name, tape.name, "--to", "two.tape.zst", cwd=tape.parent)
    assert done.returncode == 0, done.stderr
    assert done.stderr == b"wiretape: two.tape.zst: 6 interactions of 2 cassettes\n"
    assert len(numbers_and_targets(tape.parent / "two.tape.zst")) == 6


def test_trim_to_a_new_cassette(tape: Path) -> None:
    done = run("trim", tape.name, "--path", "/v1/chat/*", "--to", "t.tape.zst", cwd=tape.parent)
    assert done.returncode == 0, done.stderr
    assert done.stderr == b"wiretape: t.tape.zst: 1 interaction kept\n"
    assert numbers_and_targets(tape.parent / "t.tape.zst") == [(1, "/v1/chat/completions?x=1")]
    assert len(numbers_and_targets(tape)) == 3


def test_trim_in_place(tape: Path) -> None:
    assert run("trim", tape.name, "--drop", "2", cwd=tape.parent).returncode == 0
    assert [number for number, _ in numbers_and_targets(tape)] == [1, 2]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("trim", "one.tape.zst"), 2, "say what to keep or to drop"),
        (("trim", "one.tape.zst", "--keep", "5-1"), 2, "'5-1' is not like 3, 1-5,8 or 10-"),
        (("trim", "none.tape.zst", "--keep", "1"), 1, "no such cassette"),
        (("merge", "one.tape.zst", "--to", "one.tape.zst", "one.tape.zst"), 1, "exists already"),
        (("merge", "--to", "two.tape.zst"), 2, "Missing argument"),
        (("trim", "one.tape.zst", "--ending", "compelte"), 2, "'compelte' is not one of"),
        (("trim", "one.tape.zst", "--upstream", "nope"), 1, "nothing would be kept"),
        (("trim", "one.tape.zst", "--keep", "1-3,99"), 1, "it has no interaction 99"),
        (("trim", "one.tape.zst", "--drop", "1-"), 1, "nothing would be kept"),
    ],
)
def test_misuse_is_one_line(arguments: tuple[str, ...], code: int, words: str, tape: Path) -> None:
    before = tape.read_bytes()
    done = run(*arguments, cwd=tape.parent)
    assert done.returncode == code
    assert words in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1
    assert tape.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "kept"),
    [("3", {3}), ("1-2,5", {1, 2, 5}), ("4-", {4, 5, 6}), (" 2 , 6 ", {2, 6})],
)
def test_numbers(text: str, kept: set[int]) -> None:
    chosen = Numbers().convert(text, None, None)
    entries = [entry_of(make_interaction(number=n)) for n in range(1, 7)]
    assert {entry.number for entry in entries if Choice(keep=chosen).keeps(entry)} == kept
    assert {entry.number for entry in entries if not Choice(drop=chosen).keeps(entry)} == kept


@pytest.mark.parametrize("text", ["", "0", "a", "1-b", "3-2", "-4", "1,,2"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(click.UsageError):
        Numbers().convert(text, None, None)


def test_every_criterion_must_hold() -> None:
    entry = entry_of(make_interaction(number=2, ending="cut"))
    assert Choice(upstreams=("openai",), endings=("cut", "reset")).keeps(entry)
    assert not Choice(upstreams=("openai",), endings=("complete",)).keeps(entry)
    assert not Choice(upstreams=("xai",)).keeps(entry)
    assert not Choice(paths=("/v2/*",)).keeps(entry)
