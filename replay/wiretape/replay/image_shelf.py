"""Wire images ready to be played again, the last used ones first.

Bounded in bytes: a tape may be larger than memory has room for twice. A stream that plays an
image holds it itself, whatever is thrown out here. Knows images and the pace.
"""

from collections import OrderedDict

from wiretape.cassettes.model import Interaction
from wiretape.replay.pacing import Pace, paced
from wiretape.replay.wire_image import Framing, WireImage, wire_image

LIMIT = 256 << 20
"""Bytes of images kept."""

_EACH = 4096
"""What one costs beside its bytes: where each request gets an id of its own, there is no end of
small ones."""


class ImageShelf:
    """The images of one server, all of one pace and framing."""

    def __init__(self, pace: Pace, framing: Framing, *, limit: int = LIMIT) -> None:
        self._pace = pace
        self._framing: Framing = framing
        self._limit = limit
        self._size = 0
        # The interaction is kept beside its image, so that no other one can take its id.
        self._images: OrderedDict[tuple[int, bool], tuple[Interaction, WireImage]] = OrderedDict()

    def image_of(self, interaction: Interaction, *, to_http_1_0: bool = False) -> WireImage:
        """The image of an interaction, built where it is not at hand."""
        key = (id(interaction), to_http_1_0)
        if kept := self._images.get(key):
            self._images.move_to_end(key)
            return kept[1]
        timeline = paced(interaction.timeline, self._pace)
        image = wire_image(interaction, timeline, self._framing, to_http_1_0=to_http_1_0)
        self._images[key] = (interaction, image)
        self._size += _size(image)
        while self._size > self._limit and self._images:
            _, (_, oldest) = self._images.popitem(last=False)
            self._size -= _size(oldest)
        return image


def _size(image: WireImage) -> int:
    return _EACH + len(image.data)
