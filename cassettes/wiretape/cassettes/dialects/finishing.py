"""Why an answer stopped: the words of every provider, and the few that all of them mean."""

from wiretape.cassettes.dialects.delta import FinishReason

_RAW: dict[FinishReason, tuple[str, ...]] = {
    "stop": ("stop", "eos", "end_turn", "STOP", "COMPLETE", "complete", "completed", "finished"),
    "stop_sequence": ("stop_sequence", "STOP_SEQUENCE"),
    "length": (
        "length",
        "max_tokens",
        "MAX_TOKENS",
        "max_output_tokens",
        "model_length",
        "max_completion_tokens",
        "max_prompt_tokens",
    ),
    "tool_calls": ("tool_calls", "function_call", "tool_use", "TOOL_CALL", "requires_action"),
    "content_filter": (
        "content_filter",
        "content_filtered",
        "guardrail_intervened",
        "SAFETY",
        "RECITATION",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "SPII",
        "IMAGE_SAFETY",
        "IMAGE_PROHIBITED_CONTENT",
        "IMAGE_RECITATION",
        "MODEL_ARMOR",
        "LANGUAGE",
    ),
    "refusal": ("refusal",),
    "pause": ("pause_turn", "requires_continuation", "CONTINUATION"),
    "context_window": ("model_context_window_exceeded",),
    "compaction": ("compaction",),
    "cancelled": ("cancelled", "steered"),
    "malformed": (
        "MALFORMED_FUNCTION_CALL",
        "MALFORMED_RESPONSE",
        "malformed_model_output",
        "malformed_tool_use",
        "UNEXPECTED_TOOL_CALL",
        "TOO_MANY_TOOL_CALLS",
        "MISSING_THOUGHT_SIGNATURE",
    ),
    "error": ("error", "ERROR", "TIMEOUT", "failed"),
}
_REASONS: dict[str, FinishReason] = {raw: reason for reason, raws in _RAW.items() for raw in raws}


def finish_reason(raw: str) -> FinishReason:
    """The common word for a provider's; `other` where there is none."""
    return _REASONS.get(raw, "other")
