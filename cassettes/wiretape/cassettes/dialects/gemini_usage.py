"""How Gemini counts tokens, in both of its APIs.

The prompt's count has what was cached in it; what tools added to it and the thoughts are counted
beside it and beside the output; the total has all of them.
"""

from typing import Literal

import msgspec

from wiretape.cassettes.dialects.delta import Json, Meta, Usage
from wiretape.cassettes.dialects.payload import list_of, object_of, text_of
from wiretape.cassettes.dialects.reading import Reading, whole_number

Mode = Literal["running", "final"]


class Names(msgspec.Struct, frozen=True):
    """What an API calls each count."""

    member: str
    """Where the counts stand; the raw type of the delta."""
    prompt: str
    tools: str
    cached: str
    output: str
    thoughts: str
    total: str
    prompt_details: str
    output_details: str
    tokens: str


GENERATE = Names(
    member="usageMetadata",
    prompt="promptTokenCount",
    tools="toolUsePromptTokenCount",
    cached="cachedContentTokenCount",
    output="candidatesTokenCount",
    thoughts="thoughtsTokenCount",
    total="totalTokenCount",
    prompt_details="promptTokensDetails",
    output_details="candidatesTokensDetails",
    tokens="tokenCount",
)
INTERACTIONS = Names(
    member="usage",
    prompt="total_input_tokens",
    tools="total_tool_use_tokens",
    cached="total_cached_tokens",
    output="total_output_tokens",
    thoughts="total_thought_tokens",
    total="total_tokens",
    prompt_details="input_tokens_by_modality",
    output_details="output_tokens_by_modality",
    tokens="tokens",
)


def tell_usage(reading: Reading, usage: dict[str, Json], names: Names, mode: Mode) -> None:
    """The counts, and whether they do not add up; nothing where there are none."""
    if not usage:
        return
    read = _sum(usage, names.prompt, names.tools)
    written = _sum(usage, names.output, names.thoughts)
    total = whole_number(usage.get(names.total))
    prompt, output = usage.get(names.prompt_details), usage.get(names.output_details)
    reading.add(
        Usage(
            *reading.at(names.member),
            input=read,
            input_cached=whole_number(usage.get(names.cached)),
            output=written,
            reasoning=whole_number(usage.get(names.thoughts)),
            total=total,
            audio_in=_of_modality(prompt, "audio", names.tokens),
            audio_out=_of_modality(output, "audio", names.tokens),
            image_in=_of_modality(prompt, "image", names.tokens),
            image_out=_of_modality(output, "image", names.tokens),
            mode=mode,
        )
    )
    if total is not None and read is not None and total != read + (written or 0):
        value = {"input": read, "output": written, "total": total}
        reading.add(Meta(*reading.at(names.member), what="usage_inconsistent", value=value))


def _sum(usage: dict[str, Json], *keys: str) -> int | None:
    """What the members add up to; None where none is there."""
    counts = [count for key in keys if (count := whole_number(usage.get(key))) is not None]
    return sum(counts) if counts else None


def _of_modality(details: Json, modality: str, tokens: str) -> int | None:
    for detail in map(object_of, list_of(details)):
        if text_of(detail.get("modality")).lower() == modality:
            return whole_number(detail.get(tokens))
    return None
