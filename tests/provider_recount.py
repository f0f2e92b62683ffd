"""What a provider's stream says, counted a second time by plain `json`. Also what a client shows of
it, where its objects print as the provider's JSON.

No decoder, dialect or comparison of wiretape has a part in it: what a matrix says can be held to
what is found here. Knows the bytes of the APIs that the matrices of `docs/providers.md` have.
"""

import base64
import json
import re
import struct
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from tests.corpus import Stream

Json = dict[str, Any]

WORD = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)*")


class Event(NamedTuple):
    """One event with JSON in it."""

    line: str
    """Of its `event:` line, or the `:event-type` header."""
    value: Json

    @property
    def name(self) -> str:
        return str(self.value.get("type", self.line))


class Recount(NamedTuple):
    """One answer."""

    api: str
    events: list[Event]
    done: bool
    """Whether a `[DONE]` came."""
    text: str = ""
    raw: str = ""
    summary: str = ""
    encrypted: bool = False
    tools: tuple[tuple[str, Any], ...] = ()
    """Names and arguments."""
    finish: str = ""
    input: int | None = None
    output: int | None = None
    reasoning_tokens: int | None = None
    citations: int = 0
    error: str = ""

    @property
    def form(self) -> str:
        """Of the reasoning."""
        there = {"raw": self.raw, "summary": self.summary, "encrypted": self.encrypted}
        return " and ".join(name for name, held in there.items() if held) or "none"


def words(text: str) -> list[str]:
    """Without punctuation; case is of no weight."""
    return [word.casefold() for word in WORD.findall(text.replace("\u2019", "'"))]


def in_common(a: str, b: str) -> float:
    """The share of words that two texts have in common, wherever they stand."""
    ours, theirs = Counter(words(a)), Counter(words(b))
    return 2 * (ours & theirs).total() / (ours.total() + theirs.total())


# Framing


def server_sent(body: bytes) -> Iterator[tuple[str, str]]:
    """Name and data of each event."""
    for block in re.split(r"\r?\n\r?\n", body.decode()):
        fields: dict[str, list[str]] = {}
        for line in block.splitlines():
            name, _, value = line.partition(":")
            fields.setdefault(name, []).append(value.removeprefix(" "))
        data = "\n".join(fields.get("data", ()))
        if data:
            yield "".join(fields.get("event", ())), data
        elif "error" in fields:  # as gpustack has it: a field that the standard does not know
            yield "error", fields["error"][0]


def messages_of_aws(body: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and payload of each message: lengths, headers of type 7 (text), payload, checksum."""
    at = 0
    while at < len(body):
        total, head = struct.unpack_from(">II", body, at)
        place, end = at + 12, at + 12 + head
        name = ""
        while place < end:
            size = body[place]
            key = body[place + 1 : place + 1 + size]
            place += 1 + size
            (length,) = struct.unpack_from(">H", body, place + 1)
            assert body[place] == 7
            value = body[place + 3 : place + 3 + length]
            place += 3 + length
            if key == b":event-type":
                name = value.decode()
        yield name, body[end : at + total - 4]
        at += total


def events_of(api: str, body: bytes) -> tuple[list[Event], bool]:
    """The events with JSON, and whether there was a `[DONE]`; `api` as the corpus names it."""
    if api.startswith("bedrock"):
        found = []
        for name, payload in messages_of_aws(body):
            value = json.loads(payload)
            if "bytes" in value:
                value = json.loads(base64.b64decode(value["bytes"]))
                name = value.get("type", "")
            found.append(Event(name, value))
        return found, False
    if api == "ollama":
        return [Event("", json.loads(line)) for line in body.splitlines()], False
    sent = list(server_sent(body))
    done = any(data == "[DONE]" for _, data in sent)
    return [Event(name, json.loads(data)) for name, data in sent if data != "[DONE]"], done


# APIs

_FINISH = {
    "end_turn": "stop",
    "tool_use": "tool_calls",
    "COMPLETE": "stop",
    "TOOL_CALL": "tool_calls",
    "STOP": "stop",
}
"""Those of providers that have a name in Chat Completions."""


def recount(stream: Stream) -> Recount:
    """What a stream says."""
    return recount_of(stream.api, *events_of(stream.api, stream.body))


def recount_of(named: str, events: list[Event], done: bool = False) -> Recount:
    """What events of an API, as the corpus names it, say."""
    api, read = _APIS[named]
    return Recount(api, events, done, **read(events))


def _messages(events: list[Event]) -> Json:
    text, thinking, finish = "", "", ""
    usage: Json = {}
    calls: dict[int, list[str]] = {}
    for name, value in ((event.name, event.value) for event in events):
        if name == "message_start":
            usage.update(value["message"]["usage"])
        elif name == "content_block_start" and value["content_block"]["type"] == "tool_use":
            calls[value["index"]] = [value["content_block"]["name"], ""]
        elif name == "content_block_delta":
            delta = value["delta"]
            text += delta.get("text", "")
            thinking += delta.get("thinking", "")
            if "partial_json" in delta and value["index"] in calls:  # not of a provider's own tool
                calls[value["index"]][1] += delta["partial_json"]
        elif name == "message_delta":
            finish = value["delta"]["stop_reason"]
            usage.update(value.get("usage", {}))
    read = sum(usage.get(f"{kind}_input_tokens") or 0 for kind in ("cache_read", "cache_creation"))
    return {
        "text": text,
        "raw": thinking,
        "tools": _called(calls.values()),
        "finish": _FINISH.get(finish, finish),
        "input": usage["input_tokens"] + read,
        "output": usage["output_tokens"],
        "reasoning_tokens": (usage.get("output_tokens_details") or {}).get("thinking_tokens"),
    }


def _called(calls: Any) -> tuple[tuple[str, Any], ...]:
    return tuple((name, json.loads(arguments or "{}")) for name, arguments in calls)


def _chat(events: list[Event]) -> Json:
    text, reasoning, finish, error = "", "", "", ""
    usage: Json | None = None
    calls: dict[int, list[str]] = {}
    sources: set[str] = set()
    for chunk in (event.value for event in events):
        if "error" in chunk:
            error = chunk["error"]["message"]
        usage = chunk.get("usage") or (chunk.get("x_groq") or {}).get("usage") or usage
        sources.update(chunk.get("citations") or ())
        for choice in chunk.get("choices") or ():
            delta = choice.get("delta") or {}
            content = delta.get("content") or ""
            if isinstance(content, list):  # Mistral, where it thinks
                for part in content:
                    text += part.get("text", "")
                    reasoning += "".join(one["text"] for one in part.get("thinking", ()))
            else:
                text += content
            reasoning += delta.get("reasoning_content") or delta.get("reasoning") or ""
            for call in delta.get("tool_calls") or ():
                known = calls.setdefault(call.get("index", 0), ["", ""])
                known[0] = call["function"].get("name") or known[0]
                known[1] += call["function"].get("arguments") or ""
            finish = choice.get("finish_reason") or finish
    details = (usage or {}).get("completion_tokens_details") or {}
    return {
        "text": text,
        "raw": reasoning,
        "tools": _called(calls.values()),
        "finish": finish,
        "input": usage and usage["prompt_tokens"],
        "output": usage and usage["completion_tokens"],
        "reasoning_tokens": details.get("reasoning_tokens"),
        "citations": len(sources),
        "error": error,
    }


def _completions(events: list[Event]) -> Json:
    choices = [choice for event in events for choice in event.value["choices"]]
    return {
        "text": "".join(choice.get("text") or "" for choice in choices),
        "finish": next(filter(None, (choice["finish_reason"] for choice in choices))),
    }


def _responses(events: list[Event]) -> Json:
    by_name: dict[str, list[Json]] = {}
    for event in events:
        by_name.setdefault(event.name, []).append(event.value)
    ends = ("response.completed", "response.incomplete")
    (last,) = (event.value["response"] for event in events if event.name in ends)
    calls = [item for item in last["output"] if item["type"] == "function_call"]
    usage = last["usage"]

    def told(name: str) -> str:
        return "".join(value["delta"] for value in by_name.get(name, ()))

    return {
        "text": told("response.output_text.delta"),
        "raw": told("response.reasoning_text.delta"),
        "summary": told("response.reasoning_summary_text.delta"),
        "encrypted": any(item.get("encrypted_content") for item in last["output"]),
        "tools": _called((call["name"], call["arguments"]) for call in calls),
        "finish": "tool_calls" if calls else "stop",
        "input": usage["input_tokens"],
        "output": usage["output_tokens"],
        "reasoning_tokens": usage.get("output_tokens_details", {}).get("reasoning_tokens"),
    }


def _gemini(events: list[Event]) -> Json:
    chunks = [event.value for event in events]
    candidates = [one for chunk in chunks for one in chunk.get("candidates", ())]
    parts = [part for one in candidates for part in one.get("content", {}).get("parts", ())]
    calls = tuple(
        (part["functionCall"]["name"], part["functionCall"].get("args", {}))
        for part in parts
        if "functionCall" in part
    )
    (finish,) = (one["finishReason"] for one in candidates if "finishReason" in one)
    usage = [chunk["usageMetadata"] for chunk in chunks if "usageMetadata" in chunk][-1]
    thoughts = usage.get("thoughtsTokenCount")
    return {
        "text": "".join(part.get("text", "") for part in parts if not part.get("thought")),
        "summary": "".join(part["text"] for part in parts if part.get("thought")),
        "tools": calls,
        "finish": "tool_calls" if calls else _FINISH.get(finish, finish),
        "input": usage["promptTokenCount"],
        "output": usage.get("candidatesTokenCount", 0) + (thoughts or 0),
        "reasoning_tokens": thoughts,
    }


def _converse(events: list[Event]) -> Json:
    text, thinking, finish = "", "", ""
    usage: Json = {}
    calls: dict[int, list[str]] = {}
    for name, value in ((event.line, event.value) for event in events):
        if name == "contentBlockStart" and "toolUse" in value.get("start", {}):
            use = value["start"]["toolUse"]
            if use.get("type") != "server_tool_use":  # a tool of the provider's own
                calls[value["contentBlockIndex"]] = [use["name"], ""]
        elif name == "contentBlockDelta":
            delta = value["delta"]
            text += delta.get("text", "")
            thinking += delta.get("reasoningContent", {}).get("text", "")
            if "toolUse" in delta and value["contentBlockIndex"] in calls:
                calls[value["contentBlockIndex"]][1] += delta["toolUse"]["input"]
        elif name == "messageStop":
            finish = value["stopReason"]
        elif name == "metadata":
            usage = value["usage"]
    read = sum(usage.get(f"cache{kind}InputTokens", 0) for kind in ("Read", "Write"))
    return {
        "text": text,
        "raw": thinking,
        "tools": _called(calls.values()),
        "finish": _FINISH.get(finish, finish),
        "input": usage["inputTokens"] + read,
        "output": usage["outputTokens"],
    }


def _invoke(events: list[Event]) -> Json:
    """Claude's events, Titan's, or Nova's, each of which has its name as its key."""
    chunks = [event.value for event in events]
    if "type" in chunks[0]:
        return _messages(events)
    if "outputText" in chunks[0]:
        return {
            "text": "".join(chunk["outputText"] for chunk in chunks),
            "finish": chunks[-1].get("completionReason", ""),
            "input": int(chunks[0]["inputTextTokenCount"]),
            "output": int(chunks[-1]["totalOutputTextTokenCount"]),
        }
    pairs = [pair for chunk in chunks for pair in chunk.items()]
    return _converse([Event(name, value) for name, value in pairs if isinstance(value, dict)])


def _cohere(events: list[Event]) -> Json:
    text, thinking = "", ""
    calls: dict[int, list[str]] = {}
    for event in events:
        message = event.value.get("delta", {}).get("message", {})
        if event.name == "content-delta":
            text += message["content"].get("text", "")
            thinking += message["content"].get("thinking", "")
        elif event.name == "tool-plan-delta":
            thinking += message["tool_plan"]
        elif event.name == "tool-call-start":
            function = message["tool_calls"]["function"]
            calls[event.value["index"]] = [function["name"], function.get("arguments", "")]
        elif event.name == "tool-call-delta":
            calls[event.value["index"]][1] += message["tool_calls"]["function"]["arguments"]
    (end,) = (event.value["delta"] for event in events if event.name == "message-end")
    tokens = end["usage"]["tokens"]
    return {
        "text": text,
        "raw": thinking,
        "tools": _called(calls.values()),
        "finish": _FINISH.get(end["finish_reason"], end["finish_reason"]),
        "input": tokens["input_tokens"],
        "output": tokens["output_tokens"],
        "reasoning_tokens": tokens.get("reasoning_tokens"),
        "citations": sum(event.name == "citation-start" for event in events),
    }


def _ollama(events: list[Event]) -> Json:
    parts = [event.value for event in events]
    messages = [part.get("message", part) for part in parts]
    calls = [call["function"] for one in messages for call in one.get("tool_calls") or ()]
    return {
        "text": "".join(one.get("content") or one.get("response") or "" for one in messages),
        "raw": "".join(one.get("thinking") or "" for one in messages),
        "tools": tuple((call["name"], call["arguments"]) for call in calls),
        "finish": parts[-1]["done_reason"],
        "input": parts[-1].get("prompt_eval_count"),
        "output": parts[-1].get("eval_count"),
    }


_APIS: dict[str, tuple[str, Callable[[list[Event]], Json]]] = {
    "anthropic-messages": ("anthropic.messages", _messages),
    "bedrock-converse": ("bedrock.converse", _converse),
    "bedrock-invoke": ("bedrock.invoke", _invoke),
    "chat-completions": ("openai.chat", _chat),
    "cohere-chat": ("cohere.v2", _cohere),
    "completions": ("openai.completions", _completions),
    "gemini-generate": ("gemini.generate", _gemini),
    "ollama": ("ollama", _ollama),
    "responses": ("openai.responses", _responses),
}
