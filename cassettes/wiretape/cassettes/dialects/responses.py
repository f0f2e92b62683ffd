"""The Responses API: Open Responses, OpenAI's superset, and what servers make of it.

`POST /v1/responses`, streamed or whole, a stored response retrieved, and the messages of the
WebSocket form, where several responses follow one another and may be on lanes of their own
(`stream_id`). The pieces of text, nearly all there is, take a short way through `read`; all other
events are decoded without types, and each kind has a method in `responses_stream`.
"""

from collections.abc import Sequence
from typing import ClassVar, Final, Literal

import msgspec

from wiretape.cassettes.dialects.delta import Delta, End, Json, Keepalive, Meta
from wiretape.cassettes.dialects.payload import Decode, NotJson, decode_error, decode_json, text_of
from wiretape.cassettes.dialects.reading import quiet
from wiretape.cassettes.dialects.responses_events import (
    DELTAS,
    EVENT_KEYS,
    RESPONSE_KEYS,
    HotDelta,
)
from wiretape.cassettes.dialects.responses_items import Members
from wiretape.cassettes.dialects.responses_response import error_of
from wiretape.cassettes.dialects.responses_state import Telling
from wiretape.cassettes.dialects.responses_stream import EVENTS, Response
from wiretape.cassettes.framing.frame import Frame

_Via = Literal["sentinel", "terminal_event", "eof", "ws_close"]

_PIECES: Final = frozenset(DELTAS)
_WHOLE: Final = {"response": "", "response.compaction": "compaction"}
"""Objects that are a whole answer, and the status of one that has none."""

_hot: Final = msgspec.json.Decoder(HotDelta).decode


class ResponsesDialect:
    """Reads one response, or those of one WebSocket."""

    api: ClassVar[str] = "openai.responses"
    decode: Decode = staticmethod(decode_json)

    def __init__(self) -> None:
        self._lanes: dict[str, Response] = {}
        """The latest response of each `stream_id`; empty where there is none."""
        self._responses = 0
        self._ended = False
        self._frame = 0

    def read(self, frame: Frame) -> Sequence[Delta]:
        """What an event means."""
        if frame.kind != "data":
            return self._silent(frame)
        try:
            event = _hot(frame.data)
        except (ValueError, RecursionError):  # msgspec.DecodeError is a ValueError
            return self._read_with_care(frame)
        lane = self._lanes.get(event.stream_id)
        if lane is None or frame.sent:
            return self._read_with_care(frame)
        index: int | str | None = event.output_index
        if index is None:
            index = event.item_id
        kind = event.type
        part = lane.parts.get((kind, index, event.content_index, event.summary_index))
        if part is None:
            return self._read_with_care(frame)
        delta = event.delta
        part.pieces.append(delta)
        # Frame, time, raw type, part, choice, text, and the word of the part's form.
        return (part.kind(frame.number, frame.last_ns, kind, part.key, 0, delta, part.word),)

    def _silent(self, frame: Frame) -> Sequence[Delta]:
        if frame.kind != "close" or frame.sent:
            return quiet(frame)
        return self._end(Telling(frame.number, frame.last_ns, ""), "ws_close")

    def _read_with_care(self, frame: Frame) -> Sequence[Delta]:
        self._frame = frame.number
        payload = frame.data.strip()
        if not payload:
            return (Keepalive(frame.number, frame.last_ns, form="blank"),)
        if payload == b"[DONE]":
            return self._end(Telling(frame.number, frame.last_ns, "[DONE]"), "sentinel")
        event = self.decode(frame.data)
        if isinstance(event, NotJson):
            return (decode_error(frame.number, frame.last_ns, event, frame.data),)
        return self._event(frame, event)

    def _event(self, frame: Frame, event: Json) -> Sequence[Delta]:
        if not isinstance(event, dict):
            telling = Telling(frame.number, frame.last_ns, frame.name)
            telling.unknown("$", event)
            return telling.deltas
        kind = text_of(event.get("type")) or frame.name
        telling = Telling(frame.number, frame.last_ns, kind)
        if frame.sent:
            telling.add(Meta(*telling.here(), what="sent", value=kind))
        elif kind in EVENTS:
            response = self._response(text_of(event.get("stream_id")), kind)
            EVENTS[kind](response, telling, event)
            self._ended = self._ended or response.ended
            telling.only(event, EVENT_KEYS)
        elif _other(telling, event, kind):
            telling.only(event, EVENT_KEYS)
        elif event.get("object") == "response":
            self._whole(telling, event)  # a server that did not stream what it was to stream
        elif event.get("error"):
            self._response("", "error").error(telling, event)
        else:
            telling.unknown("$", event)
        return telling.deltas

    def _response(self, lane: str, kind: str) -> Response:
        """The response that an event is of, which may be a new one."""
        response = self._lanes.get(lane)
        if response is None or (response.ended and kind == "response.created"):
            self._responses += 1
            response = self._lanes[lane] = Response(self._responses)
        elif kind not in _PIECES:
            response.parts.clear()
        return response

    def read_whole(self, body: bytes, at_ns: int) -> Sequence[Delta]:
        """What a response object means, or the body of an error; with its `End`."""
        telling = Telling(0, at_ns, "", streamed=False)
        value = self.decode(body)
        if isinstance(value, NotJson):
            telling.add(decode_error(0, at_ns, value, body))
        elif isinstance(value, dict):
            inner = value.get("response")
            self._whole(telling, inner if isinstance(inner, dict) else value)
        else:
            telling.unknown("$", value)
        if not self._ended:
            self._ended = True
            telling.add(End(*telling.here(), via="eof", clean=not isinstance(value, NotJson)))
        return telling.deltas

    def _whole(self, telling: Telling, value: Members) -> None:
        kind = text_of(value.get("object"))
        if value.get("error") and kind != "response":
            telling.add(error_of(telling, value, http=True))
        elif kind in _WHOLE or isinstance(value.get("output"), list):
            telling.only(value, RESPONSE_KEYS)
            response = self._response("", "response.created")
            response.whole(telling, value, "$", _WHOLE.get(kind, ""))
            response.end(telling, End(*telling.here(), via="eof"))
            self._ended = True
        else:
            telling.unknown("$", value)

    def finish(self, at_ns: int) -> Sequence[Delta]:
        """Closes what is open. A stream without its terminal event did not end cleanly, unless
        it said that it failed."""
        return self._end(Telling(self._frame, at_ns, ""), "eof")

    def _end(self, telling: Telling, via: _Via) -> Sequence[Delta]:
        """End the responses that have not ended; with none at all, the stream."""
        for response in self._lanes.values():
            if not response.ended:
                clean = via == "sentinel" or response.failed
                response.end(telling, End(*telling.here(), via=via, clean=clean))
                self._ended = True
        if not self._ended:
            self._ended = True
            telling.add(End(*telling.here(), via=via, clean=via == "sentinel"))
        return telling.deltas


def _other(telling: Telling, event: Members, kind: str) -> bool:
    """Events that are about no response; whether it is one."""
    match kind:
        case "keepalive":
            telling.add(Keepalive(*telling.here(), form="keepalive_event"))
        case "ping":
            telling.add(Keepalive(*telling.here(), form="ping_event"))
        case "response.compaction.compacting":
            telling.add(Meta(*telling.here(), what="status", value="compacting"))
        case "response.steer.accepted" | "response.steer.pending" | "response.steer.failed":
            telling.add(Meta(*telling.here(), what="steering", value=event))
        case _:
            return False
    return True
