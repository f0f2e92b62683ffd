"""Deltas put together into an answer.

Knows the kinds of delta and nothing of any provider: where providers differ, their dialects have
told it in the same words.
"""

from collections.abc import Iterable

import msgspec

from wiretape.cassettes.dialects.answer import (
    Answer,
    Choice,
    ReasoningPart,
    TextPart,
    ToolCall,
)
from wiretape.cassettes.dialects.delta import (
    Citation,
    Delta,
    End,
    Error,
    Finish,
    Json,
    Media,
    Meta,
    Reasoning,
    ReasoningOpaque,
    Refusal,
    Start,
    Text,
    ToolArgs,
    ToolEnd,
    ToolOutput,
    ToolStart,
    ToolStatus,
    Transcript,
    Usage,
)
from wiretape.cassettes.dialects.json_path import assembled
from wiretape.cassettes.dialects.payload import NotJson, decode_json

_COUNTS = tuple(name for name in Usage.__struct_fields__ if name not in Delta.__struct_fields__)
_OF_ALL_CHOICES = frozenset({Start, Usage, Error, End})


def answer_of(deltas: Iterable[Delta]) -> Answer:
    """Everything that was said. A `Meta` of `attempt_reset` discards what stood before it, one of
    `snapshot_mismatch` replaces what a part said by what the provider says it was."""
    building = _Answer()
    for delta in deltas:
        if isinstance(delta, Meta) and delta.what == "attempt_reset":
            building = _Answer()
        building.take(delta)
    return building.answer()


class _Answer:
    def __init__(self) -> None:
        self.id = ""
        self.model = ""
        self.choices: dict[int, _Choice] = {}
        self.usage: Usage | None = None
        self.errors: list[Error] = []
        self.ended = False

    def take(self, delta: Delta) -> None:
        if type(delta) not in _OF_ALL_CHOICES:
            choice = self.choices.get(delta.choice)
            if choice is None:
                choice = self.choices[delta.choice] = _Choice()
            choice.take(delta)
            return
        match delta:
            case Start():
                self.id = self.id or delta.id
                self.model = delta.model or self.model
            case Usage():
                self.usage = delta if self.usage is None else _overwritten(self.usage, delta)
            case Error():
                self.errors.append(delta)
            case End():
                self.ended = self.ended or delta.clean

    def answer(self) -> Answer:
        said = [choice.choice(index) for index, choice in sorted(self.choices.items())]
        empty = [Choice(choice.index) for choice in said]
        return Answer(
            id=self.id,
            model=self.model,
            choices=tuple(one for one, nothing in zip(said, empty, strict=True) if one != nothing),
            usage=self.usage,
            errors=tuple(self.errors),
            ended=self.ended,
        )


def _overwritten(old: Usage, new: Usage) -> Usage:
    """The newer counts, and the older ones where there is no newer."""
    kept = {name: getattr(old, name) for name in _COUNTS if getattr(new, name) is None}
    return msgspec.structs.replace(new, **kept)


class _Choice:
    def __init__(self) -> None:
        self.pieces: dict[tuple[type[Delta], str], list[str]] = {}
        """Kind and part to what was said, in the order of first sight."""
        self.first: dict[tuple[type[Delta], str], Delta] = {}
        self.opaque: dict[tuple[str, str], ReasoningOpaque] = {}
        self.calls: dict[str, _Call] = {}
        self.citations: list[Citation] = []
        self.media: dict[str, list[Media]] = {}
        self.finish: Finish | None = None

    def take(self, delta: Delta) -> None:
        match delta:
            case Text() | Reasoning() | Refusal() | Transcript():
                self._say(delta, delta.delta)
            case ToolStart() | ToolArgs() | ToolEnd() | ToolStatus() | ToolOutput():
                call = self.calls.get(delta.part)
                if call is None:
                    call = self.calls[delta.part] = _Call(delta.part)
                call.take(delta)
            case ReasoningOpaque():
                self.opaque[delta.part, delta.form] = delta
            case Citation():
                self.citations.append(delta)
            case Media():
                self.media.setdefault(delta.part, []).append(delta)
            case Finish():
                self.finish = delta
            case Meta(what="snapshot_mismatch"):
                self._replace(delta)
            case _:
                pass

    def _say(self, delta: Delta, piece: str) -> None:
        key = (type(delta), delta.part)
        pieces = self.pieces.get(key)
        if pieces is None:
            pieces = self.pieces[key] = []
            self.first[key] = delta
        pieces.append(piece)

    def _replace(self, delta: Meta) -> None:
        value = delta.value if isinstance(delta.value, dict) else {}
        part, text = value.get("part", delta.part), value.get("text")
        if not isinstance(text, str):
            return
        if part in self.calls:
            self.calls[part].replace(text)
        for key, pieces in self.pieces.items():
            if key[1] == part:
                pieces[:] = [text]

    def choice(self, index: int) -> Choice:
        return Choice(
            index=index,
            texts=tuple(
                TextPart(part, text, getattr(first, "channel", "final"))
                for part, text, first in self._said(Text)
            ),
            reasoning=tuple(
                ReasoningPart(part, getattr(first, "form", "raw"), text)
                for part, text, first in self._said(Reasoning)
            ),
            opaque=tuple(self.opaque.values()),
            tool_calls=tuple(call.call() for call in self.calls.values()),
            refusal="".join(text for _, text, _ in self._said(Refusal)),
            citations=tuple(self.citations),
            media=tuple(one for group in self.media.values() for one in _finals(group)),
            transcripts=tuple(TextPart(part, text) for part, text, _ in self._said(Transcript)),
            finish=self.finish,
        )

    def _said(self, kind: type[Delta]) -> list[tuple[str, str, Delta]]:
        """Part, whole text and first delta of everything of a kind that is not empty."""
        found = ((key, "".join(pieces)) for key, pieces in self.pieces.items() if key[0] is kind)
        return [(key[1], text, self.first[key]) for key, text in found if text]


def _finals(group: list[Media]) -> list[Media]:
    """Without the previews, where there is something whole."""
    whole = [media for media in group if media.final]
    return whole or group[-1:]


class _Call:
    def __init__(self, part: str) -> None:
        self.part = part
        self.start = ToolStart(0, 0)
        self.args: list[str] = []
        self.encoding = ""
        self.status = ""
        self.outputs: list[Json] = []
        self.printed: dict[str, tuple[int, list[str]]] = {}
        """Of stdout and stderr, the place among the outputs and the pieces."""
        self.is_error = False

    def take(self, delta: Delta) -> None:
        match delta:
            case ToolStart():
                self.start = _named(self.start, delta)
            case ToolArgs():
                self.args.append(delta.delta)
                self.encoding = delta.encoding
            case ToolEnd():
                # What the provider repeats at the end is what it means.
                if delta.args_raw is not None:
                    self.replace(delta.args_raw)
            case ToolStatus():
                self.status = delta.status
            case ToolOutput():
                self._give(delta)
                self.is_error = self.is_error or delta.is_error

    def replace(self, args: str) -> None:
        """The whole arguments, whatever was said in pieces."""
        self.args = [args]
        if self.encoding == "json_path":
            self.encoding = "json_text"

    def _give(self, delta: ToolOutput) -> None:
        """What is printed comes in pieces; each stream is one text, where it began."""
        if delta.stream == "content" or not isinstance(delta.content, str):
            self.outputs.append(delta.content)
            return
        if delta.stream not in self.printed:
            self.printed[delta.stream] = (len(self.outputs), [])
            self.outputs.append("")
        self.printed[delta.stream][1].append(delta.content)

    def call(self) -> ToolCall:
        if self.encoding == "json_path":
            self.args = [assembled(self.args)]
        raw = "".join(self.args)
        for place, pieces in self.printed.values():
            self.outputs[place] = "".join(pieces)
        return ToolCall(
            part=self.part,
            name=self.start.name,
            call_id=self.start.call_id,
            origin=self.start.origin,
            tool_type=self.start.tool_type,
            args_raw=raw,
            args=_parsed(raw) if self.args and self.encoding != "freeform" else None,
            status=self.status,
            outputs=tuple(self.outputs),
            is_error=self.is_error,
        )


def _named(old: ToolStart, new: ToolStart) -> ToolStart:
    """Servers that repeat the start of a call leave out what they said before."""
    return msgspec.structs.replace(
        new,
        name=new.name or old.name,
        call_id=new.call_id or old.call_id,
        tool_type=new.tool_type or old.tool_type,
    )


def _parsed(raw: str) -> Json:
    """The arguments as JSON; none at all are an empty object, as every SDK reads them."""
    if not raw.strip():
        return {}
    value = decode_json(raw.encode("utf-8", "replace"))
    return None if isinstance(value, NotJson) else value
