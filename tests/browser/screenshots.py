"""Pictures of the pages for the README: the demo, a small crowd in it, Chromium, WebP. `make screenshots` runs it."""

from __future__ import annotations

import base64
import re
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.absent import ROOT, chromium
from tests.browser.conftest import ARGUMENTS
from tests.browser.crowd import fill, queue
from tests.browser.site import Site

IMAGES = ROOT / "docs" / "images"
PHONE, DESK = (390, 800), (1280, 800)
QUALITY = 82


def page_of(browser: Browser, site: Site, size: tuple[int, int], *, dark: bool = False) -> Page:
    context = browser.new_context(
        base_url=site.url,
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=1.5 if size == PHONE else 1,
        color_scheme="dark" if dark else "light",
        locale="en-GB",
        timezone_id="Europe/Madrid",
        reduced_motion="reduce",
    )
    return context.new_page()


def keep(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.evaluate("() => document.fonts.ready")
    page.wait_for_timeout(600)  # a drawing settles; nothing is asserted here
    asked = {"format": "webp", "quality": QUALITY}
    shot = page.context.new_cdp_session(page).send("Page.captureScreenshot", asked)
    (IMAGES / f"{name}.webp").write_bytes(base64.b64decode(shot["data"]))
    print(f"docs/images/{name}.webp {(IMAGES / f'{name}.webp').stat().st_size // 1024} KB")


def take(site: Site, browser: Browser) -> None:
    for sale in ("demo-arena", "demo-theatre"):
        site.await_sale(sale)
    queue(site, "demo-arena", 60)
    fill(site, "demo-theatre", 90, buying=0.7, seed=7)
    home = page_of(browser, site, DESK)
    home.goto("/")
    expect(home.get_by_text("Carmen", exact=False).first).to_be_visible()
    keep(home, "home")
    seats = page_of(browser, site, PHONE)
    seats.goto("/s/demo-theatre/seats")
    seats.get_by_role("button", name="Best available").click(timeout=20_000)
    expect(seats.get_by_text("2 tickets", exact=True)).to_be_visible()
    keep(seats, "seats-phone")
    hall = page_of(browser, site, DESK, dark=True)
    hall.goto("/s/demo-theatre/seats")
    hall.get_by_role("button", name="Best available").click(timeout=20_000)
    expect(hall.get_by_text("2 tickets", exact=True)).to_be_visible()
    keep(hall, "seats")
    room = page_of(browser, site, PHONE)
    room.goto("/s/demo-arena/room")
    expect(room.get_by_text("You are in.", exact=False)).to_be_visible()
    keep(room, "room-phone")
    seats.get_by_role("link", name="Checkout").click()
    for label, text in (
        ("Name", "Ana Núñez"),
        ("E-mail", "ana@example.org"),
        ("Ticket password", "tres tristes tigres"),
        ("Card number", "4242424242424242"),
        ("Expires", "1239"),
        ("Security code", "123"),
    ):
        seats.get_by_label(label, exact=label == "Name").fill(text)
    seats.get_by_role("button", name=re.compile("^Pay ")).click()
    expect(seats.locator("img.qr").first).to_be_visible(timeout=20_000)
    keep(seats, "tickets-phone")
    board = page_of(browser, site, DESK)
    board.goto("/office/sales/demo-theatre")
    board.get_by_role("button", name="Use an API key").click()
    board.get_by_label("API key").fill(site.key)
    board.get_by_role("button", name="Log in").click()
    expect(board.get_by_role("heading", name=re.compile("Carmen"))).to_be_visible()
    fill(site, "demo-theatre", 25, buying=0.9, seed=8)
    keep(board, "desk")


def main() -> int:
    executable = chromium()
    if executable is None:
        print("Chromium is needed: apt-get install chromium, or name it in AFORO_CHROMIUM.", file=sys.stderr)
        return 1
    IMAGES.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="aforo-screenshots-"))
    folder.chmod(0o711)
    site = Site(folder / "site", "--demo")
    try:
        site.start()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS))
            take(site, browser)
            browser.close()
    finally:
        site.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
