"""The 22 kinds of delta: what a frame means, in words that all providers share.

A delta points back at its frame by number and has the frame's time. Frozen data; knows nothing of
where the bytes came from. Snapshots (`*.done`, `response.completed`) are checks, not deltas: text
that stood only in a snapshot is a delta marked `synthetic`.
"""

from typing import Any, Literal

import msgspec

Json = Any
"""A decoded JSON value."""


class Delta(msgspec.Struct, frozen=True, gc=False, tag_field="kind", omit_defaults=True):
    """What all kinds have."""

    frame: int
    """Number of the frame it was read from; 0 where the answer was one JSON value, no stream."""
    at_ns: int
    """When the last byte of that frame had arrived."""
    raw_type: str = ""
    """The provider's own name: event type, chunk field, block type."""
    part: str = ""
    """Which part of the answer it belongs to; the same for all deltas of one text, one reasoning
    or one tool call. Opaque, unique within choice."""
    choice: int = 0


class Start(Delta, frozen=True, gc=False, tag="start"):
    id: str = ""
    model: str = ""
    role: str = ""
    created: int | float | str | None = None


PartType = Literal[
    "text", "reasoning", "tool_call", "tool_result", "refusal", "image", "audio", "video", "other"
]


class PartStart(Delta, frozen=True, gc=False, tag="part_start"):
    ptype: PartType = "other"


class PartEnd(Delta, frozen=True, gc=False, tag="part_end"):
    ptype: PartType = "other"


class Text(Delta, frozen=True, gc=False, tag="text"):
    delta: str = ""
    channel: Literal["final", "commentary"] = "final"
    synthetic: bool = False


class Reasoning(Delta, frozen=True, gc=False, tag="reasoning"):
    delta: str = ""
    form: Literal["raw", "summary"] = "raw"
    synthetic: bool = False


class ReasoningOpaque(Delta, frozen=True, gc=False, tag="reasoning_opaque"):
    """Reasoning that only the provider can read; a later one of the same part replaces it."""

    form: Literal["encrypted", "signature", "redacted"] = "encrypted"
    size: int = 0
    """Characters."""
    sha256: str = ""


class ToolStart(Delta, frozen=True, gc=False, tag="tool_start"):
    name: str = ""
    call_id: str = ""
    origin: Literal["client", "hosted", "mcp"] = "client"
    tool_type: str = ""
    """The provider's word: `function`, `web_search_call`, `server_tool_use`."""


class ToolArgs(Delta, frozen=True, gc=False, tag="tool_args"):
    delta: str = ""
    """Piece of JSON text; of an `object`, the whole as JSON text; of a `json_path`, one JSON
    object `{"path", "value", "more"}`; of `freeform`, plain text."""
    encoding: Literal["json_text", "json_path", "object", "freeform"] = "json_text"
    synthetic: bool = False


class ToolEnd(Delta, frozen=True, gc=False, tag="tool_end"):
    args_raw: str | None = None
    """The whole arguments where the provider repeats them at the end."""


class ToolStatus(Delta, frozen=True, gc=False, tag="tool_status"):
    status: str = ""


class ToolOutput(Delta, frozen=True, gc=False, tag="tool_output"):
    content: Json = None
    is_error: bool = False
    stream: Literal["stdout", "stderr", "content"] = "content"


class Refusal(Delta, frozen=True, gc=False, tag="refusal"):
    delta: str = ""
    synthetic: bool = False


class Citation(Delta, frozen=True, gc=False, tag="citation"):
    ctype: str = ""
    url: str = ""
    title: str = ""
    file_id: str = ""
    start: int | None = None
    end: int | None = None
    unit: Literal["", "char", "byte", "block", "page"] = ""
    quoted: str = ""


class Media(Delta, frozen=True, gc=False, tag="media"):
    modality: Literal["image", "audio", "video", "document", "other"] = "other"
    mime: str = ""
    size: int = 0
    """Bytes, decoded; characters where it is a URL."""
    sha256: str = ""
    partial_index: int | None = None
    final: bool = True


class Transcript(Delta, frozen=True, gc=False, tag="transcript"):
    delta: str = ""
    side: Literal["input", "output"] = "output"
    synthetic: bool = False


class Usage(Delta, frozen=True, gc=False, tag="usage"):
    """Inclusive totals, so that providers compare: `input` has what was cached in it, `output`
    the reasoning. None where the provider does not say."""

    input: int | None = None
    input_cached: int | None = None
    input_cache_write: int | None = None
    output: int | None = None
    reasoning: int | None = None
    total: int | None = None
    """As the provider gave it; None where it gave none."""
    audio_in: int | None = None
    audio_out: int | None = None
    image_in: int | None = None
    image_out: int | None = None
    cost: float | None = None
    mode: Literal["running", "final"] = "final"


FinishReason = Literal[
    "stop",
    "stop_sequence",
    "length",
    "tool_calls",
    "content_filter",
    "refusal",
    "pause",
    "context_window",
    "compaction",
    "cancelled",
    "malformed",
    "error",
    "other",
]


class Finish(Delta, frozen=True, gc=False, tag="finish"):
    reason: FinishReason = "other"
    raw_reason: str = ""
    detail: str = ""


class Error(Delta, frozen=True, gc=False, tag="error"):
    origin: Literal["http", "stream", "transport", "decode"] = "stream"
    code: str = ""
    type: str = ""
    message: str = ""
    http_status: int | None = None
    terminal: bool = True


class Keepalive(Delta, frozen=True, gc=False, tag="keepalive"):
    form: Literal["comment", "ping_event", "keepalive_event", "blank", "ws_ping"] = "comment"


class Meta(Delta, frozen=True, gc=False, tag="meta"):
    """Filters, safety, rate limits, steering, status; and warnings of a dialect."""

    what: str = ""
    value: Json = None


class End(Delta, frozen=True, gc=False, tag="end"):
    via: Literal["sentinel", "terminal_event", "eof", "ws_close"] = "eof"
    clean: bool = True


class Unknown(Delta, frozen=True, gc=False, tag="unknown"):
    """What the dialect does not know, kept."""

    path: str = "$"
    """Where in the frame's JSON it stands."""
    value: Json = None


AnyDelta = (
    Start
    | PartStart
    | PartEnd
    | Text
    | Reasoning
    | ReasoningOpaque
    | ToolStart
    | ToolArgs
    | ToolEnd
    | ToolStatus
    | ToolOutput
    | Refusal
    | Citation
    | Media
    | Transcript
    | Usage
    | Finish
    | Error
    | Keepalive
    | Meta
    | End
    | Unknown
)
