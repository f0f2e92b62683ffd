"""A headless Chromium, started once; pages in it see no network.

Needs Playwright and axe-core from the `browser` extra, and a Chromium: `WIRETAPE_CHROMIUM` says
which, or the first on PATH is taken. `make test-browser` needs both; elsewhere a test without
them is skipped, with the reason.
"""

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

REQUIRED = "WIRETAPE_REQUIRE_BROWSER"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

FLAGS = (
    "--no-sandbox",  # in a container the tests run as root
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """Chromium."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _unavailable("Playwright is not installed")
    program = os.environ.get("WIRETAPE_CHROMIUM") or next(
        filter(None, map(shutil.which, NAMES)), ""
    )
    if not program:
        _unavailable("there is no Chromium: install one, or name it in WIRETAPE_CHROMIUM")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield started
        started.close()


def _unavailable(reason: str) -> None:
    """Skip, but where a browser is required: there it is a failure."""
    line = f"{reason}: run `make test-browser`"
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(line)
    pytest.skip(line)
