"""docs/modes.md: its commands run, and its Python does what it says."""

import re
from pathlib import Path

import pytest

from tests.cli.processes import make_tape
from tests.interactions import JSON_HEADERS, make_interaction
from tests.raw_http import fetch
from tests.test_readme import ROOT, Reader, commands
from tests.test_readme import reader as reader
from wiretape.cassettes import Cassette
from wiretape.cli.verbs.record import MODES
from wiretape.recorder import RecordingProxy

GUIDE = (ROOT / "docs" / "modes.md").read_text()


def test_every_command_runs_and_the_provider_is_asked_once(reader: Reader) -> None:
    lines = commands(GUIDE)
    assert len(lines) == 3
    for line in lines:
        reader.type(line)
    assert "agent.tape.zst -> now: no drift in 1 pair" in reader.printed
    with Cassette.open(reader.folder / "agent.tape.zst") as tape:
        assert len(tape) == 1


def test_every_mode_is_told_of() -> None:
    assert {mode for mode in MODES if f"| `{mode}`" not in GUIDE} == set()


async def test_its_python_plays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_tape(tmp_path / "t.tape.zst", [make_interaction()])
    found = re.search(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    assert found is not None
    urls: list[str] = []
    start = RecordingProxy.start

    async def asking(proxy: RecordingProxy) -> None:
        await start(proxy)
        urls.append(proxy.url)
        body = b'{"model":"m","input":"hi","stream":true}'
        answer = await fetch(proxy.url, "POST", "/openai/v1/responses", JSON_HEADERS, body)
        assert answer.body == b"data: one\n\ndata: two\n\n"

    monkeypatch.setattr(RecordingProxy, "start", asking)
    names: dict[str, object] = {}
    exec(found[1], names)
    new_episodes = names["new_episodes"]
    assert callable(new_episodes)
    await new_episodes(path)
    assert len(urls) == 1
