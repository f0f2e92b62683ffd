"""The paths of the rules."""

import pytest

from wiretape.cassettes.redaction.paths import Place, parse_path


@pytest.mark.parametrize(
    ("text", "place", "matches"),
    [
        ("user", ("user",), True),
        ("$.user", ("user",), True),
        ("$.user", ("x", "user"), False),
        ("**.user", ("user",), True),
        ("**.user", ("x", None, "user"), True),
        ("**.user", ("user", "x"), False),
        ("tools[*].headers.*", ("tools", None, "headers", "x"), True),
        ("tools[*].headers.*", ("tools", None, "headers", None), False),
        ("tools[*].headers.*", ("tools", "x", "headers", "x"), False),
        ("tools[*].headers.*", ("tools", None, "headers"), False),
        ("**.a.b", ("a", "x", "b"), False),
    ],
)
def test_a_path_matches_its_places(text: str, place: Place, matches: bool) -> None:
    assert parse_path(text).matches(place) is matches


@pytest.mark.parametrize("text", ["", "$.", "**.", "a..b", "a[0]", "a.", "[*", "a]"])
def test_what_names_no_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a path into JSON"):
        parse_path(text)
