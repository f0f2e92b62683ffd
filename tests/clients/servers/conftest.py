"""The servers that differ: each started once, asked once, for all tests that look at its answers.

Nothing is skipped here: a server that is not there fails the test that is about it.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.clients.llama_server import PROGRAM, find_program
from tests.clients.servers import starting
from tests.clients.servers.asking import Told, ask, question
from tests.clients.servers.differences import SERVERS, Call, ServerName

Answers = dict[Call, Told]
Asked = Callable[[ServerName], Answers]


@pytest.fixture(scope="session", autouse=True)
def llama_server_is_there() -> None:
    """So that no test here is skipped for want of it."""
    if find_program() is None:
        pytest.fail(f"{PROGRAM} is not installed: run `make test-clients`, or `make test-servers`")


@pytest.fixture(scope="session")
def litellm_url(llama_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with starting.litellm(llama_url, tmp_path_factory.mktemp("litellm")) as url:
        yield url


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # Needs gguf and numpy, which a collection without the clients has not.
    from tests.clients.servers.tiny_model import make_tiny_model

    folder = tmp_path_factory.mktemp("tiny") / "tiny"
    make_tiny_model(folder)
    return folder


@pytest.fixture(scope="session")
def transformers_url(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with starting.transformers_serve(tiny_model, tmp_path_factory.mktemp("transformers")) as url:
        yield url


@pytest.fixture(scope="session")
def vllm_url(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with starting.vllm(tiny_model, tmp_path_factory.mktemp("vllm")) as url:
        yield url


@pytest.fixture(scope="session")
def asked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """Every question that the table has of a server, asked when the first test wants it."""
    known: dict[ServerName, Answers] = {}

    def answers(name: ServerName) -> Answers:
        if name not in known:
            server = SERVERS[name]
            url = request.getfixturevalue(server.fixture)
            model = server.model or str(request.getfixturevalue("tiny_model"))
            questions = [
                question(call.api, model, stream=call.stream, key=server.key)
                for call in server.findings
            ]
            tape = tmp_path_factory.mktemp("tapes") / "a.tape.zst"
            known[name] = dict(zip(server.findings, ask(url, tape, questions), strict=True))
        return known[name]

    return answers
