"""The README does what it says: its commands are run as they stand, in order, in one folder.

Two things are not as a reader has them: the provider is the demo's, on this machine, so
`record` is given its address; and ports are free ones. A line that ends in `&` runs until
`kill %1`.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.provider_process import provider_process
from wiretape.cassettes import Cassette

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```console\n(.*?)```", README, re.DOTALL)


def commands(text: str) -> list[str]:
    """What a reader of a guide types, line by line."""
    return [
        line.removeprefix("$ ")
        for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL)
        for line in block.splitlines()
    ]


class Reader:
    """Somebody who types what the README says."""

    def __init__(self, folder: Path, provider: str) -> None:
        self.folder = folder
        self.printed = ""
        self._provider = provider
        self._background: list[subprocess.Popen[str]] = []
        self._ports: dict[str, str] = {}

    def type(self, line: str) -> None:
        if line == "kill %1":
            self._end_background()
        elif line.endswith(" &"):
            self._start_background(line.removesuffix(" &"))
        else:
            self._run(self._as_typed(line))

    def close(self) -> None:
        while self._background:
            self._end_background()

    def _run(self, line: str) -> None:
        done = subprocess.run(
            line, shell=True, cwd=self.folder, env=self._environment(), check=False,
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        self.printed += done.stdout

    def _start_background(self, line: str) -> None:
        port = re.search(r"--port (\d+)", line)
        assert port is not None
        process = subprocess.Popen(
            "exec " + line.replace(port[0], "--port 0"),
            shell=True, cwd=self.folder, env=self._environment(),
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stderr is not None
        ready = process.stderr.readline()
        url = re.search(r"http://127\.0\.0\.1:(\d+)", ready)
        assert url is not None, ready
        self._ports[port[1]] = url[1]
        self._background.append(process)

    def _end_background(self) -> None:
        process = self._background.pop()
        process.terminate()
        _, errors = process.communicate(timeout=20)
        assert process.returncode == 0, errors

    def _as_typed(self, line: str) -> str:
        for port, free in self._ports.items():
            line = line.replace(f":{port}/", f":{free}/")
        return line.replace(
            "wiretape record ", f"wiretape record --port 0 --upstream openai={self._provider} "
        )

    def _environment(self) -> dict[str, str]:
        scripts = Path(sys.executable).parent
        return {
            "HOME": str(self.folder),
            "MODEL": "demo-chat-1",
            "OPENAI_API_KEY": "sk-a-key-that-must-not-be-kept",
            "PATH": f"{scripts}:{os.environ['PATH']}",
        }


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    with provider_process() as url:
        reader = Reader(tmp_path, url)
        try:
            yield reader
        finally:
            reader.close()


def test_every_command_of_the_readme_runs(reader: Reader) -> None:
    lines = [line for block in BLOCKS for line in block.splitlines()]
    assert len(lines) >= 10
    for line in lines:
        assert line.startswith("$ "), line
        reader.type(line.removeprefix("$ "))
    answer = "The clock shows **ten past nine**. A mirror turns it into ten to three.\n"
    assert reader.printed.count(answer) == 2, "live and replayed"
    tape = reader.folder / "today.tape.zst"
    with Cassette.open(tape) as cassette:
        assert len(cassette) == 1
        assert b"must-not-be-kept" not in b"".join(cassette.text())


def test_git_shows_cassettes_as_text(reader: Reader) -> None:
    for line in BLOCKS[-1].splitlines():
        reader.type(line.removeprefix("$ "))
    sample = (ROOT / "cassettes" / "samples" / "hello.tape.zst").read_bytes()
    (reader.folder / "hello.tape.zst").write_bytes(sample)
    reader.type("git add -N hello.tape.zst && git diff -- hello.tape.zst")
    assert '+{"record":"cassette","wiretape":1' in reader.printed


def test_the_links_lead_somewhere() -> None:
    for page in (ROOT / "README.md", *ROOT.glob("*/README.md"), *ROOT.glob("docs/**/*.md")):
        for link in re.findall(r"\]\(([^)#]+)", page.read_text()):
            if "://" not in link:
                assert (page.parent / link).exists(), (page, link)


@pytest.mark.parametrize("example", sorted((ROOT / "examples").glob("*.py")), ids=lambda p: p.name)
def test_each_example_says_the_same_from_the_tape(example: Path, reader: Reader) -> None:
    model = "demo-reasoner-1" if "responses" in example.name else "demo-chat-1"
    command = f"MODEL={model} python examples/{example.name}"
    reader.type(f"wiretape record --to one.tape.zst -- sh -c '{command}'")
    live, reader.printed = reader.printed, ""
    assert live.strip()
    reader.type("wiretape replay one.tape.zst --port 1 --speed instant &")
    reader.type(f"OPENAI_BASE_URL=http://127.0.0.1:1/openai/v1 {command}")
    reader.type("kill %1")
    assert reader.printed == live
