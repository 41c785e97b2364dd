"""A sale that asks for something: the page solves its challenge by itself, and asks for the code."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.buyer import Buyer, check
from tests.browser.site import HALL, Site

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]


def test_a_challenge_is_solved_without_the_buyer_doing_anything(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(room="{shoppers: 5}", text=HALL + "entry: challenge\n")
    ana = buyers(site)
    ana.open(f"/s/{sale}/room")
    ana.page.wait_for_url(f"**/s/{sale}/seats")
    expect(ana.page.get_by_text("Nothing chosen yet")).to_be_visible()


def test_without_a_room_too(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(text=HALL + "entry: challenge\n")
    ana = buyers(site)
    ana.open_list(sale)
    ana.take("B", 4)
    expect(ana.page.get_by_text("1 ticket", exact=True)).to_be_visible()


def test_the_code_is_asked_for_and_a_wrong_one_told(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(room="{shoppers: 5}", text=HALL + "entry: {{code: Sesame 2037}}\n")
    ana = buyers(site)
    ana.open(f"/s/{sale}/room")
    field = ana.page.get_by_label("Code")
    expect(field).to_be_visible()
    check(ana.page, "the code of a sale")
    field.fill("not this one")
    ana.button("Go in").click()
    expect(ana.page.get_by_text("That is not a code of this sale.")).to_be_visible()
    field.fill("sesame2037")
    ana.button("Go in").click()
    ana.page.wait_for_url(f"**/s/{sale}/seats")
