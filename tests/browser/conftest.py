"""Chromium and a whole Aforo per worker; each test has buyers of its own, each with a profile of its own."""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.absent import quick_chromium
from tests.browser.buyer import Buyer
from tests.browser.site import Site
from tests.browser.wire import Wire

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 860}


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One for all tests here of a worker, since a start costs as much as many a test.

    It ends with them: while Playwright's synchronous side is open it runs a loop, and no asynchronous test could run.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=quick_chromium(), args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def site(open_folder: Path) -> Iterator[Site]:
    """One Aforo for all tests here of a worker; a test that breaks it starts its own.

    It ends with them: an idle one beside all other tests would take time from them. Should more come later, they have
    one of their own.
    """
    site = Site(open_folder / f"site-{secrets.token_hex(4)}")
    site.start()
    yield site
    site.stop()


@pytest.fixture
def own_site(open_folder: Path, sale_id: str) -> Iterator[Site]:
    """An Aforo to break."""
    site = Site(open_folder / sale_id)
    site.start()
    yield site
    site.stop()


@pytest.fixture
def wire(site: Site) -> Iterator[Wire]:
    """A network of one's own to the server."""
    wire = Wire(int(site.url.rpartition(":")[2]))
    yield wire
    wire.release()
    wire.cut()


@pytest.fixture
def buyers(browser: Browser) -> Iterator[Callable[..., Buyer]]:
    """Makes buyers; at the end none of their pages may have met an error of its own."""
    made: list[Buyer] = []

    def make(
        site: Site,
        *,
        phone: bool = False,
        locale: str = "en-GB",
        zone: str = "Europe/Madrid",
        dark: bool = False,
        wire: Wire | None = None,
    ) -> Buyer:
        context = browser.new_context(
            base_url=wire.url if wire else site.url,
            viewport=PHONE if phone else DESK,
            has_touch=phone,
            locale=locale,
            timezone_id=zone,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        made.append(Buyer(context, site))
        return made[-1]

    yield make
    for buyer in made:
        buyer.close()
    for buyer in made:
        assert not buyer.errors
