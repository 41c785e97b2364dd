"""A sale that asks for something: the page solves its challenge by itself, and asks for the code."""

import re
import urllib.request
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


def test_an_address_is_shown_to_be_ones_own_by_a_letter(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(room="{shoppers: 5}", text=HALL + "entry: contact\n")
    ana, leo = buyers(site), buyers(site)
    for buyer in (ana, leo):
        buyer.open(f"/s/{sale}/room")
        field = buyer.page.get_by_label("E-mail")
        expect(field).to_be_visible()
        check(buyer.page, "the address of a buyer")
        field.fill("nowhere")
        buyer.button("Send me a code").click()
        expect(buyer.page.get_by_text("This doesn't look like an e-mail address.")).to_be_visible()
        field.fill(f"ana.{sale}@example.org")
        buyer.button("Send me a code").click()
        letter = site.letter(f"ana.{sale}@example.org", sent=1 if buyer is ana else 2)
        check(buyer.page, "the code of a letter")
        buyer.page.get_by_label("Code").fill("000000")
        buyer.button("Continue").click()
        expect(buyer.page.get_by_text("This code is wrong or has expired.")).to_be_visible()
        buyer.page.get_by_label("Code").fill(letter["subject"].split()[0])
        buyer.button("Continue").click()
        if buyer is ana:
            ana.page.wait_for_url(f"**/s/{sale}/seats")
    expect(leo.page.get_by_text("This address already has a place in this sale.")).to_be_visible()
    leo.button("Another address").click()
    leo.page.get_by_label("E-mail").fill(f"leo.{sale}@example.org")
    leo.button("Send me a code").click()
    letter = site.letter(f"leo.{sale}@example.org")
    # The link does as well; it may be opened elsewhere.
    urllib.request.urlopen(urllib.request.Request(letter["link"], method="POST")).close()
    leo.button("Continue").click()
    leo.page.wait_for_url(f"**/s/{sale}/seats")


def test_the_code_is_asked_for_and_a_wrong_one_told(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(room="{shoppers: 5}", text=HALL + "entry: {{code: Sesame 2037}}\n")
    ana = buyers(site)
    ana.open(f"/s/{sale}/room")
    field = ana.page.get_by_label("Code")
    expect(field).to_be_visible()
    check(ana.page, "the code of a sale")
    field.fill("not this one")
    ana.button("Continue").click()
    expect(ana.page.get_by_text("That code isn't valid for this sale.")).to_be_visible()
    field.fill("sesame2037")
    ana.button("Continue").click()
    ana.page.wait_for_url(f"**/s/{sale}/seats")


def test_a_sale_for_people_with_an_account_leads_there_and_back(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(room="{shoppers: 5}", text=HALL + "entry: account\n")
    ana = buyers(site)
    email, password = f"ana.{sale}@example.org", "correct horse battery staple"
    ana.open("/account/register")
    ana.page.get_by_label("E-mail").fill(email)
    ana.page.get_by_label("Password", exact=True).fill(password)
    ana.button("Create account").click()
    expect(ana.page.get_by_role("heading", name="Look in your inbox", level=1)).to_be_visible()
    link = re.search(r"https?://[^/\s]+(/\S+#token=\S+)", str(site.letter(email)["text"]))
    assert link is not None
    ana.open(link[1])
    ana.button("Confirm").click()
    expect(ana.page).to_have_url(re.compile("/account$"))
    ana.button("Sign out").click()
    expect(ana.page).to_have_url(re.compile("/$"))
    ana.open(f"/s/{sale}/room")
    way = ana.page.get_by_role("link", name="Sign in, or make an account")
    expect(way).to_be_visible()
    check(ana.page, "a sale for people with an account")
    way.click()
    ana.page.get_by_label("E-mail").fill(email)
    ana.page.get_by_label("Password", exact=True).fill(password)
    ana.button("Sign in").click()
    ana.page.wait_for_url(f"**/s/{sale}/room")
    ana.button("Join the waiting room").click()
    ana.page.wait_for_url(f"**/s/{sale}/seats")
