"""One response as it is streamed: each event, and what it changes.

Knows decoded events; nothing of frames, nor of other responses on the same connection.
"""

from collections.abc import Callable
from typing import Final

from wiretape.cassettes.dialects.delta import End, Error, Json, Media, Meta, ToolArgs, ToolOutput
from wiretape.cassettes.dialects.media import Pieces, embedded
from wiretape.cassettes.dialects.payload import json_text, list_of, object_of, text_of
from wiretape.cassettes.dialects.reading import whole_number
from wiretape.cassettes.dialects.responses_events import (
    DELTAS,
    DONES,
    PART_KEYS,
    PARTS,
    PATCH,
    PRINTED,
    RESPONSE_KEYS,
    RUNNING_EVENTS,
    SHELL,
    STATUSES,
    TERMINAL,
    TEXT,
    Form,
)
from wiretape.cassettes.dialects.responses_items import Members, printed
from wiretape.cassettes.dialects.responses_response import (
    RUNNING,
    error_of,
    tell_finish,
    tell_remarks,
    tell_start,
    tell_usage,
)
from wiretape.cassettes.dialects.responses_snapshots import (
    Snapshot,
    begin_item,
    known_part,
    mime_of,
    names_of,
    part_form,
    printed_part,
    tell_annotation,
    tell_output,
    tell_part,
    tell_status,
    tell_text,
)
from wiretape.cassettes.dialects.responses_state import Item, Items, Part, Telling

PartKey = tuple[str, int | str | None, int | None, int | None]
"""Event type, `output_index` or else `item_id`, `content_index`, `summary_index`."""


class Response:
    """What was read of one response."""

    def __init__(self, number: int) -> None:
        self.items = Items("" if number <= 1 else f"r{number}.")
        self.parts: dict[PartKey, Part] = {}
        """Where pieces of text go, until an event comes that is none."""
        self.begun = False
        self.ended = False
        self.failed = False
        """Whether an error was told."""
        self._model: str | None = None
        self._error = ("", "")

    # Text

    def delta(self, telling: Telling, event: Members) -> None:
        """A piece of text, which begins its part if nothing else did."""
        form = DELTAS[telling.raw_type]
        item, part = self._part(telling, event, form)
        value = event.get("delta")
        if isinstance(value, dict) and form.space != "args":
            value = value.get("text")
        if value is not None and not isinstance(value, str):
            value = json_text(value)
        item.open_part(telling, part)
        part.say(telling, value or "")
        self._remember(event, part)

    def _remember(self, event: Members, part: Part) -> None:
        """The short way for the next piece of the same part."""
        if self.items.crossed:
            return
        names = [event.get(name) for name in ("output_index", "content_index", "summary_index")]
        if all(value is None or type(value) is int for value in names):
            index, content, summary = names
            if index is None:
                item_id = event.get("item_id")
                index = item_id if isinstance(item_id, str) else None
            self.parts[text_of(event.get("type")), index, content, summary] = part

    def done(self, telling: Telling, event: Members) -> None:
        """The whole text of a part."""
        form, key = DONES[telling.raw_type]
        item, part = self._part(telling, event, form, text_of(event.get("name")))
        text = event.get(key)
        tell_text(telling, item, part, text, whole=True)
        if form.space == "args":
            said = text is None or isinstance(text, str)
            item.close(telling, text if said else json_text(text))

    def part(self, telling: Telling, event: Members) -> None:
        """A part begins, or is over."""
        otherwise, over = PARTS[telling.raw_type]
        value = object_of(event.get("part"))
        if not known_part(value):
            telling.unknown("$.part", value)
            return
        form = part_form(value, otherwise)
        item = self._item(telling, event, form.item)
        index = _inner(event, form)
        part = item.parts.get((form.space, index))
        if over:
            part = item.part(form, index)
        elif part is None or part.ended or part.form.ptype != form.ptype:
            part = item.new_part(form, index)
        item.open_part(telling, part)
        tell_part(telling, item, part, value, whole=over)
        telling.only(value, PART_KEYS, "$.part")
        if over:
            part.close(telling)

    def annotation(self, telling: Telling, event: Members) -> None:
        """What a text rests on."""
        item, part = self._part(telling, event, TEXT)
        item.open_part(telling, part)
        tell_annotation(telling, part, event)

    def _part(
        self, telling: Telling, event: Members, form: Form, name: str = ""
    ) -> tuple[Item, Part]:
        item = self._item(telling, event, form.item, name)
        return item, item.part(form, _inner(event, form))

    # Items

    def _item(self, telling: Telling, event: Members, kind: str, name: str = "") -> Item:
        """The item that an event is about, which begins with it if it was not announced."""
        index, item_id = whole_number(event.get("output_index")), text_of(event.get("item_id"))
        item = self.items.find(index, item_id, kind)
        if item is None:
            item = self.items.new(index, kind)
            self.items.name(item, item_id, "")
        begin_item(telling, item, name)
        return item

    def item_added(self, telling: Telling, event: Members) -> None:
        """An item begins."""
        value = telling.members(event, "item")
        if value:
            item_id, call_id = names_of(value)
            index = whole_number(event.get("output_index"))
            item = self.items.add(index, item_id, call_id, text_of(value.get("type")))
            Snapshot(telling, self.items, item, value, "$.item", whole=False).tell()

    def item_done(self, telling: Telling, event: Members) -> None:
        """An item is over; the schema lets it be null."""
        value = telling.members(event, "item")
        index = whole_number(event.get("output_index"))
        if not value:
            return
        item = self.items.finished(index, *names_of(value), text_of(value.get("type")))
        Snapshot(telling, self.items, item, value, "$.item", whole=True).tell()
        item.done = True

    def status(self, telling: Telling, event: Members) -> None:
        """How far a hosted tool has come."""
        kind, status = STATUSES[telling.raw_type]
        tell_status(telling, self._item(telling, event, kind), status)

    def image(self, telling: Telling, event: Members) -> None:
        """A preview of an image."""
        item = self._item(telling, event, "image_generation_call")
        data = text_of(event.get("partial_image_b64"))
        media = embedded(telling.here(item.key), data, mime_of(event), "image", final=False)
        fields = {name: getattr(media, name) for name in ("modality", "mime", "size", "sha256")}
        which = whole_number(event.get("partial_image_index"))
        here = telling.here(item.key)
        telling.add(Media(*here, **fields, partial_index=which, final=False))

    def audio(self, telling: Telling, event: Members) -> None:
        """Sound, in pieces; the event names no item where there is only one."""
        item = self._item(telling, event, "message")
        item.audio = item.audio or Pieces("")
        here = telling.here(f"{item.key}.audio")
        if telling.raw_type == "response.audio.delta":
            telling.add(item.audio.piece(here, text_of(event.get("delta"))))
        else:
            telling.add(item.audio.whole(here))
            item.audio = None

    def argument(self, telling: Telling, event: Members) -> None:
        """A command of a shell, or the diff of a patch: a text within the arguments."""
        form = SHELL if ".shell_" in telling.raw_type else PATCH
        item = self._item(telling, event, form.item)
        index = whole_number(event.get("command_index")) or 0
        part = item.parts.get(("args", index)) or item.new_part(form, index)
        over = telling.raw_type.endswith(".done")
        key = "delta" if telling.raw_type.endswith(".delta") else "command"
        text = text_of(event.get(key if form is SHELL or not over else "diff"))
        if over:
            text = (part.settle(text) or "") if text else ""
        else:
            part.pieces.append(text)
        path = f"$.commands[{index}]" if form is SHELL else "$.diff"
        piece = json_text({"path": path, "value": text, "more": not over})
        synthetic = over and bool(text)
        telling.add(ToolArgs(*telling.here(item.key), piece, "json_path", synthetic))

    def printed(self, telling: Telling, event: Members) -> None:
        """What a command of a shell printed."""
        item = self._item(telling, event, PRINTED.item)
        command = whole_number(event.get("command_index")) or 0
        call = self.items.caller(item) or item
        if telling.raw_type.endswith(".done"):
            for output in printed(command, list_of(event.get("output"))):
                tell_output(telling, item, call.key, output)
            return
        delta = object_of(event.get("delta"))
        for stream in ("stdout", "stderr"):
            if text := text_of(delta.get(stream)):
                printed_part(item, f"output[{command}].{stream}").pieces.append(text)
                telling.add(ToolOutput(*telling.here(call.key), text, stream=stream))

    # The response

    def running(self, telling: Telling, event: Members) -> None:
        """It was created, is queued, or is worked on."""
        value = telling.members(event, "response")
        telling.only(value, RESPONSE_KEYS, "$.response")
        self._start(telling, value)
        status = telling.raw_type.removeprefix("response.")
        if status != "created":
            telling.add(Meta(*telling.here(), what="status", value=status))
        tell_usage(telling, value.get("usage"), running=True)
        self.begun = True

    def terminal(self, telling: Telling, event: Members) -> None:
        """It is over."""
        if self.ended:
            telling.add(Meta(*telling.here(), what="second_terminal_event"))
            return
        value = telling.members(event, "response")
        telling.only(value, RESPONSE_KEYS, "$.response")
        self.whole(telling, value, "$.response", TERMINAL[telling.raw_type])
        if timings := event.get("timings"):  # llama.cpp's own
            telling.add(Meta(*telling.here(), what="timings", value=timings))
        self.end(telling, End(*telling.here(), via="terminal_event"))

    def whole(self, telling: Telling, value: Members, path: str, otherwise: str) -> None:
        """A response object that is over, or all there is; `otherwise` is its status where it
        does not say."""
        self._start(telling, value)
        last = self._output(telling, list_of(value.get("output")), f"{path}.output")
        status = text_of(value.get("status")) or otherwise
        self._close(telling)
        self._failure(telling, value, status)
        tell_usage(telling, value.get("usage"), running=False)
        tell_remarks(telling, value)
        if status in RUNNING:
            telling.add(Meta(*telling.here(), what="status", value=status))
        elif status:
            tell_finish(telling, value, status, last)

    def _start(self, telling: Telling, value: Members) -> None:
        model = value.get("model")
        if self._model is None or (isinstance(model, str) and model and model != self._model):
            self._model = tell_start(telling, value)

    def _output(self, telling: Telling, values: list[Json], path: str) -> Item | None:
        """The items of a final output; gives the last one."""
        known: list[tuple[int, Members]] = []
        for place, value in enumerate(values):
            if isinstance(value, dict):
                known.append((place, value))
            else:
                telling.unknown(f"{path}[{place}]", value)
        names = [(text_of(value.get("type")), *names_of(value)) for _, value in known]
        items = self.items.paired(names)
        for (place, value), item in zip(known, items, strict=True):
            Snapshot(telling, self.items, item, value, f"{path}[{place}]", whole=True).tell()
            item.done = True
        return items[-1] if items else self.items.all[-1] if self.items.all else None

    def _failure(self, telling: Telling, value: Members, status: str) -> None:
        if isinstance(value.get("error"), (dict, str)) and value["error"]:
            self._tell_error(telling, error_of(telling, {"error": value["error"]}))
        elif status == "failed" and not self.failed:
            self._tell_error(telling, Error(*telling.here(), type="failed"))

    def error(self, telling: Telling, event: Members) -> None:
        """Something went wrong; `response.failed` may follow, and says it again."""
        self._tell_error(telling, error_of(telling, event))

    def _tell_error(self, telling: Telling, error: Error) -> None:
        said = (error.code, error.message)
        if not self.failed or said != self._error:
            telling.add(error)
        self.failed = True
        self._error = said

    def end(self, telling: Telling, end: End) -> None:
        """Close what is open, and end."""
        self._close(telling)
        telling.add(end)
        self.ended = True

    def _close(self, telling: Telling) -> None:
        for item in self.items.all:
            item.close(telling)


def _inner(event: Members, form: Form) -> int:
    """The index of a part in its item; 0 where the event has none."""
    match form.space:
        case "content":
            return whole_number(event.get("content_index")) or 0
        case "summary":
            return whole_number(event.get("summary_index")) or 0
        case _:
            return 0


EVENTS: Final[dict[str, Callable[[Response, Telling, Members], None]]] = {
    **dict.fromkeys(DELTAS, Response.delta),
    **dict.fromkeys(DONES, Response.done),
    **dict.fromkeys(PARTS, Response.part),
    **dict.fromkeys(STATUSES, Response.status),
    **dict.fromkeys(TERMINAL, Response.terminal),
    **dict.fromkeys(RUNNING_EVENTS, Response.running),
    "response.output_item.added": Response.item_added,
    "response.output_item.done": Response.item_done,
    "response.output_text.annotation.added": Response.annotation,
    "response.image_generation_call.partial_image": Response.image,
    "response.audio.delta": Response.audio,
    "response.audio.done": Response.audio,
    "response.shell_call_command.added": Response.argument,
    "response.shell_call_command.delta": Response.argument,
    "response.shell_call_command.done": Response.argument,
    "response.apply_patch_call_operation_diff.delta": Response.argument,
    "response.apply_patch_call_operation_diff.done": Response.argument,
    "response.shell_call_output_content.delta": Response.printed,
    "response.shell_call_output_content.done": Response.printed,
    "error": Response.error,
    "response.error": Response.error,
}
"""What each type of event does to its response."""
