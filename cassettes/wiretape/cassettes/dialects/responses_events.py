"""The events of the Responses API: their names, their members, and what each is about.

Open Responses' 24 events, OpenAI's superset, and those seen on the wire that neither declares:
`reasoning_part` (vLLM), `response.reasoning_text` under the names `response.reasoning` (Open
Responses) and `response.reasoning_summary` (OpenAI, 2025), `response.done` (Codex), the names of
MCP arguments with a second dot (Hugging Face), the diffs of `apply_patch`. Tables only.
"""

from collections.abc import Callable
from typing import Final, Literal

import msgspec

from wiretape.cassettes.dialects.delta import (
    Delta,
    PartType,
    Reasoning,
    Refusal,
    Text,
    ToolArgs,
    ToolOutput,
    Transcript,
)

Space = Literal["content", "summary", "args", "transcript"]
"""What the index of a part counts: `content_index`, `summary_index`; the others have none."""

Origin = Literal["client", "hosted", "mcp"]
"""Who runs a tool."""


class Form(msgspec.Struct, frozen=True):
    """What a piece of text is."""

    kind: Callable[..., Delta]
    """Its delta, whose sixth member is the text, and the seventh `word`."""
    word: str | bool
    """Channel, form, encoding or side; for a refusal, which has none, `synthetic`."""
    space: Space
    ptype: PartType
    item: str
    """The type of item that it belongs to."""


TEXT: Final = Form(Text, "final", "content", "text", "message")
COMMENTARY: Final = Form(Text, "commentary", "content", "text", "message")
REFUSAL: Final = Form(Refusal, False, "content", "refusal", "message")
REASONING: Final = Form(Reasoning, "raw", "content", "reasoning", "reasoning")
SUMMARY: Final = Form(Reasoning, "summary", "summary", "reasoning", "reasoning")
TRANSCRIPT: Final = Form(Transcript, "output", "transcript", "audio", "message")
FUNCTION: Final = Form(ToolArgs, "json_text", "args", "tool_call", "function_call")
MCP: Final = Form(ToolArgs, "json_text", "args", "tool_call", "mcp_call")
APPROVAL: Final = Form(ToolArgs, "json_text", "args", "tool_call", "mcp_approval_request")
CUSTOM: Final = Form(ToolArgs, "freeform", "args", "tool_call", "custom_tool_call")
CODE: Final = Form(ToolArgs, "freeform", "args", "tool_call", "code_interpreter_call")
SHELL: Final = Form(ToolArgs, "json_path", "args", "tool_call", "shell_call")
PATCH: Final = Form(ToolArgs, "json_path", "args", "tool_call", "apply_patch_call")
PRINTED: Final = Form(ToolOutput, False, "args", "tool_result", "shell_call_output")
PROGRAM: Final = Form(ToolArgs, "freeform", "args", "tool_call", "program")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ITEMS: Final = _words(
    """
    message reasoning function_call function_call_output custom_tool_call
    custom_tool_call_output web_search_call file_search_call code_interpreter_call
    image_generation_call computer_call computer_call_output local_shell_call
    local_shell_call_output shell_call shell_call_output apply_patch_call
    apply_patch_call_output mcp_list_tools mcp_call mcp_approval_request
    mcp_approval_response tool_search_call tool_search_output additional_tools program
    program_output compaction
    """
)
"""Types of item that are known."""

DELTAS: Final[dict[str, Form]] = {
    "response.output_text.delta": TEXT,
    "response.refusal.delta": REFUSAL,
    "response.reasoning_text.delta": REASONING,
    "response.reasoning.delta": REASONING,
    "response.reasoning_summary_text.delta": SUMMARY,
    "response.reasoning_summary.delta": SUMMARY,
    "response.function_call_arguments.delta": FUNCTION,
    "response.mcp_call_arguments.delta": MCP,
    "response.mcp_call.arguments_delta": MCP,
    "response.mcp_call.arguments.delta": MCP,
    "response.custom_tool_call_input.delta": CUSTOM,
    "response.code_interpreter_call_code.delta": CODE,
    "response.code_interpreter_call.code.delta": CODE,
    "response.audio.transcript.delta": TRANSCRIPT,
}
"""Events that carry a piece of text."""

DONES: Final[dict[str, tuple[Form, str]]] = {
    "response.output_text.done": (TEXT, "text"),
    "response.refusal.done": (REFUSAL, "refusal"),
    "response.reasoning_text.done": (REASONING, "text"),
    "response.reasoning.done": (REASONING, "text"),
    "response.reasoning_summary_text.done": (SUMMARY, "text"),
    "response.reasoning_summary.done": (SUMMARY, "text"),
    "response.function_call_arguments.done": (FUNCTION, "arguments"),
    "response.mcp_call_arguments.done": (MCP, "arguments"),
    "response.mcp_call.arguments_done": (MCP, "arguments"),
    "response.mcp_call.arguments.done": (MCP, "arguments"),
    "response.custom_tool_call_input.done": (CUSTOM, "input"),
    "response.code_interpreter_call_code.done": (CODE, "code"),
    "response.code_interpreter_call.code.done": (CODE, "code"),
    "response.audio.transcript.done": (TRANSCRIPT, "transcript"),
}
"""Events that repeat the whole text, and the member it stands in."""

PARTS: Final[dict[str, tuple[Form, bool]]] = {
    "response.content_part.added": (TEXT, False),
    "response.content_part.done": (TEXT, True),
    "response.reasoning_part.added": (REASONING, False),
    "response.reasoning_part.done": (REASONING, True),
    "response.reasoning_summary_part.added": (SUMMARY, False),
    "response.reasoning_summary_part.done": (SUMMARY, True),
}
"""Events that open or close a part: what it is where the part does not say, and whether it is
closed."""

PART_FORMS: Final[dict[str, Form]] = {
    "output_text": TEXT,
    "text": TEXT,
    "refusal": REFUSAL,
    "reasoning_text": REASONING,
    "summary_text": SUMMARY,
}
"""What a part is by its type."""

STATUSES: Final[dict[str, tuple[str, str]]] = {
    f"response.{item}.{status}": (item, status)
    for item, statuses in {
        "web_search_call": ("in_progress", "searching", "completed", "failed"),
        "file_search_call": ("in_progress", "searching", "completed", "failed"),
        "code_interpreter_call": ("in_progress", "interpreting", "completed", "failed"),
        "image_generation_call": ("in_progress", "generating", "completed", "failed"),
        "mcp_call": ("in_progress", "completed", "failed"),
        "mcp_list_tools": ("in_progress", "completed", "failed"),
    }.items()
    for status in statuses
}
"""Events that tell how far a hosted tool has come: the type of item, and the status."""

RUNNING_EVENTS: Final = frozenset({"response.created", "response.queued", "response.in_progress"})
TERMINAL: Final[dict[str, str]] = {
    "response.completed": "completed",
    "response.incomplete": "incomplete",
    "response.failed": "failed",
    "response.cancelled": "cancelled",
    "response.done": "completed",
}
"""Events that end a response, and the status of one that does not say."""


class HotDelta(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """An event of `DELTAS` as nearly all of them are. One with any other member, or with a member
    of another type, does not decode into this, and is read with care instead."""

    type: Literal[
        "response.output_text.delta",
        "response.refusal.delta",
        "response.reasoning_text.delta",
        "response.reasoning.delta",
        "response.reasoning_summary_text.delta",
        "response.function_call_arguments.delta",
        "response.mcp_call_arguments.delta",
        "response.custom_tool_call_input.delta",
        "response.code_interpreter_call_code.delta",
    ]
    delta: str
    item_id: str | None = None
    output_index: int | None = None
    content_index: int | None = None
    summary_index: int | None = None
    sequence_number: int | None = None
    logprobs: msgspec.Raw = msgspec.Raw()
    obfuscation: msgspec.Raw = msgspec.Raw()
    stream_id: str = ""


EVENT_KEYS: Final = _words(
    """
    type sequence_number item_id output_index content_index summary_index delta text refusal
    arguments input code diff command command_index logprobs obfuscation item part response
    annotation annotation_index partial_image_b64 partial_image_index size quality
    background output_format output name status error code message param stream_id
    response_id transcript steer reason required_input event_id call_id headers agent timings
    """
)
RESPONSE_KEYS: Final = _words(
    """
    id object created_at completed_at status error incomplete_details instructions metadata
    model output output_text parallel_tool_calls temperature tool_choice tools top_p
    background conversation image input_transformations max_output_tokens max_tool_calls
    moderation previous_response_id prompt prompt_cache_diagnostics prompt_cache_key
    prompt_cache_options prompt_cache_retention reasoning safety_identifier service_tier
    text tool_usage top_logprobs truncation usage user store frequency_penalty
    presence_penalty content_filters access_programs system_fingerprint type provider
    """
)
ITEM_KEYS: Final = _words(
    """
    id type status role content phase summary encrypted_content arguments call_id name
    namespace caller created_by async output input queries results action actions
    pending_safety_checks acknowledged_safety_checks code fingerprint result execution tools
    background output_format quality revised_prompt size error svg_usage container_id
    outputs environment max_output_length operation server_label approval_request_id approve
    reason agent
    """
)
PART_KEYS: Final = frozenset({"type", "text", "annotations", "logprobs", "refusal", "parsed"})
"""Members that are known, each with its use or dropped on purpose; all others are kept."""
