"""Where the cassette of a test lies, whatever its name."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiretape.testing.errors import BadSetting
from wiretape.testing.naming import LONGEST, OneFolder, cassette_path, named_path, safe_name

FILE = Path("/p/tests/test_agent.py")
FOLDER = Path("/p/tests/cassettes/test_agent")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("test_one",), "test_one.tape.zst"),
        (("TestTools", "test_one"), "TestTools.test_one.tape.zst"),
        (("test_one[a-1]",), "test_one[a-1].tape.zst"),
    ],
)
def test_named_after_the_test(names: tuple[str, ...], expected: str) -> None:
    assert cassette_path(FILE, names) == FOLDER / expected


def test_in_another_folder() -> None:
    where = OneFolder(Path("/p"), Path("/p/tapes"))
    folder = Path("/p/tapes/tests/test_agent")
    assert cassette_path(FILE, ("test_one",), where) == folder / "test_one.tape.zst"
    assert named_path(FILE, "hi", where) == folder / "hi.tape.zst"
    assert named_path(FILE, "shared/hi", where) == Path("/p/tapes/shared/hi.tape.zst")
    at_the_root = Path("/p/test_agent.py")
    assert named_path(at_the_root, "hi", where) == Path("/p/tapes/test_agent/hi.tape.zst")


@pytest.mark.parametrize(
    "other", ["/p/test_agent.py", "/p/tests/a/test_agent.py", "/test_agent.py", "/q/test_agent.py"]
)
def test_modules_of_one_name_do_not_share(other: str) -> None:
    where = OneFolder(Path("/p"), Path("/p/tests/tapes"))
    one, two = (cassette_path(file, ("test_one",), where) for file in (FILE, Path(other)))
    assert one != two
    assert one.is_relative_to(where.folder)
    assert two.is_relative_to(where.folder)
    assert ".." not in two.parts


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("greeting", "test_agent/greeting"),
        ("greeting.tape.zst", "test_agent/greeting"),
        ("shared/greeting", "shared/greeting"),
    ],
)
def test_named_by_a_marker(name: str, expected: str) -> None:
    assert named_path(FILE, name) == FOLDER.parent / f"{expected}.tape.zst"


@pytest.mark.parametrize("name", ["", "/etc/x", "../x", "a/../../x", "a/..", ".", "a\\b", "a\0"])
def test_a_name_that_leads_out_is_refused(name: str) -> None:
    with pytest.raises(BadSetting, match="would not lie in its folder"):
        named_path(FILE, name)


@given(st.text())
def test_any_id_gives_a_file_in_the_folder(name: str) -> None:
    path = cassette_path(FILE, (name,))
    assert path.parent == FOLDER
    assert path.name.isascii()
    assert path.name.isprintable()
    assert not path.name.startswith(".")
    assert len(safe_name(name)) <= LONGEST
    assert not set(path.name) & set('/\\:*?"<>| ')


@given(st.text(), st.text())
def test_two_ids_never_share_a_file(one: str, other: str) -> None:
    assert (safe_name(one) == safe_name(other)) == (one == other)
