"""Streams in the wire form of two APIs: server-sent events as the providers send them.

Event names, fields and their order are those of OpenAI's Responses and Chat Completions
streams. Pure: the same calls give the same bytes.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

CREATED_AT = 1_763_800_000
"""Every demo happens at the same second, so that every run streams the same bytes."""


def _data(value: object) -> bytes:
    return b"data: %b\n\n" % msgspec.json.encode(value)


class ResponsesStream:
    """Collects the events of one streamed response; `events` has one entry an event."""

    def __init__(self, response_id: str, model: str) -> None:
        self.events: list[bytes] = []
        self._response: dict[str, Any] = {
            "id": response_id,
            "object": "response",
            "created_at": CREATED_AT,
            "status": "in_progress",
            "background": False,
            "completed_at": None,
            "error": None,
            "incomplete_details": None,
            "instructions": None,
            "max_output_tokens": None,
            "model": model,
            "output": [],
            "parallel_tool_calls": True,
            "previous_response_id": None,
            "reasoning": {"effort": "medium", "summary": "detailed"},
            "store": False,
            "temperature": 1.0,
            "text": {"format": {"type": "text"}, "verbosity": "medium"},
            "tool_choice": "auto",
            "tools": [],
            "top_p": 1.0,
            "truncation": "disabled",
            "usage": None,
            "metadata": {},
        }
        self._add("response.created", response=self._response)
        self._add("response.in_progress", response=self._response)

    def reasoning(self, pieces: Sequence[str]) -> None:
        """A reasoning item with one part of summary."""
        item_id, place = self._item_id("rs"), {"summary_index": 0}
        self._open({"id": item_id, "type": "reasoning", "summary": []})
        part = {"type": "summary_text", "text": ""}
        self._in_item("response.reasoning_summary_part.added", item_id, **place, part=part)
        for piece in pieces:
            self._in_item("response.reasoning_summary_text.delta", item_id, **place, delta=piece)
        text = "".join(pieces)
        part = {"type": "summary_text", "text": text}
        self._in_item("response.reasoning_summary_text.done", item_id, **place, text=text)
        self._in_item("response.reasoning_summary_part.done", item_id, **place, part=part)
        self._close({"id": item_id, "type": "reasoning", "summary": [part]})

    def message(self, pieces: Sequence[str]) -> None:
        """A message with one part of text."""
        item_id, place = self._item_id("msg"), {"content_index": 0}
        item = {"id": item_id, "type": "message", "status": "in_progress", "content": []}
        self._open({**item, "role": "assistant"})
        part = {"type": "output_text", "annotations": [], "logprobs": [], "text": ""}
        self._in_item("response.content_part.added", item_id, **place, part=part)
        for piece in pieces:
            self._in_item("response.output_text.delta", item_id, **place, delta=piece, logprobs=[])
        text = "".join(pieces)
        part = {**part, "text": text}
        self._in_item("response.output_text.done", item_id, **place, text=text, logprobs=[])
        self._in_item("response.content_part.done", item_id, **place, part=part)
        self._close({**item, "status": "completed", "content": [part], "role": "assistant"})

    def function_call(self, name: str, pieces: Sequence[str]) -> None:
        """A call of a function, its arguments in pieces."""
        item_id = self._item_id("fc")
        item = {
            "id": item_id,
            "type": "function_call",
            "status": "in_progress",
            "arguments": "",
            "call_id": item_id.replace("fc", "call"),
            "name": name,
        }
        self._open(item)
        for piece in pieces:
            self._in_item("response.function_call_arguments.delta", item_id, delta=piece)
        arguments = "".join(pieces)
        self._in_item("response.function_call_arguments.done", item_id, arguments=arguments)
        self._close({**item, "status": "completed", "arguments": arguments})

    def complete(self, input_tokens: int, output_tokens: int, reasoning_tokens: int) -> None:
        """The terminal event, with the usage."""
        self._response |= {
            "status": "completed",
            "completed_at": CREATED_AT + 4,
            "usage": {
                "input_tokens": input_tokens,
                "input_tokens_details": {"cached_tokens": 0},
                "output_tokens": output_tokens,
                "output_tokens_details": {"reasoning_tokens": reasoning_tokens},
                "total_tokens": input_tokens + output_tokens,
            },
        }
        self._add("response.completed", response=self._response)

    def _item_id(self, prefix: str) -> str:
        return f"{prefix}_{self._response['id'].partition('_')[2]}{len(self._output):02}"

    @property
    def _output(self) -> list[Any]:
        output: list[Any] = self._response["output"]
        return output

    def _open(self, item: dict[str, Any]) -> None:
        self._add("response.output_item.added", output_index=len(self._output), item=item)

    def _close(self, item: dict[str, Any]) -> None:
        self._add("response.output_item.done", output_index=len(self._output), item=item)
        self._output.append(item)

    def _in_item(self, kind: str, item_id: str, **fields: object) -> None:
        self._add(kind, item_id=item_id, output_index=len(self._output), **fields)

    def _add(self, kind: str, **fields: object) -> None:
        value = {"type": kind, "sequence_number": len(self.events), **fields}
        self.events.append(b"event: %b\n%b" % (kind.encode(), _data(value)))


class ChatStream:
    """Collects the events of one streamed chat completion."""

    def __init__(self, completion_id: str, model: str) -> None:
        self.events: list[bytes] = []
        self._head = {
            "id": completion_id,
            "object": "chat.completion.chunk",
            "created": CREATED_AT,
            "model": model,
            "service_tier": "default",
            "system_fingerprint": "fp_wiretapedemo",
        }
        self._add({"role": "assistant", "content": ""})

    def reasoning(self, pieces: Sequence[str]) -> None:
        """Reasoning as the vendors of open models send it."""
        for piece in pieces:
            self._add({"reasoning_content": piece})

    def text(self, pieces: Sequence[str]) -> None:
        """The answer."""
        for piece in pieces:
            self._add({"content": piece})

    def finish(self, reason: str, prompt_tokens: int, completion_tokens: int) -> None:
        """The finish reason, the usage, and the sentinel."""
        self._add({}, reason)
        usage = {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": prompt_tokens + completion_tokens,
        }
        self.events.append(_data({**self._head, "choices": [], "usage": usage}))
        self.events.append(b"data: [DONE]\n\n")

    def _add(self, delta: dict[str, object], finish_reason: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        self.events.append(_data({**self._head, "choices": [choice], "usage": None}))
