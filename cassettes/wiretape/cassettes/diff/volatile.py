"""What is never compared: it is another in every answer, and says nothing of it.

Ids, times of creation, fingerprints, obfuscation, signatures, encrypted content, containers,
expiries, logprobs.
"""

from wiretape.cassettes.dialects.delta import Json

VOLATILE = frozenset(
    {
        *("id", "call_id", "item_id", "response_id", "tool_use_id", "toolUseId", "responseId"),
        *("request_id", "generation_id", "trace_id", "tool_call_id", "file_id", "container_id"),
        *("created", "created_at", "completed_at", "createTime", "updateTime", "expires_at"),
        *("system_fingerprint", "obfuscation", "p", "signature", "thoughtSignature"),
        *("thought_signature", "encrypted_content", "encrypted_index", "encrypted_stdout"),
        *("redactedContent", "container"),
        *("logprobs", "logprobs_result", "logprobsResult", "avg_logprobs", "avgLogprobs"),
        *("top_logprobs", "prompt_logprobs"),
    }
)
"""Names of members, wherever they stand in what a provider says of itself."""


def without_volatile(value: Json, depth: int = 0) -> Json:
    """The value without such members."""
    if depth > DEEPEST:
        return None
    if isinstance(value, dict):
        return {
            name: without_volatile(each, depth + 1)
            for name, each in value.items()
            if name not in VOLATILE
        }
    if isinstance(value, list):
        return [without_volatile(each, depth + 1) for each in value]
    return value


DEEPEST = 64
"""Levels that are looked at."""
