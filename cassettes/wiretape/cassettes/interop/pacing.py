"""A pace for what has none: `ttft=300ms,tokens/s=50` makes chunks of frames, at times.

The first frame that says something comes after `ttft`, the last one when as many tokens as the
answer tells have passed at `tokens/s`, or after as many gaps of `gap`; those in between at even
distances. So the numbers that `wiretape stats` defines would come out as they were given. An
answer that is no stream comes whole, after all its tokens. Times that were made up are marked as
`given`. Knows meaning and the timeline.
"""

import re
from itertools import accumulate

import msgspec

from wiretape.cassettes.dialects.delta import Media, Reasoning, Refusal, Text, ToolArgs, Transcript
from wiretape.cassettes.framing.frame import Frame
from wiretape.cassettes.http1 import header
from wiretape.cassettes.meaning import Meaning, read_meaning
from wiretape.cassettes.model import Chunk, Interaction, Timeline

NS_PER_S = 1_000_000_000
_LONGEST_NS = 86_400 * NS_PER_S
_TIME = re.compile(r"(\d+(?:\.\d+)?)(ms|s)", re.ASCII)
_RATE = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
_SAID = (Text, Reasoning, ToolArgs, Refusal, Transcript, Media)


class BadPace(ValueError):
    """A pace that cannot be meant; the message says what can."""


class GivenPace(msgspec.Struct, frozen=True):
    """What was asked for; one of `tokens_s` and `gap_ns` is None, or both."""

    ttft_ns: int = 0
    tokens_s: float | None = None
    gap_ns: int | None = None


def parse_pace(written: str) -> GivenPace:
    """Read `ttft=300ms,tokens/s=50` or `ttft=0.3s,gap=20ms`. Raises BadPace."""
    found: dict[str, str] = {}
    for part in written.split(","):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or name not in ("ttft", "tokens/s", "gap") or name in found:
            raise BadPace(f"{part!r} is not one of ttft=300ms, tokens/s=50, gap=20ms")
        found[name] = value
    if "tokens/s" in found and "gap" in found:
        raise BadPace("tokens/s and gap both say how the rest follows; give one")
    return GivenPace(
        ttft_ns=_time_ns(found.get("ttft", "0s")),
        tokens_s=_rate(found["tokens/s"]) if "tokens/s" in found else None,
        gap_ns=_time_ns(found["gap"]) if "gap" in found else None,
    )


def _time_ns(value: str) -> int:
    time = _TIME.fullmatch(value)
    ns = round(float(time[1]) * (NS_PER_S if time[2] == "s" else 1_000_000)) if time else -1
    if not 0 <= ns <= _LONGEST_NS:
        raise BadPace(f"{value!r} is no time; write 300ms or 0.3s, a day at most")
    return ns


def _rate(value: str) -> float:
    rate = float(value) if _RATE.fullmatch(value) else 0.0
    if not 0.001 <= rate <= 1e9:
        raise BadPace(f"{value!r} is no number of tokens a second")
    return rate


def paced(interaction: Interaction, pace: GivenPace) -> Interaction:
    """The interaction with times of that pace, whatever times it had."""
    response = interaction.response
    if response is None:
        return interaction
    meaning = read_meaning(interaction)
    ends, said = _borders(interaction, meaning)
    moments = _moments(meaning, len(ends), said, pace)
    sizes = [end - start for start, end in zip([0, *ends], ends, strict=False)]
    chunks = tuple(Chunk(at_ns, size) for at_ns, size in zip(moments, sizes, strict=True))
    last_ns = moments[-1] if moments else pace.ttft_ns
    timeline = interaction.timeline
    given = Timeline(
        sent=timeline.sent,
        head_ns=moments[0] if moments else pace.ttft_ns,
        received=chunks,
        ending=msgspec.structs.replace(timeline.ending, at_ns=last_ns),
        timing="given",
    )
    return msgspec.structs.replace(interaction, timeline=given)


def _borders(interaction: Interaction, meaning: Meaning) -> tuple[list[int], list[int]]:
    """Where the chunks end, and which of them (from 0) say something."""
    assert interaction.response is not None, "asked for where there is one"
    body = interaction.response.body
    if not body:
        return [], []
    frames = [frame for frame in meaning.frames if isinstance(frame, Frame)]
    coded = header(interaction.response.headers, "content-encoding") is not None
    sizes = [len(part.raw) for part in meaning.frames if part.raw]
    if coded or not meaning.streamed or not frames or sum(sizes) != len(body):
        return [len(body)], []
    ends = list(accumulate(sizes))
    speaking = {delta.frame for delta in meaning.deltas if isinstance(delta, _SAID)}
    numbers = [part.number for part in meaning.frames if part.raw]
    said = [index for index, number in enumerate(numbers) if number in speaking]
    return ends, said or list(range(len(ends)))


def _moments(meaning: Meaning, chunks: int, said: list[int], pace: GivenPace) -> list[int]:
    usage = meaning.answer.usage
    told = usage.output if usage is not None else None
    tokens = told if told and told > 0 else max(1, len(said))
    steps = len(said) - 1
    if pace.tokens_s is not None:
        spread_ns = min(round((tokens - 1) * NS_PER_S / pace.tokens_s), _LONGEST_NS)
    else:
        spread_ns = min((pace.gap_ns or 0) * max(steps, 0), _LONGEST_NS)
    if not said:
        return [pace.ttft_ns + spread_ns] * chunks
    # What says nothing comes with what was said before it.
    speaking = set(said)
    counted = accumulate(index in speaking for index in range(chunks))
    return [
        pace.ttft_ns + (spread_ns * max(0, so_far - 1) // steps if steps else spread_ns)
        for so_far in counted
    ]
