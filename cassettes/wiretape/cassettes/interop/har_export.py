"""Interactions as a HAR 1.2.

The specification wants the content of a response with its coding off, in text where it is one.
Times are the wait for the head and the receiving of the rest; where nothing was measured they
are 0 and a comment says so.
"""

import base64
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from wiretape.cassettes.http1 import header
from wiretape.cassettes.interop.exchange import Left
from wiretape.cassettes.interop.exporting import Export, Sessions, answered, url_of, without_coding
from wiretape.cassettes.model import Headers, Interaction, Response

_NS_PER_MS = 1_000_000
_EPOCH = "1970-01-01T00:00:00Z"


def export_har(interactions: Iterable[Interaction], sessions: Sessions, tool: str) -> Export:
    """The file, and what it cannot say."""
    remarks: list[Left] = []
    entries = [_entry(one, sessions) for one in answered(interactions, remarks)]
    name, _, version = tool.partition(" ")
    log = {
        "version": "1.2",
        "creator": {"name": name, "version": version},
        "pages": [],
        "entries": entries,
    }
    data = msgspec.json.format(msgspec.json.encode({"log": log}), indent=2)
    return Export(data + b"\n", len(entries), tuple(remarks))


def _entry(interaction: Interaction, sessions: Sessions) -> dict[str, Any]:
    asked, answer, timeline = interaction.request, interaction.response, interaction.timeline
    assert answer is not None, "only what was answered is written"
    wait = max(0, timeline.head_ns or 0)
    receive = max(0, timeline.ending.at_ns - wait)
    url = url_of(interaction)
    entry: dict[str, Any] = {
        "startedDateTime": _started(interaction, sessions),
        "time": (wait + receive) / _NS_PER_MS,
        "request": {
            "method": asked.method,
            "url": url,
            "httpVersion": f"HTTP/{asked.version}",
            "cookies": [],
            "headers": _headers(asked.headers),
            "queryString": _query(url),
            "headersSize": -1,
            "bodySize": len(asked.body),
        },
        "response": {
            "status": answer.status,
            "statusText": answer.reason,
            "httpVersion": f"HTTP/{answer.version}",
            "cookies": [],
            "headers": _headers(answer.headers),
            "content": _content(answer),
            "redirectURL": header(answer.headers, "location") or "",
            "headersSize": -1,
            "bodySize": len(answer.body),
        },
        "cache": {},
        "timings": {"send": 0, "wait": wait / _NS_PER_MS, "receive": receive / _NS_PER_MS},
    }
    if asked.body:
        entry["request"]["postData"] = _posted(asked.headers, asked.body)
    if timeline.timing in ("none", "given"):
        entry["timings"]["comment"] = "not measured"
    return entry


def _started(interaction: Interaction, sessions: Sessions) -> str:
    session = sessions.get(interaction.session)
    zero = datetime.fromisoformat(session.started if session else _EPOCH)
    zero = zero if zero.tzinfo else zero.replace(tzinfo=UTC)
    moment = zero + timedelta(microseconds=interaction.start_ns // 1000)
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _headers(headers: Headers) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]


def _query(url: str) -> list[dict[str, str]]:
    pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    return [{"name": name, "value": value} for name, value in pairs]


def _posted(headers: Headers, body: bytes) -> dict[str, str]:
    kind = header(headers, "content-type") or ""
    try:
        return {"mimeType": kind, "text": body.decode()}
    except UnicodeDecodeError:
        # Not in HAR 1.2, but what Chrome and others write.
        text = base64.b64encode(body).decode()
        return {"mimeType": kind, "text": text, "encoding": "base64"}


def _content(answer: Response) -> dict[str, Any]:
    decoded = without_coding(answer)
    body = answer.body if decoded is None else decoded
    content: dict[str, Any] = {
        "size": len(body),
        "compression": len(body) - len(answer.body),
        "mimeType": header(answer.headers, "content-type") or "application/octet-stream",
    }
    try:
        return {**content, "text": body.decode()}
    except UnicodeDecodeError:
        return {**content, "text": base64.b64encode(body).decode(), "encoding": "base64"}
