"""The tool calls of one choice of a chat completion, however a vendor cuts and numbers them.

A call is known by its `index`: ids rotate behind gateways. Parts are numbered by the order of first
sight, so that a stream whose indexes begin at 1 or have gaps gives the parts of a plain answer.
Knows the tool calls of a delta or a message; nothing else of them.
"""

from collections.abc import Iterator

from wiretape.cassettes.dialects.chat_arguments import Arguments
from wiretape.cassettes.dialects.chat_stream import Told
from wiretape.cassettes.dialects.delta import (
    Json,
    ReasoningOpaque,
    ToolArgs,
    ToolEnd,
    ToolOutput,
    ToolStart,
)
from wiretape.cassettes.dialects.payload import (
    count_of,
    json_text,
    object_of,
    sha256,
    text_of,
)

_CALL_KEYS = frozenset(
    {"index", "id", "type", "function", "custom", "extra_content", "provider_specific_fields"}
)
_FUNCTION_KEYS = frozenset({"name", "arguments", "input", "thought_signature"})
_EXECUTED_KEYS = frozenset(
    {"index", "type", "name", "arguments", "output", "search_results", "code_results", "id"}
)
_CLIENT_TYPES = frozenset({"", "function", "custom", "builtin_function", "function_call"})
"""Moonshot's `builtin_function` goes back from the client to the provider."""

_LEGACY = "function_call"


class _Call:
    __slots__ = ("args", "call_id", "name", "origin", "part", "said", "started", "tool_type")

    def __init__(self, part: str) -> None:
        self.part = part
        self.name = ""
        self.call_id = ""
        self.tool_type = ""
        self.args = Arguments()
        self.origin = "client"
        self.started = False
        self.said = False
        """Whether its arguments were told, if only that there are none."""


class ToolCalls:
    """All calls of one choice."""

    def __init__(self, choice: int) -> None:
        self._choice = choice
        self._calls: list[_Call] = []
        self._at: dict[int | str, _Call] = {}
        """The call that an index means now."""
        self._by_id: dict[str, _Call] = {}
        self._open: _Call | None = None

    @property
    def last_is_clients(self) -> bool:
        """Whether there are calls, and the last is for the client to answer."""
        return bool(self._calls) and self._calls[-1].origin == "client"

    def __len__(self) -> int:
        return len(self._calls)

    def read(self, told: Told, value: Json, path: str, *, whole: bool) -> None:
        """`tool_calls` of a delta, or of a `whole` message, where each is a call of its own."""
        for _, here, item in self._items(told, value, path):
            told.unknown_keys(item, _CALL_KEYS, here, self._choice)
            kind = text_of(item.get("type"))
            key = _body_of(item, kind)
            body = object_of(item.get(key))
            told.unknown_keys(body, _FUNCTION_KEYS, f"{here}.{key}", self._choice)
            call_id = text_of(item.get("id"))
            call_id = "" if call_id == "null" else call_id  # mistralai's word for none
            name = text_of(body.get("name"))
            call = self._call(None if whole else count_of(item.get("index")), call_id, name, whole)
            self._start(told, call, kind or call.tool_type or key, name, call_id)
            self._arguments(told, call, body)
            self._signature(told, call, item, body)

    def _items(
        self, told: Told, value: Json, path: str
    ) -> Iterator[tuple[int, str, dict[str, Json]]]:
        """Place, path and object of each call in a list; what is none is kept as unknown."""
        if not isinstance(value, list):
            told.unknown(path, value, choice=self._choice)
            return
        for position, item in enumerate(value):
            here = f"{path}[{position}]"
            if isinstance(item, dict):
                yield position, here, item
            else:
                told.unknown(here, item, choice=self._choice)

    def read_legacy(self, told: Told, value: Json, path: str) -> None:
        """`function_call`, which came before `tool_calls`: one a choice, without an id."""
        if not isinstance(value, dict):
            told.unknown(path, value, choice=self._choice)
            return
        told.unknown_keys(value, _FUNCTION_KEYS, path, self._choice)
        call = self._at.get(_LEGACY) or self._new(_LEGACY)
        self._start(told, call, _LEGACY, text_of(value.get("name")), "")
        self._arguments(told, call, value)

    def read_executed(self, told: Told, value: Json, path: str) -> None:
        """Groq's `executed_tools`: hosted calls, first without their output, then with it."""
        for position, here, item in self._items(told, value, path):
            told.unknown_keys(item, _EXECUTED_KEYS, here, self._choice)
            index = count_of(item.get("index"))
            slot = f"executed:{position if index is None else index}"
            call = self._at.get(slot) or self._new(slot)
            call.origin = "hosted"
            kind = text_of(item.get("type"))
            self._start(told, call, kind or "executed_tool", text_of(item.get("name")) or kind, "")
            if not call.args:
                self._arguments(told, call, item)
            self._output(told, call, item.get("output"))

    def end(self, told: Told, *, cut: bool = False) -> None:
        """Nothing more comes for what is open; `cut` where the stream broke off. A function that
        was called without arguments has no piece of them, or `""`, which is told once."""
        call, self._open = self._open, None
        if call is None:
            return
        place = (told.frame, told.at_ns, "tool_calls", call.part, self._choice)
        if not call.said and not cut and call.origin == "client" and call.tool_type != "custom":
            call.said = True
            told.deltas.append(ToolArgs(*place, synthetic=True))
        told.deltas.append(ToolEnd(*place))

    def _call(self, index: int | None, call_id: str, name: str, whole: bool) -> _Call:
        """The call that is meant: a new one where there is reason to think so."""
        if whole:
            return self._new(len(self._calls))
        if index is None:
            # Servers without an index send whole calls; a piece belongs to the last one.
            known = self._by_id.get(call_id)
            if known is not None:
                return known
            if self._calls and not call_id and not name:
                return self._calls[-1]
            return self._new(len(self._calls))
        call = self._at.get(index)
        if call is None or (call_id and name and _is_another(call, call_id, name)):
            return self._new(index)
        return call

    def _new(self, slot: int | str) -> _Call:
        call = self._at[slot] = _Call(f"tool:{len(self._calls)}")
        self._calls.append(call)
        return call

    def _start(self, told: Told, call: _Call, kind: str, name: str, call_id: str) -> None:
        """The first sight of a call; again where its name or its id comes later, or more of the
        name. A name that is said again, or is empty, says nothing new."""
        if self._open is not call:
            self.end(told)
            self._open = call
        name = _longer_name(call, name)
        if call.started and not name and (call.call_id or not call_id):
            return
        call.started = True
        call.name, call.call_id, call.tool_type = name or call.name, call.call_id or call_id, kind
        if call.call_id:
            self._by_id[call.call_id] = call
        if kind not in _CLIENT_TYPES:
            call.origin = "hosted"
        told.deltas.append(
            ToolStart(
                told.frame,
                told.at_ns,
                "tool_calls",
                call.part,
                self._choice,
                name=name,
                call_id=call_id,
                origin="client" if call.origin == "client" else "hosted",
                tool_type=kind,
            )
        )

    def _arguments(self, told: Told, call: _Call, body: dict[str, Json]) -> None:
        given = body.get("arguments")
        freeform = given is None and isinstance(body.get("input"), str)
        if freeform:
            given = body["input"]
        if given is None or given == "":
            return
        is_text = isinstance(given, str)
        text = given if is_text else json_text(given)
        call.args.add(text)
        call.said = True
        encoding = "freeform" if freeform else ("json_text" if is_text else "object")
        told.deltas.append(
            ToolArgs(
                told.frame,
                told.at_ns,
                "arguments",
                call.part,
                self._choice,
                delta=text,
                encoding=encoding,  # type: ignore[arg-type]
            )
        )

    def _signature(
        self, told: Told, call: _Call, item: dict[str, Json], body: dict[str, Json]
    ) -> None:
        """Gemini's thought signature: Google's compatible API and LiteLLM hang it on the call."""
        google = object_of(object_of(item.get("extra_content")).get("google"))
        fields = object_of(item.get("provider_specific_fields"))
        for holder in (google, fields, body):
            signature = text_of(holder.get("thought_signature"))
            if signature:
                told.deltas.append(opaque(told, "signature", signature, call.part, self._choice))
                return

    def _output(self, told: Told, call: _Call, output: Json) -> None:
        if output is None:
            return
        told.deltas.append(
            ToolOutput(
                told.frame, told.at_ns, "executed_tools", call.part, self._choice, content=output
            )
        )
        if self._open is call:
            self._open = None
        told.deltas.append(
            ToolEnd(told.frame, told.at_ns, "executed_tools", call.part, self._choice)
        )


def _body_of(item: dict[str, Json], kind: str) -> str:
    """The member that holds the call. Only the first piece of a call has a `type`; the rest is
    told by the member itself."""
    both = isinstance(item.get("custom"), dict) and isinstance(item.get("function"), dict)
    if both:
        return "custom" if kind == "custom" else "function"
    return "custom" if isinstance(item.get("custom"), dict) else "function"


def opaque(told: Told, form: str, text: str, part: str, choice: int) -> ReasoningOpaque:
    """Reasoning that only the provider can read."""
    return ReasoningOpaque(
        told.frame,
        told.at_ns,
        form,
        part,
        choice,
        form=form,  # type: ignore[arg-type]
        size=len(text),
        sha256=sha256(text.encode("utf-8", "replace")),
    )


def _longer_name(call: _Call, name: str) -> str:
    """The name of a call with a piece of it more; nothing where the piece says nothing new.

    openai-python puts every name it is given behind the one before (`accumulate_delta`): `get_`,
    `weather` is `get_weather`. Servers repeat the whole name, though, with each piece of the
    arguments, or send `""` (Mistral), and some send the name so far. So a piece goes on where it
    is another text, before any arguments have come.
    """
    if not call.name or not name:
        return name
    if name == call.name or call.args:
        return ""
    return name if name.startswith(call.name) else call.name + name


def _is_another(call: _Call, call_id: str, name: str) -> bool:
    """Some servers give every parallel call the index 0: another id with another name, or with a
    name after whole arguments, is another call."""
    if call_id == call.call_id or not call.name:
        return False
    return name != call.name or call.args.are_whole()
