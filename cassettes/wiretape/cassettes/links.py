"""Where a cassette stands that is named through a symbolic link.

A recording is kept where the link leads, and locked there, so that two names of one cassette are
one cassette; also while there is none yet. A link of somebody else, in a folder where others can
put one, is not followed. Knows paths and owners of links.
"""

import os
from pathlib import Path

from wiretape.cassettes.errors import CassetteError

_MOST = 40
"""Links in a row, as Linux follows them."""

PLANTED = (
    "what is recorded would go where another may read it: remove it, or record in a folder of "
    "your own"
)


def standing(path: Path) -> Path:
    """The path that a path leads to: itself where it is no link. It need not exist."""
    return _way(path)[-1]


def check_links(path: Path) -> None:
    """Raises CassetteError where a link on the way is neither ours nor of its folder's owner (who
    could do as they like there in any case).
    """
    for link in _way(path)[:-1]:
        if link.lstat().st_uid not in (os.geteuid(), link.parent.stat().st_uid):
            raise CassetteError(link, f"a symbolic link that is not yours; {PLANTED}")


def _way(path: Path) -> list[Path]:
    """The path, and what each link leads to. Raises CassetteError where that has no end."""
    way = [path]
    while way[-1].is_symlink():
        if len(way) > _MOST:
            raise CassetteError(path, "symbolic links that lead in a circle")
        way.append(way[-1].parent / way[-1].readlink())
    return way
