"""`wiretape torture`: of clients that are careful, careless, silent, or stumbling."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.cli.processes import ROOT, environment, make_tape, run
from tests.interactions import make_interaction, make_request
from wiretape.cli.main import wiretape
from wiretape.cli.torture.judging import Asked, Broken, Kind, Ran, judged, last_words, too_early
from wiretape.cli.torture.trials import all_trials, chosen_trials
from wiretape.replay.errors import BadFault
from wiretape.replay.faults import FAULTS, parse_faults

CLIENT = ROOT / "tests" / "cli" / "torture_client.py"
TAPE = make_interaction(
    [
        *((n * 10, b'data: {"text":"word %d"}\n\n' % n) for n in range(1, 7)),
        (70, b"data: [DONE]\n\n"),
    ]
)
S = 1_000_000_000
WORDS = (b"The ", b"sky ", b"is ", b"blue ", b"at ", b"noon.")


def tortured(
    folder: Path, kind: str, *options: str, client: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[bytes]:
    """Without site-packages, a run of the client takes a twentieth of a second."""
    if not (folder / "t.tape.zst").exists():
        make_tape(folder / "t.tape.zst", [TAPE])
    program = client or (sys.executable, "-S", "-E", str(CLIENT), kind)
    return run("torture", "t.tape.zst", *options, "--", *program, cwd=folder, env=environment())


def verdicts(done: subprocess.CompletedProcess[bytes]) -> dict[str, Any]:
    return {one["fault"]: one for one in json.loads(done.stdout)["faults"]}


def only(*faults: str) -> tuple[str, ...]:
    return ("--json", *(word for fault in faults for word in ("--only", fault)))


def test_a_careful_client_gets_by_or_says_why_not(tmp_path: Path) -> None:
    faults = ("cut(after=50%)", "rechunk", "no_done", "drop(n=2)", "corrupt(what=crc)")
    done = tortured(tmp_path, "careful", *only(*faults, "status(code=429, retry_after=1s)"))
    found = verdicts(done)
    assert done.returncode == 0, done.stderr
    kinds = {fault: one["verdict"] for fault, one in found.items()}
    assert kinds == {
        "cut(after=50%)": "error",
        "rechunk(how=1)": "survived",
        "rechunk(how=crlf)": "survived",
        "rechunk(how=utf8)": "untried",
        "rechunk(how=whole)": "survived",
        "rechunk(how=random)": "survived",
        "no_done": "error",
        "drop(n=2)": "altered",
        "corrupt(what=crc)": "untried",
        "status(code=429, retry_after=1s)": "survived",
    }
    assert "BrokenStream: the stream ended without [DONE]" in found["no_done"]["words"]
    assert found["status(code=429, retry_after=1s)"]["requests"] == 2
    assert b"10 faults: 5 survived, 2 clear error, 1 altered output" in done.stderr


def test_a_careless_client_is_found_out(tmp_path: Path) -> None:
    faults = ("reset(after=50%)", "wrong_content_type(to=a)", "status(code=429, retry_after=30)")
    done = tortured(tmp_path, "careless", *only(*faults, "error_event(after=2)", "cut(after=1)"))
    assert done.returncode == 1
    found = verdicts(done)
    assert found["reset(after=50%)"]["verdict"] == "truncated"
    assert found["cut(after=1)"]["verdict"] == "truncated"
    assert found["status(code=429, retry_after=30)"]["verdict"] == "impatient"
    assert "was told 30 s" in found["status(code=429, retry_after=30)"]["words"]
    assert found["wrong_content_type(to=a)"]["verdict"] == "survived"


def test_more_words_are_not_the_whole_of_an_answer(tmp_path: Path) -> None:
    asked = make_request(target="/v1/responses", body=TAPE.request.body)
    spoken = [
        b'{"type":"response.output_text.delta","delta":"%s","text":"%s"}' % (w, w) for w in WORDS
    ]
    pieces = [(n * 10, b"data: " + data + b"\n\n") for n, data in enumerate(spoken, 1)]
    tape = make_interaction([*pieces, (70, b"data: [DONE]\n\n")], request=asked)
    make_tape(tmp_path / "t.tape.zst", [tape])
    done = tortured(tmp_path, "chatty", *only("reset(after=50%)", "cut(after=100%)", "drop(n=2)"))
    found = verdicts(done)
    assert {fault: one["verdict"] for fault, one in found.items()} == {
        "reset(after=50%)": "truncated",
        "cut(after=100%)": "survived",
        "drop(n=2)": "altered",
    }
    assert (
        found["reset(after=50%)"]["output_bytes"]
        > json.loads(done.stdout)["baseline"]["output_bytes"]
    )
    assert "the answer broke off (reset)" in found["reset(after=50%)"]["words"]


def test_what_tried_nothing_says_so(tmp_path: Path) -> None:
    done = tortured(tmp_path, "careful", *only("corrupt(what=crc)", "rechunk(how=1)"))
    assert done.returncode == 0
    assert (
        b"1 does not apply; 1 of 2 tried nothing, most often because only the messages of an AWS"
        in done.stderr
    )
    done = tortured(tmp_path, "careful", *only("corrupt(what=crc)"))
    assert done.returncode == 2
    assert b"1 fault: 1 does not apply" in done.stderr


def test_words_are_whole_where_no_terminal_is(tmp_path: Path) -> None:
    done = tortured(tmp_path, "careful", "--only", "corrupt(what=crc)")
    assert b"only the messages of an AWS eventstream have checksums\n" in done.stdout


def test_a_client_without_a_word_and_one_that_stumbles(tmp_path: Path) -> None:
    done = tortured(tmp_path, "silent", *only("cut(after=0)", "status(code=500)"))
    assert done.returncode == 1
    assert verdicts(done)["status(code=500)"]["words"] == "exit code 3 and not a word"
    done = tortured(tmp_path, "stumbling", *only("corrupt(what=json)"))
    assert verdicts(done)["corrupt(what=json)"]["verdict"] == "crashed"
    assert "JSONDecodeError" in verdicts(done)["corrupt(what=json)"]["words"]


def test_a_client_that_waits_for_ever_hangs(tmp_path: Path) -> None:
    done = tortured(
        tmp_path, "careful", *only("stall"), "--only", "stall(for=0s)", "--timeout", "2"
    )
    assert done.returncode == 1
    found = verdicts(done)
    assert found["stall(after=50%)"]["verdict"] == "hung"
    assert found["stall(for=0s)"]["verdict"] == "survived"


def test_the_table(tmp_path: Path) -> None:
    done = tortured(tmp_path, "careful", "--only", "cut(after=2)", "--jobs", "2")
    line = done.stdout.decode().splitlines()[0]
    assert line.startswith("cut(after=2)  clear error")
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("raise SystemExit(4)", "it ended with exit code 4: without a word"),
        ("print(1)", "it asked nothing of the server at $WIRETAPE_URL"),
        ("import time; time.sleep(60)", "it did not end within 1 s"),
        (
            "import os, urllib.request as u\n"
            "try: u.urlopen(os.environ['OPENAI_BASE_URL'] + '/other')\n"
            "except OSError: pass",
            "it asked what is not on the tape: 1 of its requests",
        ),
        (
            "import json, os, urllib.request as u\n"
            "body = json.dumps({'model': 'm', 'input': 'hi', 'stream': True}).encode()\n"
            "u.urlopen(os.environ['OPENAI_BASE_URL'] + '/responses', body).read()\n"
            "print(os.getpid())",
            "its output differs from run to run",
        ),
    ],
)
def test_a_command_that_does_not_work_without_a_fault(
    tmp_path: Path, program: str, said: str
) -> None:
    client = (sys.executable, "-S", "-E", "-c", program)
    done = tortured(tmp_path, "", "--timeout", "1", client=client)
    assert done.returncode == 2
    assert said in done.stderr.decode()
    assert done.stdout == b""


def test_misuse(tmp_path: Path) -> None:
    make_tape(tmp_path / "t.tape.zst", [TAPE])
    done = run("torture", "t.tape.zst", "--only", "cutt", "--", "true", cwd=tmp_path)
    assert done.returncode == 2
    assert b"there is no fault 'cutt'" in done.stderr
    assert run("torture", "t.tape.zst", cwd=tmp_path).returncode == 2
    assert CliRunner().invoke(wiretape, ["torture", "--help"]).exit_code == 0


def test_every_fault_is_tried() -> None:
    names = {trial.fault.partition("(")[0] for trial in all_trials(1000)}
    assert names == set(FAULTS)
    for trial in all_trials(0):
        assert len(parse_faults(trial.fault)) == 1
    assert [trial.tells for trial in chosen_trials(["drop", "cut(after=1)"], 0)] == [False, True]
    assert chosen_trials([], 9) == all_trials(9)
    with pytest.raises(BadFault):
        chosen_trials(["cut(after=x)"], 0)


BROKEN = (Broken("the answer broke off (cut)", "one\ntwo"),)
BASELINE = Ran(0, b"one two", b"", 1.0, (Asked(0, "k"),))


@pytest.mark.parametrize(
    ("run_", "tells", "kind"),
    [
        (Ran(0, b"one two", b"", 1.0), True, "survived"),
        (Ran(0, b"one", b"", 1.0), True, "truncated"),
        (Ran(0, b"one", b"", 1.0), False, "altered"),
        (Ran(0, b"one two two", b"", 1.0), True, "altered"),
        (Ran(0, b"one, and that was all of it", b"", 1.0, broken=BROKEN), True, "truncated"),
        (Ran(0, b"one", b"", 1.0, broken=BROKEN), False, "truncated"),
        (Ran(0, b"one\ntwo again", b"", 1.0, broken=BROKEN), True, "altered"),
        (Ran(0, b"one two", b"", 1.0, broken=BROKEN), True, "survived"),
        (Ran(0, b"one and more", b"", 1.0, broken=(Broken("x", "3"),)), True, "altered"),
        (Ran(0, b"one", b"", 1.0, broken=(Broken("x", ""),)), False, "truncated"),
        (Ran(0, b"", b"", 1.0, met=False, reason="no"), True, "untried"),
        (Ran(None, b"one", b"", 20.0), True, "hung"),
        (Ran(-11, b"one two", b"", 1.0), True, "crashed"),
        (Ran(1, b"", b"openai.APIConnectionError: Connection error.\n", 1.0), True, "error"),
        (Ran(1, b"", b"httpx2.RemoteProtocolError: peer closed\n", 1.0), True, "error"),
        (Ran(1, b"", b"error: the provider hung up\n", 1.0), True, "error"),
        (Ran(1, b"the provider hung up", b"", 1.0), True, "error"),
        (Ran(1, b"", b"json.decoder.JSONDecodeError: Expecting\n", 1.0), True, "crashed"),
        (Ran(1, b"", b"KeyError: 'choices'\n", 1.0), True, "crashed"),
        (Ran(1, b"", b"x.js:3\nSyntaxError: Unexpected\n  at x\n", 1.0), True, "crashed"),
        (Ran(2, b"", b"panic: runtime error: index out of range\n", 1.0), True, "crashed"),
        (Ran(1, b"", b"", 1.0), True, "crashed"),
    ],
)
def test_judging(run_: Ran, tells: bool, kind: Kind) -> None:
    assert judged(run_, BASELINE, tells=tells).kind == kind


def test_retry_after_is_that_of_the_same_request() -> None:
    asked = (Asked(0, "a", 2 * S), Asked(S // 2, "b"), Asked(2 * S, "a"))
    assert too_early(asked) == ""
    assert too_early((*asked[:2], Asked(S, "a"))) == "asked again after 1.00 s, was told 2 s"
    assert too_early(asked[:2]) == ""


def test_last_words() -> None:
    chain = (
        b"json.JSONDecodeError: x\n\nThe above was the cause\n\nsdk.APIError: bad stream\n  note\n"
    )
    assert last_words(chain) == "sdk.APIError: bad stream"
    assert last_words(b"something\nelse\n\n") == "else"
    assert len(last_words(b"x" * 500)) == 160
