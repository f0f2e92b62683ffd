"""What the rules of framing say about clients, tried on the clients: each body that breaks a rule
is given to the official SDK of its API, which does what the table of the rules says it does.

openai-python and anthropic are held to it in every run, the others with the heavy clients.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import pytest

from tests.cassettes.conformance.mutations import Mutation
from tests.cassettes.conformance.mutations_framing import GOOD, MUTATIONS
from tests.clients.serving_streams import StreamServer, serving_streams
from wiretape.cassettes.conformance.clients import CHOKES, CLIENTS, OTHER_CLIENTS
from wiretape.cassettes.conformance.rule import Exchange
from wiretape.cassettes.framing.frame import Frame


class Read(NamedTuple):
    """What a client made of a body."""

    given: list[Any]
    """The objects it gave, as far as it came."""
    error: str
    """The name of what it raised; empty where it came to the end."""


def _read(stream: Callable[[], Iterable[Any]]) -> Read:
    given: list[Any] = []
    try:
        given.extend(stream())
    except Exception as error:
        return Read(given, type(error).__name__)
    return Read(given, "")


def _collected(stream: Callable[[], Iterable[Any]]) -> Read:
    """As `_read`, but what came before the error is kept."""
    given: list[Any] = []

    def one_by_one() -> Iterator[Any]:
        for one in stream():
            given.append(one)
            yield one

    return Read(given, _read(one_by_one).error)


def openai_python(url: str) -> Iterable[Any]:
    from openai import OpenAI

    client = OpenAI(base_url=url, api_key="any", max_retries=0)
    return client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": "hi"}], stream=True
    )


def anthropic(url: str) -> Iterable[Any]:
    from anthropic import Anthropic

    client = Anthropic(base_url=url, api_key="any", max_retries=0)
    return client.messages.create(
        model="m", max_tokens=9, messages=[{"role": "user", "content": "hi"}], stream=True
    )


def google_genai(url: str) -> Iterable[Any]:
    from google import genai

    client = genai.Client(api_key="any", http_options={"base_url": url})
    for one in client.models.generate_content_stream(model="m", contents="hi"):
        yield one.candidates  # the rest has the headers of the response, and so its date


def mistralai(url: str) -> Iterable[Any]:
    from mistralai.client import Mistral

    client = Mistral(api_key="any", server_url=url)
    yield from client.beta.conversations.start_stream(model="m", inputs="hi")


def cohere(url: str) -> Iterable[Any]:
    import cohere as sdk

    client = sdk.ClientV2(api_key="any", base_url=url)
    yield from client.chat_stream(model="m", messages=[{"role": "user", "content": "hi"}])


def ollama(url: str) -> Iterable[Any]:
    import ollama as sdk

    yield from sdk.Client(host=url).chat(model="m", messages=[], stream=True)


def huggingface_hub(url: str) -> Iterable[Any]:
    from huggingface_hub import InferenceClient

    asked = [{"role": "user", "content": "hi"}]
    client = InferenceClient(base_url=url, api_key="any")
    yield from client.chat_completion(model="m", messages=asked, stream=True)


def botocore(url: str) -> Iterable[Any]:
    import boto3
    from botocore.config import Config

    client = boto3.client(
        "bedrock-runtime",
        region_name="us-east-1",
        endpoint_url=url,
        aws_access_key_id="any",
        aws_secret_access_key="any",
        config=Config(retries={"max_attempts": 0}),
    )
    asked = [{"role": "user", "content": [{"text": "hi"}]}]
    yield from client.converse_stream(modelId="m", messages=asked)["stream"]


READERS: dict[str, Callable[[str], Iterable[Any]]] = {
    "openai-python": openai_python,
    "anthropic": anthropic,
    "google-genai": google_genai,
    "mistralai": mistralai,
    "cohere": cohere,
    "ollama": ollama,
    "botocore": botocore,
    "huggingface_hub": huggingface_hub,
}
ALL_CLIENTS = CLIENTS | {"bedrock.converse": "botocore"}

ORDINARY = frozenset({"openai-python", "anthropic"})


def marked(client: str, *values: object, name: str) -> Any:
    marks = () if client in ORDINARY else (pytest.mark.clients,)
    return pytest.param(client, *values, marks=marks, id=f"{client}: {name}")


@pytest.fixture(scope="module")
def server() -> Iterator[StreamServer]:
    with serving_streams() as running:
        yield running


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)


def through(client: str, exchange: Exchange, server: StreamServer) -> Read:
    """What the client makes of the exchange's body."""
    response = exchange.interaction.response
    assert response is not None
    server.gives(response.body, dict(response.headers).get("Content-Type", ""))
    return _collected(lambda: READERS[client](server.url))


def good_of(client: str) -> Exchange:
    """The plain good answer of the client's API."""
    return next(
        exchange
        for exchange in (make() for make in GOOD.values())
        if ALL_CLIENTS.get(exchange.api) == client
    )


def data_frames(exchange: Exchange) -> list[bytes]:
    return [
        frame.data
        for frame in exchange.frames
        if isinstance(frame, Frame) and frame.kind == "data" and frame.data.strip() != b"[DONE]"
    ]


@pytest.mark.parametrize(
    ("client", "make"),
    [
        marked(client, make, name=name)
        for name, make in GOOD.items()
        for client in (ALL_CLIENTS.get(make().api), OTHER_CLIENTS.get(make().api))
        if client and make().framing != "json_array"
    ],
)
def test_a_good_answer_is_read_whole(
    client: str, make: Callable[[], Exchange], server: StreamServer
) -> None:
    exchange = make()
    read = through(client, exchange, server)
    assert read.error == ""
    assert len(read.given) == len(data_frames(exchange))


CHOKED = [
    marked(client, rule, mutation, name=f"{rule}, {mutation.words}")
    for rule, table in CHOKES.items()
    for mutation in MUTATIONS[rule]
    for api in (mutation.exchange().api,)
    for client in (CLIENTS[api], OTHER_CLIENTS.get(api, ""))
    if client in table
]


@pytest.mark.parametrize(("client", "rule", "mutation"), CHOKED)
def test_a_client_does_what_the_table_says(
    client: str, rule: str, mutation: Mutation, server: StreamServer
) -> None:
    exchange = mutation.exchange()
    read = through(client, exchange, server)
    says = CHOKES[rule][client]
    if says.startswith("raises "):
        assert read.error == says.removeprefix("raises ")
        assert len(read.given) <= len(data_frames(exchange))
        return
    assert read.error == ""
    whole = through(client, good_of(client), server).given
    match says:
        case "loses the first event":
            assert read.given == whole[1:]
        case "ignores the event":
            assert read.given == whole
            assert len(data_frames(exchange)) == len(whole) + 1
        case "takes it for a chunk":
            assert [type(one) for one in read.given] == [type(whole[0])] * 3
            assert read.given[1].choices is None
        case "gives an empty message-start":
            assert read.given[:-1] == whole
            assert (read.given[-1].type, read.given[-1].delta) == ("message-start", None)
        case _:
            pytest.fail(f"the table says something that nobody tried: {says}")


TRUNCATED = [
    *(("openai-python", "loses"), ("anthropic", "loses"), ("cohere", "loses")),
    *(("google-genai", "gives"), ("mistralai", "gives")),
]
"""What becomes of a last event that only lacks its blank line (its line end is there)."""


@pytest.mark.parametrize(
    ("client", "does"), [marked(client, does, name=does) for client, does in TRUNCATED]
)
def test_an_event_without_its_blank_line(client: str, does: str, server: StreamServer) -> None:
    exchange = good_of(client)
    response = exchange.interaction.response
    assert response is not None
    whole = through(client, exchange, server).given
    body = response.body.removesuffix(b"data: [DONE]\n\n")[:-1]
    server.gives(body, "text/event-stream")
    read = _collected(lambda: READERS[client](server.url))
    assert read == Read(whole if does == "gives" else whole[:-1], "")


BYTES = [
    *(("openai-python", "UnicodeDecodeError"), ("anthropic", "UnicodeDecodeError")),
    *(("mistralai", "UnicodeDecodeError"), ("google-genai", ""), ("cohere", "")),
]
"""What a client does with bytes that are not UTF-8."""


@pytest.mark.parametrize(
    ("client", "error"),
    [marked(client, error, name=error or "reads on") for client, error in BYTES],
)
def test_bytes_that_are_not_utf8(client: str, error: str, server: StreamServer) -> None:
    exchange = good_of(client)
    response = exchange.interaction.response
    assert response is not None
    server.gives(response.body.replace(b"Hello", b"\xff"), "text/event-stream")
    assert _collected(lambda: READERS[client](server.url)).error == error


REFUSES = [
    *(("openai-python", ""), ("anthropic", ""), ("google-genai", ""), ("ollama", "")),
    *(("mistralai", "SDKError"), ("cohere", "SSEError"), ("botocore", "")),
]
"""What a client says to a stream whose content type is that of plain JSON."""


@pytest.mark.parametrize(
    ("client", "error"),
    [marked(client, error, name=error or "reads on") for client, error in REFUSES],
)
def test_a_content_type_that_lies(client: str, error: str, server: StreamServer) -> None:
    exchange = good_of(client)
    response = exchange.interaction.response
    assert response is not None
    whole = through(client, exchange, server).given
    server.gives(response.body, "application/json")
    read = _collected(lambda: READERS[client](server.url))
    assert read == Read([] if error else whole, error)


BOTOCORE = {
    ("eventstream.bad-crc", 0): "ChecksumMismatch",
    ("eventstream.bad-crc", 1): "ChecksumMismatch",
    ("eventstream.bad-length", 0): "InvalidPayloadLength",
    ("eventstream.bad-header", 0): "DuplicateHeader",
    ("eventstream.bad-header", 1): "KeyError",
    ("eventstream.truncated", 0): "",
}
"""What botocore does with what is against the rules of eventstream: it raises, but for a message
that is not whole, where it ends as if all were there."""


@pytest.mark.clients
@pytest.mark.parametrize(("rule", "error"), BOTOCORE.items(), ids=str)
def test_what_botocore_does(rule: tuple[str, int], error: str, server: StreamServer) -> None:
    name, place = rule
    exchange = MUTATIONS[name][place].exchange()
    read = through("botocore", exchange, server)
    assert read.error == error
    if not error:
        assert read.given == through("botocore", good_of("botocore"), server).given
