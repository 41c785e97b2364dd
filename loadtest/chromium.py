"""The Chromium of the load tests: it measures frames, and makes a PNG of a page.

Fails with NoPicture, which says what to install.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
REPORT = (1_120, 800)  # pixels; a longer page makes a longer picture


class NoPicture(Exception):
    """No picture can be made here."""


def chromium() -> str | None:
    return os.environ.get("AFORO_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def check() -> None:
    if chromium() is None:
        raise NoPicture("A PNG needs Chromium: install it, or set AFORO_CHROMIUM to one.")
    if importlib.util.find_spec("playwright") is None:
        raise NoPicture("A PNG needs Playwright: pip install playwright.")


async def take(html: str, path: Path, size: tuple[int, int] = REPORT) -> None:
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        page = await browser.new_page(viewport={"width": size[0], "height": size[1]})
        await page.set_content(html)
        await page.screenshot(path=path, full_page=True, type="png")
        await browser.close()
