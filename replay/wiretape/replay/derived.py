"""Interactions made out of recorded ones, the last used first, bounded in bytes.

The same one is given again, so that its wire image is built once. Knows the model only.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable

from wiretape.cassettes.model import Interaction

LIMIT = 64 << 20
"""Bytes of bodies kept."""

_EACH = 1024
"""What one costs beside its body, so that empty ones are bounded as well."""


class Derived:
    """What was made, by what it was made for."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._size = 0
        self._kept: OrderedDict[Hashable, Interaction] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Interaction]) -> Interaction:
        """The one of this key, made where it is not at hand."""
        if kept := self._kept.get(key):
            self._kept.move_to_end(key)
            return kept
        made = self._kept[key] = make()
        self._size += _size(made)
        while self._size > self._limit:
            _, oldest = self._kept.popitem(last=False)
            self._size -= _size(oldest)
        return made


def _size(interaction: Interaction) -> int:
    response = interaction.response
    return _EACH + (0 if response is None else len(response.body))
