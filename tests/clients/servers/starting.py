"""Starts the servers that have an environment of their own, and stops them.

Each is in the folder that the Makefile installs it to, or where its variable says. They bind to
loopback, on a port that was free, and reach for nothing outside. Knows nothing of wiretape.
"""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from tests.clients.llama_server import ServerFailed

ROOT = Path(__file__).parents[3]

KEY = "sk-" + "0" * 40
"""LiteLLM wants one that looks like a key; it is none."""

READY_SECONDS = 300
"""An idle machine needs 10 s for LiteLLM and transformers serve, 50 s for vLLM."""


def litellm(upstream: str, folder: Path) -> AbstractContextManager[str]:
    """The LiteLLM proxy before a llama-server at `upstream`: `over-chat` speaks Chat Completions
    to it, `over-messages` Anthropic's Messages."""
    models = {
        "over-chat": {"model": "openai/m", "api_base": f"{upstream}/v1"},
        "over-messages": {"model": "anthropic/m", "api_base": upstream},
    }
    config = folder / "litellm.json"
    named = [
        {"model_name": name, "litellm_params": {**how, "api_key": "none"}}
        for name, how in models.items()
    ]
    config.write_text(json.dumps({"model_list": named}), encoding="utf-8")
    return _running(
        (program("litellm", "servers"), "--config", str(config)),
        folder / "litellm.log",
        "/health/liveliness",
        # Prices come with the package; without this it asks for newer ones.
        {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MASTER_KEY": KEY},
    )


def transformers_serve(model: Path, folder: Path) -> AbstractContextManager[str]:
    """`transformers serve` on a folder made by `tiny_model`."""
    return _running(
        (program("transformers", "vllm"), "serve", str(model), "--device", "cpu"),
        folder / "transformers.log",
        "/health",
        {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"},
    )


def vllm(model: Path, folder: Path) -> AbstractContextManager[str]:
    """vLLM on the CPU, on a folder made by `tiny_model`, which it calls `m`."""
    return _running(
        (
            *(program("python", "vllm"), "-m", "vllm.entrypoints.openai.api_server"),
            *("--model", str(model), "--served-model-name", "m", "--max-model-len", "1024"),
            *("--enforce-eager", "--dtype", "float32"),
            *("--enable-auto-tool-choice", "--tool-call-parser", "hermes"),
        ),
        folder / "vllm.log",
        "/health",
        {
            "VLLM_CPU_KVCACHE_SPACE": "1",
            "VLLM_NO_USAGE_STATS": "1",
            "DO_NOT_TRACK": "1",
            "HF_HUB_OFFLINE": "1",
        },
    )


def llama_loading(llama_server: str, folder: Path) -> AbstractContextManager[str]:
    """llama-server that loads its model for as long as it is wanted: the file is a pipe, into
    which nobody writes."""
    model = folder / "endless.gguf"
    os.mkfifo(model)
    return _running(
        (llama_server, "-m", str(model), "--offline", "-ngl", "0"),
        folder / "loading.log",
        "/health",
        {},
        ready=503,
    )


def program(name: str, venv: str) -> str:
    """A program in the bin folder of `.venv-VENV`. Raises ServerFailed where it is missing."""
    variable = f"WIRETAPE_{venv.upper()}"
    folder = Path(os.environ.get(variable) or ROOT / f".venv-{venv}" / "bin").absolute()
    if not (folder / name).exists():
        raise ServerFailed(
            f"{name} is not in {folder}: run `make test-{venv}`, or say in {variable} where it is"
        )
    return str(folder / name)


@contextmanager
def _running(
    command: Sequence[str],
    log: Path,
    health: str,
    environment: Mapping[str, str],
    *,
    ready: int = 200,
) -> Iterator[str]:
    """Run a server until it is no longer wanted. Gives its URL once `health` answers with the
    status `ready`. Raises ServerFailed."""
    port = _free_port()
    given = {
        # What a server runs in its turn stands beside it.
        "PATH": os.pathsep.join([str(Path(command[0]).parent), os.environ.get("PATH", "")]),
        "HOME": str(log.parent),
        **environment,
    }
    with log.open("wb") as output:
        server = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)],
            stdout=output,
            stderr=output,
            env=given,
            cwd=log.parent,
            start_new_session=True,
        )
        try:
            _wait_until_ready(server, f"http://127.0.0.1:{port}{health}", ready, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            _stop(server)


def _free_port() -> int:
    """None of these servers takes port 0 and says which it has."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
        return port


def _wait_until_ready(server: subprocess.Popen[bytes], url: str, ready: int, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        if _status(url) == ready:
            return
        time.sleep(0.2)
    ended = server.poll()
    what = f"ended with {ended}" if ended is not None else f"not ready in {READY_SECONDS} s"
    last = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
    raise ServerFailed(f"{log.stem}: {what}\n{last}")


def _status(url: str) -> int | None:
    """None where nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(30)
    except subprocess.TimeoutExpired:
        pass
    finally:
        # vLLM's engine is a process of its own, in the group of its server.
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()
