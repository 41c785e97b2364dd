"""The organizer's dashboard: live, steering, and shut to everybody without a key."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.buyer import Buyer, check
from tests.browser.site import Site

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]


def log_in(organizer: Buyer, key: str) -> None:
    organizer.page.get_by_label("API key").fill(key)
    organizer.button("Open the dashboard").click()


def tile(organizer: Buyer, name: str, value: str) -> None:
    """The tile of this name shows this value."""
    expect(organizer.page.locator(f"div:has(> dt:text-is('{name}')) > dd").first).to_have_text(value)


def test_a_sale_is_watched_and_steered_live(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale()
    organizer, ana = buyers(site), buyers(site, phone=True)
    organizer.open(f"/dashboard/{sale}")
    log_in(organizer, site.key)
    expect(organizer.page.get_by_role("heading", name="Jazz en el Rincón")).to_be_visible()
    ana.open_list(sale)
    ana.take("A", 3)
    tile(organizer, "Held", "1")
    organizer.button("Pause").click()
    expect(ana.page.get_by_text("paused", exact=False).first).to_be_visible()
    organizer.button("Resume").click()
    expect(organizer.button("Pause")).to_be_visible()
    expect(ana.page.get_by_text("paused", exact=False)).to_have_count(0)  # her page has heard of it, too
    ana.take("A", 4)
    ana.buy()
    tile(organizer, "Sold", "2")
    tile(organizer, "Orders", "1")
    tile(organizer, "Revenue", "€90")
    check(organizer.page, "dashboard of a sale")
    organizer.page.reload()
    tile(organizer, "Sold", "2")


def test_a_wrong_key_opens_nothing(site: Site, buyers: NewBuyer) -> None:
    site.sale()
    organizer = buyers(site, dark=True)
    organizer.open("/dashboard")
    log_in(organizer, "ak_wrong_" + "x" * 43)
    expect(organizer.page.get_by_label("API key")).to_have_attribute("aria-invalid", "true")
    check(organizer.page, "login refused")
    log_in(organizer, site.key)
    expect(organizer.page.get_by_role("link", name="Jazz en el Rincón").first).to_be_visible()
    check(organizer.page, "list of sales")
