"""The content blocks of a Messages stream: begun, filled, stopped, one after the other.

anthropic's client appends a block when it begins, and finds it by `index` afterwards. Knows the
events of blocks; not the message around them.
"""

from collections.abc import Generator, Iterator
from typing import Final

from wiretape.cassettes.conformance.objects import (
    Said,
    is_json_object,
    is_or_missing,
    kind_of,
)
from wiretape.cassettes.conformance.responses.profiles import CLIENTS, OPENAI
from wiretape.cassettes.conformance.rule import Finding, Rule, found
from wiretape.cassettes.dialects.delta import Json
from wiretape.cassettes.dialects.payload import object_of, text_of
from wiretape.cassettes.dialects.reading import whole_number

INDEX_MISSING = Rule(
    "messages.index-missing",
    "error",
    "prose",
    "The events of a block have its `index`, a number.",
    CLIENTS,
)
INDEX_GAP = Rule(
    "messages.index-gap",
    "error",
    "sdk",
    "Blocks begin with the indexes 0, 1, 2 and so on: anthropic's client has them in a list.",
    CLIENTS,
)
MEMBER_MISSING = Rule(
    "messages.member-missing",
    "error",
    "prose",
    "`message_start` has a `message`, `content_block_start` a `content_block`, and"
    " `content_block_delta` and `message_delta` a `delta`, all objects.",
    CLIENTS,
)
NOT_STARTED = Rule(
    "messages.block-not-started",
    "error",
    "prose",
    "A block begins with `content_block_start`.",
    CLIENTS,
)
STOPPED = Rule(
    "messages.block-stopped-before",
    "error",
    "prose",
    "Nothing follows the `content_block_stop` of a block.",
    OPENAI,
)
NOT_STOPPED = Rule(
    "messages.block-not-stopped",
    "error",
    "prose",
    "Every block has its `content_block_stop` before `message_delta`.",
    OPENAI,
)
OVERLAP = Rule(
    "messages.blocks-overlap",
    "error",
    "prose",
    "A block begins once the one before has stopped.",
    OPENAI,
)
DELTA_TYPE = Rule(
    "messages.delta-type",
    "error",
    "sdk",
    "The type of a delta fits the type of its block: anthropic's client drops one that does not.",
    CLIENTS,
)
DELTA_VALUE = Rule(
    "messages.delta-value",
    "error",
    "sdk",
    "A delta has its `text`, `partial_json`, `thinking` or `signature`, a string.",
    CLIENTS,
)
TYPE_UNKNOWN = Rule(
    "messages.type-unknown",
    "note",
    "prose",
    "The types of events, blocks and deltas are those that are known; there may be new ones.",
    OPENAI,
)
INPUT_NOT_JSON = Rule(
    "messages.input-not-json",
    "error",
    "prose",
    "The `partial_json` of a block adds up to one JSON object, or to nothing; not where the"
    " tool streams eagerly.",
    CLIENTS,
)
TOOL_KEY = Rule(
    "messages.tool-key-missing", "error", "prose", "A call has its `id` and its `name`.", CLIENTS
)
SIGNATURE_AGAIN = Rule(
    "messages.signature-again",
    "error",
    "prose",
    "A thinking block has one signature: anthropic's client keeps the last.",
    CLIENTS,
)
SIGNATURE_MISSING = Rule(
    "messages.signature-missing",
    "warning",
    "prose",
    "A thinking block has its signature before it stops: it cannot be sent back without.",
    OPENAI,
)

RULES = (
    *(INDEX_MISSING, INDEX_GAP, MEMBER_MISSING, NOT_STARTED, STOPPED, NOT_STOPPED, OVERLAP),
    *(DELTA_TYPE, DELTA_VALUE, TYPE_UNKNOWN, INPUT_NOT_JSON, TOOL_KEY, SIGNATURE_AGAIN),
    SIGNATURE_MISSING,
)

_VALUES: Final = {
    "text_delta": "text",
    "input_json_delta": "partial_json",
    "thinking_delta": "thinking",
    "signature_delta": "signature",
}
_FITS: Final = {
    "text_delta": "text",
    "citations_delta": "text",
    "thinking_delta": "thinking",
    "signature_delta": "thinking",
    "compaction_delta": "compaction",
}
"""Types of deltas, and of the blocks that they are for; `input_json_delta` is for all calls."""

_PLAIN: Final = frozenset(
    {
        "text",
        "thinking",
        "redacted_thinking",
        "mcp_tool_listing",
        "container_upload",
        "compaction",
        "fallback",
    }
)


class Block:
    """One block so far."""

    def __init__(self, said: Said, value: dict[str, Json]) -> None:
        self.said = said
        self.type = text_of(value.get("type"))
        self.json: list[str] = []
        self.signatures = 1 if text_of(value.get("signature")) else 0
        self.stopped = False

    @property
    def calls(self) -> bool:
        """Whether it is a call of a tool."""
        return self.type.endswith("tool_use")

    @property
    def known(self) -> bool:
        """Whether it is of a type that is known."""
        return self.type in _PLAIN or self.type.endswith(("tool_use", "_tool_result"))


class Blocks:
    """Those of one message."""

    def __init__(self, *, eager: bool) -> None:
        self.eager = eager
        self.by_index: dict[int, Block] = {}

    def has_call(self) -> bool:
        """Whether a tool of the client's is called."""
        return any(block.type == "tool_use" for block in self.by_index.values())

    def open(self) -> list[int]:
        """Indexes of those that have not stopped."""
        return [index for index, block in self.by_index.items() if not block.stopped]

    def start(self, one: Said) -> Iterator[Finding]:
        """`content_block_start`."""
        index = yield from self._index(one)
        value = one.body.get("content_block")
        if not isinstance(value, dict):
            words = is_or_missing(one.body, "content_block")
            yield found(MEMBER_MISSING, words, one.frame, "$.content_block")
        if index != len(self.by_index):
            words = f"block {index} begins where block {len(self.by_index)} must"
            yield found(INDEX_GAP, words, one.frame, "$.index")
        if still := self.open():
            words = f"block {index} begins, and block {still[0]} has not stopped"
            yield found(OVERLAP, words, one.frame)
            if index in still:
                self.by_index.pop(index)
        block = self.by_index[index] = Block(one, object_of(value))
        yield from _begun(block, object_of(value), one)

    def delta(self, one: Said) -> Iterator[Finding]:
        """`content_block_delta`."""
        index = yield from self._index(one)
        block = yield from self._block(index, one)
        delta = one.body.get("delta")
        if not isinstance(delta, dict):
            yield found(MEMBER_MISSING, is_or_missing(one.body, "delta"), one.frame, "$.delta")
        elif block is not None:
            yield from _filled(block, delta, one)

    def stop(self, one: Said) -> Iterator[Finding]:
        """`content_block_stop`."""
        index = yield from self._index(one)
        block = yield from self._block(index, one)
        if block is None:
            return
        block.stopped = True
        if block.type == "thinking" and not block.signatures:
            yield found(SIGNATURE_MISSING, f"block {index} has none", one.frame)

    def all_stopped(self, one: Said) -> Iterator[Finding]:
        """`message_delta`, or the end."""
        for index in self.open():
            yield found(NOT_STOPPED, f"block {index} has not stopped", one.frame)
            self.by_index[index].stopped = True

    def check_input(self) -> Iterator[Finding]:
        """What is wrong with the input of calls; the answer must not have been cut off."""
        for index, block in sorted(self.by_index.items()):
            text = "".join(block.json)
            if block.calls and text and not self.eager and not is_json_object(text):
                words = f"the input of block {index} is {text[:60]!r}"
                yield found(INPUT_NOT_JSON, words, block.said.frame)

    def _index(self, one: Said) -> Generator[Finding, None, int]:
        index = whole_number(one.body.get("index"))
        if index is None:
            yield found(INDEX_MISSING, is_or_missing(one.body, "index"), one.frame, "$.index")
            return len(self.by_index) - (0 if "content_block" in one.body else 1)
        return index

    def _block(self, index: int, one: Said) -> Generator[Finding, None, Block | None]:
        block = self.by_index.get(index)
        if block is None:
            yield found(NOT_STARTED, f"block {index} has not begun", one.frame, "$.index")
        elif block.stopped:
            yield found(STOPPED, f"block {index} has stopped", one.frame, "$.index")
        return block


def _begun(block: Block, value: dict[str, Json], one: Said) -> Iterator[Finding]:
    if not block.known:
        words = f"a block of type {block.type!r}"
        yield found(TYPE_UNKNOWN, words, one.frame, "$.content_block.type")
    if block.calls:
        for key in ("id", "name"):
            if not text_of(value.get(key)):
                words = is_or_missing(value, key)
                yield found(TOOL_KEY, words, one.frame, f"$.content_block.{key}")


def _filled(block: Block, delta: dict[str, Json], one: Said) -> Iterator[Finding]:
    kind = text_of(delta.get("type"))
    if kind not in _FITS and kind != "input_json_delta":
        yield found(TYPE_UNKNOWN, f"a delta of type {kind!r}", one.frame, "$.delta.type")
        return
    fits = block.calls if kind == "input_json_delta" else block.type == _FITS[kind]
    if not fits and block.known:
        words = f"`{kind}` in a block of type {block.type!r}"
        yield found(DELTA_TYPE, words, one.frame, "$.delta.type")
    key = _VALUES.get(kind)
    if key is not None and not isinstance(delta.get(key), str):
        has = kind_of(delta[key]) if key in delta else "missing"
        yield found(DELTA_VALUE, f"`{key}` is {has}", one.frame, f"$.delta.{key}")
    if kind == "input_json_delta":
        block.json.append(text_of(delta.get("partial_json")))
    elif kind == "signature_delta":
        block.signatures += 1
        if block.signatures > 1:
            yield found(SIGNATURE_AGAIN, "another signature", one.frame, "$.delta")
