"""What each event of a Responses stream is about, by its type. A table, no behaviour.

Sources: the 24 events of Open Responses 2026-04-24; the events of OpenAI's API that openai-python
3.54 declares; those seen on the wire that it does not declare; vLLM's parts of reasoning.
"""

from typing import Literal

import msgspec

Role = Literal[
    "lifecycle",
    "item.added",
    "item.done",
    "part.added",
    "part.done",
    "delta",
    "text.done",
    "annotation",
    "status",
    "other",
]
"""lifecycle    carries a snapshot of the response
part.*       a content part, or a part of a summary
delta        text that is added to a part, or to a member of the item
text.done    that text, whole
status       what a hosted tool does: only names its item
other        belongs to no item
"""

Space = Literal["content", "summary"]
"""Which list of an item a part belongs to; each has its own indexes."""


class Kind(msgspec.Struct, frozen=True):
    """What events of one type are about."""

    role: Role
    space: Space = "content"
    member: str = ""
    """The member of the item that the text is, where it belongs to no part: `arguments`."""
    field: str = ""
    """The member of the event that holds the text."""
    items: frozenset[str] = frozenset()
    """Types of items that it fits; empty where any does."""
    parts: frozenset[str] = frozenset()
    """Types of parts that it fits; empty where any does."""
    names_item: bool = True
    """Whether it has an `item_id`."""

    @property
    def index_field(self) -> str:
        return f"{self.space}_index"


_TEXT_ITEMS = frozenset({"message", "reasoning"})
_MESSAGE = frozenset({"message"})
_REASONING = frozenset({"reasoning"})
_OUTPUT_TEXT = frozenset({"output_text", "text"})
_REFUSAL = frozenset({"refusal"})
_REASONING_TEXT = frozenset({"reasoning_text", "text", "output_text"})
"""`output_text` inside reasoning is the prose's own example."""
_SUMMARY_TEXT = frozenset({"summary_text"})


def _text(name: str, field: str, items: frozenset[str], parts: frozenset[str]) -> dict[str, Kind]:
    return {
        f"{name}.delta": Kind("delta", field="delta", items=items, parts=parts),
        f"{name}.done": Kind("text.done", field=field, items=items, parts=parts),
    }


def _member(name: str, member: str, item: str) -> dict[str, Kind]:
    items = frozenset({item})
    return {
        f"{name}.delta": Kind("delta", member=member, field="delta", items=items),
        f"{name}.done": Kind("text.done", member=member, field=member, items=items),
    }


LIFECYCLE = {
    f"response.{name}": Kind("lifecycle")
    for name in ("created", "queued", "in_progress", "completed", "failed", "incomplete")
}

TERMINAL = frozenset({"response.completed", "response.failed", "response.incomplete"})

CORE: dict[str, Kind] = {
    **LIFECYCLE,
    "response.output_item.added": Kind("item.added"),
    "response.output_item.done": Kind("item.done"),
    "response.content_part.added": Kind("part.added", items=_TEXT_ITEMS),
    "response.content_part.done": Kind("part.done", items=_TEXT_ITEMS),
    **_text("response.output_text", "text", _TEXT_ITEMS, _OUTPUT_TEXT),
    "response.output_text.annotation.added": Kind(
        "annotation", items=_TEXT_ITEMS, parts=_OUTPUT_TEXT
    ),
    **_text("response.refusal", "refusal", _MESSAGE, _REFUSAL),
    **_text("response.reasoning", "text", _REASONING, _REASONING_TEXT),
    "response.reasoning_summary_part.added": Kind("part.added", "summary", items=_REASONING),
    "response.reasoning_summary_part.done": Kind("part.done", "summary", items=_REASONING),
    "response.reasoning_summary_text.delta": Kind(
        "delta", "summary", field="delta", items=_REASONING, parts=_SUMMARY_TEXT
    ),
    "response.reasoning_summary_text.done": Kind(
        "text.done", "summary", field="text", items=_REASONING, parts=_SUMMARY_TEXT
    ),
    **_member("response.function_call_arguments", "arguments", "function_call"),
    "error": Kind("other"),
}
"""The 24 events of Open Responses."""

_STATUSES = {
    "code_interpreter_call": ("in_progress", "interpreting", "completed"),
    "file_search_call": ("in_progress", "searching", "completed"),
    "image_generation_call": ("in_progress", "generating", "partial_image", "completed"),
    "mcp_call": ("in_progress", "completed", "failed"),
    "mcp_list_tools": ("in_progress", "completed", "failed"),
    "web_search_call": ("in_progress", "searching", "completed"),
}

OPENAI: dict[str, Kind] = {
    **_text("response.reasoning_text", "text", _REASONING, _REASONING_TEXT),
    **_member("response.custom_tool_call_input", "input", "custom_tool_call"),
    **_member("response.mcp_call_arguments", "arguments", "mcp_call"),
    **_member("response.code_interpreter_call_code", "code", "code_interpreter_call"),
    **{
        f"response.{item}.{status}": Kind("status", items=frozenset({item}))
        for item, statuses in _STATUSES.items()
        for status in statuses
    },
    **{
        f"response.shell_call_command.{stage}": Kind(
            "status", items=frozenset({"shell_call"}), names_item=False
        )
        for stage in ("added", "delta", "done")
    },
    **{
        f"response.{name}.{stage}": Kind("status")
        for name in ("shell_call_output_content", "apply_patch_call_operation_diff")
        for stage in ("delta", "done")
    },
    "response.compaction.compacting": Kind("status", items=frozenset({"compaction"})),
    **{
        f"response.audio.{name}": Kind("other")
        for name in ("delta", "done", "transcript.delta", "transcript.done")
    },
    **{f"response.steer.{name}": Kind("other") for name in ("accepted", "pending", "failed")},
    "keepalive": Kind("other"),
}
"""Events of OpenAI's API beyond the 24; the last of them keeps a connection open."""

_OTHERS: dict[str, Kind] = {
    "response.reasoning_part.added": Kind("part.added", items=_REASONING),
    "response.reasoning_part.done": Kind("part.done", items=_REASONING),
}
"""vLLM's and Bedrock's names for the parts of raw reasoning: read, and found to be unknown."""

KINDS: dict[str, Kind] = {**CORE, **OPENAI, **_OTHERS}

CORE_ITEMS = frozenset(
    {"message", "function_call", "function_call_output", "reasoning", "compaction"}
)
OPENAI_ITEMS = frozenset(
    {
        "additional_tools",
        "apply_patch_call",
        "apply_patch_call_output",
        "code_interpreter_call",
        "computer_call",
        "computer_call_output",
        "custom_tool_call",
        "custom_tool_call_output",
        "file_search_call",
        "image_generation_call",
        "local_shell_call",
        "local_shell_call_output",
        "mcp_approval_request",
        "mcp_approval_response",
        "mcp_call",
        "mcp_list_tools",
        "program",
        "program_output",
        "shell_call",
        "shell_call_output",
        "tool_search_call",
        "tool_search_output",
        "web_search_call",
    }
)

TEXT_OF_PART = {
    "output_text": "text",
    "text": "text",
    "reasoning_text": "text",
    "summary_text": "text",
    "refusal": "refusal",
}
"""The member that holds a part's text, by the part's type."""
