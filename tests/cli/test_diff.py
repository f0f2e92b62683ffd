"""`wiretape diff`: sides, choosing, exit codes, and what stands in the way."""

import json
import subprocess
from pathlib import Path

import jsonschema_rs
import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from tests.cassettes.test_meaning import CHAT, CHAT_WHOLE, EVENTS, JSON
from tests.cli import processes
from tests.cli.processes import STARTED, make_tape
from tests.interactions import make_interaction, make_request, make_unanswered
from wiretape.cassettes.model import Interaction, Session
from wiretape.cassettes.store import append
from wiretape.cli.main import wiretape

SCHEMA = Path(__file__).parents[2] / "docs" / "diff.schema.json"

TOOL = (
    b'data: {"object":"chat.completion.chunk","id":"c","model":"m","choices":[{"index":0,"delta":'
    b'{"tool_calls":[{"index":0,"id":"1","type":"function","function":{"name":"weather",'
    b'"arguments":"{\\"city\\": \\"%s\\"}"}}]}}]}\n\n',
    b'data: {"object":"chat.completion.chunk","id":"c","model":"m","choices":[{"index":0,"delta":'
    b'{},"finish_reason":"tool_calls"}]}\n\n',
    b"data: [DONE]\n\n",
)


def asking(prompt: str) -> bytes:
    body = {"model": "m", "messages": [{"role": "user", "content": prompt}], "stream": True}
    return json.dumps(body).encode()


def said(
    text: str, prompt: str = "hi", *, upstream: str = "openai", first_ms: float = 10
) -> Interaction:
    """One chat that streams `text`."""
    words = json.dumps(text)[1:-1].encode()
    pieces = (CHAT[0].replace(b"Hel", words), CHAT[1].replace(b"lo", b""), CHAT[2])
    return streamed(pieces, prompt, upstream, first_ms)


def called(
    city: str, prompt: str = "hi", *, upstream: str = "openai", first_ms: float = 10
) -> Interaction:
    """One chat that calls a tool."""
    pieces = (TOOL[0].replace(b"%s", city.encode()), *TOOL[1:])
    return streamed(pieces, prompt, upstream, first_ms)


def streamed(
    pieces: tuple[bytes, ...], prompt: str, upstream: str, first_ms: float = 10
) -> Interaction:
    request = make_request(target="/v1/chat/completions", body=asking(prompt))
    reads = [(first_ms + 10 * n, piece) for n, piece in enumerate(pieces)]
    return make_interaction(reads, request=request, headers=EVENTS, upstream=upstream)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)


def tape(name: str, *interactions: Interaction) -> str:
    path = Path(f"{name}.tape.zst")
    path.parent.mkdir(exist_ok=True)
    return str(make_tape(path, interactions))


def diff(*arguments: str) -> Result:
    result = CliRunner().invoke(wiretape, ["diff", *arguments])
    assert isinstance(result.exception, SystemExit | None), result.exception
    return result


def lines_of(*arguments: str) -> list[str]:
    return diff(*arguments).stdout.splitlines()


def rows_of(*arguments: str) -> list[dict[str, object]]:
    """The lines of `--json`, each as the schema has it."""
    valid = jsonschema_rs.validator_for(json.loads(SCHEMA.read_text()))
    rows = [json.loads(line) for line in diff("--json", *arguments).stdout.splitlines()]
    for row in rows:
        valid.validate(row)
    return rows


# Two sides


def test_a_tape_is_the_same_as_its_copy() -> None:
    a, b = tape("a", said("one two")), tape("b", said("one two"))
    result = diff(a, b)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == "a v. b"
    assert result.stdout.splitlines()[1].startswith("1. hi: same text  (")
    assert result.stdout.splitlines()[-1] == "1 interaction compared: 1 the same, 0 different"


def test_words_are_marked_inside_the_text() -> None:
    a = tape("a", said("The sky is blue today."))
    b = tape("b", said("The sky is grey today.", upstream="groq"))
    result = diff(a, b)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == "openai v. groq"
    assert lines[1].startswith("1. hi: other text")
    assert lines[1].endswith("(a.tape.zst 1, b.tape.zst 1)")
    assert lines[2].startswith("   text        ")
    assert "The sky is" in lines[3]
    assert "blue" in lines[3]
    assert "grey" in lines[3]
    assert lines[3].startswith("     The sky is ")
    assert any(brackets in lines[3] for brackets in ("[-blue-]{+grey+}", "[~blue ~]{~grey ~}"))
    assert lines[-1] == "1 interaction compared: 0 the same, 1 different (text 1)"


def test_arguments_of_tools_have_a_path() -> None:
    a, b = tape("a", called("Berlin")), tape("b", called("Bonn", upstream="groq"))
    assert "   tools       tool 1.arguments.city: Berlin on openai, Bonn on groq" in lines_of(a, b)
    found = [one for one in rows_of(a, b)[0]["differences"] if one["aspect"] == "tools"]  # type: ignore[attr-defined]
    assert [(one["path"], one["a"], one["b"]) for one in found] == [
        ("tool 1.arguments.city", "Berlin", "Bonn")
    ]


def test_prompts_pair_whatever_their_order() -> None:
    a = tape("a", said("one", "first"), said("two", "second"))
    b = tape("b", said("two", "second"), said("one", "first"))
    assert diff(a, b).exit_code == 0
    assert diff(a, b, "--pair", "order").exit_code == 1


def test_what_one_side_alone_has_is_said_and_counts() -> None:
    a = tape("a", said("one", "first"), said("x", "second"), said("y", "third"))
    b = tape("b", said("one", "first"))
    result = diff(a, b)
    assert result.exit_code == 1
    assert "only on a: a.tape.zst 2-3" in result.stdout
    assert result.stdout.splitlines()[-1].endswith("1 the same, 0 different; 2 not on all sides")
    assert diff(a, b, "--ignore", "unpaired").exit_code == 0
    assert diff(a, b, "--fail-on", "text").exit_code == 0
    rows = rows_of(a, b)
    assert [row.get("compared") for row in rows] == [True, False, False, 1]
    assert rows[1]["sides"][1] is None  # type: ignore[index]
    assert (rows[-1]["unpaired"], rows[-1]["failed"]) == (2, True)


# Which sides


def test_a_number_chooses_one_interaction_of_each() -> None:
    a = tape("a", said("one", "first"), said("two", "second"))
    assert diff(f"{a}:1", f"{a}:1").exit_code == 0
    result = diff(f"{a}:1", f"{a}:2")
    assert result.exit_code == 1
    assert result.stdout.startswith("a.tape.zst:1 v. a.tape.zst:2\n1. first")
    assert "were not asked the same" in result.stdout
    assert diff(f"{a}:1-2", f"{a}:1,2").exit_code == 0


def test_a_name_with_a_colon_is_a_name() -> None:
    a, b = tape("a", said("one")), tape("b", said("one"))
    Path(b).rename("b:1")
    assert diff(a, "b:1").exit_code == 0


def test_one_cassette_has_its_upstreams_for_sides() -> None:
    one = tape("t", said("one"), said("one", upstream="groq"), said("two", upstream="mistral"))
    lines = lines_of(one)
    assert lines[1].split() == ["openai", "groq", "mistral"]
    assert lines == lines_of(one, "--by", "upstream")
    assert "* differs from openai" in lines


def test_one_cassette_has_models_for_sides_where_it_has_one_upstream() -> None:
    small, large = (
        replace(
            interaction, notes=replace(interaction.notes, model_asked=name, model_answered=name)
        )
        for interaction, name in ((said("one"), "small"), (said("two"), "large"))
    )
    one = tape("t", small, large)
    assert lines_of(one)[0] == "small v. large"
    assert lines_of(one, "--by", "model")[0] == "small v. large"
    refused(diff(one, "--by", "upstream"), "one upstream alone")


def test_folders_pair_by_name() -> None:
    for folder, text in (("before", "one"), ("after", "one")):
        tape(f"{folder}/x", said(text, "p"))
        tape(f"{folder}/y", said(text if folder == "before" else "other", "p"))
    result = diff("before", "after", "--pair", "name")
    assert result.exit_code == 1
    assert "before v. after" in result.stdout
    assert "(before/x.tape.zst 1, after/x.tape.zst 1)" in result.stdout
    assert "2 interactions compared: 1 the same, 1 different (text 1)" in result.stdout


def test_the_same_file_twice_is_said() -> None:
    a = tape("a", said("one"))
    result = diff(a, a)
    assert result.exit_code == 0
    assert result.stderr == "wiretape: a.tape.zst is given 2 times: it is compared with itself\n"
    assert result.stdout.startswith("a.tape.zst (1) v. a.tape.zst (2)")


# What counts


def test_only_and_ignore() -> None:
    a, b = tape("a", said("one")), tape("b", said("two"))
    assert diff(a, b, "--only", "text,finish").exit_code == 1
    only = diff(a, b, "--only", "finish", "--only", "tools")
    assert only.exit_code == 0
    assert "1. hi: same tools and finish" in only.stdout
    assert diff(a, b, "--ignore", "text").exit_code == 0
    assert "differs in text" in diff(a, b, "--only", "text").stdout
    assert {row["aspect"] for row in rows_of(a, b, "--only", "finish")[0]["matrix"]} == {"finish"}  # type: ignore[attr-defined]


def test_fail_on() -> None:
    a, b = tape("a", said("one")), tape("b", said("two"))
    assert diff(a, b, "--fail-on", "none").exit_code == 0
    assert diff(a, b, "--fail-on", "tools,finish").exit_code == 0
    assert diff(a, b, "--fail-on", "tools", "--fail-on", "text").exit_code == 1
    assert "1 different (text 1)" in diff(a, b, "--fail-on", "none").stdout


def test_what_was_left_out_is_not_in_the_line_on_many_sides() -> None:
    rude = CHAT[1].replace(b'"id"', b'"zz":1,"id"', 1)
    a, b = tape("a", said("one")), tape("b", streamed((CHAT[0], rude, CHAT[2]), "hi", "x"))
    line = lines_of(a, b, b)[0]
    assert line.endswith("text on 0, extensions on 0")
    assert "extensions" not in lines_of(a, b, b, "--ignore", "extensions")[0]


def test_pace_without_a_tolerance_is_not_called_the_same() -> None:
    a, b = tape("a", said("one")), tape("b", said("one", first_ms=900))
    looked = diff(a, b, "--only", "pace", "--fail-on", "none")
    assert "1. hi: pace not compared: give --tolerance  (" in looked.stdout
    both = diff(a, b, "--only", "pace,text")
    assert "1. hi: same text; pace not compared: give --tolerance  (" in both.stdout
    within = diff(a, b, "--only", "pace", "--tolerance", "ttft=99999%")
    assert "1. hi: pace differs within the tolerance  (" in within.stdout
    held = diff(a, a, "--only", "pace", "--tolerance", "ttft=1%")
    assert "1. hi: same pace  (" in held.stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--only pace", "pace alone, without a tolerance, can never differ: --tolerance ttft=20%"),
        ("--only usage", "--tolerance output_tokens=20%, or --fail-on none to look at it"),
        ("--only pace,usage", "pace and usage alone, without a tolerance, can never differ"),
        ("--tolerance output_tokens=20% --ignore usage", "but usage is not compared"),
        ("--tolerance ttft=20% --only text", "--tolerance ttft, but pace is not compared"),
    ],
)
def test_a_gate_that_compares_nothing_is_misuse(options: str, words: str) -> None:
    a = tape("a", said("one"))
    result = diff(a, a, *options.split())
    assert result.exit_code == 2
    assert words in " ".join(result.stderr.split())


def test_a_report_to_standard_output() -> None:
    a, b = tape("a", said("one")), tape("b", said("two"))
    assert diff(a, b, "--output", "-").stdout == diff(a, b).stdout
    assert not Path("-").exists()


def test_stalls_are_told_and_do_not_count() -> None:
    request = make_request(target="/v1/chat/completions", body=asking("hi"))
    pieces = [CHAT[0], *[CHAT[1]] * 8, CHAT[2]]
    paused = [(20 * n + 9000 * (n > 4), piece) for n, piece in enumerate(pieces)]
    steady = [(20 * n, piece) for n, piece in enumerate(pieces)]
    a, b = (
        tape(name, make_interaction(reads, request=request, headers=EVENTS))
        for name, reads in (("a", steady), ("b", paused))
    )
    result = diff(a, b)
    assert result.exit_code == 0
    assert "   pace        (stalls: 0 on a, 1 on b)" in result.stdout.splitlines()
    only = diff(a, b, "--only", "pace", "--fail-on", "none").stdout
    assert "1. hi: pace differs, but counts only beyond a --tolerance  (" in only


def test_pace_counts_within_a_tolerance_alone() -> None:
    a, b = tape("a", said("one")), tape("b", said("one", first_ms=13))
    assert diff(a, b).exit_code == 0
    assert diff(a, b, "--tolerance", "ttft=50%").exit_code == 0
    late = diff(a, b, "--tolerance", "ttft=20%")
    assert late.exit_code == 1
    assert "first token: 10 ms on a, 13 ms on b (beyond 20%)" in late.stdout


# Formats


def test_json_is_as_documented() -> None:
    a = tape("a", said("one"), said("alone", "second"))
    b = tape("b", said("two", upstream="groq"))
    comparison, _, total = rows_of(a, b)
    assert (comparison["row"], comparison["number"], comparison["same"]) == ("comparison", 1, False)
    assert comparison["labels"] == ["openai", "groq"]
    (found,) = (one for one in comparison["differences"] if one["aspect"] == "text")  # type: ignore[attr-defined]
    assert (found["a_side"], found["b_side"], found["a"], found["b"]) == (0, 1, "one", "two")
    assert total == {
        "row": "sum", "compared": 1, "same": 0, "different": 1, "unpaired": 1,
        "not_compared": 0, "aspects": {"text": 1}, "failed": True,
    }  # fmt: skip
    assert diff(a, b, "--json").stdout == diff(a, b, "--format", "json").stdout


def test_output_goes_to_a_file() -> None:
    a, b = tape("a", said("one")), tape("b", said("two"))
    shown = diff(a, b, "--format", "markdown").stdout
    result = diff(a, b, "--format", "markdown", "--output", "report.md")
    assert (result.exit_code, result.stdout) == (1, "")
    assert Path("report.md").read_text() == shown


# What stands in the way


def refused(result: Result, *words: str) -> None:
    assert result.exit_code == 2, result.stderr
    assert result.stderr.startswith("wiretape: ")
    assert result.stderr.count("\n") == 1, result.stderr
    for word in words:
        assert word in result.stderr


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ((), "TAPE[:NUMBER]..."),
        (("a", "b", "--only", "texts"), "'texts' is no aspect; there are status, ending"),
        (("a", "b", "--ignore", "text,"), "'' is no aspect"),
        (("a", "b", "--only", "text", "--ignore", "text"), "nothing would be compared"),
        (("a", "b", "--only", "unpaired"), "nothing would be compared"),
        (("a", "b", "--fail-on", "any,text"), "'any' stands alone"),
        (("a", "b", "--fail-on", "none", "--fail-on", "text"), "stand alone"),
        (("a", "b", "--only", "text", "--fail-on", "tools"), "tools, but it is not compared"),
        (("a", "b", "--tolerance", "speed=20%"), "'speed' is no measure"),
        (("a", "b", "--fail-on", "pace"), "--fail-on pace needs a tolerance"),
        (("a", "b", "--fail-on", "usage", "--tolerance", "ttft=1%"), "--fail-on usage needs"),
        (("a", "b", "--tolerance", "ttft"), "write ttft=20%"),
        (("a", "b", "--tolerance", "ttft=20"), "write ttft=20%"),
        (("a", "b", "--tolerance", "ttft=-1%"), "write ttft=20%"),
        (("a", "b", "--tolerance", "ttft=nan%"), "write ttft=20%"),
        (("a", "b", "--tolerance", "ttft=1%", "--tolerance", "ttft=2%"), "there twice"),
        (("a", "b", "--by", "model"), "--by splits a single cassette"),
        (("a", "b", "--json", "--format", "markdown"), "two formats"),
        (("a", "b", "--format", "xml"), "'xml' is not one of"),
        (("a", "b", "--output", "nowhere/x.md"), "no such folder"),
        (("a", "b", "--output", "x.tape.zst"), "would replace it"),
        (("a:0", "b"), "'0' is not like 3"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_misuse_is_told_before_anything_is_read(arguments: tuple[str, ...], word: str) -> None:
    refused(diff(*arguments), word)


def test_what_is_not_there_is_no_difference() -> None:
    a = tape("a", said("one"))
    refused(diff(a, "b.tape.zst"), "b.tape.zst: no such cassette")
    refused(diff(a, f"{a}:7"), "it has no interaction 7")
    refused(diff(a), "one upstream and one model alone is on it; give a second cassette")
    Path("text.tape.zst").write_text("hello")
    refused(diff(a, "text.tape.zst"), "not a cassette")
    Path("folder").mkdir()
    refused(diff(a, "folder"), "no cassette (NAME.tape.zst) is in this folder")
    refused(diff(a, "folder:1"), "a number chooses from one cassette")
    Path("report").mkdir()
    refused(diff(a, a, "--output", "report"), "is a directory")


def test_nothing_to_pair() -> None:
    a, b = tape("a", said("one", "first")), tape("b", said("one", "second"))
    refused(diff(a, b), "no two sides have an interaction of the same prompt; --pair order")
    append(Path("e.tape.zst"), Session(1, STARTED, "test"), [])
    refused(diff(a, "e.tape.zst"), "nothing to compare: e.tape.zst holds no interaction")


def test_a_side_without_an_answer_is_said_and_the_rest_goes_on() -> None:
    asked = make_request(target="/v1/chat/completions", body=asking("hi"))
    a = tape("a", said("one"), said("two", "second"))
    b = tape("b", make_unanswered(request=asked, upstream="groq"), said("two", "second"))
    result = diff(a, b)
    assert result.exit_code == 1
    assert "gave no answer (cut)" in result.stdout
    assert "no response came: cut" in result.stdout
    assert "2. second: same text  (" in result.stdout
    rows_of(a, b)


def test_streamed_and_in_one_piece() -> None:
    whole = make_interaction(
        [(10, CHAT_WHOLE)],
        request=make_request(target="/v1/chat/completions", body=asking("hi")),
        headers=JSON,
    )
    a, b = tape("a", said("Hello")), tape("b", whole)
    result = diff(a, b)
    assert "streaming   answer: streamed on a, in one piece on b" in result.stdout
    assert "text    " not in result.stdout


def test_an_api_that_is_not_known() -> None:
    request = make_request(target="/v1/else", body=asking("hi"))
    strange = [
        make_interaction([(1, body)], request=request, headers=EVENTS)
        for body in (b'data: {"x":1}\n\n', b'data: {"x":2}\n\n')
    ]
    a, b = tape("a", strange[0]), tape("b", strange[1])
    result = diff(a, b)
    assert result.exit_code == 1
    assert "neither the path /v1/else nor the body tells which API this is" in result.stdout
    assert diff(a, a).exit_code == 0


def test_a_process_has_the_exit_codes_too(tmp_path: Path) -> None:
    a, b = tape("a", said("one")), tape("b", said("two"))
    codes = [
        processes.run("diff", a, other, cwd=tmp_path).returncode for other in (a, b, "missing")
    ]
    assert codes == [0, 1, 2]


def test_a_reader_that_leaves_ends_it_silently(tmp_path: Path) -> None:
    many = [said(f"text {n}" * 200, f"prompt {n}") for n in range(200)]
    a, b = tape("a", *many), tape("b", *[said("other", f"prompt {n}") for n in range(200)])
    with subprocess.Popen(
        [*processes.WIRETAPE, "diff", a, b],
        cwd=tmp_path, env=processes.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""


def test_what_one_side_alone_has_is_not_called_the_same() -> None:
    a, b = tape("a", said("one"), said("one", "only here")), tape("b", said("one"))
    *rows, total = map(json.loads, diff(a, b, "--json").stdout.splitlines())
    assert [(row["compared"], row["same"]) for row in rows] == [(True, True), (False, None)]
    assert (total["compared"], total["unpaired"]) == (1, 1)


def test_what_is_within_a_tolerance_has_no_mark() -> None:
    a, b, c = (
        tape(name, said("one", first_ms=ms)) for name, ms in (("a", 100), ("b", 101), ("c", 300))
    )
    result = diff(a, b, c, "--tolerance", "ttft=20%")
    (line,) = [line for line in result.stdout.splitlines() if "first token" in line]
    assert line.split() == ["first", "token", "100", "ms", "101", "ms", "*300", "ms"]
    (row, _) = map(
        json.loads, diff(a, b, c, "--tolerance", "ttft=20%", "--json").stdout.splitlines()
    )
    differs = {one["name"]: one["differs"] for one in row["matrix"]}
    assert differs["first token"] == [False, False, True]
