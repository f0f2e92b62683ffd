"""`wiretape check`: exit codes, lines, choosing rules and interactions, and what is no answer."""

import json
from pathlib import Path

import pytest

from tests.cassettes.conformance.breaking import request
from tests.cassettes.conformance.exchanges import sse
from tests.cassettes.conformance.responses_answers import hello, numbered
from tests.cli.processes import run
from tests.interactions import make_interaction, make_request, make_unanswered
from wiretape.cassettes.journal import journal_path
from wiretape.cassettes.model import EndingKind, Headers, Interaction, Session
from wiretape.cassettes.store import append

GOOD = sse(numbered(hello()), done=False)
SSE: Headers = (("Content-Type", "text/event-stream"),)
ID_OF_GAP = "responses.sequence-gap"


def answered(
    body: bytes,
    *,
    headers: Headers = SSE,
    target: str = "/v1/responses",
    ending: EndingKind = "complete",
    status: int = 200,
) -> Interaction:
    asked = make_request(target=target, body=request().body)
    return make_interaction(
        [(10, body)], request=asked, headers=headers, ending=ending, status=status
    )


def tape(folder: Path, *interactions: Interaction) -> str:
    append(folder / "a.tape.zst", Session(1, "2026-11-22T22:01:13.000000Z", "t"), interactions)
    return "a.tape.zst"


def gap(body: bytes = GOOD) -> bytes:
    """A delta is missing, and with it a number; its text is left out of what follows too."""
    return body.replace(b'"sequence_number": 9', b'"sequence_number": 12')


def test_a_good_stream_is_good(tmp_path: Path) -> None:
    done = run("check", tape(tmp_path, answered(GOOD)), cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout == b""
    words = b"0 errors, 0 warnings, 0 notes in 1 interaction (profile openai)"
    assert done.stderr == b"wiretape: a.tape.zst: " + words + b"\n"


def test_an_error_has_its_place_and_the_exit_code(tmp_path: Path) -> None:
    done = run("check", tape(tmp_path, answered(GOOD), answered(gap())), cwd=tmp_path)
    assert done.returncode == 1
    at = gap().index(b"event: response.completed")
    assert done.stdout.decode() == (
        f"a.tape.zst: 2, frame 10, byte {at:,}: error {ID_OF_GAP}: "
        "sequence_number is 12 after 8 ($.sequence_number)\n"
    )
    assert b"1 error, 0 warnings, 0 notes in 2 interactions" in done.stderr


def test_alike_findings_are_one_line(tmp_path: Path) -> None:
    body = GOOD.replace(b'"sequence_number"', b'"number"')
    done = run("check", tape(tmp_path, answered(body)), cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout.decode() == (
        "a.tape.zst: 1, frame 1, byte 0: error responses.sequence-missing: response.created has "
        "no sequence_number ($.sequence_number) (and 9 more, the last in frame 10)\n"
    )


@pytest.mark.parametrize(
    ("options", "code", "rules"),
    [
        ((), 1, {ID_OF_GAP}),
        (("--profile", "sdk"), 0, set()),
        (("--profile", "open-responses"), 1, {ID_OF_GAP, "responses.done-missing"}),
        (("--rule", "*.done-missing"), 1, {"responses.done-missing"}),
        (
            ("--rule", ID_OF_GAP, "--rule", "responses.done-*"),
            1,
            {ID_OF_GAP, "responses.done-missing"},
        ),
        (("--ignore", ID_OF_GAP), 0, set()),
        (("--ignore", "responses.sequence-*"), 0, set()),
        (("--rule", "responses.*", "--ignore", "*.sequence-*"), 1, {"responses.done-missing"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_rules_are_chosen(
    tmp_path: Path, options: tuple[str, ...], code: int, rules: set[str]
) -> None:
    done = run("check", *options, "--json", tape(tmp_path, answered(gap())), cwd=tmp_path)
    assert done.returncode == code
    row = json.loads(done.stdout)
    assert {finding["rule"] for finding in row["findings"]} == rules


def test_interactions_are_chosen(tmp_path: Path) -> None:
    path = tape(tmp_path, answered(gap()), answered(GOOD), answered(gap()))
    assert run("check", path, "2", cwd=tmp_path).returncode == 0
    assert b"in 2 interactions" in run("check", path, "1", "3", cwd=tmp_path).stderr
    assert run("check", path, "2-3", cwd=tmp_path).stdout.startswith(b"a.tape.zst: 3, frame")
    missing = run("check", path, "9", cwd=tmp_path)
    assert missing.returncode == 2
    assert b"it has no interaction 9" in missing.stderr


def test_json_has_every_finding(tmp_path: Path) -> None:
    body = GOOD.replace(b'"sequence_number"', b'"number"')
    done = run("check", "--json", tape(tmp_path, answered(body)), cwd=tmp_path)
    row = json.loads(done.stdout)
    assert (row["file"], row["number"], row["api"]) == ("a.tape.zst", 1, "openai.responses")
    assert (row["path"], row["remarks"]) == ("/v1/responses", [])
    assert [finding["frame"] for finding in row["findings"]] == list(range(1, 11))
    assert row["findings"][0] == {
        "rule": "responses.sequence-missing",
        "severity": "error",
        "source": "schema",
        "words": "response.created has no sequence_number",
        "frame": 1,
        "offset": 0,
        "path": "$.sequence_number",
    }


def test_what_is_no_answer_is_said_and_is_no_failure(tmp_path: Path) -> None:
    path = tape(
        tmp_path,
        answered(
            b'{"data": []}', headers=(("Content-Type", "application/json"),), target="/models"
        ),
        answered(b"\x89PNG\r\n\x1a\n\0\0", headers=(("Content-Type", "image/png"),), target="/x"),
        answered(b"", target="/health"),
        make_unanswered(),
        answered(GOOD),
    )
    done = run("check", path, cwd=tmp_path)
    assert done.returncode == 0
    lines = done.stdout.decode().splitlines()
    assert [line.split(":")[1].strip() for line in lines] == ["1", "2", "3", "4"]
    assert "neither the path /models nor the body tells which API this is" in lines[0]
    assert "is neither JSON nor a stream that is known" in lines[1]
    assert "the answer of no API that is known" in lines[2]
    assert "no response came" in lines[3]
    assert b"in 5 interactions, 3 of them of no known API" in done.stderr


def test_half_a_stream_is_checked_as_far_as_it_goes(tmp_path: Path) -> None:
    half = gap(GOOD)[: GOOD.index(b"event: response.output_text.done")]
    path = tape(tmp_path, answered(half, ending="cut"), answered(half, ending="complete"))
    done = run("check", path, cwd=tmp_path)
    first, second = done.stdout.decode().splitlines()
    assert first.startswith("a.tape.zst: 1: the connection was closed before the response was")
    assert "error responses.terminal-missing" in second


def test_a_lying_content_type_is_said_and_the_rest_goes_on(tmp_path: Path) -> None:
    lying = answered(gap(), headers=(("Content-Type", "application/json"),))
    done = run("check", tape(tmp_path, lying), cwd=tmp_path)
    assert done.returncode == 1
    first, second = done.stdout.decode().splitlines()
    assert first == (
        "a.tape.zst: 1: error responses.content-type: the content type is application/json, "
        "the body is server-sent events"
    )
    assert ID_OF_GAP in second


def test_damage_is_said_once(tmp_path: Path) -> None:
    path = tape(tmp_path, answered(GOOD[:-20]))
    found = run("check", path, cwd=tmp_path)
    assert found.returncode == 1
    assert found.stdout.count(b"\n") == 1
    assert b"error sse.truncated" in found.stdout
    ignored = run("check", path, "--ignore", "sse.truncated", cwd=tmp_path)
    assert ignored.returncode == 0
    assert ignored.stdout.startswith(b"a.tape.zst: 1: frame 10 at byte ")


def test_an_api_without_rules_is_said_at_the_end(tmp_path: Path) -> None:
    path = tape(tmp_path, answered(b'{"x": 1}', target="/v1/images/generations", headers=()))
    done = run("check", path, cwd=tmp_path)
    assert done.returncode == 0
    assert b"no rules of the grammar of openai.images (1): only the framing" in done.stderr


def test_an_error_status_is_an_answer_too(tmp_path: Path) -> None:
    body = b'{"error": {"message": "no", "type": "x", "param": null, "code": null}}'
    headers = (("Content-Type", "application/json"),)
    path = tape(tmp_path, answered(body, headers=headers, status=400))
    assert run("check", path, cwd=tmp_path).returncode == 0
    strict = run("check", path, "--profile", "open-responses", cwd=tmp_path)
    assert b"warning responses.error-type" in strict.stdout


def test_words_of_a_provider_do_not_act_on_the_terminal(tmp_path: Path) -> None:
    body = GOOD.replace(b"event: response.created", b"event: \x1b]0;title\x07")
    done = run("check", tape(tmp_path, answered(body)), cwd=tmp_path)
    assert b"\x1b" not in done.stdout
    assert b"responses.event-line-differs" in done.stdout


def test_rules_are_listed(tmp_path: Path) -> None:
    done = run("check", "--rules", cwd=tmp_path)
    assert done.returncode == 0
    lines = done.stdout.decode().splitlines()
    line = next(line for line in lines if line.startswith(f"{ID_OF_GAP} "))
    assert line.split(maxsplit=4)[1:4] == ["error", "inferred", "open-responses,openai"]
    assert line.endswith("`sequence_number` rises by 1: a gap is an event that got lost.")
    assert lines == sorted(lines, key=lambda line: line.split()[0])


def test_rules_are_listed_for_programs(tmp_path: Path) -> None:
    done = run("check", "--rules", "--rule", "responses.sequence-*", "--json", cwd=tmp_path)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["id"].rpartition("-")[2] for row in rows] == ["gap", "missing", "order", "start"]
    assert rows[0]["profiles"] == ["open-responses", "openai"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Missing argument 'TAPE'"),
        (("--rule", "responses.sequence-gaps", "a.tape.zst"), f"the nearest is '{ID_OF_GAP}'"),
        (("--ignore", "sequence-gap", "a.tape.zst"), f"the nearest is '{ID_OF_GAP}'"),
        (("--rule", "chatty.*", "a.tape.zst"), "no rule is called 'chatty.*'"),
        (("--profile", "x", "a.tape.zst"), "'x' is not one of"),
        (("a.tape.zst", "x"), "'x' is not like 3, 1-5,8 or 10-"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_misuse_is_one_line(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    done = run("check", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == b""
    assert words in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("missing.tape.zst",), "missing.tape.zst"),
        (("damaged.tape.zst",), "damaged.tape.zst"),
        (("journal.tape.zst",), "only the journal"),
        (("a.tape.zst", "7"), "it has no interaction 7"),
        (("empty.tape.zst", "1"), "it has no interaction 1"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_what_cannot_be_checked_is_no_error_of_the_tape(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    tape(tmp_path, answered(GOOD))
    empty(tmp_path)
    (tmp_path / "damaged.tape.zst").write_bytes(b"no cassette at all")
    journal_path(tmp_path / "journal.tape.zst").write_bytes(b"")
    done = run("check", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert words in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1


def empty(folder: Path) -> str:
    append(folder / "empty.tape.zst", Session(1, "2026-11-22T22:01:13.000000Z", "t"), [])
    return "empty.tape.zst"


def test_where_nothing_is_there_nothing_is_wrong(tmp_path: Path) -> None:
    words = "empty.tape.zst: it holds no interaction, so there is nothing to check"
    done = run("check", empty(tmp_path), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, b"")
    assert done.stderr.decode() == f"wiretape: {words}\n"


def test_an_interrupted_tape_is_checked_as_far_as_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / tape(tmp_path, answered(gap()))
    path.write_bytes(path.read_bytes()[:400])
    done = run("check", path.name, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, b"")
    first, last = done.stderr.decode().splitlines()
    assert "interrupted; 0 whole interactions can be read" in first
    assert last.endswith("it holds no whole interaction, so there is nothing to check")


def test_the_rules_of_a_profile_are_listed(tmp_path: Path) -> None:
    def listed(*options: str) -> list[dict[str, object]]:
        done = run("check", "--rules", "--json", *options, cwd=tmp_path)
        return [json.loads(line) for line in done.stdout.splitlines()]

    sdk, every = listed("--profile", "sdk"), listed()
    assert sdk == [row for row in every if "sdk" in str(row["profiles"])]
    assert 0 < len(sdk) < len(every)
    assert len(listed("--profile", "sdk", "--rule", ID_OF_GAP)) == 1  # by name: any profile


def test_a_line_stays_one_line(tmp_path: Path) -> None:
    body = GOOD.replace(b"event: response.created", "event: a\u2028b\u2029c\x85d".encode())
    out = run("check", tape(tmp_path, answered(body)), cwd=tmp_path).stdout.decode()
    assert len(out.splitlines()) == out.count("\n")
