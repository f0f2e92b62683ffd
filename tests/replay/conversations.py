"""Conversations of two turns as the providers have them: what the first answer mints, the second
request sends back.

Bodies are as the providers' SDKs send and get them, cut down to two tools at most. An id is told
by what it begins with, as the providers' are.
"""

import json
import re
import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

Ids = dict[str, str]
"""By what they begin with."""

PREFIXES = (
    *("resp_", "call_", "fc_", "rs_", "msg_", "conv_", "cntr_", "container_", "toolu_"),
    *("srvtoolu_", "tooluse_", "interaction_", "chatcmpl-", "mcpr_", "audio_", "task-"),
)
_ID = re.compile(rb'"((?:%b)[0-9a-f]{16})"' % b"|".join(one.encode() for one in PREFIXES))


def minted() -> Ids:
    """Ids that nobody had before."""
    return {prefix: prefix + uuid.uuid4().hex[:16] for prefix in PREFIXES}


def ids_in(answer: bytes) -> Ids:
    """What a client finds in an answer."""
    found = [one.decode() for one in _ID.findall(answer)]
    return {one[:-16]: one for one in found}


class Talk(NamedTuple):
    """Two turns with one provider."""

    name: str
    upstream: str
    targets: tuple[str, str]
    first: Any
    answer: Callable[[Ids], bytes]
    second: Callable[[Ids], Any]
    relies_on: tuple[str, ...]
    """The matching rules without which the second turn is not found."""


def sse(*events: Any, named: bool = True) -> bytes:
    """A stream, with `event:` lines where the events have types."""
    lines = []
    for event in events:
        name = f"event: {event['type']}\n" if named else ""
        lines.append(f"{name}data: {json.dumps(event)}\n\n")
    return "".join(lines).encode()


WEATHER = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
ARGUMENTS = '{"city":"Berlin"}'
ASKED = "What is the weather in Berlin?"
RESULT = "15 degrees, cloudy"

# OpenAI: the Responses API.

_RESPONSES_TOOL = {"type": "function", "name": "weather", "parameters": WEATHER, "strict": True}
_RESPONSES = {"model": "gpt-5-mini", "stream": True, "tools": [_RESPONSES_TOOL]}


def _responses_items(ids: Ids) -> list[Any]:
    return [
        {"id": ids["rs_"], "type": "reasoning", "summary": [], "encrypted_content": "gAAAAB=="},
        {
            "id": ids["fc_"], "type": "function_call", "status": "completed",
            "call_id": ids["call_"], "name": "weather", "arguments": ARGUMENTS,
        },
    ]  # fmt: skip


def _responses_call(ids: Ids) -> bytes:
    reasoning, call = _responses_items(ids)
    response = {"id": ids["resp_"], "object": "response", "status": "in_progress", "output": []}
    done = {**response, "status": "completed", "output": [reasoning, call]}
    return sse(
        {"type": "response.created", "sequence_number": 0, "response": response},
        {"type": "response.output_item.done", "sequence_number": 1, "item": reasoning},
        {"type": "response.output_item.done", "sequence_number": 2, "item": call},
        {"type": "response.completed", "sequence_number": 3, "response": done},
    )


def _responses_output(ids: Ids) -> Any:
    return {"type": "function_call_output", "call_id": ids["call_"], "output": RESULT}


def _mcp_approval(ids: Ids) -> bytes:
    item = {
        "id": ids["mcpr_"], "type": "mcp_approval_request", "server_label": "docs",
        "name": "search", "arguments": "{}",
    }  # fmt: skip
    response = {"id": ids["resp_"], "object": "response", "status": "completed", "output": [item]}
    return sse({"type": "response.completed", "sequence_number": 0, "response": response})


# OpenAI: Chat Completions.

_CHAT_TOOL = {"type": "function", "function": {"name": "weather", "parameters": WEATHER}}
_CHAT = {"model": "gpt-4.1-mini", "stream": True, "tools": [_CHAT_TOOL]}
_USER = {"role": "user", "content": ASKED}


def _chat_call(ids: Ids) -> Any:
    called = {"name": "weather", "arguments": ARGUMENTS}
    return {"id": ids["call_"], "type": "function", "function": called}


def _chat_chunks(ids: Ids) -> bytes:
    chunk = {"id": ids["chatcmpl-"], "object": "chat.completion.chunk", "created": 1}
    call = {"role": "assistant", "tool_calls": [{"index": 0, **_chat_call(ids)}]}
    ends: tuple[tuple[Any, str | None], ...] = ((call, None), ({}, "tool_calls"))
    choices = [{"index": 0, "delta": delta, "finish_reason": finish} for delta, finish in ends]
    return sse(*({**chunk, "choices": [one]} for one in choices), named=False) + b"data: [DONE]\n\n"


def _chat_back(ids: Ids) -> Any:
    assistant = {"role": "assistant", "content": None, "tool_calls": [_chat_call(ids)]}
    result = {"role": "tool", "tool_call_id": ids["call_"], "content": RESULT}
    return {**_CHAT, "messages": [_USER, assistant, result]}


def _spoken(ids: Ids) -> bytes:
    audio = {"id": ids["audio_"], "data": "UklGRg==", "expires_at": 9, "transcript": "Hello."}
    message = {"role": "assistant", "content": None, "audio": audio}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return json.dumps({"id": ids["chatcmpl-"], "choices": [choice]}).encode()


_AUDIO = {"model": "gpt-audio", "modalities": ["text", "audio"], "audio": {"voice": "alloy"}}

# Anthropic: the Messages API.

_MESSAGES = {
    "model": "claude-sonnet-4-5", "max_tokens": 1024, "stream": True,
    "tools": [{"name": "weather", "input_schema": WEATHER}],
}  # fmt: skip


def _messages_call(ids: Ids) -> bytes:
    message = {
        "id": ids["msg_"], "type": "message", "role": "assistant", "content": [],
        "container": {"id": ids["container_"], "expires_at": "2026-01-01T00:00:00Z"},
    }  # fmt: skip
    block = {"type": "tool_use", "id": ids["toolu_"], "name": "weather", "input": {}}
    delta = {"type": "input_json_delta", "partial_json": ARGUMENTS}
    return sse(
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": block},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}},
        {"type": "message_stop"},
    )


def _messages_back(ids: Ids) -> Any:
    use = {"type": "tool_use", "id": ids["toolu_"], "name": "weather", "input": {"city": "Berlin"}}
    result = {"type": "tool_result", "tool_use_id": ids["toolu_"], "content": RESULT}
    messages = [
        _USER,
        {"role": "assistant", "content": [use]},
        {"role": "user", "content": [result]},
    ]
    return {**_MESSAGES, "messages": messages}


# Bedrock: Converse. Gemini: generateContent, Interactions. MCP.

_CONVERSE_TOOL = {"toolSpec": {"name": "weather", "inputSchema": {"json": WEATHER}}}
_CONVERSE = {"toolConfig": {"tools": [_CONVERSE_TOOL]}}
_CONVERSE_USER = {"role": "user", "content": [{"text": ASKED}]}


def _converse_use(ids: Ids) -> Any:
    use = {"toolUseId": ids["tooluse_"], "name": "weather", "input": {"city": "Berlin"}}
    return {"role": "assistant", "content": [{"toolUse": use}]}


def _converse_back(ids: Ids) -> Any:
    result = {"toolUseId": ids["tooluse_"], "content": [{"text": RESULT}], "status": "success"}
    back = {"role": "user", "content": [{"toolResult": result}]}
    return {**_CONVERSE, "messages": [_CONVERSE_USER, _converse_use(ids), back]}


_GEMINI_TOOL = {"functionDeclarations": [{"name": "weather", "parameters": {"type": "OBJECT"}}]}
_GEMINI_USER = {"role": "user", "parts": [{"text": ASKED}]}


def _gemini_call(ids: Ids) -> Any:
    call = {"id": ids["call_"], "name": "weather", "args": {"city": "Berlin"}}
    return {"role": "model", "parts": [{"functionCall": call, "thoughtSignature": "CpQB"}]}


def _gemini_back(ids: Ids) -> Any:
    result = {"id": ids["call_"], "name": "weather", "response": {"result": RESULT}}
    back = {"role": "user", "parts": [{"functionResponse": result}]}
    return {"tools": [_GEMINI_TOOL], "contents": [_GEMINI_USER, _gemini_call(ids), back]}


def _interaction(ids: Ids) -> bytes:
    begun = {"id": ids["interaction_"], "object": "interaction", "status": "in_progress"}
    return sse({"event_type": "interaction.created", "interaction": begun}, named=False)


def _rpc(method: str, params: Any) -> Any:
    return {"jsonrpc": "2.0", "id": 3, "method": method, "params": params}


def _task(ids: Ids) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 3, "result": {"id": ids["task-"]}}).encode()


_MODEL = "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse"
_TWICE = ("/v1/responses", "/v1/responses")

TALKS = (
    Talk(
        "previous_response_id", "openai", _TWICE,
        {**_RESPONSES, "input": ASKED},
        _responses_call,
        lambda ids: {
            **_RESPONSES, "previous_response_id": ids["resp_"], "input": [_responses_output(ids)],
        },
        ("$.previous_response_id", "**.call_id"),
    ),
    Talk(
        "items of Responses, kept by the client", "openai", _TWICE,
        {**_RESPONSES, "input": [_USER], "store": False},
        _responses_call,
        lambda ids: {
            **_RESPONSES, "store": False,
            "input": [_USER, *_responses_items(ids), _responses_output(ids)],
        },
        ("$.input[*].id", "**.call_id"),
    ),
    Talk(
        "item_reference", "openai", _TWICE,
        {**_RESPONSES, "input": [_USER]},
        _responses_call,
        lambda ids: {
            **_RESPONSES,
            "input": [
                _USER,
                {"type": "item_reference", "id": ids["rs_"]},
                {"type": "item_reference", "id": ids["fc_"]},
                _responses_output(ids),
            ],
        },
        ("$.input[*].id",),
    ),
    Talk(
        "conversation", "openai", ("/v1/conversations", "/v1/responses"),
        {"items": [_USER]},
        lambda ids: json.dumps({"id": ids["conv_"], "object": "conversation"}).encode(),
        lambda ids: {**_RESPONSES, "conversation": ids["conv_"], "input": "Go on."},
        ("$.conversation",),
    ),
    Talk(
        "container of a tool", "openai", ("/v1/containers", "/v1/responses"),
        {"name": "mine"},
        lambda ids: json.dumps({"id": ids["cntr_"], "object": "container"}).encode(),
        lambda ids: {
            "model": "gpt-5-mini", "input": "Compute.",
            "tools": [{"type": "code_interpreter", "container": ids["cntr_"]}],
        },
        ("$.tools[*].container",),
    ),
    Talk(
        "approval of MCP", "openai", _TWICE,
        {"model": "gpt-5-mini", "input": "Search.", "stream": True},
        _mcp_approval,
        lambda ids: {
            "model": "gpt-5-mini", "stream": True, "previous_response_id": ids["resp_"],
            "input": [
                {
                    "type": "mcp_approval_response", "approve": True,
                    "approval_request_id": ids["mcpr_"],
                }
            ],
        },
        ("**.approval_request_id",),
    ),
    Talk(
        "tool_call_id", "openai", ("/v1/chat/completions", "/v1/chat/completions"),
        {**_CHAT, "messages": [_USER]}, _chat_chunks, _chat_back,
        ("**.tool_call_id", "**.tool_calls[*].id"),
    ),
    Talk(
        "audio", "openai", ("/v1/chat/completions", "/v1/chat/completions"),
        {**_AUDIO, "messages": [_USER]},
        _spoken,
        lambda ids: {
            **_AUDIO,
            "messages": [
                _USER, {"role": "assistant", "audio": {"id": ids["audio_"]}},
                {"role": "user", "content": "Again."},
            ],
        },
        ("$.messages[*].audio.id",),
    ),
    Talk(
        "tool_use_id", "anthropic", ("/v1/messages", "/v1/messages"),
        {**_MESSAGES, "messages": [_USER]}, _messages_call, _messages_back,
        ("**.tool_use_id", "**.tool_use.id"),
    ),
    Talk(
        "container of Messages", "anthropic", ("/v1/messages", "/v1/messages"),
        {**_MESSAGES, "messages": [_USER]},
        _messages_call,
        lambda ids: {**_MESSAGES, "container": ids["container_"], "messages": [_USER, _USER]},
        ("$.container",),
    ),
    Talk(
        "toolUseId", "bedrock", ("/model/nova-lite/converse", "/model/nova-lite/converse"),
        {**_CONVERSE, "messages": [_CONVERSE_USER]},
        lambda ids: json.dumps({"output": {"message": _converse_use(ids)}}).encode(),
        _converse_back,
        ("**.toolUseId",),
    ),
    Talk(
        "functionCall.id", "gemini", (_MODEL, _MODEL),
        {"tools": [_GEMINI_TOOL], "contents": [_GEMINI_USER]},
        lambda ids: sse({"candidates": [{"content": _gemini_call(ids)}]}, named=False),
        _gemini_back,
        ("**.functionCall.id", "**.functionResponse.id"),
    ),
    Talk(
        "previous_interaction_id", "gemini", ("/v1beta/interactions", "/v1beta/interactions"),
        {"model": "gemini-2.5-flash", "input": ASKED, "stream": True},
        _interaction,
        lambda ids: {
            "model": "gemini-2.5-flash", "input": "Go on.", "stream": True,
            "previous_interaction_id": ids["interaction_"],
        },
        ("$.previous_interaction_id",),
    ),
    Talk(
        "task of A2A", "agent", ("/", "/"),
        _rpc("message/send", {"message": {"role": "user", "parts": [{"text": ASKED}]}}),
        _task,
        lambda ids: _rpc("tasks/get", {"id": ids["task-"]}),
        ("$.params.id",),
    ),
)  # fmt: skip
