"""Assistants: runs of a thread, whose steps call tools and write messages.

Knows the `thread.*` events, which only `event:` names, and a run as one JSON object. Steps and
messages follow one another, so what a delta belongs to is the one that was created last, whatever
its id says. What `completed` repeats is checked against the deltas.
"""

from typing import ClassVar, Literal

from wiretape.cassettes.dialects.chat_citations import tell_annotations
from wiretape.cassettes.dialects.chat_content import tell_image
from wiretape.cassettes.dialects.chat_errors import is_error
from wiretape.cassettes.dialects.chat_stream import JsonStream, Told
from wiretape.cassettes.dialects.chat_usage import tell_usage
from wiretape.cassettes.dialects.delta import (
    Finish,
    Json,
    Refusal,
    Start,
    Text,
    ToolArgs,
    ToolEnd,
    ToolOutput,
    ToolStart,
)
from wiretape.cassettes.dialects.finishing import finish_reason
from wiretape.cassettes.dialects.payload import (
    count_of,
    list_of,
    object_of,
    text_of,
)

Object = dict[str, Json]

_RUN = """
id object created_at assistant_id thread_id status started_at expires_at cancelled_at failed_at
completed_at required_action last_error model instructions tools tool_resources metadata
temperature top_p reasoning_effort max_completion_tokens max_prompt_tokens truncation_strategy
incomplete_details usage response_format tool_choice parallel_tool_calls file_ids
"""
_STEP = """
id object created_at run_id assistant_id thread_id type status cancelled_at completed_at
expires_at expired_at failed_at last_error step_details usage metadata
"""
_MESSAGE = """
id object created_at assistant_id thread_id run_id status incomplete_details incomplete_at
completed_at role content attachments metadata file_ids
"""
_RUN_KEYS = frozenset(_RUN.split())
_STEP_KEYS = frozenset(_STEP.split())
_MESSAGE_KEYS = frozenset(_MESSAGE.split())
_DELTA_KEYS = frozenset({"id", "object", "delta"})
_TERMINAL = frozenset(
    {"requires_action", "completed", "incomplete", "failed", "cancelled", "expired"}
)
"""Of a run: the stream ends with it; `requires_action` is resumed by another request."""


class _Call:
    def __init__(self, part: str) -> None:
        self.part = part
        self.args: list[str] = []
        self.outputs = 0
        self.open = True


class AssistantsDialect(JsonStream):
    """Reads the events of a run, or a whole `thread.run`."""

    api: ClassVar[str] = "openai.assistants"

    def __init__(self) -> None:
        super().__init__()
        self._started = False
        self._finished = False
        self._step = -1
        self._message = -1
        self._calls: dict[tuple[int, int], _Call] = {}
        self._texts: dict[tuple[int, int], list[str]] = {}

    def _value(self, told: Told, name: str, value: Json) -> None:
        if name == "error" or (isinstance(value, dict) and is_error(value)):
            self._error(told, value)
        elif not isinstance(value, dict):
            told.unknown("$", value, name)
        else:
            name = name or _name_of(value)
            if name.startswith("thread.run.step."):
                self._step_event(told, name, value)
            elif name.startswith("thread.run."):
                self._run_event(told, name, value)
            elif name.startswith("thread.message."):
                self._message_event(told, name, value)
            elif name != "thread.created":
                told.unknown("$", value, name)

    def _run_event(self, told: Told, name: str, run: Object) -> None:
        told.unknown_keys(run, _RUN_KEYS, "$")
        if not self._started:
            self._started = True
            created = run.get("created_at")
            told.deltas.append(
                Start(
                    told.frame,
                    told.at_ns,
                    name,
                    id=text_of(run.get("id")),
                    model=text_of(run.get("model")),
                    role="assistant",
                    created=created if isinstance(created, int | float | str) else None,
                )
            )
        status = name.rpartition(".")[2]
        self._changed(told, "status", status)
        action = object_of(object_of(run.get("required_action")).get("submit_tool_outputs"))
        if action:
            self._snapshot(told, list_of(action.get("tool_calls")), name)
        tell_usage(told, run.get("usage"))
        if run.get("last_error"):
            self._error(told, run["last_error"], name)
        if status in _TERMINAL:
            self._finish(told, name, status, run)

    def _finish(self, told: Told, name: str, status: str, run: Object) -> None:
        self._close(told)
        self._finished = True
        why = text_of(object_of(run.get("incomplete_details")).get("reason"))
        told.deltas.append(
            Finish(
                told.frame,
                told.at_ns,
                name,
                reason=finish_reason(why or status),
                raw_reason=why or status,
                detail=status if why else "",
            )
        )

    def _step_event(self, told: Told, name: str, step: Object) -> None:
        if name.endswith(".delta"):
            told.unknown_keys(step, _DELTA_KEYS, "$")
            details = object_of(object_of(step.get("delta")).get("step_details"))
            for position, call in enumerate(list_of(details.get("tool_calls"))):
                if isinstance(call, dict):
                    index = count_of(call.get("index"))
                    self._call(told, name, position if index is None else index, call)
                else:
                    told.unknown(f"$.delta.step_details.tool_calls[{position}]", call, name)
            return
        told.unknown_keys(step, _STEP_KEYS, "$")
        if name.endswith(".created"):
            self._step += 1
        if step.get("usage"):
            told.meta("step_usage", step["usage"], name)  # the run's usage is the sum of them
        if step.get("last_error"):
            told.meta("step_error", step["last_error"], name)
        details = object_of(step.get("step_details"))
        if not name.endswith((".created", ".in_progress")):
            self._snapshot(told, list_of(details.get("tool_calls")), name)
            self._close(told)

    def _call(self, told: Told, name: str, index: int, item: Object) -> _Call:
        """A piece of a call, or all that is known of it."""
        kind = text_of(item.get("type"))
        body = object_of(item.get(kind))
        call = self._calls.get((self._step, index))
        if call is None:
            part = f"s{max(self._step, 0)}.{index}"
            call = self._calls[self._step, index] = _Call(part)
            told.deltas.append(
                ToolStart(
                    told.frame,
                    told.at_ns,
                    name,
                    call.part,
                    name=text_of(body.get("name")) or kind,
                    call_id=text_of(item.get("id")),
                    origin="client" if kind == "function" else "hosted",
                    tool_type=kind,
                )
            )
        args = text_of(body.get("input" if kind == "code_interpreter" else "arguments"))
        self._args(told, name, call, kind, args, synthetic=False)
        self._outputs(told, name, call, body)
        return call

    def _args(
        self, told: Told, name: str, call: _Call, kind: str, text: str, *, synthetic: bool
    ) -> None:
        if not text:
            return
        call.args.append(text)
        encoding: Literal["json_text", "freeform"] = (
            "freeform" if kind == "code_interpreter" else "json_text"
        )
        told.deltas.append(
            ToolArgs(
                told.frame,
                told.at_ns,
                name,
                call.part,
                delta=text,
                encoding=encoding,
                synthetic=synthetic,
            )
        )

    def _outputs(self, told: Told, name: str, call: _Call, body: Object) -> None:
        """What the code printed, what the search found, what the client's function gave."""
        outputs = [*list_of(body.get("outputs")), *list_of(body.get("results"))]
        if body.get("output") is not None:
            outputs.append(body["output"])
        for output in outputs:
            call.outputs += 1
            told.deltas.append(ToolOutput(told.frame, told.at_ns, name, call.part, content=output))

    def _snapshot(self, told: Told, calls: list[Json], name: str) -> None:
        """All calls of a step once more: checked, and told where no delta told of them."""
        for index, item in enumerate(calls):
            if not isinstance(item, dict):
                told.unknown(f"$.tool_calls[{index}]", item, name)
                continue
            call = self._calls.get((self._step, index))
            kind = text_of(item.get("type"))
            body = object_of(item.get(kind))
            text = text_of(body.get("input" if kind == "code_interpreter" else "arguments"))
            if call is None:
                bare = {**item, kind: {"name": body.get("name")}}
                call = self._call(told, name, index, bare)
            said = "".join(call.args)
            if not said:
                self._args(told, name, call, kind, text, synthetic=True)
            elif text and text != said:
                call.args = [text]
                told.mismatch(call.part, text, name)
            if not call.outputs:
                self._outputs(told, name, call, body)

    def _message_event(self, told: Told, name: str, message: Object) -> None:
        if name.endswith(".delta"):
            told.unknown_keys(message, _DELTA_KEYS, "$")
            content = object_of(message.get("delta")).get("content")
            for position, item in enumerate(list_of(content)):
                self._content(told, name, position, item)
            return
        told.unknown_keys(message, _MESSAGE_KEYS, "$")
        if name.endswith(".created"):
            self._message += 1
        why = object_of(message.get("incomplete_details")).get("reason")
        self._changed(told, "message_incomplete", why)
        for position, item in enumerate(list_of(message.get("content"))):
            self._check(told, name, position, item)

    def _content(self, told: Told, name: str, position: int, item: Json) -> None:
        kind = text_of(item.get("type")) if isinstance(item, dict) else ""
        index = count_of(object_of(item).get("index"))
        index = position if index is None else index
        part = self._part(index)
        body = object_of(object_of(item).get(kind))
        if kind == "text":
            text = text_of(body.get("value"))
            if text:
                self._texts.setdefault((self._message, index), []).append(text)
                told.deltas.append(Text(told.frame, told.at_ns, name, part, 0, text))
            tell_annotations(told, body.get("annotations"), "$.annotations", part, 0)
        elif kind == "refusal":
            said = text_of(item.get("refusal"))
            told.deltas.append(Refusal(told.frame, told.at_ns, name, part, 0, said))
        elif kind == "image_url":
            tell_image(told, body, 0, part)
        elif kind == "image_file":
            told.meta("image_file", body, name)
        else:
            told.unknown(f"$.delta.content[{position}]", item, name)

    def _check(self, told: Told, name: str, index: int, item: Json) -> None:
        body = object_of(object_of(item).get("text"))
        text = text_of(body.get("value"))
        said = "".join(self._texts.get((self._message, index), ()))
        if text and not said:
            told.deltas.append(
                Text(told.frame, told.at_ns, name, self._part(index), 0, text, synthetic=True)
            )
        elif text and text != said:
            told.mismatch(self._part(index), text, name)
        if text:
            self._texts[self._message, index] = [text]

    def _part(self, index: int) -> str:
        return f"{max(self._message, 0)}.{index}"

    def _close(self, told: Told) -> None:
        for call in self._calls.values():
            if call.open:
                call.open = False
                told.deltas.append(ToolEnd(told.frame, told.at_ns, "tool_calls", call.part))

    def _complete(self) -> bool:
        return self._finished


def _name_of(value: Object) -> str:
    """The event that an object would have come with; a whole run is one."""
    kind, status = text_of(value.get("object")), text_of(value.get("status"))
    if kind.endswith(".delta"):
        return kind
    return f"{kind}.{status}" if kind.startswith("thread.") else kind
