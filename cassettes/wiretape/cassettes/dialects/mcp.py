"""MCP's Streamable HTTP transport: JSON-RPC messages as SSE, or one as JSON.

A response stream has notifications and requests of the server, then the response to what was
asked, which ends it. What was asked stands in the request: a result is told from its members.
"""

from typing import ClassVar

from wiretape.cassettes.dialects.delta import (
    Citation,
    End,
    Finish,
    Json,
    Keepalive,
    Meta,
    Start,
    Text,
    ToolOutput,
)
from wiretape.cassettes.dialects.json_frames import JsonFrames
from wiretape.cassettes.dialects.json_rpc import MESSAGE, tell_error
from wiretape.cassettes.dialects.media import Modality, embedded
from wiretape.cassettes.dialects.payload import object_of, text_of
from wiretape.cassettes.dialects.reading import Reading

NOTIFICATIONS = {
    "notifications/progress": "progress",
    "notifications/message": "log",
    "notifications/cancelled": "cancelled",
    "notifications/initialized": "initialized",
    "notifications/tasks/status": "task_status",
    "notifications/resources/updated": "resource_updated",
    "notifications/resources/list_changed": "resources_changed",
    "notifications/tools/list_changed": "tools_changed",
    "notifications/prompts/list_changed": "prompts_changed",
    "notifications/roots/list_changed": "roots_changed",
    "notifications/elicitation/complete": "elicitation_complete",
    "notifications/subscriptions/acknowledged": "subscribed",
}
"""Method to what its `Meta` is called. Progress may be that of any request, and names none that
a reader of the response knows: so it is no status of a tool."""

REQUESTS = frozenset(
    {
        "ping",
        "sampling/createMessage",
        "elicitation/create",
        "roots/list",
        "tasks/get",
        "tasks/list",
        "tasks/result",
        "tasks/cancel",
    }
)
"""What a server asks of a client."""

CALL_RESULT = frozenset({"content", "structuredContent", "isError", "resultType", "_meta"})
"""The members of a result of `tools/call`."""

BLOCKS: dict[str, frozenset[str]] = {
    "text": frozenset({"text"}),
    "image": frozenset({"data", "mimeType"}),
    "audio": frozenset({"data", "mimeType"}),
    "resource": frozenset({"resource"}),
    "resource_link": frozenset(
        {"uri", "name", "title", "description", "mimeType", "size", "icons"}
    ),
}
"""Each content block's `type`, and what it carries beside it."""

_BLOCK = frozenset({"type", "annotations", "_meta"})
_PART = "result"


class McpDialect(JsonFrames):
    """Reads one response of an MCP server."""

    api: ClassVar[str] = "mcp.http"

    def _value(self, reading: Reading, value: Json, name: str) -> None:
        # Revision 2025-03-26 alone had batches.
        messages = value if isinstance(value, list) else [value]
        for n, message in enumerate(messages):
            path = f"$[{n}]" if isinstance(value, list) else "$"
            if isinstance(message, dict):
                self._message(reading, message, path)
            else:
                reading.unknown(path, message, name)
        answered = [one for one in messages if isinstance(one, dict) and _is_response(one)]
        if answered and reading.frame:
            self._over(reading, End(*reading.at("response"), via="terminal_event"))

    def _whole(self, reading: Reading, value: Json) -> None:
        self._value(reading, value, "")

    def _close(self, reading: Reading) -> None:
        """Nothing stays open between messages."""

    def _complete(self) -> bool:
        return False  # the response is promised

    def _message(self, reading: Reading, message: dict[str, Json], path: str) -> None:
        reading.only(message, MESSAGE, path)
        method = message.get("method")
        if isinstance(method, str):
            self._from_server(reading, method, message, path)
        elif message.get("error") is not None:
            tell_error(reading, message["error"])
        elif isinstance(message.get("result"), dict):
            self._result(reading, message["result"], f"{path}.result")
        else:
            reading.unknown(path, message)

    def _from_server(
        self, reading: Reading, method: str, message: dict[str, Json], path: str
    ) -> None:
        at = reading.at(method)
        what = NOTIFICATIONS.get(method)
        if what is not None:
            reading.add(Meta(*at, what=what, value=message.get("params")))
        elif method == "ping":
            reading.add(Keepalive(*at, form="ping_event"))
        elif method in REQUESTS:
            reading.add(Meta(*at, what="request", value=message))
        else:
            reading.unknown(path, message, method)

    def _result(self, reading: Reading, result: dict[str, Json], path: str) -> None:
        if isinstance(result.get("content"), list) or "structuredContent" in result:
            self._call_result(reading, result, path)
        elif isinstance(result.get("contents"), list):
            for n, contents in enumerate(result["contents"]):
                self._contents(reading, object_of(contents), str(n))
        elif "protocolVersion" in result or "serverInfo" in result:
            server = object_of(result.get("serverInfo"))
            reading.add(Start(*reading.at("initialize"), model=text_of(server.get("name"))))
            reading.add(Meta(*reading.at("initialize"), what="initialize", value=result))
        elif result.get("resultType") == "input_required":
            at = reading.at("input_required")
            reading.add(Meta(*at, what="input_required", value=result))
            reading.add(Finish(*at, reason="pause", raw_reason="input_required"))
        else:
            reading.add(Meta(*reading.at("result"), what="result", value=result))

    def _call_result(self, reading: Reading, result: dict[str, Json], path: str) -> None:
        reading.only(result, CALL_RESULT, path)
        failed = result.get("isError") is True
        for n, block in enumerate(reading.elements(result, "content", path)):
            where = f"{path}.content[{n}]"
            if isinstance(block, dict):
                self._block(reading, block, n, failed, where)
            else:
                reading.unknown(where, block)
        if "structuredContent" in result:
            at = reading.at("structuredContent", _PART)
            reading.add(ToolOutput(*at, content=result["structuredContent"], is_error=failed))
        raw = text_of(result.get("resultType"))
        at = reading.at("result")
        reading.add(Finish(*at, reason="error" if failed else "stop", raw_reason=raw))

    def _block(
        self, reading: Reading, block: dict[str, Json], n: int, failed: bool, path: str
    ) -> None:
        kind = text_of(block.get("type"))
        known = BLOCKS.get(kind)
        if known is None:
            reading.unknown(path, block, kind)
            return
        reading.only(block, known | _BLOCK, path)
        data, mime = text_of(block.get("data")), text_of(block.get("mimeType"))
        match kind:
            case "text":
                text = text_of(block.get("text"))
                at = reading.at(kind, _PART)
                reading.add(ToolOutput(*at, content=text, is_error=failed))
            case "image" | "audio":
                modality: Modality = "image" if kind == "image" else "audio"
                reading.add(embedded(reading.at(kind, f"{_PART}.{n}"), data, mime, modality))
            case "resource":
                resource = object_of(block.get("resource"))
                if isinstance(resource.get("text"), str):
                    at = reading.at(kind, _PART)
                    reading.add(ToolOutput(*at, content=resource["text"], is_error=failed))
                else:
                    self._contents(reading, resource, f"{_PART}.{n}")
            case _:
                at = reading.at(kind, _PART)
                title = text_of(block.get("title")) or text_of(block.get("name"))
                url = text_of(block.get("uri"))
                reading.add(Citation(*at, ctype=kind, url=url, title=title))

    def _contents(self, reading: Reading, contents: dict[str, Json], part: str) -> None:
        """What `resources/read` gives: text, or a blob."""
        text, blob = contents.get("text"), contents.get("blob")
        if isinstance(text, str):
            reading.add(Text(*reading.at("text", part), delta=text))
        if isinstance(blob, str):
            mime = text_of(contents.get("mimeType"))
            reading.add(embedded(reading.at("blob", part), blob, mime))


def _is_response(message: dict[str, Json]) -> bool:
    return "method" not in message and ("result" in message or "error" in message)
