"""boto3's bedrock-runtime streams from a tape what the tape holds. A signed request cannot be
recorded, so it signs none of those; what it asks of the tape is signed."""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import boto3
import msgspec
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from tests.cassettes.dialects.test_bedrock import STREAM
from tests.cassettes.dialects.test_bedrock_invoke import NATIVE, wrapped
from tests.clients.taped import Api, Ask, Json, Said, from_streams, said, said_by, written
from tests.clients.trying import Client, Source, tries
from tests.corpus import Stream, streams
from tests.wire_bodies import eventstream_message

pytestmark = pytest.mark.clients

BOTO3 = Client(
    "boto3",
    "PyPI",
    "`AWS_ENDPOINT_URL_BEDROCK_RUNTIME`, `endpoint_url=`",
    "Any access key replays. A recorder refuses what is signed for AWS: record with "
    "`Config(signature_version=UNSIGNED)`, as these tests do, or with another client and a bearer "
    "key, which boto3 sends over HTTPS alone.",
)
CONVERSE = Api("bedrock", "bedrock-converse")
INVOKE = Api("bedrock", "bedrock-invoke")
EVENTSTREAM = "application/vnd.amazon.eventstream"


Call = Callable[[Any, str], Said]


def converse(client: Any, question: str) -> Said:
    turns = [{"role": "user", "content": [{"text": question}]}]
    events = client.converse_stream(modelId="any", messages=turns)["stream"]
    return said_by(CONVERSE, (pair for event in events for pair in event.items()))


def invoke(client: Any, question: str) -> Said:
    body = msgspec.json.encode({"prompt": question})
    events = client.invoke_model_with_response_stream(modelId="any", body=body)["body"]
    return said(INVOKE, [msgspec.json.decode(event["chunk"]["bytes"]) for event in events])


def asking(call: Call, **settings: Any) -> Ask:
    def ask(url: str, questions: Iterable[str]) -> list[Said]:
        client = boto3.client(
            "bedrock-runtime",
            region_name="us-east-1",
            endpoint_url=url,
            aws_access_key_id="any",
            aws_secret_access_key="any",
            config=Config(retries={"total_max_attempts": 1}, read_timeout=30, **settings),
        )
        return [call(client, question) for question in questions]

    return lambda url, questions: asyncio.to_thread(ask, url, questions)


def message(name: str, value: Json) -> bytes:
    kind = {":message-type": "event", ":event-type": name, ":content-type": "application/json"}
    return eventstream_message(kind, msgspec.json.encode(value))


# Without the picture and the tool of the provider's own.
WRITTEN_CONVERSE = b"".join(
    message(*event) for event in STREAM if event[1].get("contentBlockIndex") not in (3, 4, 5)
)
WRITTEN_INVOKE = b"".join(message("chunk", wrapped(chunk)) for chunk in NATIVE["titan"][0])


def every_call(source: Source) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        ("api", "call"),
        [
            pytest.param(api, call, marks=tries(BOTO3, f"`{name}`", source), id=name)
            for name, api, call in (
                ("converse_stream", CONVERSE, converse),
                ("invoke_model_with_response_stream", INVOKE, invoke),
            )
        ],
    )


async def play(tape: Path, api: Api, call: Call, given: list[Stream]) -> int:
    unsigned = asking(call, signature_version=UNSIGNED)
    return await from_streams(tape, api, given, asking(call), record=unsigned)


@every_call("corpus")
@pytest.mark.corpus
async def test_recorded_streams(tmp_path: Path, record_property: Any, api: Api, call: Call) -> None:
    recorded = [one for one in streams() if one.api == api.corpus]
    record_property("streams", await play(tmp_path / "a.tape.zst", api, call, recorded))


@every_call("written")
async def test_a_written_stream(tmp_path: Path, api: Api, call: Call) -> None:
    body = WRITTEN_CONVERSE if api is CONVERSE else WRITTEN_INVOKE
    await play(tmp_path / "a.tape.zst", api, call, [written(api, body, EVENTSTREAM)])
