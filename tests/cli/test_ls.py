import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from tests.cli.processes import make_tape
from tests.interactions import make_interaction, make_request
from wiretape.cassettes.store import Cassette
from wiretape.cli.main import wiretape
from wiretape.cli.views.listing import Listed, listed
from wiretape.cli.views.listing_table import listing_table


@pytest.fixture
def tape(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    return make_tape(Path("t.tape.zst")).name


def test_into_a_pipe_every_column_is_whole(tape: str) -> None:
    result = CliRunner().invoke(wiretape, ["ls", tape])
    assert result.stdout.splitlines() == [
        "#  start                     upstream   method  path           model  status"
        "  ending    chunks  bytes  first byte  duration",
        "1  2026-11-22T22:01:13.000Z  openai     POST    /v1/responses  -      200   "
        "  complete       2   22 B       10 ms     30 ms",
        "2  2026-11-22T22:01:14.500Z  anthropic  POST    /v1/messages   -      200   "
        "  reset          2   18 B      100 ms    1.40 s",
        "3  2026-11-22T22:01:16.000Z  openai     GET     /v1/files/1    -      200   "
        "  complete       1  280 B       20 ms     20 ms",
    ]


def test_several_files_are_named(tape: str) -> None:
    make_tape(Path("u.tape.zst"), [make_interaction()])
    lines = CliRunner().invoke(wiretape, ["ls", tape, "u.tape.zst"]).stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["file", *[tape] * 3, "u.tape.zst"]


def test_json_is_an_object_a_line(tape: str) -> None:
    result = CliRunner().invoke(wiretape, ["ls", "--json", tape])
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["number"] for row in rows] == [1, 2, 3]
    assert rows[1] == {
        "file": tape,
        "number": 2,
        "session": 1,
        "started": "2026-11-22T22:01:14.500Z",
        "upstream": "anthropic",
        "method": "POST",
        "path": "/v1/messages",
        "model": "",
        "status": 200,
        "ending": "reset",
        "chunks": 2,
        "sent_bytes": 18,
        "received_bytes": 18,
        "first_byte_ns": 100_000_000,
        "duration_ns": 1_400_000_000,
        "lost": False,
    }


def test_only_the_index_is_read(tape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a listing reads no interaction")

    monkeypatch.setattr(Cassette, "read", refuse)
    monkeypatch.setattr(Cassette, "__iter__", refuse)
    assert CliRunner().invoke(wiretape, ["ls", tape]).exit_code == 0


def rows_of(path: Path) -> list[Listed]:
    with Cassette.open(path) as tape:
        return [listed(path, tape.sessions, entry) for entry in tape.index]


def drawn(rows: list[Listed], width: int) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=width, color_system=None).print(listing_table(rows, width))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_a_narrow_terminal_gets_fewer_columns(tape: str) -> None:
    rows = rows_of(Path(tape))
    assert drawn(rows, 80)[0].split() == (
        ["#", "upstream", "path", "model", "ending", "chunks", "bytes", "duration"]
    )
    assert "first byte" in drawn(rows, 100)[0]
    wide = drawn(rows, 130)
    assert "start" in wide[0]
    assert "method" in wide[0]
    assert "11-22 22:01:14" in wide[3]
    for width in (80, 100, 130):
        assert all(len(line) <= width for line in drawn(rows, width))


def test_long_paths_and_models_are_cut_and_nothing_else(tmp_path: Path) -> None:
    request = make_request(target="/v1/" + "x" * 90)
    rows = rows_of(make_tape(tmp_path / "t.tape.zst", [make_interaction(request=request)]))
    line = drawn(rows, 80)[2]
    assert line.count("…") >= 1
    assert line.endswith("30 ms")


def test_a_path_cannot_act_on_the_terminal(tmp_path: Path) -> None:
    request = make_request(target="/\x1b[2J[bold]x")
    rows = rows_of(make_tape(tmp_path / "t.tape.zst", [make_interaction(request=request)]))
    assert "/␛[2J[bold]x" in drawn(rows, 130)[2]
