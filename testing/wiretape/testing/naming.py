"""Where the cassette of a test lies: named after the test, never after the clock.

    tests/test_agent.py::test_weather            tests/cassettes/test_agent/test_weather.tape.zst
    tests/test_agent.py::TestTools::test_one[a]  .../test_agent/TestTools.test_one[a].tape.zst

In one folder for all, that of the test below the root of the project comes before it:

    tests/unit/test_agent.py::test_weather      FOLDER/tests/unit/test_agent/test_weather.tape.zst

Whatever stands in the id of a parametrised test, the file is in its folder and its name is one
that git, archives and the usual file systems take. Pure; knows paths only.
"""

import hashlib
import os
import re
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from wiretape.testing.errors import BadSetting

SUFFIX = ".tape.zst"
FOLDER = "cassettes"

LONGEST = 120
"""Characters of a name without its suffix: file systems take 255 bytes with ours and that of the
journal, and a listing is to be read."""

_UNSAFE = re.compile(r"[^\w.\[\]=+,@-]+", re.ASCII)
_DIGEST = 8


class OneFolder(NamedTuple):
    """Where all cassettes of a project lie."""

    root: Path
    """Of the project: below it no two modules have one path."""
    folder: Path


def cassette_path(
    test_file: Path, names: tuple[str, ...], one_folder: OneFolder | None = None
) -> Path:
    """The cassette of a test. `names`: of its classes and function, from the outermost in.
    `one_folder`: for all cassettes; by default they lie beside the test's file."""
    return _of_module(test_file, one_folder) / (safe_name(".".join(names)) + SUFFIX)


def named_path(test_file: Path, name: str, one_folder: OneFolder | None = None) -> Path:
    """The cassette that a marker names: `greeting` is of the module alone, `shared/greeting`
    begins at the folder of all cassettes. Raises BadSetting for a name that leads out of it."""
    parts = PurePosixPath(name).parts
    if (
        not name
        or not name.isprintable()
        or name.startswith("/")
        or "\\" in name
        or {"..", "."} & set(name.split("/"))
    ):
        raise BadSetting(
            f"a cassette named {name!r} would not lie in its folder; write NAME or A/B"
        )
    inside = test_file.parent / FOLDER if one_folder is None else one_folder.folder
    if len(parts) == 1:
        inside = _of_module(test_file, one_folder)
    return inside.joinpath(*parts[:-1], parts[-1].removesuffix(SUFFIX) + SUFFIX)


def _of_module(test_file: Path, one_folder: OneFolder | None) -> Path:
    if one_folder is None:
        return test_file.parent / FOLDER / safe_name(test_file.stem)
    root, folder = one_folder
    # A test that is not below the root has `..` in its way from there.
    way = Path(os.path.relpath(test_file.parent, root)).parts
    return folder.joinpath(*map(safe_name, way), safe_name(test_file.stem))


def safe_name(name: str) -> str:
    """The name as a file may have it. One that had to be changed ends in a digest, so that no two
    tests share a cassette."""
    safe = _UNSAFE.sub("-", name).lstrip(".") or "-"
    if safe == name and len(safe) <= LONGEST:
        return safe
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    return f"{safe[: LONGEST - _DIGEST - 1]}-{digest}"
