"""Nothing on a page is untrue: what was planned and did not come about, waits nobody knows, prices nobody agreed to."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.buyer import Buyer, check, until
from tests.browser.site import HALL, Site
from tests.browser.test_promos import NEAR, bakery, look_around

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]

ROOM_OF_ONE = "{shoppers: 1}"
TWO = re.sub(r"sections:\n.*\n", "", HALL).replace("capacity: 40", "capacity: 2")


def steer(site: Site, sale: str, how: str) -> None:
    site.ask("POST", f"/api/sales/{sale}/{how}")


def token_of(buyer: Buyer) -> str:
    return str(buyer.page.evaluate("localStorage['aforo.buyer']"))


def reloaded_until(page: Page, shown: Locator) -> None:
    """What a document begins with may be some seconds old."""

    def come() -> bool:
        page.reload()
        return shown.is_visible()

    until(page, come)


def test_a_sale_opened_by_hand_does_not_say_that_it_opens(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(opens="in 10 days", lobby="in 9 days", room="{shoppers: 5}")
    ana = buyers(site, phone=True)
    ana.open(f"/s/{sale}")
    times = ana.page.get_by_role("region", name="When tickets are on sale")
    expect(ana.page.get_by_text("Not on sale yet")).to_be_visible()
    expect(ana.page.get_by_text("Sale opens in")).to_have_count(1)
    expect(times.get_by_text("Waiting room opens")).to_be_visible()
    steer(site, sale, "open")
    expect(ana.page.get_by_role("link", name="Get tickets")).to_be_visible()
    expect(times.get_by_text("Sale opens")).to_have_count(0)
    expect(times.get_by_text("Waiting room opens")).to_have_count(0)
    reloaded_until(ana.page, times.get_by_text("Sale opened"))
    steer(site, sale, "close")
    expect(ana.page.get_by_text("This sale has ended")).to_be_visible()
    reloaded_until(ana.page, times.get_by_text("Sale closed"))
    expect(times.get_by_text("Sale closes")).to_have_count(0)


def test_who_is_next_is_promised_no_time(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(room=ROOM_OF_ONE)
    first, leo = buyers(site), buyers(site, phone=True)
    first.open(f"/s/{sale}/room")
    expect(first.page).to_have_url(re.compile("/seats$"))
    leo.open(f"/s/{sale}/room")
    expect(leo.page.get_by_text("You are next")).to_be_visible()
    wait = leo.page.locator("dl", has_text="Expected wait")
    expect(wait.get_by_text("until somebody inside finishes")).to_be_visible()
    check(leo.page, "the next one in the room")
    steer(site, sale, "pause")
    expect(wait.get_by_text("until the sale resumes")).to_be_visible()
    steer(site, sale, "resume")
    expect(wait.get_by_text("until somebody inside finishes")).to_be_visible()


def test_what_is_in_carts_is_taken_and_what_is_bought_is_sold(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(text=TWO)
    ana, leo = buyers(site), buyers(site, phone=True)
    leo.open(f"/s/{sale}")
    ana.open(f"/s/{sale}/seats")
    more = ana.button("One more")
    more.click()
    expect(ana.page.get_by_text("1 ticket", exact=True)).to_be_visible()
    more.click()
    expect(ana.page.get_by_text("2 tickets", exact=True)).to_be_visible()
    expect(leo.page.get_by_text("None free right now", exact=True)).to_be_visible()
    expect(leo.page.get_by_role("link", name="Wait for returns")).to_be_visible()
    ana.buy()
    expect(leo.page.get_by_text("Sold out")).to_be_visible()
    expect(leo.page.get_by_role("link", name="Wait for returns")).to_have_count(0)


def test_both_clocks_are_said_to_who_is_elsewhere(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale()
    there, elsewhere = buyers(site), buyers(site, phone=True, zone="America/Bogota")
    for buyer in (there, elsewhere):
        buyer.open(f"/s/{sale}")
        expect(buyer.page.get_by_text("20:30", exact=True)).to_be_visible()
    expect(there.page.get_by_text("your time")).to_have_count(0)
    expect(elsewhere.page.get_by_text(re.compile(r"^in Madrid · 1[34]:30 your time$"))).to_be_visible()
    expect(elsewhere.page.locator("time").first).to_have_text(re.compile("in Madrid · .* your time"))
    check(elsewhere.page, "an event elsewhere")


def test_an_offer_that_ends_on_another_day_says_which(site: Site, buyers: NewBuyer) -> None:
    product = bakery(site)
    ana = buyers(site, phone=True)
    look_around(ana, NEAR)
    offer = ana.page.locator("li", has_text=product)
    expect(offer.get_by_text(re.compile(r"^until \w+,? \d+ \w+.*\d:\d\d$"))).to_be_visible()


def test_a_cart_that_was_left_did_not_run_out(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(room="{shoppers: 5}")
    ana = buyers(site)
    ana.open(f"/s/{sale}/room")
    expect(ana.page).to_have_url(re.compile("/seats$"))
    ana.show_list()
    ana.take("A", 3)
    ana.to_checkout()
    site.ask("DELETE", f"/api/sales/{sale}/places/mine", token=token_of(ana))
    expect(ana.page.get_by_text("Your cart has ended", exact=False)).to_be_visible()
    expect(ana.page.get_by_text("Your time ran out", exact=False)).to_have_count(0)


def test_a_code_nobody_knows_is_never_charged_for(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale()
    ana = buyers(site, phone=True)
    ana.open_list(sale)
    ana.take("A", 3)
    ana.to_checkout()
    expect(ana.page.get_by_label("Discount code")).to_have_count(0)  # the sale has none
    ana.fill_in()
    site.ask("PATCH", f"/api/sales/{sale}/carts/mine", b'{"coupon": "SUMMER"}', token=token_of(ana))
    ana.page.reload()
    told = ana.page.get_by_text("There is no coupon “SUMMER”.")
    expect(told).to_be_visible()
    check(ana.page, "a cart with a coupon")
    ana.fill_in()
    ana.pay()
    expect(told).to_be_visible()
    expect(ana.page).to_have_url(re.compile("/checkout$"))
    ana.button("Buy without it").click()
    expect(told).to_have_count(0)
    ana.pay()
    ana.tickets()


def test_what_is_free_was_not_paid_and_what_was_had_counts(site: Site, buyers: NewBuyer) -> None:
    free = TWO.replace("price: 30.00", "price: 0").replace("person_max: 6", "person_max: 2")
    sale = site.sale(text=free)
    ana = buyers(site, phone=True)
    ana.open(f"/s/{sale}/seats")
    expect(ana.page.get_by_text("up to 2 tickets")).to_be_visible()
    ana.button("One more").click()
    expect(ana.page.get_by_text("1 ticket", exact=True)).to_be_visible()
    ana.to_checkout()
    ana.fill_in_contact()
    ana.button("Get tickets").click()
    ana.tickets()
    expect(ana.page.get_by_text(re.compile("yours"))).to_be_visible()
    expect(ana.page.get_by_text(re.compile("Paid|paid"))).to_have_count(0)
    ana.open(f"/s/{sale}/seats")
    expect(ana.page.get_by_text("up to 1 ticket", exact=True)).to_be_visible()
