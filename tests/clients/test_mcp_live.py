"""A real MCP server and the official client, recorded live: what the client was given is what the
tape says, of both protocol revisions that the SDK speaks."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_args

import pytest
import uvicorn
from mcp import types
from mcp.client.client import Client
from mcp.server.mcpserver import Context, Image, MCPServer

from wiretape.cassettes import Cassette
from wiretape.cassettes.dialects.delta import End, Meta, Unknown
from wiretape.cassettes.dialects.mcp import BLOCKS, CALL_RESULT, NOTIFICATIONS, REQUESTS
from wiretape.cassettes.meaning import Meaning, read_meaning
from wiretape.cassettes.model import Interaction
from wiretape.recorder import RecordingProxy, Upstream

pytestmark = [pytest.mark.clients]

PICTURE = b"\x89PNG not really"


def weather_server() -> Any:
    """Three tools: one that reports progress, one with a picture, one that fails."""
    server = MCPServer("weather")

    async def forecast(city: str, context: Context) -> str:
        for done in (1, 2):
            await context.report_progress(done, 2, f"day {done}")
        return f"{city}: 12 °C"

    def radar() -> list[Any]:
        return ["Rain", Image(data=PICTURE, format="png")]

    def broken() -> str:
        raise ValueError("no sensor")

    server.add_tool(forecast)
    server.add_tool(radar, structured_output=False)
    server.add_tool(broken)
    return server


@contextmanager
def running(app: Any) -> Iterator[str]:
    """The base URL of an ASGI application in a thread of its own."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=20)


async def call_each(url: str, mode: str) -> tuple[list[Any], list[tuple[float, Any]]]:
    """The results of all tools, and the progress that the client was told."""
    seen: list[tuple[float, Any]] = []

    async def progress(done: float, total: float | None, message: str | None) -> None:
        seen.append((done, message))

    async with Client(url, mode=mode) as client:
        first = await client.call_tool("forecast", {"city": "Bern"}, progress_callback=progress)
        return [
            first,
            await client.call_tool("radar", {}),
            await client.call_tool("broken", {}),
        ], seen


def calls(tape: Cassette) -> dict[str, Meaning]:
    """What the answer to each tool call means, by the tool's name."""
    found = {}
    for interaction in tape:
        asked = _asked(interaction)
        if asked.get("method") == "tools/call":
            found[asked["params"]["name"]] = read_meaning(interaction)
    return found


def _asked(interaction: Interaction) -> Any:
    try:
        return json.loads(interaction.request.body)
    except ValueError:
        return {}


@pytest.mark.parametrize("mode", ["legacy", "auto"])
@pytest.mark.parametrize("as_json", [False, True], ids=["sse", "json"])
async def test_what_the_client_was_given_is_on_the_tape(
    tmp_path: Path, mode: str, as_json: bool
) -> None:
    cassette = tmp_path / "mcp.tape.zst"
    with running(weather_server().streamable_http_app(json_response=as_json)) as server:
        proxy = RecordingProxy(cassette, {"weather": Upstream("weather", server)})
        await proxy.start()
        results, progress = await call_each(f"{proxy.url}/weather/mcp", mode)
        kept = await proxy.close()
    assert (kept.problem, kept.lost) == ("", 0)
    with Cassette.open(cassette) as tape:
        meanings = calls(tape)
        everything = [read_meaning(interaction) for interaction in tape]
    assert set(meanings) == {"forecast", "radar", "broken"}
    for meaning in everything:
        assert not [delta for delta in meaning.deltas if isinstance(delta, Unknown)]
    for meaning, result in zip(meanings.values(), results, strict=True):
        hold(meaning, result)
    told = [
        (delta.value["progress"], delta.value["message"])
        for delta in meanings["forecast"].deltas
        if isinstance(delta, Meta) and delta.what == "progress"
    ]
    assert told == progress
    if not as_json:
        assert progress == [(1, "day 1"), (2, "day 2")]


def hold(meaning: Meaning, theirs: Any) -> None:
    assert meaning.api == "mcp.http"
    # The client hangs up when it has its response; that may be before the body's own end.
    assert not [remark for remark in meaning.remarks if "the client left" not in remark]
    (choice,) = meaning.answer.choices
    (call,) = choice.tool_calls
    texts = [block.text for block in theirs.content if block.type == "text"]
    assert [output for output in call.outputs if isinstance(output, str)] == texts
    assert call.is_error == bool(theirs.is_error)
    pictures = [block for block in theirs.content if block.type == "image"]
    assert [media.sha256 for media in choice.media] == [
        hashlib.sha256(base64.b64decode(picture.data)).hexdigest() for picture in pictures
    ]
    (end,) = (delta for delta in meaning.deltas if isinstance(delta, End))
    assert end.clean


def fields(model: Any) -> dict[str, Any]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def literal(model: Any, member: str) -> Any:
    """The one value that a member of a type may have."""
    return get_args(fields(model)[member].annotation)[0]


def test_every_message_of_the_sdk_is_known() -> None:
    notifications = {literal(one, "method") for one in get_args(types.ServerNotification)}
    requests = {literal(one, "method") for one in get_args(types.ServerRequest)}
    assert notifications <= set(NOTIFICATIONS)
    assert requests <= REQUESTS
    assert set(fields(types.CallToolResult)) <= CALL_RESULT
    blocks = {literal(one, "type"): one for one in get_args(types.ContentBlock)}
    assert set(blocks) == set(BLOCKS)
    for kind, block in blocks.items():
        assert set(fields(block)) <= BLOCKS[kind] | {"type", "annotations", "_meta"}, kind
