"""Record a HAR in a browser: `with_chromium.py URL HAR`. With playwright and Chromium."""

import shutil
import sys

from playwright.sync_api import sync_playwright
from questions import CHAT, FILE, HEADERS, MODELS, SENT

FETCH = "async ([path, given]) => (await (await fetch(path, given)).arrayBuffer()).byteLength"

if __name__ == "__main__":
    url, har = sys.argv[1:]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        context = browser.new_context(record_har_path=har, record_har_content="embed")
        page = context.new_page()
        page.goto(url + MODELS)
        posted = {"method": "POST", "headers": HEADERS, "body": SENT.decode()}
        page.evaluate(FETCH, [CHAT, posted])
        page.evaluate(FETCH, [FILE, {}])
        context.close()
        browser.close()
