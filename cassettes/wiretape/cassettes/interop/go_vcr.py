"""go-vcr's cassettes, YAML: `version: 1` (go-vcr 1 and 2) and `version: 2` (3 and 4).

Both have `interactions` of `request` (`url`, `body`, `headers`, `form`) and `response` (`code`,
`status`, `body`, `headers`); the later one adds protocols, lengths and `transfer_encoding`, and
measures `duration`, which is the time until the head of the response had come. Go takes
Transfer-Encoding out of the headers, and a gzip that it had asked for itself out of the body.
"""

import re
from typing import Any

from wiretape.cassettes.interop.exchange import Exchange
from wiretape.cassettes.interop.fields import (
    Reader,
    body_bytes,
    header_pairs,
    row,
    table,
    text,
    whole,
)
from wiretape.cassettes.model import Headers

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|μs|ns)", re.ASCII)
_NS = {
    "h": 3_600_000_000_000,
    "m": 60_000_000_000,
    "s": 1_000_000_000,
    "ms": 1_000_000,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ns": 1,
}


class GoVcrReader(Reader):
    """Reads `interactions`."""

    def exchange(self, part: Any, place: str) -> Exchange:
        """The exchange in an interaction. Raises Refused."""
        whole_part = table(part, "the interaction")
        asked = table(whole_part.get("request"), "request")
        answer = table(whole_part.get("response"), "response")
        head_ns = duration_ns(text(answer.get("duration"), "response.duration"))
        code = whole(answer.get("code"), "response.code")
        status = text(answer.get("status"), "response.status")
        return Exchange(
            place=place,
            method=text(asked.get("method"), "request.method") or "GET",
            url=text(asked.get("url"), "request.url"),
            request_headers=header_pairs(asked.get("headers"), "request.headers"),
            request_body=body_bytes(asked.get("body"), "request.body"),
            status=code,
            reason=status.removeprefix(str(code)).strip(),
            response_headers=_response_headers(answer),
            response_body=body_bytes(answer.get("body"), "response.body"),
            version=text(answer.get("proto"), "response.proto").removeprefix("HTTP/") or "1.1",
            trailers=header_pairs(answer.get("trailer"), "response.trailer"),
            timing="head" if head_ns else "none",
            head_ns=head_ns,
            end_ns=head_ns,
        )


def _response_headers(answer: dict[str, Any]) -> Headers:
    headers = header_pairs(answer.get("headers"), "response.headers")
    codings = row(answer.get("transfer_encoding"), "response.transfer_encoding")
    if not codings or any(name.lower() == "transfer-encoding" for name, _ in headers):
        return headers
    named = ", ".join(text(coding, "response.transfer_encoding") for coding in codings)
    return (*headers, ("Transfer-Encoding", named))


def duration_ns(written: str) -> int:
    """`1m2.5s`, `215.5ms` as Go writes them; 0 where it is none."""
    found = _DURATION.findall(written)
    if "".join(number + unit for number, unit in found) != written:
        return 0
    return round(sum(float(number) * _NS[unit] for number, unit in found))
