"""VCR.py's cassettes, YAML or JSON: `version: 1`, `interactions` of `request` and `response`.

A body is a text where it is UTF-8 and bytes where it is not. VCR.py keeps no times.
Source: vcr/serialize.py and vcr/request.py of vcrpy 9.
"""

from typing import Any

from wiretape.cassettes.interop.exchange import Exchange, Refused
from wiretape.cassettes.interop.fields import Reader, body_bytes, header_pairs, table, text, whole


class VcrpyReader(Reader):
    """Reads `interactions`."""

    def exchange(self, part: Any, place: str) -> Exchange:
        """The exchange in an interaction. Raises Refused."""
        whole_part = table(part, "the interaction")
        asked = table(whole_part.get("request"), "request")
        answer = table(whole_part.get("response"), "response")
        status = table(answer.get("status"), "response.status")
        return Exchange(
            place=place,
            method=text(asked.get("method"), "request.method"),
            url=text(asked.get("uri"), "request.uri"),
            request_headers=header_pairs(asked.get("headers"), "request.headers"),
            request_body=_body(asked.get("body"), "request.body"),
            status=whole(status.get("code"), "response.status.code"),
            reason=text(status.get("message"), "response.status.message"),
            response_headers=header_pairs(answer.get("headers"), "response.headers"),
            response_body=_body(answer.get("body"), "response.body"),
        )


def _body(value: Any, what: str) -> bytes:
    if isinstance(value, list):
        return b"".join(body_bytes(piece, what) for piece in value)
    if not isinstance(value, dict):
        return body_bytes(value, what)
    if "string" not in value and "base64_string" not in value:
        raise Refused(f"{what} has no 'string'")
    return body_bytes(value.get("string"), f"{what}.string")
