"""A listing for programs: one JSON object a line. Pure."""

from collections.abc import Iterable

import msgspec

from wiretape.cli.views.listing import Listed


def listing_json(rows: Iterable[Listed]) -> str:
    """JSON Lines, each with the keys of Listed."""
    return "".join(f"{msgspec.json.encode(row).decode()}\n" for row in rows)
