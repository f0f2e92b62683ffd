"""Where the cassette of a test lies, whatever its name."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiretape.testing.errors import BadSetting
from wiretape.testing.naming import LONGEST, cassette_path, named_path, safe_name

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
    assert cassette_path(FILE, ("test_one",), Path("/t")) == Path("/t/test_agent/test_one.tape.zst")
    assert named_path(FILE, "shared/hi", Path("/t")) == Path("/t/shared/hi.tape.zst")


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
