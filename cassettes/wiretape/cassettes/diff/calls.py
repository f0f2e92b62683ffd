"""Tool calls, citations and media of two answers.

Calls are aligned first, then their arguments compared as JSON; ids are never compared.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import islice

from wiretape.cassettes.dialects.answer import Choice, ToolCall
from wiretape.cassettes.dialects.delta import Citation, Json, Media
from wiretape.cassettes.diff.aligning import align_calls
from wiretape.cassettes.diff.apart import shown_apart
from wiretape.cassettes.diff.comparison import Difference, Span
from wiretape.cassettes.diff.json_values import ABSENT, Place, places
from wiretape.cassettes.diff.tokens import word_count
from wiretape.cassettes.diff.two import READABLE, Two, shown
from wiretape.cassettes.diff.volatile import without_volatile
from wiretape.cassettes.diff.wording import text_difference
from wiretape.cassettes.diff.words import text_diff

MOST_DIFFERENCES = 60
"""Differences of one answer's calls that are told; of more, how many."""

MOST_PLACES = 20
"""Places of one call's arguments that are told apart."""


def tool_differences(two: Two, a: Choice, b: Choice, where: str) -> Iterator[Difference]:
    """Calls that one side lacks, their order, arguments and outputs."""
    found = _every_tool_difference(two, a, b, where)
    yield from islice(found, MOST_DIFFERENCES)
    left = sum(1 for _ in found)
    if left:
        yield Difference("tools", f"{where}tools: {left:,} more differences", f"{where}tools more")


def _every_tool_difference(two: Two, a: Choice, b: Choice, where: str) -> Iterator[Difference]:
    aligned = align_calls(a.tool_calls, b.tool_calls)
    for number in aligned.only_a:
        yield _lacking(two, a.tool_calls[number], f"{where}tool {number + 1}", on_a=True)
    for number in aligned.only_b:
        yield _lacking(two, b.tool_calls[number], f"{where}tool {number + 1}", on_a=False)
    if not aligned.in_order:
        names_a, names_b = ([call.name for call in choice.tool_calls] for choice in (a, b))
        words = f"{where}tools: the same in another order"
        yield Difference("tools", words, f"{where}tools", names_a, names_b)
    for one, other in aligned.pairs:
        path = f"{where}tool {one + 1}"
        yield from _call_differences(two, a.tool_calls[one], b.tool_calls[other], path)


def _lacking(two: Two, call: ToolCall, path: str, *, on_a: bool) -> Difference:
    value = {"name": call.name, "arguments": call.args_raw if call.args is None else call.args}
    words = f"{path}: {_named(call)} only on {two.on_a if on_a else two.on_b}"
    return Difference("tools", words, path, value if on_a else None, None if on_a else value)


def _named(call: ToolCall) -> str:
    return f"{call.name or 'a call without a name'}({shown(call.args_raw)})"


def _call_differences(two: Two, a: ToolCall, b: ToolCall, path: str) -> Iterator[Difference]:
    if a.args is None or b.args is None:
        yield from _unread(two, a, b, f"{path}.arguments")
    else:
        yield from _at_places(two, a.args, b.args, f"{path}.arguments")
    yield from _at_places(two, _outputs(a), _outputs(b), f"{path}.outputs")
    if a.is_error != b.is_error:
        failed = two.on_a if a.is_error else two.on_b
        yield Difference("tools", f"{path} failed on {failed} only", path, a.is_error, b.is_error)
    if a.origin != b.origin:
        yield two.unequal(
            "tools", f"{path}: who runs it", a.origin, b.origin, path=f"{path} origin"
        )


def _unread(two: Two, a: ToolCall, b: ToolCall, path: str) -> Iterator[Difference]:
    """Arguments that are no JSON on a side: word by word where there are words on both."""
    if a.args_raw == b.args_raw and (a.args is None) == (b.args is None):
        return
    if word_count(a.args_raw) and word_count(b.args_raw):
        yield from text_difference(two, "tools", path, a.args_raw, b.args_raw)
        return
    told = [_none_or_raw(call) for call in (a, b)]
    yield Difference("tools", two.apart(path, *told), path, a.args_raw, b.args_raw)


def _none_or_raw(call: ToolCall) -> str:
    """`{}` where an API says nothing for it; empty where the call broke off before them."""
    return shown(call.args_raw) or ("{}" if call.args is not None else "")


def _outputs(call: ToolCall) -> Json:
    """What the call gave; the ids in it are the provider's own, but not those of an MCP tool."""
    outputs = list(call.outputs)
    return outputs if call.origin == "mcp" else without_volatile(outputs)


def _at_places(two: Two, a: Json, b: Json, path: str) -> Iterator[Difference]:
    found = list(places(a, b))
    for place in found[:MOST_PLACES]:
        where = path + place.path
        words = two.apart(where, *_values(place))
        yield Difference("tools", words, where, _told(place.a), _told(place.b), _spans(place))
    if len(found) > MOST_PLACES:
        yield Difference("tools", f"{path}: {len(found) - MOST_PLACES} more places differ", path)


def _values(place: Place) -> tuple[str, str]:
    """Values as a reader tells them from one another: text in quotes where the other is none."""
    told = shown_apart(
        *(None if value is ABSENT or value is None else value for value in (place.a, place.b))
    )
    kinds = {type(one) for one in (place.a, place.b) if one is not ABSENT}
    quoted = kinds != {str}
    return _value(place.a, told[0], quoted), _value(place.b, told[1], quoted)


def _value(value: Json, told: str, quoted: bool) -> str:
    if value is ABSENT:
        return "absent"
    if value is None:
        return "null"
    return f'"{told}"' if quoted and isinstance(value, str) else told or '""'


def _spans(place: Place) -> tuple[Span, ...]:
    """Of long texts, where in them they differ."""
    both = [value for value in (place.a, place.b) if isinstance(value, str)]
    if len(both) < 2 or max(map(len, both)) <= READABLE:
        return ()
    return text_diff(*both).spans


def _told(value: Json) -> Json:
    return None if value is ABSENT else value


def citation_differences(two: Two, a: Choice, b: Choice, where: str) -> Iterator[Difference]:
    """What was cited, and how often; where in the text is not compared, as every provider counts
    otherwise."""
    ours = Counter(map(_source, a.citations))
    theirs = Counter(map(_source, b.citations))
    if ours == theirs:
        return
    on_a, on_b = [list((one - other).elements()) for one, other in ((ours, theirs), (theirs, ours))]
    path = f"{where}citations"
    yield two.only("citations", path, list(dict.fromkeys(on_a)), list(dict.fromkeys(on_b)))


def _source(citation: Citation) -> str:
    """What a citation is of. Ids of files are of the provider's own making."""
    url = "" if _MINTED in citation.url else citation.url
    return url or citation.title or citation.quoted or "a source without a name"


_MINTED = "vertexaisearch.cloud.google.com/grounding-api-redirect/"
"""Gemini makes its links to what it found for each answer anew; the title tells the site."""


def media_differences(two: Two, a: Choice, b: Choice, where: str) -> Iterator[Difference]:
    """Media by what is in them."""
    ours, theirs = ([(one.modality, one.sha256) for one in choice.media] for choice in (a, b))
    if ours == theirs:
        return
    told_a, told_b = ([_medium(one) for one in choice.media] for choice in (a, b))
    words = two.apart(f"{where}media", ", ".join(told_a), ", ".join(told_b))
    if told_a == told_b:
        words = f"{where}media: other bytes, of the same kind and size"
    yield Difference("media", words, f"{where}media", told_a, told_b)


def _medium(medium: Media) -> str:
    return f"{medium.mime or medium.modality} of {medium.size:,} bytes"
