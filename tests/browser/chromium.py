"""A real Chromium, from the system: nothing is downloaded."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page, async_playwright, expect

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

# As long as an action may take: on a busy machine a page draws what it has got many seconds later.
expect.set_options(timeout=30_000)


def chromium() -> str | None:
    """Path of the browser; None where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


# Where CI runs there is one: `.ci/run` installs it.
needs_chromium = pytest.mark.skipif(chromium() is None, reason="no Chromium here: apt-get install chromium")


@asynccontextmanager
async def page(width: int = 1280, height: int = 900) -> AsyncIterator[Page]:
    """An empty page."""
    # The browser's own sandbox does not start for root.
    root = ("--no-sandbox",) if os.geteuid() == 0 else ()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=[*QUIET, *root])
        try:
            yield await browser.new_page(viewport={"width": width, "height": height})
        finally:
            await browser.close()
