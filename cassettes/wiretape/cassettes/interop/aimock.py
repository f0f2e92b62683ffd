"""aimock's fixtures (and those of llmock, as it was called): `fixtures` of `match` and `response`.

A fixture has neither the request nor the bytes of the answer: it says what the last message of
the user must contain, and what the answer says. So both are made here: the smallest request of
Chat Completions that the fixture matches, and the answer as a stream of it, text in pieces of 20
characters, as aimock plays it unless told otherwise. What a fixture does not tell enough of is
left. Several of one message are played in the order they stand in.
Source: dist/types.d.ts of @copilotkit/aimock 1.43.
"""

import json
from typing import Any

from wiretape.cassettes.interop.exchange import Exchange, Refused
from wiretape.cassettes.interop.fields import Reader, milliseconds, row, table, text, whole
from wiretape.cassettes.model import Headers, Timing

URL = "https://api.openai.com/v1/chat/completions"
PIECE = 20
"""Characters, aimock's own default."""

MADE = "request and stream are made from a fixture, which has neither"

_CREATED = 1_700_000_000
_EARLIER = ("toolCallId", "toolResultContains", "predicate", "context")
_ANSWERS = ("content", "toolCalls", "reasoning", "error", "blocks")
_STREAM: Headers = (("Content-Type", "text/event-stream"), ("Transfer-Encoding", "chunked"))


class AimockReader(Reader):
    """Reads `fixtures`."""

    part = "fixture"

    def __init__(self, model: str = "") -> None:
        self._model = model

    def exchange(self, part: Any, place: str) -> Exchange:
        """The exchange that a fixture stands for. Raises Refused."""
        fixture = table(part, "the fixture")
        match = table(fixture.get("match"), "match")
        answer = table(fixture.get("response"), "response")
        if not any(name in answer for name in _ANSWERS):
            raise Refused(f"an answer of {', '.join(sorted(answer)[:3]) or 'nothing'}, not of Chat")
        told = text(answer.get("model"), "response.model")
        asked = text(match.get("model"), "match.model") or self._model or told
        request = _request(match, asked)
        if not asked:
            raise Refused("it names no model, and no client asks without one: give --model NAME")
        model = told or asked
        status, headers, body = 200, _STREAM, _stream(answer, model)
        if "error" in answer:
            status = whole(answer.get("status", 500), "response.status")
            body = json.dumps({"error": answer["error"]}, ensure_ascii=False).encode()
            headers = (("Content-Type", "application/json"), ("Content-Length", str(len(body))))
        timing, head_ns, end_ns = _times(fixture.get("recordedTimings"))
        return Exchange(
            place=place,
            method="POST",
            url=URL,
            request_headers=(("Content-Type", "application/json"),),
            request_body=request,
            status=status,
            reason="",
            response_headers=headers,
            response_body=body,
            timing=timing,
            head_ns=head_ns,
            end_ns=end_ns,
            remarks=(MADE,),
        )


def _request(match: dict[str, Any], model: str) -> bytes:
    """The smallest request that it matches. Raises Refused where that cannot be told."""
    if match.get("endpoint") not in (None, "chat"):
        raise Refused(f"a fixture of the endpoint {str(match['endpoint'])[:30]!r}")
    earlier = [name for name in _EARLIER if match.get(name)]
    if match.get("turnIndex") or match.get("hasToolResult"):
        earlier.append("a later turn")
    if earlier:
        raise Refused(f"it depends on what came before ({earlier[0]}), which no fixture holds")
    said = match.get("userMessage")
    if not isinstance(said, str) or not said:
        raise Refused("it says no userMessage, so there is no request to make")
    system = match.get("systemMessage")
    parts = system if isinstance(system, list) else [system] if system else []
    instructions = "\n".join(text(one, "match.systemMessage") for one in parts)
    messages = [{"role": "system", "content": instructions}] if parts else []
    messages.append({"role": "user", "content": text(said, "match.userMessage")})
    request: dict[str, Any] = {"model": model, "messages": messages, "stream": True}
    if match.get("toolName"):
        function = {"name": text(match["toolName"], "match.toolName")}
        request["tools"] = [{"type": "function", "function": function}]
    return json.dumps(request, ensure_ascii=False, separators=(",", ":")).encode()


def _stream(answer: dict[str, Any], model: str) -> bytes:
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"reasoning_content": one} for one in _pieces(answer.get("reasoning"))]
    blocks = row(answer.get("blocks"), "response.blocks")
    calls = 0
    for block in blocks or _as_blocks(answer):
        one = table(block, "response.blocks")
        if one.get("type") == "text":
            deltas += [{"content": piece} for piece in _pieces(one.get("text"))]
        else:
            deltas += _call(one, calls)
            calls += 1
    finish = answer.get("finishReason") or ("tool_calls" if calls else "stop")
    events = [_event(answer, model, delta, None) for delta in deltas]
    events.append(_event(answer, model, {}, text(finish, "response.finishReason")))
    return "".join([*events, "data: [DONE]\n\n"]).encode()


def _as_blocks(answer: dict[str, Any]) -> list[dict[str, Any]]:
    calls = row(answer.get("toolCalls"), "response.toolCalls")
    said = [{"type": "text", "text": answer["content"]}] if answer.get("content") else []
    return [*said, *({**table(call, "response.toolCalls"), "type": "toolCall"} for call in calls)]


def _call(call: dict[str, Any], index: int) -> list[dict[str, Any]]:
    name = text(call.get("name"), "toolCalls.name")
    given = call.get("arguments")
    arguments = given if isinstance(given, str) else json.dumps(given or {}, ensure_ascii=False)
    identity = text(call.get("id"), "toolCalls.id") or f"call_{index + 1}"
    first = {"id": identity, "type": "function", "function": {"name": name, "arguments": ""}}
    return [
        {"tool_calls": [{"index": index, **first}]},
        *(
            {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}
            for piece in _pieces(arguments)
        ),
    ]


def _pieces(value: Any) -> list[str]:
    written = text(value, "response")
    return [written[at : at + PIECE] for at in range(0, len(written), PIECE)]


def _event(answer: dict[str, Any], model: str, delta: dict[str, Any], finish: str | None) -> str:
    chunk = {
        "id": answer.get("id") or "chatcmpl-aimock",
        "object": "chat.completion.chunk",
        "created": answer.get("created") or _CREATED,
        "model": model,
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }
    usage = answer.get("usage")
    if finish is not None and isinstance(usage, dict):
        chunk["usage"] = usage
    return f"data: {json.dumps(chunk, ensure_ascii=False, separators=(',', ':'))}\n\n"


def _times(value: Any) -> tuple[Timing, int, int]:
    """The first token and the whole, as aimock measured them; its pieces are not ours."""
    told = value if isinstance(value, dict) else {}
    first, total = milliseconds(told.get("ttftMs")), milliseconds(told.get("totalDurationMs"))
    if first is None or not total or total < first:
        return "none", 0, 0
    return "ends", first, total
