"""The dialect of each API id."""

from collections.abc import Callable

from wiretape.cassettes.dialects.dialect import Dialect
from wiretape.cassettes.dialects.messages import MessagesDialect

DIALECTS: dict[str, Callable[[], Dialect]] = {
    "anthropic.messages": MessagesDialect,
}
"""Makes a dialect for one response, by the API's id in the catalogue."""
