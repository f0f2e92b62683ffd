"""The document of clients: what it must name, and what makes a whole run fail."""

import pytest

from tests.clients.clients_document import (
    FILE,
    MANDATORY,
    OTHERS_AT_LEAST,
    merged,
    problems,
    table,
    versions,
)
from tests.clients.trying import Client, Registry, Row


def row(name: str, tried: str = "a call", *, version: str = "1.0", passed: int = 1) -> Row:
    registry: Registry = "npm" if name.endswith(" (npm)") else "PyPI"
    client = Client(name.removesuffix(" (npm)"), registry, "`URL`", "A note.")
    return Row(client, version, tried, "live", "test-clients", 1, passed, 1)


ROWS = [row(name) for name in sorted([*MANDATORY, *map(str, range(OTHERS_AT_LEAST))])]


def found(document: str, rows: list[Row]) -> list[str]:
    return list(problems(document, rows, "test-clients"))


@pytest.fixture
def document() -> str:
    return FILE.read_text(encoding="utf-8")


def test_it_names_the_mandatory_and_enough_others(document: str) -> None:
    names = {cells[0].replace("`", "") for cells in table(document)}
    assert names >= MANDATORY
    assert len(names - MANDATORY) >= OTHERS_AT_LEAST


def test_every_row_is_whole(document: str) -> None:
    for cells in table(document):
        assert len(cells) == 7
        assert all(cells)
        assert cells[4].startswith("the same")


def test_what_was_written_has_nothing_wrong_with_it() -> None:
    document = merged("", ROWS)
    assert found(document, ROWS) == []
    assert merged(document, ROWS) == document


def test_a_newer_version_is_told_and_is_no_problem() -> None:
    document, newer = merged("", [row("openai")]), [row("openai", version="2.0")]
    assert list(versions(document, newer)) == [
        "openai 2.0 (docs/clients.md has 1.0): 1 of 1 tests passed"
    ]
    assert found(merged("", ROWS), [*ROWS[:-1], ROWS[-1]._replace(version="2.0")]) == []


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        ([*ROWS, row("new")], ["not in docs/clients.md: `new`, a call, live"]),
        ([*ROWS, row("openai", "more")], ["not in docs/clients.md: `openai`, more, live"]),
        (
            [one for one in ROWS if one.client != row("ai (npm)").client],
            [
                "in docs/clients.md, and did not pass: `ai` (npm), a call, live",
                "mandatory, and did not pass: ai (npm)",
            ],
        ),
        (
            [row("0", passed=0) if one == row("0") else one for one in ROWS],
            [
                "in docs/clients.md, and did not pass: `0`, a call, live",
                f"{OTHERS_AT_LEAST - 1} of the other clients passed; "
                f"at least {OTHERS_AT_LEAST} must",
            ],
        ),
    ],
)
def test_a_run_of_others_fails(rows: list[Row], wrong: list[str]) -> None:
    assert found(merged("", ROWS), rows) == wrong


def test_the_rows_of_another_target_stay() -> None:
    other = row("litellm")._replace(target="test-servers")
    document = merged(merged("", [other]), ROWS)
    assert found(document, ROWS) == []
    assert [cells[-1] for cells in table(document)].count("`make test-servers`") == 1
    assert "- `litellm`: A note." in document
