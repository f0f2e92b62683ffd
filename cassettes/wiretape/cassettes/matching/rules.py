"""What two requests may differ in and still be the same, as data.

Knows no request. Every list can be replaced: `msgspec.structs.replace(DEFAULT_RULES,
headers=("anthropic-version",))`. Names of headers and query keys are in lower case and
compared without regard to case. Paths are those of `redaction/paths.py`, with one addition:
an object may be named by its `type` in place of where it stands, so that
`**.redacted_thinking.data` is the `data` of every `{"type": "redacted_thinking"}`.
"""

from functools import lru_cache
from typing import Literal

import msgspec

from wiretape.cassettes.redaction.paths import Path, parse_path
from wiretape.cassettes.redaction.rules import REDACTED_QUERY_KEYS

OPT_IN_HEADERS = (
    "accept",
    "a2a-version",
    "anthropic-beta",
    "anthropic-version",
    "mcp-protocol-version",
    "openai-beta",
)
"""Headers that may change an answer, for `MatchRules.headers`. None is in the key by default:
the same request from another SDK, or from the next version of the same one, is the same."""


class MatchRules(msgspec.Struct, frozen=True):
    """What stands in a request's key, and what does not."""

    headers: tuple[str, ...] = ()
    """Headers that are part of the key; all others are not."""

    ignored_query: tuple[str, ...] = (*sorted(REDACTED_QUERY_KEYS), "api-version", "beta")
    """Query keys that are not part of the key: secrets, and versions of the interface."""

    dropped: tuple[str, ...] = (
        "$.user",
        "$.safety_identifier",
        "$.metadata",
        "$.client_metadata",
        "$.prompt_cache_key",
        "$.prompt_cache_retention",
        "$.prompt_cache_options",
        "$.labels",
        "$.stream_id",
        "$.event_id",
        "$.messageId",
        "$.runId",
        "$.threadId",
        "$.requestState",
    )
    """Places in a JSON body that change no answer: who asks, for which cache, under which
    number."""

    dropped_json_rpc: tuple[str, ...] = ("$.id", "$.params._meta", "$.params.requestId")
    """The same, where the body has a member `jsonrpc`. MCP cancels a request by its `id`."""

    ids: tuple[str, ...] = (
        "$.previous_response_id",
        "$.previous_interaction_id",
        "$.conversation",
        "$.conversation.id",
        "$.container",
        "$.container.id",
        "$.tools[*].container",
        "**.container_id",
        "$.input[*].id",
        "$.inputs[*].id",
        "$.messages[*].id",
        "$.messages[*].audio.id",
        "**.approval_request_id",
        "**.acknowledged_safety_checks[*].id",
        "**.call_id",
        "**.tool_call_id",
        "**.tool_calls[*].id",
        "**.toolCallId",
        "**.toolCalls[*].id",
        "**.tool_use_id",
        "**.toolUseId",
        "**.tool_use.id",
        "**.server_tool_use.id",
        "**.mcp_tool_use.id",
        "**.caller.tool_id",
        "**.function_call.id",
        "**.functionCall.id",
        "**.functionResponse.id",
        "$.message.messageId",
        "$.message.contextId",
        "$.message.taskId",
        "$.params.message.messageId",
        "$.params.message.contextId",
        "$.params.message.taskId",
    )
    """Strings that the provider minted, or a client anew for each run: each becomes its ordinal, in
    order of first sight, so that what belongs together still does."""

    ids_json_rpc: tuple[str, ...] = ("$.params.id", "$.params.taskId")
    """The same, where the body has a member `jsonrpc`: tasks of A2A and MCP."""

    opaque: tuple[str, ...] = (
        "**.encrypted_content",
        "**.signature",
        "**.thoughtSignature",
        "**.redactedContent",
        "**.redacted_thinking.data",
    )
    """Strings that nobody but the provider can read: all are equal."""

    streaming_paths: tuple[str, ...] = ("/api/chat", "/api/generate")
    """Request paths where a missing `stream` means true (Ollama); everywhere else, false."""


DEFAULT_RULES = MatchRules()

Action = Literal["drop", "id", "opaque"]
BodyRules = dict[str, tuple[tuple[Path, Action], ...]]
"""What to do, by the name of the member."""


class Compiled(msgspec.Struct, frozen=True, gc=False):
    """MatchRules as the hot path wants them."""

    headers: tuple[str, ...]
    ignored_query: frozenset[str]
    streaming_paths: frozenset[str]
    body: BodyRules
    json_rpc_body: BodyRules


@lru_cache(maxsize=64)
def compiled(rules: MatchRules) -> Compiled:
    """Take the rules apart, once. Raises ValueError where a path names no member."""
    body = {"drop": rules.dropped, "id": rules.ids, "opaque": rules.opaque}
    json_rpc = {
        **body,
        "drop": (*rules.dropped, *rules.dropped_json_rpc),
        "id": (*rules.ids, *rules.ids_json_rpc),
    }
    return Compiled(
        headers=tuple(sorted({name.lower() for name in rules.headers})),
        ignored_query=frozenset(name.lower() for name in rules.ignored_query),
        streaming_paths=frozenset(rules.streaming_paths),
        body=_by_name(body),
        json_rpc_body=_by_name(json_rpc),
    )


def _by_name(actions: dict[str, tuple[str, ...]]) -> BodyRules:
    found: BodyRules = {}
    for action, texts in actions.items():
        for text in texts:
            path = parse_path(text)
            if path.last is None or path.last == "*":
                raise ValueError(f"a path of the matching rules ends in a name, got {text!r}")
            found[path.last] = (*found.get(path.last, ()), (path, action))  # type: ignore[arg-type]
    return found
