"""Ruby VCR's cassettes, YAML or JSON: `http_interactions` with `recorded_at`, `recorded_with`.

A body is `string` in the encoding that stands beside it, or `base64_string` where
preserve_exact_body_bytes was asked for. `recorded_at` is the end of an exchange to the second,
the only time there is. Source: lib/vcr/structs.rb of vcr 5 and 6.
"""

import codecs
from typing import Any

from msgspec.structs import replace

from wiretape.cassettes.interop.exchange import Exchange, Refused
from wiretape.cassettes.interop.fields import (
    Reader,
    body_bytes,
    from_base64,
    table,
    text,
    wall_clock_ns,
)
from wiretape.cassettes.interop.vcr_layout import vcr_exchange

_BYTES = frozenset({"", "ASCII-8BIT", "BINARY", "US-ASCII", "UTF-8"})
"""Encodings whose text is in the file as the bytes were."""


class RubyVcrReader(Reader):
    """Reads `http_interactions`."""

    def exchange(self, part: Any, place: str) -> Exchange:
        """The exchange in an interaction. Raises Refused."""
        answer = table(part, "the interaction").get("response")
        version = answer.get("http_version") if isinstance(answer, dict) else None
        return replace(
            vcr_exchange(part, place, _body),
            version=text(version, "response.http_version") or "1.1",
            started_ns=wall_clock_ns(part.get("recorded_at")),
        )


def _body(value: Any, what: str) -> bytes:
    if not isinstance(value, dict):
        return body_bytes(value, what)
    if "base64_string" in value:
        return from_base64(value["base64_string"], f"{what}.base64_string")
    string = value.get("string")
    encoding = text(value.get("encoding"), f"{what}.encoding")
    if encoding.upper() in _BYTES or not isinstance(string, str):
        return body_bytes(string, f"{what}.string")
    try:
        return string.encode(codecs.lookup(encoding).name)
    except (LookupError, UnicodeError):
        raise Refused(f"{what} is in the encoding {encoding!r}, which is not read") from None
