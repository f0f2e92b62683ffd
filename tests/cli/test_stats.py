"""`wiretape stats`."""

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from tests.cassettes.test_meaning import CHAT, CHAT_REQUEST, EVENTS
from tests.cassettes.test_measuring import USAGE
from tests.cli.processes import STARTED, make_tape
from tests.interactions import make_interaction, make_request, make_unanswered
from wiretape.cassettes.bootstrap import Interval
from wiretape.cassettes.meaning import read_meaning
from wiretape.cassettes.measuring import measure, summed
from wiretape.cassettes.model import Interaction, Session
from wiretape.cassettes.spreads import MEASURES, Shift, compare_spreads, observe
from wiretape.cassettes.store import Cassette, append
from wiretape.cli.main import wiretape
from wiretape.cli.views.stats_compare import COLUMNS as COMPARED
from wiretape.cli.views.stats_compare import compare_table, verdict, verdict_lines
from wiretape.cli.views.stats_compare import fitting as compared_fitting
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


def test_a_cassette_named_twice_is_told_apart(tape: str) -> None:
    lines = stats(tape, tape).stdout.splitlines()
    assert [line.split("  ")[0] for line in lines[:5]] == [
        *("file", tape, tape, f"{tape} (2)", f"{tape} (2)")
    ]


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


def streamed(first_ms: float, gap_ms: float, upstream: str = "openai") -> Interaction:
    pieces = [(first_ms + gap_ms * place, CHAT[1]) for place in range(4)]
    last_ms = pieces[-1][0]
    return make_interaction(
        [*pieces, (last_ms, USAGE), (last_ms, CHAT[2])],
        request=CHAT_REQUEST,
        headers=EVENTS,
        upstream=upstream,
    )


@pytest.fixture
def sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    monkeypatch.chdir(tmp_path)
    slow = [streamed(200 + n, 20) for n in range(8)]
    fast = [streamed(100 + n, 20, "groq") for n in range(8)]
    made = (make_tape(Path("a.tape.zst"), slow), make_tape(Path("b.tape.zst"), fast))
    return made[0].name, made[1].name


def test_sides_are_compared_with_the_first(sides: tuple[str, str]) -> None:
    result = stats("--compare", *sides)
    assert result.exit_code == 0
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert lines[0] == "measure side n p50 p95 p99"
    assert lines[1].startswith("first token a.tape.zst 8 204 ms [")
    assert lines[1].endswith("] 207 ms 207 ms")
    assert f"gaps a.tape.zst 8{' 20 ms [20 ms, 20 ms]' * 3}" in lines
    verdicts = lines[lines.index("b.tape.zst against a.tape.zst:") + 1 :]
    assert verdicts[0].startswith("first token: faster, 0.51 times [0.")
    assert verdicts[2].startswith(
        "gaps: no difference that these 8 and 8 interactions can show, 1.00 times [1.00, 1.00]"
    )
    assert lines[-2].startswith("in brackets: 95% intervals, bootstrap by interaction")
    assert (
        lines[-1] == "gaps: p50, p95 and p99 of each interaction by itself, and the median of those"
    )
    assert stats("--compare", *sides).stdout == result.stdout


def test_compared_json_and_csv(sides: tuple[str, str]) -> None:
    rows = [json.loads(line) for line in stats("--compare", "--json", *sides).stdout.splitlines()]
    assert [(row["row"], row.get("label")) for row in rows] == [
        ("side", "a.tape.zst"),
        ("side", "b.tape.zst"),
        ("intervals", None),
    ]
    ttft = rows[1]["distributions"][0]
    assert (ttft["measure"], ttft["p50"]["value"]) == ("ttft_ns", 103_500_000)
    assert ttft["shift"]["verdict"] == "faster"
    cells = list(csv.DictReader(io.StringIO(stats("--compare", "--csv", *sides).stdout)))
    assert len(cells) == 2 * len(MEASURES)
    first = next(c for c in cells if (c["side"], c["measure"]) == ("b.tape.zst", "ttft"))
    assert (first["unit"], first["p50"], first["p95_low"], first["verdict"]) == (
        "ms",
        "103.5",
        "",
        "faster",
    )


def test_compared_by_upstream_or_model(sides: tuple[str, str]) -> None:
    assert "groq against openai:" in stats("--compare", "--by", "upstream", *sides).stdout
    alone = stats("--compare", "--by", "model", *sides)
    assert alone.exit_code == 2
    assert "nothing to compare: the only model is 'm'" in alone.stderr


def test_a_tape_against_itself(sides: tuple[str, str]) -> None:
    result = stats("--compare", sides[0], sides[0])
    assert result.stderr == f"wiretape: {sides[0]} is given 2 times: it is compared with itself\n"
    lines = result.stdout.splitlines()
    verdicts = lines[lines.index("a.tape.zst (2) against a.tape.zst:") + 1 : -2]
    assert len(verdicts) == len(MEASURES)
    assert all("no difference that these 8 and 8" in line for line in verdicts)


def test_a_side_that_is_too_small_says_so(sides: tuple[str, str], tape: str) -> None:
    printed = stats("--compare", sides[0], tape).stdout
    assert "t.tape.zst: 2 interactions, 1 failed and left out, too few for intervals" in printed
    assert "8 and 1 interactions are too few to tell: 5 a side are needed" in printed


def test_a_side_without_an_answer_says_so(sides: tuple[str, str]) -> None:
    empty = make_tape(Path("empty.tape.zst"), iter(())).name
    request = streamed(1, 1).request
    failed = make_tape(Path("failed.tape.zst"), [make_unanswered(request=request)] * 2).name
    result = stats("--compare", empty, sides[1], failed)
    assert result.exit_code == 2
    assert result.stderr == f"wiretape: nothing to compare: no answer in {empty}, {failed}\n"
    lines = result.stdout.splitlines()
    assert f"{empty}: no interactions" in lines
    assert f"{failed}: 2 interactions, all failed and left out" in lines
    assert f"{sides[1]} against {empty}: nothing to compare, no answer in {empty}" in lines
    both = f"no answer in {empty} or {failed}"
    assert f"{failed} against {empty}: nothing to compare, {both}" in lines
    assert stats("--compare", empty, failed).stdout.splitlines()[-1].endswith(both)
    nothing = compare_spreads({"a": [], "b": []})
    assert verdict_lines(nothing)[-1] == "b against a: nothing to compare, no answer in a or b"
    assert compare_table(nothing, 80)


NO_ANSWERS = {
    "no byte": make_interaction([], request=CHAT_REQUEST, headers=EVENTS),
    "no finish and no end": make_interaction([(5, CHAT[0])], request=CHAT_REQUEST, headers=EVENTS),
    "a list of models": make_interaction(
        [(5, b'{"object":"list","data":[]}')],
        request=make_request("GET", "/v1/models"),
        headers=(("Content-Type", "application/json"),),
    ),
    "a redirect": make_interaction([], request=CHAT_REQUEST, status=302),
    "a page": make_interaction(
        [(5, b"<html>log in</html>")],
        request=CHAT_REQUEST,
        headers=(("Content-Type", "text/html"),),
    ),
}


FAILED = ("a page",)
"""What a reader takes for an error."""


@pytest.mark.parametrize("what", NO_ANSWERS)
def test_what_holds_no_answer_makes_no_side_faster(sides: tuple[str, str], what: str) -> None:
    slow = [streamed(200 + n, 20) for n in range(8)]
    mixed = make_tape(Path("mixed.tape.zst"), [*slow, *[NO_ANSWERS[what]] * 20]).name
    result = stats("--compare", sides[0], mixed)
    assert result.exit_code == 0
    how = "failed" if what in FAILED else "without an answer"
    assert f"{mixed}: 28 interactions, 20 {how} and left out" in result.stdout
    assert "faster" not in result.stdout
    nothing = make_tape(Path("nothing.tape.zst"), [NO_ANSWERS[what]] * 20).name
    assert stats("--compare", sides[0], nothing).exit_code == 2


def test_what_cannot_be_compared(sides: tuple[str, str]) -> None:
    assert stats("--compare", sides[0]).exit_code == 2
    assert stats("--by", "model", *sides).exit_code == 2
    assert stats("--compare", sides[0], "nope.tape.zst").exit_code == 2
    assert stats("--compare", *sides, "--only", "99").exit_code == 2


def test_a_compared_table_fits_a_terminal() -> None:
    observed = [observe(one, read_meaning(one)) for one in [streamed(90 + n, 9) for n in range(9)]]
    compared = compare_spreads({"a": observed, "b": observed})
    assert compare_table(compared, 60).renderables
    rows = [dict.fromkeys(COMPARED, "0123456789")]
    assert compared_fitting(rows, 60) == ("measure", "side", "n", "p50", "p95")
    assert compared_fitting(rows, 80) == COMPARED


def test_ends_of_an_interval_do_not_read_as_what_a_verdict_leaves_out() -> None:
    interval = Interval(0.9, 0.9988)
    shift = Shift(-1.0, Interval(-2, -0.5), 0.96, interval, "faster", "faster")
    assert verdict(shift, "ttft_ns") == "faster, 0.96 times [0.90, 0.999]"
    hint = replace(shift, verdict="no difference", words="none", hint="its p75 is more")
    assert verdict(hint, "ttft_ns") == "none, 0.96 times [0.90, 1.00]; but its p75 is more"


def test_what_a_side_did_not_measure_is_named(sides: tuple[str, str], tmp_path: Path) -> None:
    with Cassette.open(Path(sides[1])) as cassette:
        untimed = [replace(one, timeline=replace(one.timeline, timing="none")) for one in cassette]
    tape = make_tape(tmp_path / "untimed.tape.zst", untimed)
    lines = stats("--compare", sides[0], str(tape)).stdout.splitlines()
    (line,) = (line for line in lines if line.endswith(f"not measured in {tape}"))
    assert line.startswith("  first token, visible, ")
