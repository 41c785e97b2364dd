"""The API reference: read and tried in a browser, on a narrow phone and in the dark."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.buyer import Buyer, check
from tests.browser.site import Site

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]

NARROW = {"width": 320, "height": 640}


@pytest.mark.parametrize("dark", [False, True])
def test_a_request_is_tried_on_a_narrow_phone(site: Site, buyers: NewBuyer, dark: bool) -> None:
    sale = site.sale()
    ana = buyers(site, phone=True, dark=dark)
    page = ana.page
    page.set_viewport_size(NARROW)
    ana.open("/api/docs")
    page.get_by_label("Find a request").fill("get room")
    page.locator("summary", has_text="/api/sales/{sale}/room").click()
    page.get_by_label("sale", exact=True).fill(sale)
    ana.button("Send").click()
    expect(page.get_by_text("200 OK")).to_be_visible()
    expect(page.get_by_text('"serving"')).to_be_visible()
    check(page, "API reference")


def test_a_key_is_sent_and_not_shown(site: Site, buyers: NewBuyer) -> None:
    ana = buyers(site)
    page = ana.page
    ana.open("/api/docs")
    page.get_by_label("Find a request").fill("organizer/sales")
    page.locator("summary", has_text=re.compile(r"/api/organizer/sales(?!/)")).click()
    ana.button("Send").click()
    expect(page.get_by_text("401 Unauthorized")).to_be_visible()
    page.get_by_label("API key").fill(site.key)
    ana.button("Send").click()
    expect(page.get_by_text("200 OK")).to_be_visible()
    expect(page.get_by_text("$AFORO_KEY")).to_be_visible()
    assert site.key not in page.locator("main").inner_text()


def test_a_link_to_a_type_unfolds_it(site: Site, buyers: NewBuyer) -> None:
    ana = buyers(site)
    page = ana.page
    ana.open("/api/docs#type-HoldBody")
    expect(page.locator("#type-HoldBody")).to_have_attribute("open", "")
    page.locator("#type-HoldBody").get_by_role("link", name="Best").click()
    expect(page.locator("#type-Best")).to_have_attribute("open", "")
