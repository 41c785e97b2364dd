"""A page as PNG, by the Chromium that also measures frames. Fails with NoPicture, which says what to install."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from loadtest.bench.frames import ARGUMENTS, chromium

REPORT = (1_120, 800)  # pixels; a longer page makes a longer picture


class NoPicture(Exception):
    """No picture can be made here."""


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
