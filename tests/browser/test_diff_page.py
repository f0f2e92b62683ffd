"""The HTML page of a diff in a real browser: nothing asked for, nothing broken, all in reach.

Screenshots go to the folder that `WIRETAPE_SCREENSHOTS` names, for a person to look at.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests import diff_pages
from wiretape.cli.views.diff_html import page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

DESK, PHONE = 1280, 360

PAGES = {
    "two": [diff_pages.two()],
    "many": [diff_pages.many()],
    "mixed": [diff_pages.two(), diff_pages.same(), diff_pages.lacking(), diff_pages.many()],
    "hostile": [diff_pages.hostile(), diff_pages.two()],
    "huge": [diff_pages.huge()],
    "none": [],
}

SCROLLS = "element => element.scrollWidth > element.clientWidth"


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages, a file each."""
    made = tmp_path_factory.mktemp("pages")
    for name, comparisons in PAGES.items():
        (made / f"{name}.html").write_text(page(comparisons, title=name), encoding="utf-8")
    return made


@contextmanager
def opened(
    browser: "Browser",
    file: Path,
    *,
    width: int = DESK,
    theme: Any = "light",
    script: bool = True,
) -> Iterator["Page"]:
    """The page; it fails where anything but the file is asked for, or the console has a word."""
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=theme,
        java_script_enabled=script,
        offline=True,
    )
    asked, said = [], []
    context.on("request", lambda request: asked.append(request.url))
    context.on("console", lambda message: said.append(message.text))
    context.on("weberror", lambda error: said.append(str(error.error)))
    shown = context.new_page()
    shown.goto(file.as_uri())
    yield shown
    assert said == []
    assert asked == [file.as_uri()]
    context.close()


def unfold(shown: "Page") -> None:
    shown.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_and_is_accessible(
    browser: "Browser", folder: Path, name: str, theme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    with opened(browser, folder / f"{name}.html", theme=theme) as shown:
        assert shown.title() == name
        unfold(shown)
        found = Axe().run(shown).response
        assert {"color-contrast", "document-title", "html-has-lang"} <= {
            one["id"] for one in found["passes"]
        }
        broken = found["violations"]
        assert [
            (one["id"], node["target"], node["failureSummary"])
            for one in broken
            for node in one["nodes"][:3]
        ] == []


@pytest.mark.parametrize("width", [320, PHONE, 768])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_never_scrolls_sideways(
    browser: "Browser", folder: Path, name: str, width: int
) -> None:
    with opened(browser, folder / f"{name}.html", width=width) as shown:
        unfold(shown)
        assert shown.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize(("width", "script"), [(DESK, True), (PHONE, True), (PHONE, False)])
def test_tab_reaches_all_that_opens_leads_or_scrolls(
    browser: "Browser", folder: Path, width: int, *, script: bool
) -> None:
    with opened(browser, folder / "mixed.html", width=width, script=script) as shown:
        wanted = shown.locator("a[href], summary, .scroll").filter(visible=True).all()
        interactive = [one for one in wanted if one.evaluate("e => e.localName !== 'div'")]
        boxes = [one for one in wanted if one.evaluate("e => e.localName === 'div'")]
        scrolling = [one for one in boxes if one.evaluate(SCROLLS)]
        assert interactive
        assert scrolling
        reached = []
        for _ in range(len(wanted) + 1):
            shown.keyboard.press("Tab")
            focused = shown.locator("*:focus")
            if not focused.count():
                break
            assert focused.evaluate("e => getComputedStyle(e).outline").endswith("solid 3px")
            reached.append(focused.evaluate("e => e.outerHTML.slice(0, 400)"))
        must = [
            one.evaluate("e => e.outerHTML.slice(0, 400)") for one in [*interactive, *scrolling]
        ]
        assert set(must) <= set(reached)
        if script:
            # A box that does not scroll is no stop.
            assert len(reached) == len(must)


def test_a_box_scrolls_by_the_keys(browser: "Browser", folder: Path) -> None:
    with opened(browser, folder / "many.html", width=PHONE) as shown:
        box = shown.locator("#x1 .scroll").first
        box.focus()
        box.evaluate(
            "e => { window.scrolled = new Promise(done => { e.onscroll = () => done(true) }) }"
        )
        shown.keyboard.press("ArrowRight")
        assert shown.evaluate("window.scrolled")


def test_a_fold_opens_by_the_keys_and_a_link_leads_to_its_exchange(
    browser: "Browser", folder: Path
) -> None:
    with opened(browser, folder / "mixed.html") as shown:
        shown.locator("nav a").nth(1).focus()
        shown.keyboard.press("Enter")
        assert shown.evaluate("location.hash") == "#x2"
        fold = shown.locator("#x2 > details")
        shown.keyboard.press("Tab")
        shown.keyboard.press("Enter")
        assert fold.get_attribute("open") is not None
        assert fold.locator("figure").is_visible()


def test_the_text_is_there_without_scripts(browser: "Browser", folder: Path) -> None:
    with opened(browser, folder / "two.html", script=False) as shown:
        assert shown.locator("del.moved").first.is_visible()
        assert shown.locator("svg[role=img]").count() == 2


def test_foreign_text_runs_nothing(browser: "Browser", folder: Path) -> None:
    with opened(browser, folder / "hostile.html") as shown:
        unfold(shown)
        assert shown.title() == "hostile"
        assert shown.locator("img").count() == 0
        assert shown.locator("script").count() == 1
        assert shown.locator("h2").first.is_visible()


def test_a_screen_reader_is_told_what_a_sign_means(browser: "Browser", folder: Path) -> None:
    with opened(browser, folder / "two.html") as shown:
        tree = shown.locator("body").aria_snapshot()
        for words in (
            'heading "two" [level=1]',
            'cell "differs: reset"',
            'img "openai: first token after 244 ms',
            'region "1. In a mirror a clock shows ten to three. What time is it? Measures',
            "deletion:",
            "insertion:",
        ):
            assert words in tree


def test_paper_is_light_and_unfolded(browser: "Browser", folder: Path) -> None:
    with opened(browser, folder / "mixed.html", theme="dark") as shown:
        shown.emulate_media(media="print")
        shown.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert shown.locator("details:not([open])").count() == 0
        assert shown.evaluate("getComputedStyle(document.documentElement).backgroundColor") == (
            "rgb(255, 255, 255)"
        )
        assert shown.pdf().startswith(b"%PDF")
        shown.evaluate("dispatchEvent(new Event('afterprint'))")
        assert shown.locator("details:not([open])").count() > 0


@pytest.mark.parametrize("forced", ["none", "active"])
def test_marks_are_drawn(browser: "Browser", folder: Path, forced: Any) -> None:
    """Bars and marks have a size and a colour other than their ground's."""
    with opened(browser, folder / "two.html") as shown:
        shown.emulate_media(forced_colors=forced)
        for kind in ("path.bar.text", "path.bar.reasoning", "rect.stall", "path.ending.reset"):
            mark = shown.locator(kind).first
            size = mark.bounding_box()
            assert size is not None
            assert size["height"] > 2
            stroke = mark.evaluate("e => getComputedStyle(e).stroke")
            assert stroke != shown.locator("section").first.evaluate(
                "e => getComputedStyle(e).backgroundColor"
            )


@pytest.mark.parametrize(
    ("name", "theme", "width"),
    [
        ("two", "light", DESK),
        ("two", "dark", DESK),
        ("two", "dark", PHONE),
        ("many", "light", DESK),
        ("mixed", "light", PHONE),
    ],
)
def test_a_screenshot_is_made(
    browser: "Browser", folder: Path, tmp_path: Path, name: str, theme: str, width: int
) -> None:
    kept = Path(os.environ.get("WIRETAPE_SCREENSHOTS") or tmp_path)
    kept.mkdir(parents=True, exist_ok=True)
    with opened(browser, folder / f"{name}.html", theme=theme, width=width) as shown:
        picture = shown.screenshot(path=kept / f"{name}-{theme}-{width}.png", full_page=True)
        assert picture.startswith(b"\x89PNG")
        assert len(picture) > 20_000
