"""Snapshots of items: what they say that was not said before.

An item is told up to three times whole (`output_item.added`, `output_item.done`, the final
response), and once in an answer that is no stream. Each time the state says what is new: all of
it, nothing, or a text that stood in no delta. What contradicts is a `Meta` of `snapshot_mismatch`,
after which the snapshot counts. An empty snapshot contradicts nothing: there are servers whose
`done` events leave their text out.
"""

from collections.abc import Callable
from typing import Final

from wiretape.cassettes.dialects.delta import (
    Citation,
    Json,
    Meta,
    PartStart,
    ReasoningOpaque,
    ToolArgs,
    ToolOutput,
    ToolStart,
    ToolStatus,
)
from wiretape.cassettes.dialects.media import embedded, linked
from wiretape.cassettes.dialects.payload import json_text, list_of, object_of, sha256, text_of
from wiretape.cassettes.dialects.reading import whole_number
from wiretape.cassettes.dialects.responses_events import (
    ITEM_KEYS,
    PART_FORMS,
    PART_KEYS,
    PRINTED,
    REASONING,
    SUMMARY,
    TEXT,
    Form,
)
from wiretape.cassettes.dialects.responses_items import (
    OUTPUTS,
    TOOLS,
    Members,
    Output,
    Tool,
    growing,
    images_of,
    origin_of,
    outputs_of,
    result_of,
)
from wiretape.cassettes.dialects.responses_state import Item, Items, Part, Telling, paired_parts


class Snapshot:
    """One telling of an item."""

    __slots__ = ("item", "items", "path", "telling", "value", "whole")

    def __init__(
        self, telling: Telling, items: Items, item: Item, value: Members, path: str, *, whole: bool
    ) -> None:
        self.telling = telling
        self.items = items
        self.item = item
        self.value = value
        self.path = path
        """Where the item stands in the frame's JSON."""
        self.whole = whole
        """Whether it is over, and not just begun."""

    def tell(self) -> None:
        """Add to the telling what is new."""
        kind = text_of(self.value.get("type"))
        self.item.kind = kind or self.item.kind
        item_id, call_id = names_of(self.value)
        self.items.name(self.item, item_id, call_id)
        if kind in TOOLS:
            self._call(TOOLS[kind])
        elif kind in OUTPUTS:
            self._result()
        elif kind in _OTHERS:
            _OTHERS[kind](self)
        else:
            self._unknown()
            return
        self.telling.only(self.value, ITEM_KEYS, self.path)

    def _unknown(self) -> None:
        if self._is_news("", self.value):
            self.telling.unknown(self.path, self.value)

    def _call(self, tool: Tool) -> None:
        item, value = self.item, self.value
        item.origin = origin_of(tool, value)
        begin_item(self.telling, item, text_of(value.get("name")))
        if (label := text_of(value.get("server_label"))) and self._is_news("server", label):
            self.telling.add(Meta(*self.telling.here(item.key), what="mcp_server", value=label))
        if tool.text is not None:
            part = item.part(tool.text, 0)
            tell_text(self.telling, item, part, value.get(tool.key), whole=self.whole)
            if self.whole:
                item.close(self.telling, _text(value.get(tool.key)))
        elif self.whole:
            tell_asked(self.telling, item, tool.asked(value) if tool.asked else None)
        tell_status(self.telling, item, value.get("status"))
        if self.whole:
            self._given()

    def _given(self) -> None:
        for output in outputs_of(self.value):
            tell_output(self.telling, self.item, self.item.key, output)
        for place, url in images_of(self.value):
            if self._is_news(place, url):
                self._image(url, "")
        result = text_of(self.value.get("result"))
        if result not in ("", self.item.result) and self.item.kind == "image_generation_call":
            self.item.result = result
            self._image(result, mime_of(self.value))

    def _image(self, data: str, mime: str) -> None:
        place = self.telling.here(self.item.key)
        if data.startswith("data:"):
            head, _, data = data.partition(",")
            self.telling.add(embedded(place, data, head[5:].partition(";")[0], "image"))
        elif data.startswith(("http://", "https://")):
            self.telling.add(linked(place, data, mime, "image"))
        else:
            self.telling.add(embedded(place, data, mime, "image"))

    def _result(self) -> None:
        """What a call gave belongs to the call, where that is in the same response."""
        if not self.whole:
            return
        call = self.items.caller(self.item)
        if call is None and self.item.opened is None:
            self.item.opened = ("", self.item.call_id)
            self.telling.add(
                ToolStart(
                    *self.telling.here(self.item.key),
                    call_id=self.item.call_id,
                    tool_type=self.item.kind,
                )
            )
        key = self.item.key if call is None else call.key
        for output in result_of(self.value):
            tell_output(self.telling, self.item, key, output)

    def _message(self) -> None:
        phase = self.value.get("phase")
        if isinstance(phase, str) and phase:
            self.item.channel = phase
        content = self.value.get("content")
        if isinstance(content, str):
            content = [{"type": "output_text", "text": content}]
        self._parts(list_of(content), "content", TEXT)
        if self.whole:
            self.item.close(self.telling)

    def _reasoning(self) -> None:
        begin_item(self.telling, self.item)
        self._parts(list_of(self.value.get("summary")), "summary", SUMMARY)
        self._parts(list_of(self.value.get("content")), "content", REASONING)
        sealed = self.value.get("encrypted_content")
        if isinstance(sealed, str) and sealed and sealed != self.item.opaque:
            self.item.opaque = sealed
            self.telling.add(
                ReasoningOpaque(
                    *self.telling.here(self.item.key),
                    form="encrypted",
                    size=len(sealed),
                    sha256=sha256(sealed.encode("utf-8", "replace")),
                )
            )
        if self.whole:
            self.item.close(self.telling)

    def _parts(self, values: list[Json], name: str, form: Form) -> None:
        """The parts of a message or a reasoning; in a reasoning all texts are reasoning."""
        values = [{"text": value} if isinstance(value, str) else value for value in values]
        known = [value for value in values if isinstance(value, dict) and known_part(value)]
        forms = [form if form is not TEXT else part_form(value, TEXT) for value in known]
        for index, value in enumerate(values):
            known_one = isinstance(value, dict) and known_part(value)
            if not known_one and self._is_news(place := f"{name}[{index}]", value):
                self.telling.unknown(f"{self.path}.{place}", value)
        for index, (part, value) in enumerate(
            zip(paired_parts(self.item, forms), known, strict=True)
        ):
            tell_part(self.telling, self.item, part, value, whole=self.whole)
            self.telling.only(value, PART_KEYS, f"{self.path}.{name}[{index}]")

    def _is_news(self, place: str, value: Json) -> bool:
        """Whether a value of the item was not told before. Compared as text: values that are
        nested deep cannot be compared as they are."""
        text = json_text(value)
        news = self.item.told.get(place) != text
        self.item.told[place] = text
        return news

    def _compaction(self) -> None:
        begin_item(self.telling, self.item)
        sealed = self.value.get("encrypted_content")
        if isinstance(sealed, str) and sealed and sealed != self.item.opaque:
            self.item.opaque = sealed
            value = {"size": len(sealed), "sha256": sha256(sealed.encode("utf-8", "replace"))}
            here = self.telling.here(self.item.key)
            self.telling.add(Meta(*here, what="compaction", value=value))
        if self.whole:
            self.item.close(self.telling)

    def _additional_tools(self) -> None:
        tools = self.value.get("tools")
        if self.whole and self._is_news("tools", tools):
            here = self.telling.here(self.item.key)
            self.telling.add(Meta(*here, what="additional_tools", value=tools))


_OTHERS: Final[dict[str, Callable[[Snapshot], None]]] = {
    "message": Snapshot._message,
    "reasoning": Snapshot._reasoning,
    "compaction": Snapshot._compaction,
    "additional_tools": Snapshot._additional_tools,
}


def names_of(item: Members) -> tuple[str, str]:
    """The id of an item and that of its call; an approval has the id of what it approves."""
    call_id = item.get("call_id") or item.get("approval_request_id")
    return text_of(item.get("id")), text_of(call_id)


def known_part(part: Members) -> bool:
    """Whether the type of a part is known; one that does not say is what its place says."""
    kind = part.get("type")
    return kind is None or text_of(kind) in PART_FORMS


def part_form(part: Members, otherwise: Form) -> Form:
    """What a part is by its type."""
    return PART_FORMS.get(text_of(part.get("type")), otherwise)


def mime_of(value: Members) -> str:
    """Media type of a generated image."""
    form = value.get("output_format")
    return f"image/{form}" if isinstance(form, str) and form else ""


def begin_item(telling: Telling, item: Item, name: str = "") -> None:
    """The first delta of an item; of a call another one, where more is known by now."""
    tool = TOOLS.get(item.kind)
    if tool is None:
        if item.opened is None and item.kind != "message":
            item.opened = ("", "")
            telling.add(PartStart(*telling.here(item.key), ptype=item.ptype))
        return
    item.name = name or item.name or tool.name
    item.origin = item.origin or tool.origin
    now = (item.name, item.call_id)
    if item.opened != now:
        item.opened = now
        telling.add(
            ToolStart(
                *telling.here(item.key),
                name=item.name,
                # Hosted calls have no id but that of the item.
                call_id=item.call_id or (item.id if item.origin != "client" else ""),
                origin=item.origin,
                tool_type=item.kind,
            )
        )


def tell_status(telling: Telling, item: Item, status: Json) -> None:
    """How far a call has come, where that is news."""
    if isinstance(status, str) and status and status != item.status:
        item.status = status
        telling.add(ToolStatus(*telling.here(item.key), status=status))


def tell_part(telling: Telling, item: Item, part: Part, value: Members, *, whole: bool) -> None:
    """A part of an item, its citations behind its text."""
    text = value.get("refusal") if part.form.ptype == "refusal" else value.get("text")
    tell_text(telling, item, part, text, whole=whole)
    for index, annotation in enumerate(list_of(value.get("annotations"))):
        tell_citation(telling, part, index, annotation)


def tell_text(telling: Telling, item: Item, part: Part, value: Json, *, whole: bool) -> None:
    """The whole text of a part: what of it stood in no delta, or that it contradicts them."""
    text = _text(value)
    if not text or (part.pieces and not whole):
        return
    rest = part.settle(text)
    if rest is None:
        mismatch(telling, part.key, text)
    elif rest:
        item.open_part(telling, part)
        part.show(telling, rest, synthetic=telling.streamed)


def mismatch(telling: Telling, part: str, text: str) -> None:
    """The provider says that a part was another than what was streamed."""
    said = {"part": part, "text": text}
    telling.add(Meta(*telling.here(part), what="snapshot_mismatch", value=said))


def _text(value: Json) -> str | None:
    """A text; arguments that are a value as the JSON text that they should be."""
    return value if value is None or isinstance(value, str) else json_text(value)


def tell_asked(telling: Telling, item: Item, asked: Json) -> None:
    """The arguments of a call that are a value: they come whole, with its end."""
    args = None if asked is None else json_text(asked)
    here = telling.here(item.key)
    if args is None:
        item.close(telling)
    elif item.args is None:
        item.args = args
        streamed = _streamed(item, asked)
        if streamed is None:
            telling.add(ToolArgs(*here, args, "object"))
        item.close(telling, args)
        if streamed is False:
            telling.add(
                Meta(*here, what="snapshot_mismatch", value={"part": item.key, "text": args})
            )
    elif args != item.args:
        item.args = args
        telling.add(Meta(*here, what="snapshot_mismatch", value={"part": item.key, "text": args}))


def _streamed(item: Item, asked: Json) -> bool | None:
    """Whether the texts among the arguments that were streamed are those that were meant; None
    where none were."""
    if not item.of_space.get("args"):
        return None
    texts = enumerate(growing(item.kind, asked))
    pairs = [(item.parts.get(("args", index)), text_of(text)) for index, text in texts]
    return all(part is None or part.settle(text) is not None for part, text in pairs)


def tell_output(telling: Telling, item: Item, key: str, output: Output) -> None:
    """What a call gave, once; what it printed as far as that is news."""
    here = telling.here(key)
    if output.stream == "content":
        if output.place not in item.told:
            item.told[output.place] = ""
            telling.add(ToolOutput(*here, output.content, output.is_error))
        return
    rest = printed_part(item, output.place).settle(output.content)
    if rest is None:
        mismatch(telling, f"{key}.{output.place}", output.content)
    elif rest:
        telling.add(ToolOutput(*here, rest, output.is_error, output.stream))


def printed_part(item: Item, place: str) -> Part:
    """What a command printed so far."""
    part = item.printed.get(place)
    if part is None:
        part = item.printed[place] = Part(place, PRINTED)
    return part


def tell_citation(telling: Telling, part: Part, index: int | None, value: Json) -> None:
    """What a part of the text rests on, once; told apart by their place among the annotations."""
    place = len(part.citations) if index is None else index
    if place in part.citations or not isinstance(value, dict):
        return
    part.citations.add(place)
    start = whole_number(value.get("start_index"))
    spans = start is not None or value.get("end_index") is not None
    telling.add(
        Citation(
            *telling.here(part.key),
            ctype=text_of(value.get("type")),
            url=text_of(value.get("url")),
            title=text_of(value.get("title")) or text_of(value.get("filename")),
            file_id=text_of(value.get("file_id")),
            start=start if spans else whole_number(value.get("index")),
            end=whole_number(value.get("end_index")),
            unit="char" if spans or value.get("index") is not None else "",
        )
    )


def tell_annotation(telling: Telling, part: Part, event: Members) -> None:
    """`output_text.annotation.added`."""
    value = object_of(event.get("annotation"))
    if value:
        tell_citation(telling, part, whole_number(event.get("annotation_index")), value)
