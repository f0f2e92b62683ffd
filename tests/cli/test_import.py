"""`wiretape import` and `wiretape export`: what is said, exit codes, and a replay of the result."""

import asyncio
import json
import shutil
from pathlib import Path

import openai
import pytest

from tests.cli.processes import make_tape, run
from tests.clients.interop.provider import STREAM
from tests.clients.interop.questions import KEY, SENT
from tests.interactions import make_interaction
from tests.raw_http import fetch
from wiretape.cassettes import Cassette
from wiretape.cli.verbs.importing import SOURCES
from wiretape.replay import Pace, Player, ReplayServer

VECTORS = Path(__file__).parents[1] / "vectors" / "interop"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in VECTORS.iterdir():
        shutil.copy(path, tmp_path / path.name)
    return tmp_path


def test_every_format_is_known_by_its_content(folder: Path) -> None:
    (folder / "mitmproxy.har").rename(folder / "flows.txt")
    names = ("vcrpy-httpx.yaml", "cassetter.yaml", "ruby-vcr.yml", "go-vcr-1.yaml", "flows.txt",
             "mitmproxy.flows", "aimock-recorded.json")  # fmt: skip
    done = run("import", *names, "-o", "all.tape.zst", cwd=folder)
    said = done.stderr.decode()
    assert done.returncode == 0, said
    assert "wiretape: vcrpy-httpx.yaml (VCR.py): 3 interactions, 3 without timing\n" in said
    assert "flows.txt (a HAR of mitmproxy 11.0.2): 3 interactions, 3 with the times of head" in said
    assert "flows.txt: 1 interaction not quite as on the wire; 'wiretape show' says how" in said
    assert said.endswith("wiretape: all.tape.zst: 19 interactions of 7 files\n")
    assert (folder / "all.tape.zst").stat().st_mode & 0o777 == 0o600
    with Cassette.open(folder / "all.tape.zst") as tape:
        assert [session.number for session in tape.sessions] == list(range(1, 8))
        text = b"".join(tape.text())
    assert KEY.encode() not in text
    assert run("fsck", "all.tape.zst", cwd=folder).returncode == 0
    assert run("scan", "all.tape.zst", cwd=folder).returncode == 0


def test_what_is_left_out_is_said_and_the_rest_goes_on(folder: Path) -> None:
    (folder / "odd.yaml").write_bytes(b"a: [1")
    done = run("import", "odd.yaml", "devtools.har", "gone.har", "-o", "t.tape.zst", cwd=folder)
    assert done.returncode == 1
    assert done.stderr.decode().splitlines() == [
        "wiretape: odd.yaml: line 2: did not find expected ',' or ']'",
        "wiretape: devtools.har (a HAR of WebInspector 537.36): 2 interactions, 2 with the times "
        "of head and end alone",
        "wiretape: devtools.har: 2 interactions not quite as on the wire; 'wiretape show' says how "
        "(imported)",
        "wiretape: devtools.har: left out entry 2: a WebSocket",
        "wiretape: devtools.har: left out entry 3: the file does not hold the body of the response",
        "wiretape: devtools.har: left out entry 4: no response came (status 0)",
        "wiretape: gone.har: cannot be read (No such file or directory)",
        "wiretape: t.tape.zst: 2 interactions of 1 file",
    ]


def test_nothing_is_written_where_nothing_is_imported(folder: Path) -> None:
    done = run("import", "README.md", "-o", "t.tape.zst", cwd=folder)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert not (folder / "t.tape.zst").exists()


def test_another_format_may_be_said(folder: Path) -> None:
    done = run("import", "vcrpy-httpx.yaml", "--from", "har", "-o", "t.tape.zst", cwd=folder)
    assert done.returncode == 1
    assert b"log.entries is nothing and no list" in done.stderr
    wrong = run("import", "vcrpy-httpx.yaml", "--from", "nock", "-o", "t.tape.zst", cwd=folder)
    assert wrong.returncode == 2
    from wiretape.cassettes import interop

    assert interop.SOURCES == SOURCES


def test_a_cassette_that_is_there_is_not_replaced(folder: Path) -> None:
    make_tape(folder / "t.tape.zst", [make_interaction()])
    before = (folder / "t.tape.zst").read_bytes()
    done = run("import", "vcrpy-httpx.yaml", "-o", "t.tape.zst", cwd=folder)
    assert (done.returncode, (folder / "t.tape.zst").read_bytes()) == (1, before)
    assert b"exists already" in done.stderr


def test_no_timing_is_shown_as_that(folder: Path) -> None:
    assert run("import", "vcrpy-httpx.yaml", "-o", "t.tape.zst", cwd=folder).returncode == 0
    shown = run("show", "t.tape.zst", "1", cwd=folder).stdout.decode()
    assert "timing     no timing: the tool that recorded it kept no times\n" in shown
    assert "imported   from VCR.py\n" in shown
    stats = run("stats", "t.tape.zst", cwd=folder).stdout.decode()
    assert "first token:" not in stats
    assert "duration:" not in stats
    assert "3 interactions imported without the times of reads\n" in stats
    listed = run("ls", "t.tape.zst", cwd=folder).stdout.decode()
    assert listed.splitlines()[1].split()[-2:] == ["-", "-"]
    made = run("import", "vcrpy-httpx.yaml", "-o", "p.tape.zst", "--pace", "ttft=1s", cwd=folder)
    assert made.returncode == 0
    both = run("diff", "t.tape.zst:1", "p.tape.zst:1", "--tolerance", "ttft=1%", cwd=folder)
    assert both.returncode in (0, 2)  # never a difference of pace that nobody measured
    assert b" 0 different" in both.stdout


def test_a_pace_that_cannot_be_meant_is_misuse(folder: Path) -> None:
    done = run("import", "vcrpy-httpx.yaml", "-o", "t.tape.zst", "--pace", "quick", cwd=folder)
    assert done.returncode == 2
    assert b"ttft=300ms" in done.stderr


@pytest.mark.parametrize("name", ["vcrpy-requests.yaml", "mitmproxy.flows", "chromium.har"])
async def test_a_replay_gives_a_client_the_same_bytes(folder: Path, name: str) -> None:
    done = await asyncio.to_thread(
        run, "import", name, "-o", "t.tape.zst", "--upstream", "here=http://127.0.0.1:9911",
        cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0
    with Cassette.open(folder / "t.tape.zst") as tape:
        server = ReplayServer(Player(tape), pace=Pace(instant=True))
    await server.start()
    try:
        json = (("Content-Type", "application/json"),)
        answer = await fetch(server.url, "POST", "/here/v1/chat/completions", json, SENT)
    finally:
        await server.close()
    assert answer.body == STREAM


@pytest.mark.parametrize(("kind", "name"), [("vcr", "out.yaml"), ("har", "out.har")])
def test_export_and_import_again(folder: Path, kind: str, name: str) -> None:
    run("import", "mitmproxy.flows", "-o", "t.tape.zst", cwd=folder)
    done = run("export", "t.tape.zst", "--to", kind, "-o", name, cwd=folder)
    bare = ", 1 with the content coding off" if kind == "vcr" else ""
    said = f"wiretape: {name}: 3 interactions{bare}\n"
    assert (done.returncode, done.stderr.decode()) == (0, said)
    assert (folder / name).stat().st_mode & 0o777 == 0o600
    assert run("import", name, "-o", "again.tape.zst", cwd=folder).returncode == 0
    assert run("diff", "t.tape.zst:1", "again.tape.zst:1", cwd=folder).returncode == 0
    twice = run("export", "t.tape.zst", "--to", kind, "-o", name, cwd=folder)
    assert twice.returncode == 1
    one = run("export", "t.tape.zst", "--to", kind, "-o", f"1{name}", "--keep", "1", cwd=folder)
    assert one.stderr == f"wiretape: 1{name}: 1 interaction\n".encode()


def test_standard_input_and_output(folder: Path) -> None:
    har = (folder / "devtools.har").read_bytes()
    done = run("import", "-", "-o", "t.tape.zst", cwd=folder, stdin=har)
    assert done.stderr.startswith(b"wiretape: standard input (a HAR of WebInspector 537.36): 2 int")
    refused = run("import", "devtools.har", "-o", "-", cwd=folder)
    assert refused.returncode == 2
    assert b"a cassette is written to a file" in refused.stderr
    written = run("export", "t.tape.zst", "--to", "har", "-o", "-", cwd=folder)
    assert written.stderr == b"wiretape: standard output: 2 interactions\n"
    assert len(json.loads(written.stdout)["log"]["entries"]) == 2
    assert not (folder / "-").exists()


def test_given_times_are_marked_where_they_are_shown(folder: Path) -> None:
    run("import", "vcrpy-httpx.yaml", "-o", "p.tape.zst", "--pace", "ttft=1ms", cwd=folder)
    played = run("play", "p.tape.zst", "1", "--speed", "instant", cwd=folder)
    assert b"timing: no timing: these times were made up by --pace" in played.stderr
    # A reader's own recording is timed; what stalled of the other, nobody saw.
    recorded = make_interaction([(200, b"x")])
    make_tape(folder / "r.tape.zst", [recorded])
    told = run("diff", "r.tape.zst:1", "p.tape.zst:1", cwd=folder).stdout
    assert b"stalls" not in told


async def test_a_fixture_of_aimock_plays_for_the_sdk(folder: Path) -> None:
    done = await asyncio.to_thread(
        run, "import", "aimock-greeting.json", "--model", "gpt-5-mini", "-o", "t.tape.zst",
        cwd=folder,
    )  # fmt: skip
    assert b"left out fixture 4: it depends on what came before" in done.stderr
    with Cassette.open(folder / "t.tape.zst") as tape:
        server = ReplayServer(Player(tape), pace=Pace(instant=True))
    await server.start()
    try:
        async with openai.AsyncOpenAI(base_url=f"{server.url}/openai/v1", api_key="dummy") as asked:
            stream = await asked.chat.completions.create(
                model="gpt-5-mini", messages=[{"role": "user", "content": "hello"}], stream=True
            )
            said = [chunk.choices[0].delta.content or "" async for chunk in stream]
    finally:
        await server.close()
    assert "".join(said) == "Hello! How can I help you today?"


def test_an_export_says_what_it_loses(folder: Path) -> None:
    make_tape(folder / "cut.tape.zst", [make_interaction(ending="cut")])
    done = run("export", "cut.tape.zst", "--to", "vcr", "-o", "out.yaml", cwd=folder)
    assert done.returncode == 1
    assert done.stderr.decode().splitlines()[0] == (
        "wiretape: cut.tape.zst: interaction 1: it ended as cut, which the file cannot say: "
        "it plays as whole"
    )
