"""`wiretape scan` and `wiretape redact`."""

import base64
import json
from pathlib import Path

import pytest

from tests.cli.processes import run
from tests.interactions import make_interaction, make_request
from wiretape.cassettes.model import Session
from wiretape.cassettes.store import Cassette, append

KEY = "sk-proj-Zx81mQpL0aVtR4sYw7uEcB2nHd5KjG9f"
PACKED = base64.b64encode(f"the key is {KEY} and no other".encode())


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    """Three interactions: a clean one, a key in the open, a key in base64."""
    path = tmp_path / "t.tape.zst"
    asked = make_request(headers=(("Authorization", f"Bearer {KEY}"),), body=b'{"model":"m"}')
    interactions = [
        make_interaction(),
        make_interaction([(1, b"data: your key %b is wrong\n\n" % KEY.encode())], request=asked),
        make_interaction([(1, b'data: {"blob":"%b"}\n\n' % PACKED)]),
    ]
    append(path, Session(1, "2026-11-22T22:01:13.000000Z", "t"), interactions)
    return path


def test_scan_says_where_and_never_what(tape: Path) -> None:
    done = run("scan", tape.name, cwd=tape.parent)
    assert done.returncode == 1
    lines = done.stdout.decode().splitlines()
    assert {line.split(":")[1].split(",")[0].strip() for line in lines} == {"2", "3"}
    assert any("header Authorization" in line for line in lines)
    assert any("base64" in line for line in lines)
    assert KEY.encode() not in done.stdout + done.stderr
    assert PACKED not in done.stdout
    assert b"possible secrets in 3 interactions" in done.stderr


def test_scan_for_programs(tape: Path) -> None:
    done = run("scan", "--json", "--confidence", "high", tape.name, cwd=tape.parent)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert {row["number"] for row in rows} == {2}
    assert {row["confidence"] for row in rows} == {"high"}
    assert {"file", "number", "rule", "side", "where", "excerpt", "confidence"} == set(rows[0])


def test_redact_takes_the_key_off_and_keeps_the_rest(tape: Path) -> None:
    with Cassette.open(tape) as cassette:
        before = list(cassette)
    done = run("redact", tape.name, cwd=tape.parent)
    assert done.returncode == 0, done.stderr
    assert done.stderr == b"wiretape: t.tape.zst: 3 interactions, 1 of them changed\n"
    with Cassette.open(tape) as cassette:
        assert KEY.encode() not in b"".join(cassette.text())
        first, second, third = cassette
    assert (first, third) == (before[0], before[2])
    assert second.timeline == before[1].timeline
    assert second.redacted
    assert run("fsck", tape.name, cwd=tape.parent).returncode == 0


def test_redact_to_another_file_leaves_the_first(tape: Path) -> None:
    before = tape.read_bytes()
    assert run("redact", tape.name, "--to", "new.tape.zst", cwd=tape.parent).returncode == 0
    assert tape.read_bytes() == before


def test_rules_of_a_project_add_to_the_defaults(tape: Path) -> None:
    rules = tape.parent / "rules.toml"
    rules.write_text('[redaction]\nheaders = ["content-type"]\n')
    done = run("redact", tape.name, "--rules", rules.name, cwd=tape.parent)
    assert done.stderr.endswith(b"3 of them changed\n")
    with Cassette.open(tape) as cassette:
        text = b"".join(cassette.text())
    assert b"text/event-stream" not in text
    assert KEY.encode() not in text


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ("[redaction]\nheader = []\n", "header"),
        ("[redaction\n", "t.toml"),
        (None, "cannot be read"),
    ],
)
def test_bad_rules_are_one_line(rules: str | None, words: str, tape: Path) -> None:
    if rules is not None:
        (tape.parent / "t.toml").write_text(rules)
    for verb in ("scan", "redact"):
        done = run(verb, tape.name, "--rules", "t.toml", cwd=tape.parent)
        assert done.returncode == 1
        assert done.stderr.count(b"\n") == 1
        assert words in done.stderr.decode()


def test_a_clean_tape(tape: Path) -> None:
    run("trim", tape.name, "--keep", "1", cwd=tape.parent)
    done = run("scan", tape.name, cwd=tape.parent)
    assert (done.returncode, done.stdout) == (0, b"")
    assert done.stderr == b"wiretape: t.tape.zst: no secret found in 1 interaction\n"


def test_a_torn_tape_is_no_clean_one(tape: Path) -> None:
    run("trim", tape.name, "--keep", "1", cwd=tape.parent)
    with Cassette.open(tape) as cassette:
        end = cassette.index[-1].offset + cassette.index[-1].length
    tape.write_bytes(tape.read_bytes()[:end])
    done = run("scan", tape.name, cwd=tape.parent)
    assert done.returncode == 1
    assert b"the recording was interrupted" in done.stderr
