"""The tools themselves, run: each in the environment it is installed to.

Python's are in `.venv-interop`, aimock beside its package.json, Ruby's VCR and go-vcr where the
system has them. Where one is missing the test says how to install it, and fails if the clients
are required.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
VENV = Path(os.environ.get("WIRETAPE_INTEROP_VENV", ROOT / ".venv-interop"))
AIMOCK = HERE / "node_modules" / "@copilotkit" / "aimock" / "dist" / "cli.js"
GO_PATH = Path("/usr/share/gocode")
PATIENCE_S = 60


def python_with(program: str, *arguments: str | Path) -> list[str]:
    """Run a program of this folder with the tools of Python; the digests it prints."""
    python = _needed(VENV / "bin" / "python", "make test-clients installs it")
    told = _run(python, HERE / program, *arguments)
    digests: list[str] = json.loads(told) if told.strip() else []
    return digests


def chromium_with(program: str, *arguments: str | Path) -> None:
    """Run a program of this folder with Playwright and the system's Chromium."""
    python = _needed(VENV / "bin" / "python", "make test-clients installs it")
    browser = shutil.which("chromium")
    _needed(Path(browser) if browser else None, "apt-get install chromium")
    _run(python, HERE / program, *arguments)


def ruby_with(program: str, *arguments: str | Path) -> None:
    """Run a program of Ruby."""
    ruby = shutil.which("ruby")
    there = (
        ruby is not None
        and not subprocess.run(
            [ruby, "-e", "require 'vcr'; require 'webmock'"], capture_output=True, check=False
        ).returncode
    )
    _needed(Path(ruby) if ruby and there else None, "apt-get install ruby-vcr ruby-webmock")
    _run("ruby", HERE / program, *arguments)


def go_with(program: str, folder: Path, *arguments: str | Path) -> None:
    """Build a program with Debian's go-vcr, and run it."""
    go = shutil.which("go")
    there = go is not None and (GO_PATH / "src/github.com/dnaeon/go-vcr").exists()
    packages = "apt-get install golang-go golang-github-dnaeon-go-vcr-dev"
    _needed(Path(go) if go and there else None, packages)
    how = {"GO111MODULE": "off", "GOPATH": str(GO_PATH), "GOCACHE": str(folder / "cache")}
    _run("go", "run", HERE / program, *arguments, **how)


@contextmanager
def mitmdump(url: str, flows: Path, har: Path) -> Iterator[str]:
    """mitmproxy before `url`, writing both files; they are whole behind the context."""
    program = _needed(VENV / "bin" / "mitmdump", "make test-clients installs it")
    port = _free_port()
    listening = ("--listen-host", "127.0.0.1", "--listen-port", str(port))
    writing = ("-w", str(flows), "--set", f"hardump={har}")
    home = ("--set", f"confdir={flows.parent / 'mitmproxy'}")
    command = [str(program), "-q", "--mode", f"reverse:{url}", *listening, *writing, *home]
    with _running(command, port) as proxied:
        yield proxied


def mitmdump_reads(har: Path, flows: Path) -> None:
    """mitmproxy reads a HAR and writes its flows."""
    program = _needed(VENV / "bin" / "mitmdump", "make test-clients installs it")
    home = f"confdir={flows.parent / 'mitmproxy'}"
    _run(program, "-q", "-n", "-r", har, "-w", flows, "--set", home)


@contextmanager
def aimock(fixtures: Path, *more: str) -> Iterator[str]:
    """aimock with a folder of fixtures."""
    program = _needed(AIMOCK, f"npm install in {HERE.relative_to(ROOT)}")
    port = _free_port()
    command = ["node", str(program), "--port", str(port), "--fixtures", str(fixtures), *more]
    with _running(command, port) as url:
        yield url


def needs(folder: Path) -> None:
    """Skip or fail where a package of npm is not installed."""
    _needed(folder, f"npm install in {HERE.relative_to(ROOT)}")


def _needed(program: Path | None, how: str) -> Path:
    if program is not None and program.exists():
        return program
    problem = f"not installed: {how}"
    if os.environ.get("WIRETAPE_REQUIRE_CLIENTS") == "1":
        pytest.fail(problem)
    pytest.skip(problem)


def _run(*command: str | Path, **environment: str) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        check=False,
        timeout=PATIENCE_S,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout.decode()


@contextmanager
def _running(command: list[str], port: int) -> Iterator[str]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _await(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE_S)


def _await(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        assert process.poll() is None, "it ended before it listened"
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("it never listened")


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
