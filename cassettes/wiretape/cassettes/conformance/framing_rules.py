"""Rules over frames alone: what is against a framing's own rules, and what known clients choke on.

A rule of source `sdk` is about the official Python client of the API that is spoken; what that
client does stands in `clients`, and is tried on the client itself in the tests. Other clients may
bear it. Knows frames and headers; what frames mean only as far as a client's decoder looks at it.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from wiretape.cassettes.conformance.clients import (
    CHOKES,
    CLIENTS,
    OPENAI,
    OTHER_CLIENTS,
    chokes_of,
)
from wiretape.cassettes.conformance.rule import (
    EVERY_PROFILE,
    Exchange,
    Finding,
    Profile,
    Rule,
    Severity,
    found,
)
from wiretape.cassettes.dialects.delta import Json
from wiretape.cassettes.dialects.payload import Decode, NotJson
from wiretape.cassettes.framing.base import is_json
from wiretape.cassettes.framing.frame import Frame, Framing, Malformed, MalformedCause
from wiretape.cassettes.framing.sse import BOM
from wiretape.cassettes.http1 import header

_CLIENTS: Final[frozenset[Profile]] = frozenset({"openai", "sdk"})

DONE: Final = b"[DONE]"
LONGEST_LINE: Final = 1_048_576
"""Characters of a line that cohere's client takes."""


def _broken(id_: str, sentence: str) -> Rule:
    """What the framing itself forbids."""
    return Rule(id_, "error", "prose", sentence, EVERY_PROFILE)


def _choked(
    id_: str, sentence: str, severity: Severity = "warning", profiles: frozenset[Profile] = _CLIENTS
) -> Rule:
    """What a client cannot take: the sentence says which, and what it does."""
    else_ = ", ".join(f"{client} {does}" for client, does in CHOKES[id_].items())
    return Rule(id_, severity, "sdk", f"{sentence.removesuffix('.')}: else {else_}.", profiles)


SSE_TRUNCATED = _broken("sse.truncated", "The last event of a body has its blank line.")
SSE_NOT_UTF8 = _broken("sse.not-utf8", "An event stream is UTF-8.")
SSE_BOM = _choked("sse.bom", "No byte order mark stands before the first event.")
SSE_NO_DATA = _choked("sse.event-without-data", "Every event has data.")
SSE_ID = _choked(
    "sse.id-makes-empty-events", "After an `id:` line, no blank line stands without an event."
)
SSE_DATA_SPACE = _choked("sse.data-without-space", "A space follows `data:`.")
SSE_OTHER_LINES = _choked("sse.other-lines", "There are no lines but `data:` lines.")
SSE_NO_NAME = _choked("sse.no-event-name", "Every event has an `event:` line.")
SSE_NOT_JSON = _choked("sse.not-json", "The data of every event is JSON, or `[DONE]`.")
SSE_DONE = _choked(
    "sse.done-not-exact", "No more than one space stands between `data:` and `[DONE]`."
)
SSE_BY_LINE = _choked(
    "sse.line-by-line",
    "Every `data:` line is JSON for itself, without U+2028, U+2029 or U+0085 unescaped, or"
    " `data: [DONE]` to the letter.",
    "note",
    frozenset({"sdk"}),
)
SSE_LONG_LINE = _choked("sse.long-line", "No line is longer than 1,048,576 characters.")
SSE_ERROR_KEY = _choked(
    "sse.error-key", "No data has an `error` that is true.", "note", frozenset({"sdk"})
)
SSE_ERROR_UNSEEN = _choked(
    "sse.error-unseen", "The data of an event named `error` has an `error` object."
)
CONTENT_TYPE = _broken(
    "http.content-type",
    "The content type says how the body is framed. (Of Responses: `responses.content-type`.)",
)

EVENTSTREAM_CRC = _broken("eventstream.bad-crc", "The checksums of every message are right.")
EVENTSTREAM_LENGTH = _broken(
    "eventstream.bad-length", "A message has at most 128 KiB of headers and 24 MiB of payload."
)
EVENTSTREAM_HEADER = _broken(
    "eventstream.bad-header", "Headers have a type that there is, and no name twice."
)
EVENTSTREAM_TRUNCATED = _broken("eventstream.truncated", "The last message is whole.")

NDJSON_TRUNCATED = _broken("ndjson.truncated", "The last line is a complete JSON value.")
NDJSON_NOT_JSON = _broken("ndjson.not-json", "Every line is a JSON value.")
NDJSON_NOT_UTF8 = _broken("ndjson.not-utf8", "Lines of JSON are UTF-8.")
NDJSON_BOM = _choked("ndjson.bom", "No byte order mark stands before the first line.")
NDJSON_BLANK = _choked("ndjson.blank-line", "There are no blank lines.")
NDJSON_SEPARATOR = _choked(
    "ndjson.line-separator", "No line holds U+2028, U+2029, U+0085 or a CR unescaped."
)

ARRAY_TRUNCATED = _broken("json-array.truncated", "The array has its closing bracket.")
ARRAY_COMMA = _broken("json-array.comma", "One comma stands between two elements.")
ARRAY_NOT_JSON = _broken("json-array.not-json", "Every element is a JSON value.")
ARRAY_NOT_ONE = _broken("json-array.not-one-array", "The body is one JSON array and no more.")

WEBSOCKET_PROTOCOL = _broken("websocket.protocol", "Messages hold to RFC 6455 and RFC 7692.")
WEBSOCKET_TRUNCATED = _broken("websocket.truncated", "The last message is whole.")

RULES: tuple[Rule, ...] = (
    *(SSE_TRUNCATED, SSE_NOT_UTF8, SSE_BOM, SSE_NO_DATA, SSE_ID, SSE_DATA_SPACE),
    *(SSE_OTHER_LINES, SSE_NO_NAME, SSE_NOT_JSON, SSE_DONE, SSE_LONG_LINE, SSE_ERROR_KEY),
    *(SSE_ERROR_UNSEEN, SSE_BY_LINE, CONTENT_TYPE),
    *(EVENTSTREAM_CRC, EVENTSTREAM_LENGTH, EVENTSTREAM_HEADER, EVENTSTREAM_TRUNCATED),
    *(NDJSON_TRUNCATED, NDJSON_NOT_JSON, NDJSON_NOT_UTF8, NDJSON_BOM, NDJSON_BLANK),
    *(NDJSON_SEPARATOR, ARRAY_TRUNCATED, ARRAY_COMMA, ARRAY_NOT_JSON, ARRAY_NOT_ONE),
    *(WEBSOCKET_PROTOCOL, WEBSOCKET_TRUNCATED),
)

_MALFORMED: Final[dict[tuple[Framing, MalformedCause], Rule]] = {
    ("sse", "truncated"): SSE_TRUNCATED,
    ("eventstream", "bad_crc"): EVENTSTREAM_CRC,
    ("eventstream", "bad_length"): EVENTSTREAM_LENGTH,
    ("eventstream", "bad_header"): EVENTSTREAM_HEADER,
    ("eventstream", "truncated"): EVENTSTREAM_TRUNCATED,
    ("ndjson", "truncated"): NDJSON_TRUNCATED,
    ("json_array", "truncated"): ARRAY_TRUNCATED,
    ("json_array", "not_json"): ARRAY_NOT_JSON,
    ("json_array", "protocol"): ARRAY_NOT_ONE,
    ("websocket", "truncated"): WEBSOCKET_TRUNCATED,
    ("websocket", "protocol"): WEBSOCKET_PROTOCOL,
}

_OF_THEIR_OWN: Final = "openai.responses"
"""The API whose rules ask for JSON and for the content type themselves."""

_WITH_ERROR_OBJECTS: Final = ("openai.chat", "openai.completions")


def apis_of(rule: Rule) -> tuple[str, ...]:
    """The APIs whose client a rule is about, sorted; empty where it is about every API."""
    clients = CHOKES.get(rule.id, {})
    pairs = (*CLIENTS.items(), *OTHER_CLIENTS.items())
    apis = sorted(api for api, client in pairs if client in clients)
    if rule is SSE_ERROR_UNSEEN:
        return _WITH_ERROR_OBJECTS
    return tuple(api for api in apis if rule is not SSE_NOT_JSON or api != _OF_THEIR_OWN)


_STREAM_TYPES: Final[dict[str, Framing]] = {
    "text/event-stream": "sse",
    "application/vnd.amazon.eventstream": "eventstream",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "application/x-jsonl": "ndjson",
    "application/stream+json": "ndjson",
}


def check_framing(exchange: Exchange) -> Iterator[Finding]:
    """All of them."""
    yield from _content_type(exchange)
    complete = exchange.interaction.timeline.ending.kind == "complete"
    for item in exchange.frames:
        if isinstance(item, Malformed):
            rule = _MALFORMED.get((exchange.framing, item.cause))
            # A connection that broke explains a last frame that is not whole.
            if rule is not None and (complete or item.cause != "truncated"):
                yield found(rule, item.words, item)
    frames = [item for item in exchange.frames if isinstance(item, Frame)]
    if exchange.framing == "sse":
        yield from _sse(exchange.api, frames, exchange.decode)
    elif exchange.framing == "ndjson":
        yield from _ndjson(exchange.api, frames, exchange.decode)
    elif exchange.framing == "json_array":
        yield from _json_array(exchange.frames, exchange.decode)


def _content_type(exchange: Exchange) -> Iterator[Finding]:
    response, framing = exchange.interaction.response, exchange.framing
    if response is None or not exchange.frames or exchange.api == _OF_THEIR_OWN:
        return
    value = header(response.headers, "content-type") or ""
    named = _STREAM_TYPES.get(value.partition(";")[0].strip().lower())
    if named != (framing if framing in _STREAM_TYPES.values() else None):
        what = f"`Content-Type: {value}`" if value else "no content type"
        yield found(CONTENT_TYPE, f"{what}, but the body is {_WORDS[framing]}")


_WORDS: Final[dict[Framing, str]] = {
    "sse": "server-sent events",
    "ndjson": "lines of JSON",
    "eventstream": "AWS eventstream messages",
    "json_array": "one JSON array",
    "json": "no stream",
    "websocket": "WebSocket frames",
}


def _choke(rule: Rule, api: str, what: str, frame: Frame, path: str = "") -> Iterator[Finding]:
    """A finding where the API's client cannot take it."""
    for client, does in chokes_of(api).get(rule.id, ()):
        yield found(rule, f"{what}: {client} {does}", frame, path)


def _sse(api: str, frames: list[Frame], decode: Decode) -> Iterator[Finding]:
    had_id = False
    chokes = chokes_of(api)
    lines_matter = not _OF_LINES.isdisjoint(chokes)
    needs_name = SSE_NO_NAME.id in chokes
    for frame in frames:
        if lines_matter or frame.offset == 0 or not frame.raw.isascii():
            yield from _sse_bytes(api, frame)
        if frame.kind == "data":
            data = frame.data.strip()
            value = _NO_JSON if data in _BARE else decode(data)
            if not isinstance(value, dict) or needs_name or value.get("error") or frame.name:
                yield from _sse_data(api, frame, data, value)
            if SSE_BY_LINE.id in chokes:
                yield from _line_by_line(api, frame, data, value)
        elif frame.name or frame.headers.get("id") or "retry" in frame.headers:
            if CLIENTS.get(api) == OPENAI:  # the others skip events without any data field
                yield from _choke(SSE_NO_DATA, api, "an event without data", frame)
        elif had_id and _has_blank_line(frame):
            what = "a blank line without an event, after an `id:` line"
            yield from _choke(SSE_ID, api, what, frame)
        had_id = bool(frame.headers.get("id", "x" if had_id else ""))


_OF_LINES: Final = frozenset({SSE_OTHER_LINES.id, SSE_DATA_SPACE.id, SSE_LONG_LINE.id})
_BARE: Final = (b"", DONE)
_NO_JSON: Final = NotJson("")


def _has_blank_line(frame: Frame) -> bool:
    """Whether a frame without fields has one: a comment may have none."""
    return frame.kind == "empty" or frame.raw.splitlines()[-1] == b""


def _sse_bytes(api: str, frame: Frame) -> Iterator[Finding]:
    """What the lines look like."""
    if not _is_utf8(frame.raw):
        yield found(SSE_NOT_UTF8, "bytes that are not UTF-8", frame)
    raw = frame.raw
    if frame.offset == 0 and raw.startswith(BOM):
        yield from _choke(SSE_BOM, api, "a byte order mark before the first event", frame)
        raw = raw[len(BOM) :]
    client = CLIENTS.get(api)
    if client == "google-genai":
        for line in raw.splitlines():
            if line.partition(b":")[0] != b"data" and line:
                yield from _choke(SSE_OTHER_LINES, api, f"the line {_seen(line)}", frame)
            elif line and not line.startswith(b"data: ") and frame.data:
                what = f"no space after `data:` in {_seen(line)}"
                yield from _choke(SSE_DATA_SPACE, api, what, frame)
    elif client == "cohere" and (longest := _longest_line(raw)) > LONGEST_LINE:
        yield from _choke(SSE_LONG_LINE, api, f"a line of {longest:,} characters", frame)


def _longest_line(raw: bytes) -> int:
    if len(raw) <= LONGEST_LINE:
        return len(raw)
    return max(len(line.decode("utf-8", "replace")) for line in raw.splitlines())


def _sse_data(api: str, frame: Frame, data: bytes, value: Json | NotJson) -> Iterator[Finding]:
    """What the data is, its whitespace stripped."""
    if not frame.name and data != DONE:
        yield from _choke(SSE_NO_NAME, api, "an event without an `event:` line", frame)
    if isinstance(value, dict):
        yield from _sse_error(api, frame, bool(value.get("error")))
    elif not data:
        yield from _choke(SSE_NO_DATA, api, "an event with empty data", frame)
    elif data == DONE and CLIENTS.get(api) != "google-genai":
        if not frame.data.startswith(DONE):
            yield from _choke(SSE_DONE, api, f"the data is {_seen(frame.data)}", frame)
    elif (
        not _is_json(data, value)
        and api != _OF_THEIR_OWN
        and not (api == "anthropic.messages" and frame.name in _UNREAD)
    ):
        yield from _choke(SSE_NOT_JSON, api, f"{_seen(data)} is not JSON", frame)


def _is_json(data: bytes, value: Json | NotJson) -> bool:
    """Whether it is a JSON value, or nearly: NaN, and what is nested too deep, are no matter of
    framing."""
    return not isinstance(value, NotJson) or is_json(data)


def _line_by_line(api: str, frame: Frame, whole: bytes, value: Json | NotJson) -> Iterator[Finding]:
    """What huggingface_hub makes of each line that Python's `splitlines()` gives it. Data that is
    no JSON either way is another rule's."""
    lines = frame.raw.decode("utf-8", "replace").splitlines()
    if len(lines) == 2 and lines[0].startswith("data: {"):
        return  # the usual event: one line and the blank one
    if whole != DONE and not _is_json(whole, value):
        return
    told = whole.decode("utf-8", "replace")
    for line in lines:
        if not line.startswith("data:") or line.strip() == "data: [DONE]":
            continue
        data = line.lstrip("data:").strip()  # noqa: B005  letter for letter what it does
        if whole == DONE or (data != told and not is_json(data.encode())):
            yield from _choke(SSE_BY_LINE, api, f"the line {_seen(line.encode())}", frame)
            return


_UNREAD: Final = ("", "ping")
"""Names of events whose data anthropic's client does not look at."""


def _sse_error(api: str, frame: Frame, has_error: bool) -> Iterator[Finding]:
    if has_error:
        yield from _choke(SSE_ERROR_KEY, api, "the data has an `error`", frame, "$.error")
    elif frame.name == "error" and api in _WITH_ERROR_OBJECTS:
        what = "an event named `error` whose data has no `error`"
        yield from _choke(SSE_ERROR_UNSEEN, api, what, frame, "$.error")


def _ndjson(api: str, frames: list[Frame], decode: Decode) -> Iterator[Finding]:
    for frame in frames:
        if frame.kind == "empty":
            yield from _choke(NDJSON_BLANK, api, "a blank line", frame)
            continue
        data = frame.data
        if frame.offset == 0 and data.startswith(BOM):
            yield from _choke(NDJSON_BOM, api, "a byte order mark before the first line", frame)
            data = data[len(BOM) :]
        if not _is_utf8(data):
            yield found(NDJSON_NOT_UTF8, "bytes that are not UTF-8", frame)
        if not _is_json(data, decode(data)):
            yield found(NDJSON_NOT_JSON, f"{_seen(data)} is not JSON", frame)
        elif len(data.decode("utf-8", "replace").splitlines()) > 1:
            what = "a line that Python's splitlines() splits"
            yield from _choke(NDJSON_SEPARATOR, api, what, frame)


def _json_array(items: Sequence[Frame | Malformed], decode: Decode) -> Iterator[Finding]:
    for place, item in enumerate(items):
        if isinstance(item, Malformed):
            continue
        if item.data and not _is_json(item.data, decode(item.data)):
            yield found(ARRAY_NOT_JSON, f"{_seen(item.data)} is not JSON", item)
        commas = item.raw[: len(item.raw) - len(item.data)].count(b",")
        wanted = 1 if place > 0 and item.kind == "data" else 0
        if commas != wanted:
            yield found(ARRAY_COMMA, f"{commas} commas, and not {wanted}", item)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _seen(data: bytes) -> str:
    """The first characters, as words show them."""
    return repr(data[:40].decode("utf-8", "replace"))
