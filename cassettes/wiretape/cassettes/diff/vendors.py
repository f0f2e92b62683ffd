"""Names in a stream that are a vendor's own.

Of Chat Completions, what OpenAI does not document; of other APIs, what no other side that speaks
them has. Knows names only.
"""

import re
from collections.abc import Sequence

from wiretape.cassettes.diff.grammar import CHUNK, Grammar, gathered, own_members
from wiretape.cassettes.diff.members import Members, missing

_EVERYTHING = frozenset(
    {
        *("text", "reasoning", "tool", "arguments", "output", "refusal", "citation", "media"),
        *("transcript", "usage", "cached", "error"),
    }
)


def _names(*names: str) -> Members:
    return {name: {} for name in names}


_CALL = {**_names("index", "id", "type"), "function": _names("name", "arguments")}

_DELTA: Members = {
    **_names("role", "content", "refusal"),
    "function_call": _names("name", "arguments"),
    "tool_calls": {"[]": _CALL, "[function]": _CALL},
}

_COMMON: Members = {
    **_names("id", "object", "created", "model", "service_tier", "system_fingerprint"),
    "error": _names("message", "type", "code", "param"),
    "usage": {
        **_names("prompt_tokens", "completion_tokens", "total_tokens"),
        "prompt_tokens_details": _names("cached_tokens", "audio_tokens"),
        "completion_tokens_details": _names(
            "reasoning_tokens",
            "audio_tokens",
            "accepted_prediction_tokens",
            "rejected_prediction_tokens",
        ),
    },
}

CHUNK_OF_CHAT: Members = {
    **_COMMON,
    "choices": {"[]": {**_names("index", "finish_reason"), "delta": _DELTA}},
}
"""A chunk of Chat Completions (platform.openai.com/docs/api-reference/chat-streaming)."""

CHAT: Members = {
    **_COMMON,
    "choices": {
        "[]": {
            **_names("index", "finish_reason"),
            "message": {**_DELTA, **_names("annotations", "audio")},
        }
    },
}
"""An answer in one piece (platform.openai.com/docs/api-reference/chat/object)."""


def vendor_names(place: int, apis: Sequence[str], grammars: Sequence[Grammar | None]) -> list[str]:
    """The names of one of several sides."""
    grammar = grammars[place]
    if grammar is None or not apis[place]:
        return []
    unknown = list(grammar.unknown)
    if apis[place] == "openai.chat":
        known = CHUNK_OF_CHAT if grammar.streamed else CHAT
        members = grammar.members.get(CHUNK, {})
        own = [*_parts_of_content(members), *missing(members, known, _EVERYTHING)]
        return own + gathered(_not_among(own, unknown))
    others = [
        other
        for at, other in enumerate(grammars)
        if at != place and other is not None and apis[at] == apis[place] and other.members
    ]
    if not others:
        return gathered(unknown)
    lacking = [set(own_members(grammar, other)) for other in others]
    own = own_members(grammar, others[0])
    own = [name for name in own if all(name in each for each in lacking)]
    return own + gathered(_not_among(own, unknown))


def _not_among(names: Sequence[str], unknown: Sequence[str]) -> list[str]:
    """What the dialect does not know, `zz $.zz`, where it is not among the members, `zz`."""
    known = {_ELEMENT.sub("[]", name) for name in names}
    return [one for one in unknown if _ELEMENT.sub("[]", _path(one)) not in known]


def _path(unknown: str) -> str:
    return unknown.rpartition(" ")[2].removeprefix("$.")


_ELEMENT = re.compile(r"\[[^\]]*\]")


def _parts_of_content(members: Members) -> list[str]:
    """Kinds of parts where OpenAI has a text: `choices[].delta.content[thinking]` of Mistral."""
    delta = members.get("choices", {}).get("[]", {}).get("delta", {})
    return [f"choices[].delta.content{kind}" for kind in delta.get("content", {})]
