"""The tools whose files we read and write: each records, we replay; we export, each plays."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.cli.processes import run
from tests.clients.interop import har_schema, tools
from tests.clients.interop.provider import BINARY, MODELS, STREAM, serving
from tests.clients.interop.questions import CHAT, KEY, SENT
from tests.raw_http import fetch
from wiretape.cassettes import Cassette
from wiretape.cassettes.meaning import read_meaning
from wiretape.recorder import RecordingProxy, Upstream
from wiretape.replay import Pace, Player, ReplayServer

pytestmark = pytest.mark.clients

DIGESTS = [hashlib.sha256(body).hexdigest() for body in (STREAM, MODELS, BINARY)]
JSON = (("Content-Type", "application/json"),)


@asynccontextmanager
async def replaying(tape: Path) -> AsyncIterator[str]:
    with Cassette.open(tape) as cassette:
        server = ReplayServer(Player(cassette), pace=Pace(instant=True))
    await server.start()
    try:
        yield server.url
    finally:
        await server.close()


async def replayed(*files: str, folder: Path) -> list[str]:
    """What a client gets of an import, asked as the tool was asked."""
    done = await asyncio.to_thread(run, "import", *files, "-o", "t.tape.zst", cwd=folder)
    assert done.returncode == 0, done.stderr
    with Cassette.open(folder / "t.tape.zst") as tape:
        assert KEY.encode() not in b"".join(tape.text())
    async with replaying(folder / "t.tape.zst") as url:
        return await asyncio.to_thread(tools.python_with, "ask.py", url)


@pytest.mark.parametrize(
    ("program", "name"),
    [("with_vcrpy.py", "vcrpy.yaml"), ("with_cassetter.py", "cassetter.yaml")],
)
async def test_tools_of_python_record(tmp_path: Path, program: str, name: str) -> None:
    with serving() as url:
        live = await asyncio.to_thread(tools.python_with, program, url, tmp_path / name, "once")
    assert live == DIGESTS
    stream, models, file = await replayed(name, folder=tmp_path)
    assert [stream, file] == [DIGESTS[0], DIGESTS[2]]
    # cassetter keeps the values of JSON and not its bytes; it plays other ones itself.
    played = await asyncio.to_thread(tools.python_with, program, url, tmp_path / name, "none")
    assert models == played[1]


async def test_vcrpy_with_requests_records(tmp_path: Path) -> None:
    with serving() as url:
        await asyncio.to_thread(tools.python_with, "with_requests.py", url, tmp_path / "r.yaml")
    assert await replayed("r.yaml", folder=tmp_path) == DIGESTS


@pytest.mark.parametrize("exact", [(), ("exact",)])
async def test_vcr_of_ruby_records(tmp_path: Path, exact: tuple[str, ...]) -> None:
    with serving() as url:
        await asyncio.to_thread(tools.ruby_with, "with_vcr.rb", url, tmp_path / "r.yml", *exact)
    assert await replayed("r.yml", folder=tmp_path) == DIGESTS


async def test_go_vcr_records(tmp_path: Path) -> None:
    with serving() as url:
        await asyncio.to_thread(tools.go_with, "with_vcr.go", tmp_path, url, tmp_path / "go")
    assert await replayed("go.yaml", folder=tmp_path) == DIGESTS


async def test_mitmproxy_records(tmp_path: Path) -> None:
    flows, har = tmp_path / "m.flows", tmp_path / "m.har"
    with serving() as url, tools.mitmdump(url, flows, har) as proxied:
        assert await asyncio.to_thread(tools.python_with, "ask.py", proxied) == DIGESTS
    assert await replayed("m.flows", folder=tmp_path) == DIGESTS
    (tmp_path / "t.tape.zst").unlink()
    assert await replayed("m.har", folder=tmp_path) == DIGESTS


async def test_a_browser_records(tmp_path: Path) -> None:
    with serving() as url:
        await asyncio.to_thread(tools.chromium_with, "with_chromium.py", url, tmp_path / "c.har")
    assert await replayed("c.har", folder=tmp_path) == DIGESTS


async def test_aimock_records_and_says_the_same(tmp_path: Path) -> None:
    """Its fixtures have no bytes; so what is said is compared, with what aimock plays itself."""
    (tmp_path / "f").mkdir()
    with serving() as url, tools.aimock(tmp_path / "f", "--record", "--provider-openai", url) as at:
        await fetch(at, "POST", CHAT, JSON, SENT)
    (fixture,) = (tmp_path / "f").rglob("*.json")
    with tools.aimock(tmp_path / "f") as at:
        played = await fetch(at, "POST", CHAT, JSON, SENT)
    done = await asyncio.to_thread(run, "import", fixture, "-o", "t.tape.zst", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    async with replaying(tmp_path / "t.tape.zst") as url:
        answer = await fetch(url, "POST", CHAT, JSON, SENT)
    assert said(answer.body) == said(played.body) == said(STREAM)
    with Cassette.open(tmp_path / "t.tape.zst") as tape:
        (only,) = tape
    assert only.timeline.timing == "ends"
    assert read_meaning(only).api == "openai.chat"


def said(stream: bytes) -> str:
    events = [line[6:] for line in stream.decode().splitlines() if line.startswith("data: {")]
    deltas = [json.loads(event)["choices"][0]["delta"] for event in events]
    return "".join(delta.get("content") or "" for delta in deltas)


async def recorded(folder: Path) -> str:
    """A tape of Wiretape's own, and the URL of the provider that is there no more."""
    with serving() as url:
        proxy = RecordingProxy(folder / "t.tape.zst", {"here": Upstream("here", url)})
        await proxy.start()
        asked = await asyncio.to_thread(tools.python_with, "ask.py", f"{proxy.url}/here")
        await proxy.close()
    assert asked == DIGESTS
    return url


@pytest.mark.parametrize("program", ["with_vcrpy.py", "with_requests.py", "with_cassetter.py"])
async def test_what_we_export_is_played(tmp_path: Path, program: str) -> None:
    """cassetter reads cassettes of VCR.py, too."""
    url = await recorded(tmp_path)
    done = await asyncio.to_thread(
        run, "export", "t.tape.zst", "--to", "vcr", "-o", "out.yaml", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    played = await asyncio.to_thread(tools.python_with, program, url, tmp_path / "out.yaml", "none")
    if program == "with_cassetter.py":  # of JSON it keeps the values alone
        played[1] = DIGESTS[1]
    assert played == DIGESTS


async def test_a_har_of_ours_is_read(tmp_path: Path) -> None:
    await recorded(tmp_path)
    done = await asyncio.to_thread(
        run, "export", "t.tape.zst", "--to", "har", "-o", "out.har", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert (
        await asyncio.to_thread(tools.python_with, "load_har.py", tmp_path / "out.har") == DIGESTS
    )
    tools.needs(har_schema.FOLDER)
    assert har_schema.problems(tmp_path / "out.har") == []
    har = json.loads((tmp_path / "out.har").read_text("utf-8"))
    del har["log"]["entries"][0]["request"]["method"]
    (tmp_path / "bad.har").write_text(json.dumps(har))
    assert har_schema.problems(tmp_path / "bad.har") == ['"method" is a required property']
    tools.mitmdump_reads(tmp_path / "out.har", tmp_path / "back.flows")
    (tmp_path / "t.tape.zst").unlink()
    assert await replayed("back.flows", folder=tmp_path) == DIGESTS
