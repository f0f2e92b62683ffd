"""The tool calls of a choice, put together of their pieces.

openai-python keeps them in a list, by `index`, and joins the strings of their pieces: `id`,
`name` and `arguments` alike. Knows the pieces of one choice.
"""

from collections.abc import Iterator

from wiretape.cassettes.conformance.objects import is_json_object, is_or_missing, kind_of
from wiretape.cassettes.conformance.responses.profiles import CLIENTS, OPENAI
from wiretape.cassettes.conformance.rule import Finding, Rule, found
from wiretape.cassettes.dialects.delta import Json
from wiretape.cassettes.dialects.payload import text_of
from wiretape.cassettes.dialects.reading import whole_number
from wiretape.cassettes.framing.frame import Frame

INDEX_MISSING = Rule(
    "chat.tool-index-missing",
    "error",
    "sdk",
    "Every piece of a tool call has an `index`, a number.",
    CLIENTS,
)
INDEX_GAP = Rule(
    "chat.tool-index-gap",
    "error",
    "sdk",
    "Tool calls begin with the indexes 0, 1, 2 and so on: openai-python has them in a list.",
    CLIENTS,
)
ID_MISSING = Rule(
    "chat.tool-id-missing",
    "error",
    "prose",
    "The first piece of a tool call has its `id`.",
    CLIENTS,
)
NAME_MISSING = Rule(
    "chat.tool-name-missing",
    "error",
    "prose",
    "The first piece of a tool call has the `name` of its function.",
    CLIENTS,
)
TYPE_MISSING = Rule(
    "chat.tool-type-missing",
    "warning",
    "prose",
    "The first piece of a tool call has the `type` `function`.",
    CLIENTS,
)
TYPE_NULL = Rule(
    "chat.tool-type-null",
    "error",
    "sdk",
    "No later piece of a tool call has a `type` that is null: `stream()` of openai-python takes"
    " it for the type, and fails.",
    CLIENTS,
)
ID_AGAIN = Rule(
    "chat.tool-id-again",
    "error",
    "sdk",
    "Only the first piece of a tool call has its `id`: openai-python joins them.",
    CLIENTS,
)
NAME_AGAIN = Rule(
    "chat.tool-name-again",
    "error",
    "sdk",
    "Only the first piece of a tool call has its `name`: openai-python joins them.",
    CLIENTS,
)
FUNCTION_MISSING = Rule(
    "chat.tool-function-missing",
    "error",
    "sdk",
    "Every piece of a tool call has a `function`, an object.",
    CLIENTS,
)
ARGUMENTS = Rule(
    "chat.arguments-not-a-string",
    "error",
    "sdk",
    "The `arguments` of a tool call are a string, or pieces of one.",
    CLIENTS,
)
INTERLEAVED = Rule(
    "chat.tool-interleaved",
    "warning",
    "sdk",
    "When a tool call begins, the one before is complete: openai-python tells it to be done.",
    CLIENTS,
)
ARGUMENTS_NOT_JSON = Rule(
    "chat.arguments-not-json",
    "warning",
    "inferred",
    "The `arguments` of a tool call are one JSON object, `{}` where there are none. (Models may"
    " fail at it.)",
    OPENAI,
)

RULES = (
    *(INDEX_MISSING, INDEX_GAP, ID_MISSING, NAME_MISSING, TYPE_MISSING, TYPE_NULL, ID_AGAIN),
    *(NAME_AGAIN, FUNCTION_MISSING, ARGUMENTS, INTERLEAVED, ARGUMENTS_NOT_JSON),
)

_CUSTOM = "custom"


class _Call:
    """One tool call so far."""

    def __init__(self, frame: Frame, path: str) -> None:
        self.frame = frame
        self.path = path
        self.arguments: list[str] = []
        self.readable = True
        """Whether all pieces of the arguments were strings."""
        self.next: _Call | None = None
        """The one that began after it."""
        self.told_interleaved = False


class Calls:
    """Those of one choice."""

    def __init__(self) -> None:
        self._calls: dict[int, _Call] = {}
        self._newest: _Call | None = None
        self._current = 0

    def __bool__(self) -> bool:
        return bool(self._calls)

    def read(self, pieces: list[Json], path: str, frame: Frame) -> Iterator[Finding]:
        """What is wrong with the next pieces."""
        for place, piece in enumerate(pieces):
            if isinstance(piece, dict):
                yield from self._piece(piece, f"{path}[{place}]", frame)

    def _piece(self, piece: dict[str, Json], path: str, frame: Frame) -> Iterator[Finding]:
        index = whole_number(piece.get("index"))
        if index is None:
            words = is_or_missing(piece, "index")
            yield found(INDEX_MISSING, words, frame, f"{path}.index")
            # Vendors that leave it out send calls whole.
            index = len(self._calls) if piece.get("id") or not self._calls else self._current
        elif index not in self._calls and index != len(self._calls):
            words = f"tool call {index} begins where tool call {len(self._calls)} must"
            yield found(INDEX_GAP, words, frame, f"{path}.index")
        call = self._calls.get(index)
        if piece.get("type") == _CUSTOM:
            (call or self._begun(index, path, frame)).readable = False
            return
        if call is None:
            call = self._begun(index, path, frame)
            yield from _first(piece, path, frame)
        else:
            yield from _later(piece, path, frame)
            yield from _interleaved(call, index, frame)
        self._current = index
        yield from _arguments(call, piece, path, frame)

    def _begun(self, index: int, path: str, frame: Frame) -> _Call:
        call = self._calls[index] = _Call(frame, path)
        if self._newest is not None:
            self._newest.next = call
        self._newest = call
        return call

    def check_arguments(self) -> Iterator[Finding]:
        """What is wrong with the arguments of all, now that they are complete."""
        for index, call in sorted(self._calls.items()):
            text = "".join(call.arguments)
            if call.readable and not is_json_object(text):
                words = f"the arguments of tool call {index} are {_seen(text)}"
                yield found(ARGUMENTS_NOT_JSON, words, call.frame, call.path)


def _first(piece: dict[str, Json], path: str, frame: Frame) -> Iterator[Finding]:
    function = piece.get("function")
    if not piece.get("id"):
        yield found(ID_MISSING, is_or_missing(piece, "id"), frame, f"{path}.id")
    if isinstance(function, dict) and not function.get("name"):
        words = is_or_missing(function, "name")
        yield found(NAME_MISSING, words, frame, f"{path}.function.name")
    if not piece.get("type"):
        yield found(TYPE_MISSING, is_or_missing(piece, "type"), frame, f"{path}.type")


def _later(piece: dict[str, Json], path: str, frame: Frame) -> Iterator[Finding]:
    function = piece.get("function")
    if piece.get("id"):
        yield found(ID_AGAIN, f"the id {piece['id']!r} in a later piece", frame, f"{path}.id")
    if isinstance(function, dict) and function.get("name"):
        words = f"the name {function['name']!r} in a later piece"
        yield found(NAME_AGAIN, words, frame, f"{path}.function.name")
    if "type" in piece and piece["type"] is None:
        yield found(TYPE_NULL, "`type` is null", frame, f"{path}.type")


def _interleaved(call: _Call, index: int, late: Frame) -> Iterator[Finding]:
    """Found where the next call begins, once its sender says more of this one."""
    if call.next is not None and not call.told_interleaved:
        call.told_interleaved = True
        words = f"tool call {index} is not complete: frame {late.number} has more of it"
        yield found(INTERLEAVED, words, call.next.frame, call.next.path)


def _arguments(call: _Call, piece: dict[str, Json], path: str, frame: Frame) -> Iterator[Finding]:
    function = piece.get("function")
    if not isinstance(function, dict):
        call.readable = False
        words = is_or_missing(piece, "function")
        yield found(FUNCTION_MISSING, words, frame, f"{path}.function")
        return
    arguments = function.get("arguments")
    call.arguments.append(text_of(arguments))
    if not isinstance(arguments, str | None):
        call.readable = False
        words = f"`arguments` is {kind_of(arguments)}"
        yield found(ARGUMENTS, words, frame, f"{path}.function.arguments")


def _seen(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:40]}...{text[-17:]}") if text else "empty"
