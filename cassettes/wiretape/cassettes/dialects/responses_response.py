"""The response object: who answers, what it cost, why it stopped, what went wrong.

It stands in the events that begin and end a stream, and is the whole answer where nothing is
streamed. Its items are read elsewhere.
"""

from typing import Final

from wiretape.cassettes.dialects.delta import Error, Finish, Json, Meta, Start, Usage
from wiretape.cassettes.dialects.finishing import finish_reason
from wiretape.cassettes.dialects.payload import object_of, text_of
from wiretape.cassettes.dialects.reading import whole_number
from wiretape.cassettes.dialects.responses_items import Members
from wiretape.cassettes.dialects.responses_state import Item, Telling

_TOLD: Final = ("content_filters", "moderation", "tool_usage", "prompt_cache_diagnostics")
"""Members of a finished response that are worth a remark."""

RUNNING: Final = frozenset({"queued", "in_progress"})
"""Statuses of a response that is not over."""


def tell_start(telling: Telling, response: Members) -> str:
    """Who answers; gives the model."""
    created = response.get("created_at")
    model = text_of(response.get("model"))
    telling.add(
        Start(
            *telling.here(),
            id=text_of(response.get("id")),
            model=model,
            created=created if isinstance(created, (int, float, str)) else None,
        )
    )
    return model


def tell_usage(telling: Telling, value: Json, *, running: bool) -> None:
    """The counts, which include what was cached and what was thought."""
    if not isinstance(value, dict):
        return
    of_input = object_of(value.get("input_tokens_details"))
    of_output = object_of(value.get("output_tokens_details"))
    usage = Usage(
        *telling.here(),
        input=whole_number(value.get("input_tokens")),
        input_cached=whole_number(of_input.get("cached_tokens")),
        input_cache_write=whole_number(of_input.get("cache_write_tokens")),
        output=whole_number(value.get("output_tokens")),
        reasoning=whole_number(of_output.get("reasoning_tokens")),
        total=whole_number(value.get("total_tokens")),
        audio_in=whole_number(of_input.get("audio_tokens")),
        audio_out=whole_number(of_output.get("audio_tokens")),
        image_in=whole_number(of_input.get("image_tokens")),
        image_out=whole_number(of_output.get("image_tokens")),
        cost=_cost(value),
        mode="running" if running else "final",
    )
    telling.add(usage)
    counts = (usage.input, usage.output, usage.total)
    if None not in counts and usage.total != (usage.input or 0) + (usage.output or 0):
        said = dict(zip(("input", "output", "total"), counts, strict=True))
        telling.add(Meta(*telling.here(), what="usage_inconsistent", value=said))


def _cost(usage: Members) -> float | None:
    """As OpenRouter gives it."""
    cost = usage.get("cost")
    if isinstance(cost, bool) or not isinstance(cost, (int, float)) or abs(cost) > 1e300:
        return None
    return float(cost)


def tell_finish(telling: Telling, response: Members, status: str, last: Item | None) -> None:
    """Why it stopped; a completed response whose last item is a call waits for the client."""
    why = text_of(object_of(response.get("incomplete_details")).get("reason"))
    raw = why or status
    reason = finish_reason(raw)
    if reason == "other" and status in ("failed", "cancelled"):
        reason = finish_reason(status)
    if reason == "stop" and last is not None and last.origin == "client":
        reason = "tool_calls"
    detail = text_of(object_of(response.get("error")).get("code"))
    telling.add(Finish(*telling.here(), reason, raw, detail))


def tell_remarks(telling: Telling, response: Members) -> None:
    """What providers add to a finished response."""
    for name in _TOLD:
        if value := response.get(name):
            telling.add(Meta(*telling.here(), what=name, value=value))


def error_of(telling: Telling, value: Members, *, http: bool = False) -> Error:
    """The error in an event, a body or a response: nested under `error`, or flat."""
    inner = value.get("error")
    if isinstance(inner, str):
        inner = {"message": inner}
    error = inner if isinstance(inner, dict) else value
    status = whole_number(value.get("status")) or whole_number(error.get("status"))
    named = text_of(error.get("type"))
    return Error(
        *telling.here(),
        origin="http" if http else "stream",
        code=_word(error.get("code")),
        type="" if error is value else named,
        message=_word(error.get("message")),
        http_status=status,
    )


def _word(value: Json) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)[:500]
