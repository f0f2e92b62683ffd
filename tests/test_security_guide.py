"""docs/security.md names the tests that prove it: they are there, under those names."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GUIDE = (ROOT / "docs" / "security.md").read_text()


def test_every_test_it_names_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", GUIDE)
    assert len(named) > 20
    for path, name in named:
        text = (ROOT / path).read_text()
        assert f"def {name}(" in text if name else text, f"{path}::{name}"


def test_a_name_alone_is_that_of_a_test() -> None:
    tests = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    for name in re.findall(r"`(test_\w+)`", GUIDE):
        assert f"def {name}(" in tests, name
