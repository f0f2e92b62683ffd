import json
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from tests.cli.processes import cut_index, make_tape, run, three_interactions
from tests.interactions import make_interaction, make_unanswered
from wiretape.cassettes.model import Notes
from wiretape.cassettes.store import Cassette
from wiretape.cli.main import wiretape
from wiretape.cli.views.interaction import interaction_text


@pytest.fixture
def tape(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    return make_tape(Path("t.tape.zst")).name


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(wiretape, ["show", *arguments])


def test_a_cassette_at_a_glance(tape: str) -> None:
    size = Path(tape).stat().st_size
    assert invoke(tape).stdout.splitlines() == [
        f"t.tape.zst: 3 interactions, 320 B received, {size} B on disk",
        "endings    2 complete, 1 reset",
        "upstreams  openai (2), anthropic (1)",
        "models     -",
        "session 1  2026-11-22T22:01:13.000000Z, wiretape 0.1.0, 3 interactions",
    ]


def test_a_cassette_for_programs(tape: str) -> None:
    summary = json.loads(invoke(tape, "--json").stdout)
    assert summary["interactions"] == 3
    assert summary["endings"] == {"complete": 2, "reset": 1}
    assert summary["whole"] is True


def test_one_interaction(tape: str) -> None:
    assert invoke(tape, "2").stdout.splitlines() == [
        "2  POST /v1/messages  to anthropic (https://anthropic.test)",
        "started    2026-11-22T22:01:14.500Z, session 1",
        "",
        "request  POST /v1/messages HTTP/1.1",
        "  Content-Type: application/json",
        "",
        "response  HTTP/1.1 200 OK",
        "  Content-Type: text/event-stream",
        "  Transfer-Encoding: chunked",
        "",
        "timeline  2 chunks, 18 B, head after 5.0 ms",
        "bytes per 20 ms",
        "     12 B ┤    █",
        "          │    █",
        "          │    █                                                           ▄",
        "          │    █                                                           █",
        "          │    █                                                           █",
        "      0 B └┬───────────────────────┬────────────────────────┬───────────────────",
        "          0 s                    0.5 s                     1 s",
        "               ╰────────────────────── 1.20 s silent ──────────────────────╯",
        "                                                      reset after 1.40 s, 18 B ▲",
        "(Connection reset by peer)",
        "",
        "request body  18 B",
        '{"model":"claude"}',
        "",
        "response body  18 B",
        "data: half",
        "",
        "data: ",
    ]


def test_what_was_noted_redacted_and_lost_is_said() -> None:
    interaction = replace(
        make_interaction(trailers=(("X-Sum", "1"),)),
        notes=Notes("m:fast", "m-2026", "fast", "1.0"),
        redacted={"header:authorization": 1},
        lost="2 chunks: the disk was full",
    )
    lines = interaction_text(interaction, None).splitlines()
    assert lines[1:4] == [
        "model      asked m:fast, answered m-2026, provider fast, Open Responses 1.0",
        "redacted   header:authorization (1)",
        "lost       2 chunks: the disk was full",
    ]
    assert "  X-Sum: 1" in lines


def test_no_response_is_said() -> None:
    text = interaction_text(make_unanswered(ending="timeout"), None)
    assert "response  none came\n" in text
    assert "timeout after 20 ms, 0 B" in text


def test_on_a_terminal_json_is_laid_out_and_nothing_acts() -> None:
    hostile = make_interaction(
        ((1, b"\x1b]0;pwned\x07"),), headers=(("X-\x1b[2J", "a\x9bb"),), detail="\x1b[5m"
    )
    text = interaction_text(hostile, None, terminal=True)
    plain = text.replace("\x1b[1m", "").replace("\x1b[0m", "")  # our own headings
    assert not any((char < " " and char != "\n") or "\x7f" <= char <= "\x9f" for char in plain)
    assert '{\n  "model": "m",\n' in text


def test_one_interaction_for_programs(tape: str) -> None:
    value = json.loads(invoke(tape, "2", "--json").stdout)
    assert value["started"] == "2026-11-22T22:01:14.500Z"
    assert value["response"]["body"] == "data: half\n\ndata: "
    assert value["timeline"]["received"] == [[100_000_000, 12], [1_300_000_000, 6]]
    assert value["timeline"]["ending"]["kind"] == "reset"
    assert "body_base64" in json.loads(invoke(tape, "3", "--json").stdout)["response"]


def test_bodies_come_out_exact(tape: str) -> None:
    third = three_interactions()[2]
    assert third.response is not None
    assert invoke(tape, "3", "--body").stdout_bytes == third.response.body
    assert invoke(tape, "2", "--request").stdout_bytes == b'{"model":"claude"}'


def test_raw_is_what_zstd_prints(tape: str, tmp_path: Path) -> None:
    raw = run("show", "--raw", tape, cwd=tmp_path).stdout
    with Cassette.open(Path(tape)) as cassette:
        assert raw == b"".join(cassette.text())
    zstd = shutil.which("zstd")
    if zstd is not None:  # the command is not part of a fresh machine
        assert raw == subprocess.run([zstd, "-dc", tape], capture_output=True, check=True).stdout


def test_a_body_needs_a_number_where_there_are_several(tape: str) -> None:
    result = invoke(tape, "--body")
    assert (result.exit_code, result.stderr) == (
        1,
        "wiretape: t.tape.zst: it holds 3 interactions; give the number of one "
        "('wiretape ls t.tape.zst' lists them)\n",
    )


@pytest.mark.parametrize("arguments", [("--raw", "1"), ("--json", "--raw"), ("x",)])
def test_misuse(tape: str, arguments: tuple[str, ...]) -> None:
    result = invoke(tape, *arguments)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1


def test_an_interrupted_cassette_is_shown_and_said(tape: str) -> None:
    cut_index(Path(tape))
    result = invoke(tape)
    assert result.stdout.startswith("t.tape.zst: 3 interactions")
    assert "the recording was interrupted; 3 whole interactions can be read" in result.stderr


def test_into_a_pipe_a_body_keeps_its_escape_sequences(tmp_path: Path) -> None:
    make_tape(tmp_path / "t.tape.zst", [make_interaction(((1, b"a\x1b[31mb"),))])
    assert b"a\x1b[31mb" in run("show", "t.tape.zst", "1", cwd=tmp_path).stdout
