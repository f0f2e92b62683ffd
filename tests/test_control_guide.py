"""docs/control.md: its commands run as they stand, and its Python does what it says."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.cli.processes import make_tape
from tests.interactions import JSON_HEADERS
from tests.raw_http import fetch
from tests.test_readme import ROOT, Reader
from tests.test_readme import reader as reader
from wiretape.replay.control.metrics import exposition
from wiretape.replay.control.routes import ROUTES
from wiretape.replay.player import Player
from wiretape.replay.server import ReplayServer

GUIDE = (ROOT / "docs" / "control.md").read_text()
BLOCKS = re.findall(r"```console\n(.*?)```", GUIDE, re.DOTALL)

CURL = """#!/usr/bin/env python3
import sys, urllib.error, urllib.request
arguments, data, method = sys.argv[1:], None, None
while arguments[0].startswith("-"):
    match arguments.pop(0):
        case "-d": data = arguments.pop(0).encode()
        case "-X": method = arguments.pop(0)
try:
    answer = urllib.request.urlopen(urllib.request.Request(arguments[0], data, method=method))
except urllib.error.HTTPError as error:
    if "--fail" in sys.argv: sys.exit(22)
    answer = error
print(answer.read().decode())
"""
"""As much of curl as the guide uses, for a machine without it."""


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.split("--port ")[1][:4])
def test_every_command_runs(block: str, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("curl") is None:
        curl = reader.folder / "bin" / "curl"
        curl.parent.mkdir()
        curl.write_text(CURL)
        curl.chmod(0o700)
        monkeypatch.setenv("PATH", str(curl.parent), prepend=":")
    make_tape(reader.folder / "today.tape.zst")
    for line in block.splitlines():
        reader.type(line.removeprefix("$ "))
    assert reader.printed
    assert '"title"' not in reader.printed


def test_every_call_is_told_of() -> None:
    for route in ROUTES:
        name = route.path.partition("/")[0]
        assert re.search(rf"^\| .*`.*\b{route.method}\b.*{re.escape(name)}", GUIDE, re.MULTILINE), (
            route
        )


def test_every_metric_is_told_of() -> None:
    text = exposition(ReplayServer(Player([]))).decode()
    names = set(re.findall(r"^# TYPE wiretape_replay(\w+)", text, re.MULTILINE))
    assert len(names) > 10
    for name in names:
        assert f"{name}`" in GUIDE, name


async def test_its_python(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = make_tape(tmp_path / "t.tape.zst")
    found = re.search(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    assert found is not None
    names: dict[str, object] = {}
    exec(found[1], names)
    served, checked, changed = names["served"], names["checked"], names["changed"]
    assert callable(served)
    assert callable(checked)
    assert callable(changed)
    server = await served(path)
    try:
        body = b'{"model":"m","input":"hi","stream":true}'
        target = "/openai/v1/responses"
        assert (await fetch(server.url, "POST", target, JSON_HEADERS, body)).status == 200
        checked(server)
        changed(server, path)
        cassettes = await fetch(server.url, "GET", "/__wiretape/cassettes")
        assert json.loads(cassettes.body)["recordings"] == 3
    finally:
        await server.close()
    assert "matched" in capsys.readouterr().out
