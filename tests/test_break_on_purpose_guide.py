"""docs/break-on-purpose.md: its commands run; its Python is that of the example, which passes."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import openai

from tests.test_readme import ROOT, Reader, commands
from tests.test_readme import reader as reader
from wiretape.cassettes import Cassette
from wiretape.replay import Pace, Player, ReplayServer

GUIDE = (ROOT / "docs" / "break-on-purpose.md").read_text()
EXAMPLE = ROOT / "examples" / "pytest_broken_streams"
PYTHON = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
CASSETTE = EXAMPLE / "tests/cassettes/test_broken_streams/greeting.tape.zst"


def test_every_command_runs(reader: Reader) -> None:
    lines = commands(GUIDE)
    assert len(lines) == 5
    for line in lines:
        reader.type(line)
    whole, cut = reader.printed.splitlines()[:2]
    assert whole.startswith("The clock shows")
    assert re.match(r"(openai|httpx|httpcore)\.\w*Error: ", cut), cut
    assert "cut(after=50%)" in reader.printed


def test_its_tests_are_those_of_the_example() -> None:
    tests = (EXAMPLE / "tests" / "test_broken_streams.py").read_text()
    assert [text in tests for text in PYTHON] == [True, True, False]


def example(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_the_example_passes_and_shows_a_careless_client(tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLE, tmp_path / "it", ignore=shutil.ignore_patterns("__pycache__"))
    done = example(folder)
    assert "16 passed" in done.stdout, done.stdout
    client = folder / "asking.py"
    careful = client.read_text()
    careless = careful.replace("raise StreamBroken", "return text.strip() or str")
    assert careless != careful
    client.write_text(careless.replace(" from error", ""))
    assert "8 failed, 8 passed" in example(folder).stdout


async def test_a_request_asks_for_its_own_fault() -> None:
    with Cassette.open(CASSETTE) as tape:
        server = ReplayServer(Player(tape), pace=Pace(instant=True))
    await server.start()
    text = PYTHON[2].replace("Why is the sky blue?", "How warm is it in Zürich?")
    text = text.replace("extra_headers", "stream=True, extra_headers")
    try:
        async with openai.AsyncOpenAI(base_url=f"{server.url}/openai/v1", api_key="any") as client:
            stream = await eval(text, {"client": client})
            assert len([chunk async for chunk in stream]) > 5
        assert len(server.journal) == 2
    finally:
        await server.close()
