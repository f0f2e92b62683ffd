"""`wiretape stats`."""

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.cassettes.test_meaning import CHAT, CHAT_REQUEST, EVENTS
from tests.cassettes.test_measuring import USAGE
from tests.cli.processes import STARTED, make_tape
from tests.interactions import make_interaction, make_unanswered
from wiretape.cassettes.meaning import read_meaning
from wiretape.cassettes.measuring import measure, summed
from wiretape.cassettes.model import Session
from wiretape.cassettes.store import append
from wiretape.cli.main import wiretape
from wiretape.cli.views.stats_rows import CSV_COLUMNS, StatsRow
from wiretape.cli.views.stats_table import COLUMNS, fitting, stats_table

ANSWERED = make_interaction(
    [(100, CHAT[0]), (1300, CHAT[1]), (1400, USAGE), (1500, CHAT[2])],
    request=CHAT_REQUEST,
    headers=EVENTS,
)


@pytest.fixture
def tape(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    return make_tape(
        Path("t.tape.zst"), [ANSWERED, make_unanswered(number=2, request=CHAT_REQUEST)]
    ).name


def stats(*arguments: str) -> Result:
    return CliRunner().invoke(wiretape, ["stats", *arguments])


def test_into_a_pipe_every_column_is_whole(tape: str) -> None:
    lines = stats(tape).stdout.splitlines()
    assert lines[0].split("  ")[0] == "#"
    assert " ".join(lines[1].split()) == (
        "1 openai openai.chat m stop 20 5 11 3 100 ms 100 ms 100 ms 1.20 s 1.20 s 1.20 s 1 7.3 "
        "1.50 s"
    )
    assert "error (cut)" in lines[2]
    assert lines[4:] == [
        "2 interactions, 1 with an error, 0 tool calls",
        "tokens: 20 in (5 cached), 11 out (3 reasoning) (told by 1)",
        "first byte: median 100 ms, p95 100 ms, max 100 ms",
        "first token: median 100 ms, p95 100 ms, max 100 ms",
        "longest gap: median 1.20 s, p95 1.20 s, max 1.20 s",
        "duration: median 760 ms, p95 1.50 s, max 1.50 s",
        "tokens/s: median 7.3, p95 7.3, max 7.3",
        "1 stall of more than a second",
    ]


def test_json_is_an_object_a_line_and_the_sum(tape: str) -> None:
    rows = [json.loads(line) for line in stats(tape, "--json").stdout.splitlines()]
    assert [row["row"] for row in rows] == ["interaction", "interaction", "sum"]
    assert rows[0]["tokens"]["input_cached"] == 5
    assert rows[0]["pace"]["ttft_ns"] == 100_000_000
    assert rows[2]["tokens"]["output"] == 11


def test_csv_has_a_header_and_the_sum(tape: str) -> None:
    rows = list(csv.DictReader(io.StringIO(stats(tape, "--csv").stdout)))
    assert tuple(rows[0]) == CSV_COLUMNS
    assert [row["row"] for row in rows] == ["interaction", "interaction", "sum"]
    assert (rows[0]["ttft_ms"], rows[0]["output_tokens"], rows[1]["ttft_ms"]) == ("100.0", "11", "")
    assert (rows[2]["number"], rows[2]["output_tokens"], rows[2]["ttft_ms"]) == ("2", "11", "100.0")


def test_only_some(tape: str) -> None:
    assert "1 interaction, 1 with an error" in stats(tape, "--only", "2").stdout
    missing = stats(tape, "--only", "7")
    assert (missing.exit_code, missing.stderr.count("\n")) != (0, 0)
    assert "no interaction 7" in str(missing.exception) + missing.stderr


def test_two_formats_are_one_too_many(tape: str) -> None:
    assert stats(tape, "--json", "--csv").exit_code != 0


def test_several_files_are_named(tape: str) -> None:
    make_tape(Path("u.tape.zst"), [ANSWERED])
    lines = stats(tape, "u.tape.zst").stdout.splitlines()
    assert [line.split()[0] for line in lines[:4]] == ["file", tape, tape, "u.tape.zst"]


def test_an_empty_cassette(tape: str) -> None:
    append(Path("e.tape.zst"), Session(1, STARTED, "test"), [])
    result = stats("e.tape.zst")
    assert (result.exit_code, "0 interactions, 0 tool calls" in result.stdout) == (0, True)


def test_a_narrow_terminal_keeps_what_matters() -> None:
    row = StatsRow("t", measure(ANSWERED, read_meaning(ANSWERED)))
    lines = [{**dict.fromkeys(("file", *COLUMNS), "0123456789")}]
    kept = fitting(lines, COLUMNS, 80)
    assert {"#", "finish", "out", "first token", "tokens/s", "duration"} <= set(kept)
    assert len(kept) < len(COLUMNS)
    assert fitting(lines, COLUMNS, 1000) == COLUMNS
    assert stats_table([row], summed([row.measured]), 80).renderables
