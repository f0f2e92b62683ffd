"""Interactions as a cassette of VCR.py: YAML, `version: 1`.

Bodies are texts where they are UTF-8 and bytes where they are not, as VCR.py writes them. A body
in a content coding is written without it: VCR.py takes none off under requests, and where there
is none its clients agree. Times, borders of chunks and endings have no place in it.
"""

from collections.abc import Iterable
from typing import Any

import yaml
from msgspec.structs import replace

from wiretape.cassettes.http1 import header
from wiretape.cassettes.interop.exchange import Left
from wiretape.cassettes.interop.exporting import (
    Export,
    Sessions,
    answered,
    url_of,
    without_coding,
)
from wiretape.cassettes.model import Headers, Interaction, Response

_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def export_vcr(interactions: Iterable[Interaction], sessions: Sessions, tool: str) -> Export:
    """The file, and what it cannot say."""
    remarks: list[Left] = []
    parts: list[dict[str, Any]] = []
    decoded = 0
    for interaction in answered(interactions, remarks):
        assert interaction.response is not None, "only what was answered is written"
        answer = _plain(interaction.response)
        if answer is None:
            cause = "its body stays in its content coding, which VCR.py does not take off"
            remarks.append(Left(f"interaction {interaction.number}", cause))
        decoded += answer not in (None, interaction.response)
        parts.append(_part(interaction, answer or interaction.response))
    document = {"interactions": parts, "version": 1}
    data = yaml.dump(
        document, Dumper=_DUMPER, allow_unicode=True, encoding="utf-8", sort_keys=False
    )
    return Export(bytes(data), len(parts), tuple(remarks), decoded)


def _plain(answer: Response) -> Response | None:
    """The response without a content coding; None where it does not come off."""
    if not answer.body or header(answer.headers, "content-encoding") in (None, "", "identity"):
        return answer
    body = without_coding(answer)
    if body is None:
        return None
    length = ("Content-Length", str(len(body)))
    kept = (pair for pair in answer.headers if pair[0].lower() != "content-encoding")
    headers = tuple(length if pair[0].lower() == "content-length" else pair for pair in kept)
    return replace(answer, headers=headers, body=body)


def _part(interaction: Interaction, answer: Response) -> dict[str, Any]:
    asked = interaction.request
    return {
        "request": {
            "method": asked.method,
            "uri": url_of(interaction),
            "body": _body(asked.body) if asked.body else None,
            "headers": _headers(asked.headers),
        },
        "response": {
            "status": {"code": answer.status, "message": answer.reason},
            "headers": _headers(answer.headers),
            "body": {"string": _body(answer.body)},
        },
    }


def _headers(headers: Headers) -> dict[str, list[str]]:
    """Names are joined regardless of their case, as they are one header (RFC 9110 section 5.1)."""
    joined: dict[str, tuple[str, list[str]]] = {}
    for name, value in headers:
        joined.setdefault(name.lower(), (name, []))[1].append(value)
    return dict(joined.values())


def _body(body: bytes) -> str | bytes:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body
