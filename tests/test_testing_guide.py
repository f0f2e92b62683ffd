"""docs/testing.md says what is: its tables are complete, and its examples run as they stand."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from tests.testing.tapes import recording, write_tape
from wiretape.testing.settings import ALIASES, MODES, Settings

GUIDE = (Path(__file__).parents[1] / "docs" / "testing.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", GUIDE, re.DOTALL)


def block(language: str, holding: str) -> str:
    """The one block of a language that holds these words."""
    [found] = [text for name, text in BLOCKS if name == language and holding in text]
    return str(found)


class Provider(BaseHTTPRequestHandler):
    """Says hello, by the Responses API."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        text = {"type": "output_text", "text": "Hello!", "annotations": []}
        said = {"type": "message", "id": "msg_1", "role": "assistant", "content": [text]}
        body = json.dumps({"id": "resp_1", "object": "response", "output": [said]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing to say."""


@contextmanager
def provider() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Provider) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def typed(line: str, folder: Path) -> str:
    """What a command of the guide prints; it must succeed."""
    program, *options = line.removeprefix("$ ").split()
    assert program == "pytest"
    environment = {**os.environ, "OPENAI_API_KEY": "sk-of-a-reader"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_the_first_test_is_recorded_once_and_then_offline(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(block("python", "def test_greeting"))
    lines = [line for line in block("console", "--wiretape-mode once").splitlines() if line]
    with provider() as url:
        settings = f'[tool.wiretape]\nupstreams = ["openai={url}"]\n'
        (tmp_path / "pyproject.toml").write_text(settings)
        assert "1 passed" in typed(lines[0], tmp_path)
    cassette = tmp_path / "cassettes/test_it/test_greeting.tape.zst"
    assert b"sk-of-a-reader" not in cassette.read_bytes()
    assert "1 passed" in typed(lines[1], tmp_path)


def test_a_client_made_before_is_given_the_tape(tmp_path: Path) -> None:
    example = block("python", "def test_client_made_before")
    (tmp_path / "test_it.py").write_text(f"from openai import OpenAI\n\n{example}")
    with provider() as live:
        (tmp_path / "pyproject.toml").write_text(
            f"[tool.wiretape]\nupstreams = ['openai={live}']\n"
        )
        assert "1 passed" in typed("$ pytest --wiretape-mode once", tmp_path)
    assert "1 passed" in typed("$ pytest", tmp_path)


def test_the_configuration_is_taken(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(block("toml", "[tool.wiretape]"))
    (tmp_path / "test_it.py").write_text(
        "def test_one(wiretape): assert wiretape.cassette.match('tests/tapes/test_it/*.zst')\n"
        "test_one = __import__('pytest').mark.wiretape(allow_unplayed=True)(test_one)\n"
    )
    write_tape(tmp_path / "tests/tapes/test_it/test_one.tape.zst", recording())
    assert "network blocked" in typed("$ pytest", tmp_path)


def test_the_tables_are_complete() -> None:
    rows = re.findall(r"^\| (`[^|]*?) \|", GUIDE, re.MULTILINE)
    named = {word for row in rows for word in re.findall(r"`([^`]+)`", row)}
    assert {field.name for field in fields(Settings)} <= named
    assert set(MODES) <= named
    assert set(ALIASES) - {"new-episodes"} <= named
