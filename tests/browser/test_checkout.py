"""Checkout: total and time in sight, each mistake at its field, terms to accept, and a contact that stays."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.buyer import CARD, KEY, Buyer, check
from tests.browser.site import HALL, Site

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]

# A phone held upright, small, and on its side; and what its keyboard leaves of it.
PHONES = [((390, 844), 480), ((320, 568), 290), ((740, 360), 180)]
FIELDS = ("name", "email", "tel", "ticket-key", "cardnumber", "cc-exp", "cvc")
BETWEEN_MAX = 5
SHORT = HALL.replace("cart_minutes: 30", "cart_minutes: 0.1")


def at_checkout(site: Site, buyer: Buyer, text: str = HALL) -> str:
    sale = site.sale(text=text)
    buyer.open_list(sale)
    buyer.take("A", 3)
    buyer.to_checkout()
    return sale


def says(site: Site, **said: Any) -> None:
    """What the organizer says of itself."""
    site.ask("PUT", "/api/organizer", json.dumps({"name": "El Rincón", **said}).encode())


@pytest.fixture
def organizer(site: Site) -> Iterator[Callable[..., None]]:
    yield lambda **said: says(site, **said)
    says(site)


def box(page: Page, selector: str) -> tuple[float, float]:
    """Where something begins and ends in what is seen of the page, from above."""
    rect = page.locator(selector).evaluate("it => { const r = it.getBoundingClientRect(); return [r.top, r.bottom] }")
    return rect[0], rect[1]


def walk_to(page: Page, step: str, selector: str) -> None:
    """To the next field; the ways to pay, which are buttons, may lie between."""
    for _ in range(BETWEEN_MAX):
        page.keyboard.press(step)
        if page.locator(selector).evaluate("it => it === document.activeElement"):
            return


@pytest.mark.parametrize(("size", "left"), PHONES)
def test_total_and_time_stay_in_sight_and_cover_no_field(
    site: Site, buyers: NewBuyer, size: tuple[int, int], left: int
) -> None:
    ana = buyers(site, phone=True)
    ana.page.set_viewport_size({"width": size[0], "height": size[1]})
    at_checkout(site, ana)
    bar = ana.page.locator(".checkout-bar")
    expect(bar).to_contain_text("1 ticket")
    expect(bar).to_contain_text("€45")
    expect(ana.ring()).to_have_count(1)
    ana.page.set_viewport_size({"width": size[0], "height": left})
    for step, walk in (("Tab", FIELDS), ("Shift+Tab", FIELDS[-2::-1])):
        for name in walk:
            selector = f"input[name={name}]"
            if (step, name) == ("Tab", "name"):
                ana.page.locator(selector).focus()
            else:
                walk_to(ana.page, step, selector)
            expect(ana.page.locator(selector)).to_be_focused()
            top, bottom = box(ana.page, ".checkout-bar")
            assert 0 <= top < bottom <= left, f"the bar at {name}"
            begins, ends = box(ana.page, selector)
            assert bottom <= begins < ends <= left, f"{name} is covered, or out of sight"
    expect(ana.ring()).to_be_in_viewport()
    ana.page.get_by_role("button", name=re.compile("^Pay ")).scroll_into_view_if_needed()
    expect(ana.ring()).to_be_in_viewport()


def test_the_summary_has_the_time_where_there_is_room_beside_the_form(site: Site, buyers: NewBuyer) -> None:
    ana = buyers(site)
    at_checkout(site, ana)
    expect(ana.page.locator(".checkout-bar")).to_be_hidden()
    expect(ana.ring()).to_have_count(1)
    ana.page.locator("input[name=cvc]").focus()
    expect(ana.ring()).to_be_in_viewport()


def test_each_mistake_is_told_at_its_field_and_the_first_one_gets_the_focus(site: Site, buyers: NewBuyer) -> None:
    ana = buyers(site, phone=True)
    at_checkout(site, ana)
    field, said = ana.page.get_by_label, ana.page.get_by_text
    field("E-mail").fill("ana@example")
    expect(ana.page.locator("[aria-invalid=true]")).to_have_count(0)
    field("Card number").fill("4242 4242 4242 4241")
    expect(said("This doesn't look like an e-mail address.")).to_be_visible()
    field("E-mail").fill("ana@example.org")
    expect(said("This doesn't look like an e-mail address.")).to_have_count(0)
    expect(said("a valid card number", exact=False)).to_be_visible()
    field("Card number").fill("")
    expect(said("The card number is missing.")).to_be_visible()
    expect(said("a valid card number", exact=False)).to_have_count(0)
    ana.pay()
    for words in ("Enter your name.", "The card number is missing.", "The expiry date is", "The security code is"):
        expect(said(words, exact=False)).to_be_visible()
    expect(field("Name", exact=True)).to_be_focused()
    check(ana.page, "checkout, with all that is missing")
    field("Name", exact=True).fill("Ana Núñez")
    ana.pay()
    expect(field("Ticket password")).to_be_focused()
    field("Ticket password").fill(KEY)
    ana.pay()
    expect(field("Card number")).to_be_focused()
    ana.fill_card(CARD)
    ana.pay()
    ana.tickets()


def test_terms_are_read_and_accepted_and_again_when_they_change(
    site: Site, buyers: NewBuyer, organizer: Callable[..., None]
) -> None:
    refunds = "Until two days before."
    organizer(terms={"text": "No <b>smoking</b>.", "url": "https://example.org/terms"}, refund_rule=refunds)
    ana = buyers(site, phone=True)
    at_checkout(site, ana)
    page = ana.page
    expect(page.get_by_text(refunds)).to_be_visible()
    expect(page.get_by_text("No fees are added.")).to_be_visible()
    page.get_by_text("Terms of El Rincón", exact=True).click()
    expect(page.get_by_text("No <b>smoking</b>.")).to_be_visible()
    expect(page.get_by_role("link", name="The full terms")).to_have_attribute("rel", re.compile("noopener"))
    accept = page.get_by_role("checkbox", name="I accept the terms of El Rincón.")
    ana.fill_in()
    ana.pay()
    expect(accept).to_be_focused()
    expect(accept).to_have_attribute("aria-invalid", "true")
    check(page, "checkout with terms")
    accept.check()
    organizer(terms={"text": "No shouting."}, refund_rule=refunds)
    ana.pay()
    expect(page.get_by_text("has just changed the terms", exact=False)).to_be_visible()
    expect(page.get_by_text("No shouting.")).to_be_visible()
    expect(accept).not_to_be_checked()
    accept.check()
    ana.pay()
    ana.tickets()


def test_a_contact_outlives_its_cart_and_ends_with_the_purchase(site: Site, buyers: NewBuyer) -> None:
    ana = buyers(site, phone=True)
    sale = at_checkout(site, ana, SHORT)
    ana.fill_in()
    expect(ana.page.get_by_text("Your time ran out", exact=False)).to_be_visible()
    site.ask("PATCH", f"/api/sales/{sale}", b'{"cart_minutes": 30}')
    ana.page.reload()
    ana.open_list(sale)
    ana.take("B", 2)
    ana.to_checkout()
    field = ana.page.get_by_label
    expect(field("Name", exact=True)).to_have_value("Ana Núñez")
    expect(field("E-mail")).to_have_value("ana@example.org")
    for secret in ("Ticket password", "Card number", "Security code"):
        expect(field(secret)).to_have_value("")
    field("Ticket password").fill(KEY)
    ana.fill_card(CARD)
    ana.pay()
    ana.tickets()
    assert ana.page.evaluate("() => sessionStorage.getItem('aforo.contact')") is None
    kept = ana.page.evaluate("() => JSON.stringify([sessionStorage, localStorage])")
    assert not re.search(rf"4242 ?4242|{KEY}", kept)


def test_a_key_may_come_later_and_then_before_the_tickets_are_taken_away(
    site: Site, buyers: NewBuyer, organizer: Callable[..., None]
) -> None:
    organizer(order_key="before_download")
    ana, leo = buyers(site, phone=True), buyers(site, phone=True)
    at_checkout(site, ana)
    field = ana.page.get_by_label
    field("Name", exact=True).fill("Ana Núñez")
    field("E-mail").fill("ana@example.org")
    ana.fill_card(CARD)
    ana.pay()
    code = ana.tickets().code
    page = ana.page
    expect(page.locator("img.qr")).to_have_count(1)
    expect(page.get_by_role("link", name="Tickets (PDF)")).to_have_count(0)
    check(page, "an order without a key")
    mine = ana.tab()
    mine.goto("/o")
    mine.get_by_role("button", name="Forget this browser…").click()
    expect(mine.get_by_role("dialog").get_by_role("link", name=re.compile(code))).to_be_visible()
    check(mine, "what forgetting means for an order without a key")
    mine.close()
    leo.open(f"/o/{code}")
    leo.page.get_by_label("Ticket password").fill("whatever it was")
    leo.button("Open my tickets").click()
    expect(leo.page.get_by_role("alert")).to_be_visible()
    ana.button("Set password").click()
    expect(field("Ticket password")).to_have_attribute("aria-invalid", "true")
    field("Ticket password").fill(KEY)
    ana.button("Set password").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Tickets (PDF)").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")
    page.reload()
    expect(page.get_by_role("link", name="Tickets (PDF)")).to_be_visible()
    leo.page.get_by_label("Ticket password").fill(KEY)
    leo.button("Open my tickets").click()
    expect(leo.page.locator("img.qr")).to_have_count(1)
