"""The order of members in JSON is of no weight: with all of them shuffled, no real stream differs
from itself, and none has drifted."""

import base64
import random
import zlib
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from tests import corpus
from tests.cassettes.test_meaning import from_corpus
from wiretape.cassettes.diff.comparing import compare, side_of
from wiretape.cassettes.diff.drift import drift
from wiretape.cassettes.framing.frame import Frame, Malformed
from wiretape.cassettes.meaning import read_meaning
from wiretape.cassettes.model import Interaction

pytestmark = pytest.mark.corpus


def reordered(interaction: Interaction, draw: random.Random) -> Interaction:
    """The same, with the members of all objects in another order."""
    response = interaction.response
    assert response is not None
    meaning = read_meaning(interaction)
    body = b"".join(_raw(frame, meaning.framing, draw) for frame in meaning.frames)
    return replace(interaction, response=replace(response, body=body))


def _raw(frame: Frame | Malformed, framing: str, draw: random.Random) -> bytes:
    if isinstance(frame, Malformed):
        return frame.raw
    try:
        value = msgspec.json.decode(frame.data)
    except msgspec.DecodeError:
        return frame.raw
    data = msgspec.json.encode(_shuffled(value, draw))
    if framing != "eventstream":
        assert frame.raw.count(frame.data) == 1
        return frame.raw.replace(frame.data, data)
    headers = frame.raw[12 : 12 + int.from_bytes(frame.raw[4:8], "big")]
    prelude = (16 + len(headers) + len(data)).to_bytes(4, "big") + frame.raw[4:8]
    message = prelude + zlib.crc32(prelude).to_bytes(4, "big") + headers + data
    return message + zlib.crc32(message).to_bytes(4, "big")


def _shuffled(value: Any, draw: random.Random) -> Any:
    if isinstance(value, list):
        return [_shuffled(each, draw) for each in value]
    if not isinstance(value, dict):
        return value
    members = [(name, _shuffled(each, draw)) for name, each in value.items()]
    draw.shuffle(members)
    made = dict(members)
    if isinstance(made.get("bytes"), str):  # Bedrock's InvokeModel, the model's own event
        inner = _shuffled(msgspec.json.decode(base64.b64decode(made["bytes"])), draw)
        made["bytes"] = base64.b64encode(msgspec.json.encode(inner)).decode()
    return made


def pairs() -> Iterator[tuple[str, Interaction, Interaction]]:
    """Every stream of JSON, as it came and in another order."""
    draw = random.Random(11)
    for number, stream in enumerate(corpus.streams()):
        interaction = from_corpus(stream)
        if b'{"' in stream.body:
            yield f"{number} {stream.url}", interaction, reordered(interaction, draw)


def test_no_stream_differs_from_itself_in_another_order() -> None:
    seen = 0
    for name, one, other in pairs():
        sides = [side_of("one", "", one), side_of("two", "", other)]
        found = compare(["one", "two"], sides).differences[0]
        assert [difference.words for difference in found] == [], name
        assert drift([one], [other]) == (), name
        seen += 1
    assert seen > 350
