"""The algorithm of the WHATWG standard as it is written, on the whole body, with no thought of
speed (HTML, section 9.2.6): the model that the decoder is held against."""

import re
from typing import NamedTuple


class Dispatched(NamedTuple):
    """A MessageEvent."""

    type: str
    data: str
    last_event_id: str


class Interpreted(NamedTuple):
    """What an EventSource makes of a body."""

    events: list[Dispatched]
    retry: int | None
    discarded: bool
    """Whether lines stood there at the end that no blank line followed."""


def interpret(body: bytes) -> Interpreted:
    """Decode, split into lines, process each of them."""
    text = body.decode("utf-8", "replace").removeprefix("\ufeff")
    *lines, rest = re.split("\r\n|\n|\r", text)
    events: list[Dispatched] = []
    data = event_type = last_event_id = ""
    retry: int | None = None
    pending = False
    for line in lines:
        if line == "":
            if data:
                events.append(Dispatched(event_type or "message", data[:-1], last_event_id))
            data = event_type = ""
            pending = False
            continue
        if line.startswith(":"):
            continue
        pending = True
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            event_type = value
        elif field == "data":
            data += value + "\n"
        elif field == "id" and "\0" not in value:
            last_event_id = value
        elif field == "retry" and re.fullmatch("[0-9]+", value):
            retry = int(value)
    return Interpreted(events, retry, pending or rest != "")
