"""A stranger with a small phone, from the home page to the tickets: how many taps it takes."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, ViewportSize, expect

from tests.browser.buyer import CARD, KEY, Buyer
from tests.browser.site import SOON, Site

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]

SMALL_PHONE: ViewportSize = {"width": 360, "height": 740}
TAPS_MAX = 10
SEAT = re.compile(r"Row ([A-D]), seat (\d+)")


class Stranger:
    """Taps, and types with the keyboard's key for the next field."""

    def __init__(self, buyer: Buyer) -> None:
        self.page = buyer.page
        self.taps = 0
        self.page.set_viewport_size(SMALL_PHONE)

    def tap(self, what: Locator) -> None:
        what.tap()
        self.taps += 1

    def types(self, *texts: str) -> None:
        for text in texts:
            self.page.keyboard.type(text)
            self.page.keyboard.press("Tab")


def test_ten_taps_from_the_home_page_to_two_seats_side_by_side(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(text=SOON)
    buyer = buyers(site, phone=True)
    one = Stranger(buyer)
    page = one.page
    buyer.open("/")
    one.tap(page.locator(f"a[href='/s/{sale}']"))
    one.tap(
        page.get_by_role("link", name=re.compile("seats|tickets", re.IGNORECASE)).and_(page.locator("main a")).first
    )
    one.tap(buyer.button("Best available"))
    chosen = page.locator(".chips").get_by_text(SEAT)
    expect(chosen).to_have_count(2)
    [(row, first), (same, second)] = SEAT.findall(" ".join(chosen.all_inner_texts()))
    assert row == same
    assert abs(int(first) - int(second)) == 1
    expect(page.get_by_text("€90").first).to_be_visible()
    one.tap(page.get_by_role("link", name="Checkout"))
    one.tap(page.get_by_label("Name", exact=True))
    one.types("Ana Núñez", "ana@example.org", "", KEY)
    one.tap(page.get_by_label("Card number"))
    one.types(CARD, "1239", "123")
    one.tap(buyer.button(re.compile("^Pay €90")))
    buyer.tickets()
    expect(page.get_by_text(f"row {row}, seat {first}").first).to_be_visible()
    expect(page.get_by_text(f"row {row}, seat {second}").first).to_be_visible()
    assert one.taps <= TAPS_MAX
