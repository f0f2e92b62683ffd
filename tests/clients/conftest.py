"""The heavy servers, started once for all tests that ask for them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.llama_server import PROGRAM, find_program, llama_server

REQUIRED = "WIRETAPE_REQUIRE_CLIENTS"


@pytest.fixture(autouse=True)
def no_proxy_to_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine's HTTP proxy is not to stand between a client and this machine."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1,localhost")


@pytest.fixture(scope="session")
def llama_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """llama.cpp's server on a tiny random model."""
    program = find_program()
    if program is None:
        _unavailable(f"{PROGRAM} is not installed")
        return
    model = tmp_path_factory.mktemp("llama") / "tiny.gguf"
    # Needs gguf and numpy, which come with the server.
    from tests.clients.tiny_gguf import make_tiny_gguf

    make_tiny_gguf(Path(model))
    with llama_server(program, model) as url:
        yield url


def _unavailable(reason: str) -> None:
    """Skip, but where the heavy servers are required: there it is a failure."""
    line = f"{reason}: run `make test-clients`"
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(line)
    pytest.skip(line)
