"""Which client a test tries, and what came of it: the rows of `docs/clients.md`.

A test says it with `@tries(CLIENT, "what is tried", "live")`; what it compared and the version
it ran stand in pytest's own `record_property`. Knows pytest, no client and no document.
"""

import importlib.metadata
import os
from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple, NoReturn

import pytest

Registry = Literal["PyPI", "npm"]
Source = Literal["live", "corpus", "written"]
Target = Literal["test-clients", "test-servers"]

REQUIRED = "WIRETAPE_REQUIRE_CLIENTS"
"""Set to 1 where a client or a server that is not there is a failure."""

PROPERTY = "tries"
VERSION = "version"
"""The property of a client that Python's metadata does not know, such as npm's."""
STREAMS = "streams"
"""The property with the number of streams that a test compared, where it is not one."""


class Client(NamedTuple):
    """A client as a user installs it and points it at wiretape."""

    name: str
    """As its registry has it."""
    registry: Registry
    base_url: str
    """What sends it to the server, Markdown: a variable, an argument."""
    note: str = ""
    """Other settings that it needs; telemetry that is switched off, and how. Markdown."""


class Row(NamedTuple):
    """One thing that was tried with one client."""

    client: Client
    version: str
    tried: str
    source: Source
    target: Target
    tests: int
    passed: int
    streams: int

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What does not change with versions and with the streams that are there."""
        return (self.client.registry, self.client.name, self.tried, self.source)


def tries(client: Client, tried: str, source: Source) -> pytest.MarkDecorator:
    """The test streams from a tape to `client`. `live`: the tape was recorded before a real
    server; `corpus`: from the streams recorded of providers; `written`: from one made by hand."""
    return pytest.mark.tries(client, tried, source)


def declare(items: Iterable[pytest.Item]) -> None:
    """Put the marks where they reach the reports, also those of a worker."""
    for item in items:
        for mark in item.iter_markers("tries"):
            client, tried, source = mark.args
            target = "test-servers" if item.get_closest_marker("servers") else "test-clients"
            item.user_properties.append((PROPERTY, (*client, tried, source, target)))


class Tried:
    """The rows of one run, from its reports."""

    def __init__(self) -> None:
        self._reports: dict[str, list[pytest.TestReport]] = {}

    def take(self, report: pytest.TestReport) -> None:
        """A report of any phase of any test."""
        if any(name == PROPERTY for name, _ in report.user_properties):
            self._reports.setdefault(report.nodeid, []).append(report)

    @property
    def rows(self) -> list[Row]:
        """In the order of the run; those skipped are not there."""
        rows: dict[tuple[str, ...], Row] = {}
        for reports in self._reports.values():
            if not any(report.skipped for report in reports):
                for row in _rows(reports):
                    rows[row.key] = _sum(rows[row.key], row) if row.key in rows else row
        return list(rows.values())


def _rows(reports: list[pytest.TestReport]) -> Iterator[Row]:
    properties: dict[str, Any] = dict(reports[-1].user_properties)
    passed = all(report.passed for report in reports)
    told: Any
    for name, told in reports[-1].user_properties:
        if name == PROPERTY:
            *client, tried, source, target = told
            of = Client(*client)
            version = str(properties.get(VERSION) or installed(of))
            streams = int(str(properties.get(STREAMS, 1)))
            yield Row(of, version, tried, source, target, 1, int(passed), streams)


def _sum(one: Row, other: Row) -> Row:
    return one._replace(
        tests=one.tests + other.tests,
        passed=one.passed + other.passed,
        streams=max(one.streams, other.streams),
    )


def installed(client: Client) -> str:
    """The version that runs here; `?` where nobody says."""
    try:
        return importlib.metadata.version(client.name) if client.registry == "PyPI" else "?"
    except importlib.metadata.PackageNotFoundError:
        return "?"


def unavailable(reason: str) -> NoReturn:
    """Skip, but where the clients are required: there it is a failure."""
    line = f"{reason}: run `make test-clients`"
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(line)
    pytest.skip(line)
