"""A ticket password that was forgotten, and tickets that are sent again: by letter, from the pages of orders."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.buyer import KEY, Buyer, check
from tests.browser.site import Site
from tests.browser.test_tickets import bought

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]
NEW = "cuatro gatos negros"


def test_another_password_by_letter(site: Site, buyers: NewBuyer) -> None:
    ana, elsewhere, operator = buyers(site), buyers(site, phone=True), buyers(site)
    code = bought(ana, site.sale(), 1)
    elsewhere.open("/o")
    elsewhere.button("Forgotten your ticket password?").click()
    elsewhere.button("Send me a link").click()
    form = elsewhere.page.locator("form", has=elsewhere.page.get_by_text("Send me a link"))
    expect(form.get_by_text("Enter the purchase code.", exact=True)).to_be_visible()
    form.get_by_label("Purchase code").fill(code)
    elsewhere.button("Send me a link").click()
    expect(elsewhere.page.get_by_text("a letter is on its way", exact=False)).to_be_visible()
    check(elsewhere.page, "a link was asked for")
    operator.open("/dev/mail")
    operator.page.get_by_role("link", name=re.compile(f"Set a new ticket password for order {code}")).click()
    link = operator.page.get_by_role("link", name="Open its link").get_attribute("href")
    assert link is not None
    elsewhere.page.goto(link)
    expect(elsewhere.page).to_have_url(re.compile(f"/o/{code}$"))
    elsewhere.page.get_by_label("New ticket password").fill("short")
    elsewhere.button("Set password").click()
    expect(elsewhere.page.get_by_text("at least 8 characters", exact=False).last).to_be_visible()
    check(elsewhere.page, "another password")
    elsewhere.page.get_by_label("New ticket password").fill(NEW)
    elsewhere.button("Set password").click()
    expect(elsewhere.page.locator("img.qr")).to_have_count(1)
    third = buyers(site)
    third.open(f"/o/{code}")
    for key in (KEY, NEW):
        third.page.get_by_label("Ticket password").fill(key)
        third.button("Open my tickets").click()
        if key == KEY:
            expect(third.page.get_by_text("don't match", exact=False)).to_be_visible()
    expect(third.page.locator("img.qr")).to_have_count(1)
    used = buyers(site)
    used.open(link)
    used.page.get_by_label("New ticket password").fill("somebody else's")
    used.button("Set password").click()
    expect(used.page.get_by_text("This link no longer works", exact=False)).to_be_visible()


def test_the_letter_once_more(site: Site, buyers: NewBuyer) -> None:
    ana, operator = buyers(site), buyers(site)
    code = bought(ana, site.sale(), 1)
    ana.open(f"/o/{code}")
    ana.button("Send my tickets again").click()
    expect(ana.page.get_by_text("On its way to", exact=False)).to_be_visible()
    check(ana.page, "an order whose letter is on its way")
    operator.open("/dev/mail")
    letters = operator.page.get_by_role("link", name=re.compile("^Your tickets: "))
    letters.first.click()
    file = operator.page.get_by_role("link", name=re.compile(r"^tickets-.*\.pdf$"))
    with operator.page.expect_download() as download:
        file.click()
    assert download.value.path().read_bytes().startswith(b"%PDF")
    expect(operator.page.get_by_role("link", name="event.ics")).to_be_visible()
