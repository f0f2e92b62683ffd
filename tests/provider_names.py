"""Of streams counted a second time: names that are a vendor's own, and what is against the rules.

Plain `json` again, no part of wiretape; see `tests/provider_recount.py`.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from tests.provider_recount import Event, Json, Recount

CHUNK = {
    f"{path}{name}"
    for path, names in {
        "": "id object created model service_tier system_fingerprint choices usage error",
        "choices[].": "index finish_reason delta",
        "choices[].delta.": "role content refusal tool_calls function_call",
        "choices[].delta.tool_calls[].": "index id type function",
        "choices[].delta.tool_calls[].function.": "name arguments",
        "error.": "message type code param",
        "usage.": """prompt_tokens completion_tokens total_tokens prompt_tokens_details
            completion_tokens_details""",
        "usage.prompt_tokens_details.": "cached_tokens audio_tokens",
        "usage.completion_tokens_details.": """reasoning_tokens audio_tokens
            accepted_prediction_tokens rejected_prediction_tokens""",
    }.items()
    for name in names.split()
}
"""What OpenAI documents of a chunk (platform.openai.com/docs/api-reference/chat-streaming)."""

NEVER_COMPARED = {
    *("id", "call_id", "item_id", "responseId", "created", "created_at", "completed_at"),
    *("createTime", "system_fingerprint", "obfuscation", "p", "signature", "thoughtSignature"),
    *("encrypted_content", "logprobs"),
}

DATA = {"args", "arguments", "input", "metadata", "parameters", "tools", "tool_choice"}
"""Whose own members are somebody else's names."""


def own_names(answers: Sequence[Recount]) -> list[set[str]]:
    """Of Chat Completions, what OpenAI does not document; of another API, what no other side that
    speaks it has in the same events."""
    return [
        _undocumented(one)
        if one.api == "openai.chat"
        else _alone(one, [other for other in answers if other is not one and other.api == one.api])
        for one in answers
    ]


def _undocumented(one: Recount) -> set[str]:
    found: set[str] = set()
    for event in one.events:
        if not event.line:
            _walk(event.value, "", found)
    return found


def _walk(value: Any, path: str, found: set[str]) -> None:
    """Go down as long as what is there is documented."""
    for name, held in value.items():
        here = f"{path}{name}"
        if held is None or name in NEVER_COMPARED:
            continue
        if here not in CHUNK:
            found.add(here)
        elif isinstance(held, dict):
            _walk(held, f"{here}.", found)
        elif isinstance(held, list):
            for each in held:
                if name == "content":  # of parts, not a text: Mistral, where it thinks
                    found.add(f"{here}[{each['type']}]")
                elif isinstance(each, dict):
                    _walk(each, f"{here}[].", found)


Tree = dict[str, Any]


def _alone(one: Recount, others: Sequence[Recount]) -> set[str]:
    if not others:
        return set()
    ours = _trees(one.events)
    lacking = []
    for other in others:
        theirs = _trees(other.events)
        lacks: set[str] = set()
        for name in ours.keys() & theirs.keys():
            lacks |= set(_lacks(ours[name], theirs[name]))
        lacking.append(lacks)
    return set.intersection(*lacking)


def _trees(events: Sequence[Event]) -> dict[str, Tree]:
    """Of each kind of event, the names in it."""
    found: dict[str, Tree] = {}
    for event in events:
        inner: Json = next((event.value[key] for key in ("item", "part") if key in event.value), {})
        name = f"{event.name} {inner.get('type', '')}"
        _grow(found.setdefault(name, {}), event.value)
    return found


def _grow(tree: Tree, value: Json) -> None:
    for name, held in value.items():
        if held is None or name in NEVER_COMPARED:
            continue
        below = tree.setdefault(name, {})
        if name in DATA:
            continue
        if isinstance(held, dict):
            _grow(below, held)
        elif isinstance(held, list):
            for each in held:
                if isinstance(each, dict):
                    kind = each.get("type", "") if isinstance(each.get("type", ""), str) else ""
                    _grow(below.setdefault(f"[{kind}]", {}), each)


def _lacks(ours: Tree, theirs: Tree) -> Iterator[str]:
    for name, below in ours.items():
        if name in theirs:
            for path in _lacks(below, theirs[name]):
                yield f"{name}{path}" if path.startswith("[") else f"{name}.{path}"
        elif not name.startswith("["):
            yield name


def names_in(cell: str) -> tuple[set[str], int]:
    """The names in a cell of the matrix, and how many there are of those that it leaves out."""
    if cell == "none":
        return set(), 0
    shown, _, more = re.sub(r" \(in [^)]*\)", "", cell).partition(" and ")
    return set(shown.split(", ")), int(more.removesuffix(" more") or 0)


# Findings

SEVERITY = {
    "chat.content-not-a-string": "warning",
    "chat.created-changes": "warning",
    "chat.done-missing": "error",
    "chat.error-not-data": "error",
    "chat.finish-again": "warning",
    "chat.finish-missing": "error",
    "chat.object-wrong": "error",
    "chat.role-again": "warning",
    "chat.role-missing": "warning",
    "chat.usage-with-choices": "note",
}


def findings_of(one: Recount) -> str:
    """`2 errors, 1 warning`."""
    counts = Counter(SEVERITY[rule] for rule in broken_rules(one))
    told = [
        f"{counts[severity]} {severity}{'s' * (counts[severity] > 1)}"
        for severity in ("error", "warning", "note")
        if counts[severity]
    ]
    return ", ".join(told) or "none"


def broken_rules(one: Recount) -> set[str]:
    """Of Chat Completions; streams of other APIs are looked at for what would be a finding, and
    there is none."""
    if one.api == "openai.chat":
        return {rule for rule, broken in _chat_rules(one) if broken}
    if one.api in ("openai.responses", "anthropic.messages"):
        assert all(event.line == event.value["type"] for event in one.events)
    if one.api == "openai.responses":
        numbers = [event.value["sequence_number"] for event in one.events]
        assert numbers == list(range(len(numbers)))
        assert one.events[0].name == "response.created"
        assert one.events[-1].name == "response.completed"
    if one.api in ("anthropic.messages", "bedrock.invoke"):
        names = [event.name for event in one.events if event.name != "ping"]
        assert (names[0], names[-1]) == ("message_start", "message_stop")
        assert names.count("content_block_start") == names.count("content_block_stop")
    if one.api == "bedrock.converse":
        names = [event.line for event in one.events]
        assert (names[0], names[-2:]) == ("messageStart", ["messageStop", "metadata"])
    return set()


def _chat_rules(one: Recount) -> Iterator[tuple[str, bool]]:
    chunks = [event.value for event in one.events if not event.line]
    choices = [choice for chunk in chunks for choice in chunk["choices"]]
    roles = [bool(choice["delta"].get("role")) for choice in choices]
    proper = [chunk for chunk in chunks if chunk["object"] in ("chat.completion.chunk", "")]
    finished = [
        choice["finish_reason"]
        for chunk in proper
        for choice in chunk["choices"]
        if choice.get("finish_reason")
    ]
    yield (
        "chat.content-not-a-string",
        any(isinstance(choice["delta"].get("content"), list) for choice in choices),
    )
    # Azure's first chunk, of the filters, has none.
    yield "chat.created-changes", len({chunk["created"] for chunk in chunks} - {0}) > 1
    yield "chat.done-missing", not one.done
    yield "chat.error-not-data", any(event.line == "error" for event in one.events)
    yield "chat.finish-again", len(finished) > 1
    yield "chat.finish-missing", not finished and not one.error
    yield "chat.object-wrong", len(proper) < len(chunks)
    yield "chat.role-again", any(roles[1:])
    yield "chat.role-missing", not roles[0]
    yield (
        "chat.usage-with-choices",
        any(chunk.get("usage") and chunk["choices"] for chunk in chunks),
    )
