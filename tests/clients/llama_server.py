"""Starts llama.cpp's server on a tiny model, and stops it.

The server binds to loopback, on a port of its own choice, and reaches for nothing outside.
Knows nothing of wiretape.
"""

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAM = "llama-server-vulkan"
READY_SECONDS = 60
"""The server is ready within 1 s on an idle machine; a busy one is given this long."""

_LISTENING = re.compile(r"listening on (http://127\.0\.0\.1:\d+)")


class ServerFailed(Exception):
    """The server did not come up; the message ends with the last lines it said."""


def find_program() -> str | None:
    """The server beside the Python that runs, or on PATH."""
    beside = Path(sys.executable).parent
    return shutil.which(PROGRAM, path=os.pathsep.join([str(beside), os.environ.get("PATH", "")]))


@contextmanager
def llama_server(program: str, model: Path, *options: str) -> Iterator[str]:
    """Run the server on the model, its log beside it, with more options of its own. Gives its URL.

    Raises ServerFailed.
    """
    log = model.with_suffix(".log")
    command = [
        program,
        *("-m", str(model), "--alias", "m", "--jinja", "--offline"),
        *("--host", "127.0.0.1", "--port", "0"),
        *("-ngl", "0", "-c", "8192", "-t", "2"),
        *options,
    ]
    # A home of its own: the server keeps a cache there.
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(model.parent)}
    with log.open("wb") as output:
        server = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
        try:
            yield _wait_until_ready(server, log)
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _wait_until_ready(server: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        said = log.read_text(errors="replace")
        if (found := _LISTENING.search(said)) and _is_healthy(found[1]):
            return found[1]
        time.sleep(0.05)
    ended = server.poll()
    what = f"ended with {ended}" if ended is not None else f"not ready in {READY_SECONDS} s"
    last = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
    raise ServerFailed(f"{PROGRAM}: {what}\n{last}")


def _is_healthy(url: str) -> bool:
    """503 while the model loads, 200 after it."""
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
