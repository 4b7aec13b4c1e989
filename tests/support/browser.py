"""Debian's Chromium for tests: pages opened from files, with all that they print, ask for and get wrong."""

from __future__ import annotations

import shutil
from contextlib import contextmanager

import pytest

from tests.conftest import missing


@contextmanager
def opened():
    """A page of a new browser, and a list of everything that must stay empty."""
    sync_api = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium")
    if chromium is None:
        missing("chromium")
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"], timeout=30_000
        )
        page = browser.new_page(viewport={"width": 1024, "height": 768})
        page.set_default_timeout(20_000)
        troubles: list[str] = []
        page.on("console", lambda said: troubles.append(f"console: {said.text}"))
        page.on("pageerror", lambda error: troubles.append(f"error: {error}"))
        page.on("request", lambda asked: troubles.append(f"request: {asked.url}") if "://" in asked.url else None)
        try:
            yield page, troubles
        finally:
            browser.close()
