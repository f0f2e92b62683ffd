"""The content blocks of ConverseStream: begun where they are calls, filled, stopped.

A text begins with its first delta. boto3 gives events as they come, and whoever puts them
together goes by these rules. Knows the events of blocks; not the message around them.
"""

from collections.abc import Generator, Iterator
from typing import Final

from wiretape.cassettes.conformance.objects import Said, is_json_object, is_or_missing, kind_of
from wiretape.cassettes.conformance.responses.profiles import OPENAI
from wiretape.cassettes.conformance.rule import Finding, Rule, found
from wiretape.cassettes.dialects.delta import Json
from wiretape.cassettes.dialects.payload import object_of, text_of
from wiretape.cassettes.dialects.reading import whole_number
from wiretape.cassettes.framing.frame import Frame

INDEX_MISSING = Rule(
    "bedrock.index-missing",
    "error",
    "schema",
    "The events of a block have its `contentBlockIndex`, a number.",
    OPENAI,
)
INDEX_GAP = Rule(
    "bedrock.index-gap",
    "warning",
    "inferred",
    "Blocks begin with the indexes 0, 1, 2 and so on.",
    OPENAI,
)
MEMBER_MISSING = Rule(
    "bedrock.member-missing",
    "error",
    "schema",
    "`contentBlockStart` has a `start`, `contentBlockDelta` a `delta`, each an object.",
    OPENAI,
)
TOOL_START = Rule(
    "bedrock.tool-start-missing",
    "error",
    "prose",
    "A block of `toolUse`, `toolResult` or `image` begins with `contentBlockStart`.",
    OPENAI,
)
TOOL_KEY = Rule(
    "bedrock.tool-key-missing",
    "error",
    "schema",
    "The start of a call has its `toolUseId` and its `name`.",
    OPENAI,
)
STARTED = Rule(
    "bedrock.block-started-before",
    "error",
    "prose",
    "A block begins once, and before its deltas.",
    OPENAI,
)
STOPPED = Rule(
    "bedrock.block-stopped-before",
    "error",
    "prose",
    "Nothing follows the `contentBlockStop` of a block.",
    OPENAI,
)
NOT_STARTED = Rule(
    "bedrock.block-empty",
    "warning",
    "inferred",
    "A block that stops has begun, or had a delta.",
    OPENAI,
)
NOT_STOPPED = Rule(
    "bedrock.block-not-stopped",
    "error",
    "prose",
    "Every block has its `contentBlockStop` before `messageStop`.",
    OPENAI,
)
MIXED = Rule(
    "bedrock.block-mixed",
    "error",
    "inferred",
    "The deltas of a block are of one kind; citations go with text.",
    OPENAI,
)
KIND_UNKNOWN = Rule(
    "bedrock.kind-unknown",
    "note",
    "schema",
    "The kinds of events, blocks and deltas are those that are known; there may be new ones.",
    OPENAI,
)
INPUT = Rule(
    "bedrock.input-not-a-string",
    "error",
    "schema",
    "The `input` of a `toolUse` delta is a string: a piece of JSON text.",
    OPENAI,
)
INPUT_NOT_JSON = Rule(
    "bedrock.input-not-json",
    "error",
    "prose",
    "The `input` of a call adds up to one JSON object.",
    OPENAI,
)

RULES = (
    *(INDEX_MISSING, INDEX_GAP, MEMBER_MISSING, TOOL_START, TOOL_KEY, STARTED, STOPPED),
    *(NOT_STARTED, NOT_STOPPED, MIXED, KIND_UNKNOWN, INPUT, INPUT_NOT_JSON),
)

_STARTED: Final = frozenset({"toolUse", "toolResult", "image"})
"""Kinds of blocks that have a start."""
_KINDS: Final = frozenset({*_STARTED, "text", "reasoningContent", "citation"})


class Block:
    """One block so far."""

    def __init__(self, frame: Frame, kind: str = "") -> None:
        self.frame = frame
        self.kind = kind
        self.input: list[str] = []
        self.stopped = False


class Blocks:
    """Those of one message."""

    def __init__(self) -> None:
        self.by_index: dict[int, Block] = {}

    def has_call(self) -> bool:
        """Whether a tool is called, and not answered at once by Bedrock itself."""
        kinds = [block.kind for block in self.by_index.values()]
        return "toolUse" in kinds and "toolResult" not in kinds

    def start(self, one: Said) -> Iterator[Finding]:
        """`contentBlockStart`."""
        index = yield from self._index(one)
        start = one.body.get("start")
        if not isinstance(start, dict):
            yield found(MEMBER_MISSING, is_or_missing(one.body, "start"), one.frame, "$.start")
        if index in self.by_index:
            yield found(STARTED, f"block {index} has begun", one.frame)
            return
        kind = next((key for key in object_of(start) if key in _KINDS), "")
        yield from self._begin(index, kind, one)
        if isinstance(start, dict) and not kind:
            yield found(KIND_UNKNOWN, f"a block of {sorted(start)}", one.frame, "$.start")
        if kind == "toolUse":
            call = object_of(object_of(start).get("toolUse"))
            for key in ("toolUseId", "name"):
                if not text_of(call.get(key)):
                    words = is_or_missing(call, key)
                    yield found(TOOL_KEY, words, one.frame, f"$.start.toolUse.{key}")

    def delta(self, one: Said) -> Iterator[Finding]:
        """`contentBlockDelta`."""
        index = yield from self._index(one)
        delta = one.body.get("delta")
        if not isinstance(delta, dict):
            yield found(MEMBER_MISSING, is_or_missing(one.body, "delta"), one.frame, "$.delta")
            return
        kind = next((key for key in delta if key in _KINDS), "")
        if not kind:
            yield found(KIND_UNKNOWN, f"a delta of {sorted(delta)}", one.frame, "$.delta")
            return
        block = self.by_index.get(index)
        if block is None:
            if kind in _STARTED:
                yield found(TOOL_START, f"`{kind}`, and block {index} has not begun", one.frame)
            block = yield from self._begin(index, "text" if kind == "citation" else kind, one)
        elif block.stopped:
            yield found(STOPPED, f"block {index} has stopped", one.frame)
        yield from self._fill(block, kind, delta, one)

    def stop(self, one: Said) -> Iterator[Finding]:
        """`contentBlockStop`."""
        index = yield from self._index(one)
        block = self.by_index.get(index)
        if block is None:
            yield found(NOT_STARTED, f"block {index} had nothing", one.frame)
            block = yield from self._begin(index, "", one)
        elif block.stopped:
            yield found(STOPPED, f"block {index} has stopped", one.frame)
        block.stopped = True

    def all_stopped(self, frame: Frame) -> Iterator[Finding]:
        """`messageStop`."""
        for index, block in self.by_index.items():
            if not block.stopped:
                yield found(NOT_STOPPED, f"block {index} has not stopped", frame)

    def check_input(self) -> Iterator[Finding]:
        """What is wrong with the input of calls; the answer must not have been cut off."""
        for index, block in sorted(self.by_index.items()):
            text = "".join(block.input)
            if text and not is_json_object(text):
                words = f"the input of block {index} is {text[:60]!r}"
                yield found(INPUT_NOT_JSON, words, block.frame)

    def _begin(self, index: int, kind: str, one: Said) -> Generator[Finding, None, Block]:
        if index != len(self.by_index):
            words = f"block {index} begins where block {len(self.by_index)} must"
            yield found(INDEX_GAP, words, one.frame, "$.contentBlockIndex")
        block = self.by_index[index] = Block(one.frame, kind)
        return block

    def _fill(
        self, block: Block, kind: str, delta: dict[str, Json], one: Said
    ) -> Iterator[Finding]:
        wanted = "text" if kind == "citation" else kind
        if block.kind and wanted != block.kind:
            words = f"`{kind}` in a block of `{block.kind}`"
            yield found(MIXED, words, one.frame, f"$.delta.{kind}")
        if kind != "toolUse":
            return
        call = object_of(delta.get("toolUse"))
        block.input.append(text_of(call.get("input")))
        if not isinstance(call.get("input"), str):
            has = f"is {kind_of(call['input'])}" if "input" in call else "is missing"
            yield found(INPUT, f"`input` {has}", one.frame, "$.delta.toolUse.input")

    def _index(self, one: Said) -> Generator[Finding, None, int]:
        index = whole_number(one.body.get("contentBlockIndex"))
        if index is None:
            words = is_or_missing(one.body, "contentBlockIndex")
            yield found(INDEX_MISSING, words, one.frame, "$.contentBlockIndex")
            return max(len(self.by_index) - (0 if "start" in one.body else 1), 0)
        return index
