"""Interactions as a cassette of VCR.py: YAML, `version: 1`.

Bodies are texts where they are UTF-8 and bytes where they are not, as VCR.py writes them. Times,
borders of chunks and endings have no place in it.
"""

from collections.abc import Iterable
from typing import Any

import yaml

from wiretape.cassettes.interop.exchange import Left
from wiretape.cassettes.interop.exporting import Export, Sessions, answered, url_of
from wiretape.cassettes.model import Headers, Interaction

_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def export_vcr(interactions: Iterable[Interaction], sessions: Sessions, tool: str) -> Export:
    """The file, and what it cannot say."""
    remarks: list[Left] = []
    parts = [_part(interaction) for interaction in answered(interactions, remarks)]
    document = {"interactions": parts, "version": 1}
    data = yaml.dump(
        document, Dumper=_DUMPER, allow_unicode=True, encoding="utf-8", sort_keys=False
    )
    return Export(bytes(data), len(parts), tuple(remarks))


def _part(interaction: Interaction) -> dict[str, Any]:
    asked, answer = interaction.request, interaction.response
    assert answer is not None, "only what was answered is written"
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
