"""A real browser, Debian's Chromium driven by Playwright, whose pages may neither complain nor ask a network."""

from __future__ import annotations

import shutil
from contextlib import contextmanager

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: apt-get install chromium")


@contextmanager
def launched():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])  # root has no sandbox
        yield browser
        browser.close()


@contextmanager
def watched(browser):
    """A function that opens an empty tab; at the end no page of it may have complained or asked a network."""
    contexts, complaints, requests = [], [], []

    def open_tab(**settings):
        contexts.append(browser.new_context(**settings))
        tab = contexts[-1].new_page()
        tab.on("console", lambda message: complaints.append((tab.url, message.text)))
        tab.on("pageerror", lambda error: complaints.append((tab.url, str(error))))
        tab.on("dialog", lambda dialog: (complaints.append((tab.url, f"dialog {dialog.message}")), dialog.dismiss()))
        tab.on("requestfailed", lambda request: complaints.append((tab.url, request.url)))
        tab.on("request", lambda request: requests.append(request.url))
        return tab

    yield open_tab
    for context in contexts:
        context.close()
    assert complaints == []
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
