"""cassetter's cassettes, YAML: `version: 1`, bodies with a `type`, `recorded_at`.

A body is `none`, `text`, `binary` (hexadecimal) or `json`. Of JSON the values are kept
and the bytes are not: they are written anew, in the one of the usual spellings that is as long as
Content-Length says, and else as cassetter itself plays them. The file has the time of recording of
each exchange and no other.
"""

import json
import math
import re
from typing import Any

from wiretape.cassettes.http1 import header
from wiretape.cassettes.interop.exchange import Exchange, Refused
from wiretape.cassettes.interop.fields import (
    Reader,
    body_bytes,
    header_pairs,
    table,
    text,
    wall_clock_ns,
    whole,
)
from wiretape.cassettes.interop.yaml_text import Plain
from wiretape.cassettes.model import Headers

_INTEGER = re.compile(r"[+-]?(0|[1-9]\d{0,400})", re.ASCII)
_FLOAT = re.compile(r"[+-]?(\d+\.\d*|\.\d+|\d+(?=[eE]))([eE][+-]?\d{1,4})?", re.ASCII)
_WORDS = {"true": True, "True": True, "false": False, "False": False}
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})*")


class CassetterReader(Reader):
    """Reads `interactions`."""

    def exchange(self, part: Any, place: str) -> Exchange:
        """The exchange in an interaction. Raises Refused."""
        whole_part = table(part, "the interaction")
        if "request" not in whole_part or "response" not in whole_part:
            raise Refused("no HTTP request with a response (gRPC or a WebSocket)")
        asked = table(whole_part["request"], "request")
        answer = table(whole_part["response"], "response")
        sent = header_pairs(asked.get("headers"), "request.headers")
        received = header_pairs(answer.get("headers"), "response.headers")
        remarks: list[str] = []
        return Exchange(
            place=place,
            method=text(asked.get("method"), "request.method"),
            url=text(asked.get("uri"), "request.uri"),
            request_headers=sent,
            request_body=_body(asked.get("body"), sent, "request", remarks),
            status=whole(answer.get("status"), "response.status"),
            reason="",
            response_headers=received,
            response_body=_body(answer.get("body"), received, "response", remarks),
            started_ns=wall_clock_ns(whole_part.get("recorded_at")),
            remarks=tuple(remarks),
        )


def _body(value: Any, headers: Headers, side: str, remarks: list[str]) -> bytes:
    if not isinstance(value, dict):
        return body_bytes(value, f"{side}.body")
    content = value.get("content")
    match value.get("type"):
        case "none":
            return b""
        case "text" | "sse":
            return body_bytes(content, f"{side}.body.content")
        case "binary":
            return _binary(text(content, f"{side}.body.content"), side)
        case "json":
            remarks.append(f"the {side}'s JSON is written anew")
            return _json(content, headers)
        case kind:
            raise Refused(f"a body of type {str(kind)[:40]!r}")


def _binary(content: str, side: str) -> bytes:
    if not _HEX.fullmatch(content):
        raise Refused(f"the {side}'s body is not hexadecimal")
    return bytes.fromhex(content)


def _json(content: Any, headers: Headers) -> bytes:
    value = _typed(content)
    length = header(headers, "content-length")
    spellings = [
        json.dumps(value, ensure_ascii=ascii_only, separators=separators).encode(
            "utf-8", "surrogatepass"
        )
        for separators in ((", ", ": "), (",", ":"))
        for ascii_only in (False, True)
    ]
    return next((body for body in spellings if str(len(body)) == length), spellings[0])


def _typed(value: Any) -> Any:
    """What stands without quotes as YAML 1.2 means it; its depth is bounded by the loader."""
    match value:
        case Plain():
            return _number(str(value))
        case dict():
            return {key: _typed(one) for key, one in value.items()}
        case list():
            return [_typed(one) for one in value]
        case bytes():
            return value.decode("utf-8", "replace")
    return value


def _number(written: str) -> Any:
    if written in _WORDS:
        return _WORDS[written]
    if _INTEGER.fullmatch(written):
        return int(written)
    if _FLOAT.fullmatch(written) and math.isfinite(float(written)):
        return float(written)
    return written
