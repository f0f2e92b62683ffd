"""VCR.py's cassettes, YAML or JSON: `version: 1`, `interactions` of `request` and `response`.

A body is a text where it is UTF-8 and bytes where it is not. VCR.py keeps no times.
Source: vcr/serialize.py and vcr/request.py of vcrpy 9.
"""

from typing import Any

from wiretape.cassettes.interop.exchange import Exchange, Refused
from wiretape.cassettes.interop.fields import Reader, body_bytes, from_base64
from wiretape.cassettes.interop.vcr_layout import vcr_exchange


class VcrpyReader(Reader):
    """Reads `interactions`."""

    def exchange(self, part: Any, place: str) -> Exchange:
        """The exchange in an interaction. Raises Refused."""
        return vcr_exchange(part, place, _body)


def _body(value: Any, what: str) -> bytes:
    if isinstance(value, list):
        return b"".join(body_bytes(piece, what) for piece in value)
    if not isinstance(value, dict):
        return body_bytes(value, what)
    if "base64_string" in value:  # VCR.py before 1.7 under Python 2
        return from_base64(value["base64_string"], f"{what}.base64_string")
    if "string" not in value:
        raise Refused(f"{what} has no 'string'")
    return body_bytes(value.get("string"), f"{what}.string")
