"""/dev/mail: a letter comes by itself, and is shown as it looks."""

import re
import secrets
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.buyer import Buyer, check
from tests.browser.site import HALL, Site

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]


def test_a_letter_comes_by_itself(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(room="{shoppers: 5}", text=HALL + "entry: contact\n")
    address = f"eva.{secrets.token_hex(4)}@example.org"
    operator, eva = buyers(site, phone=True, dark=True), buyers(site)
    operator.open("/dev/mail")
    expect(operator.page.get_by_role("heading", name="Letters and text messages")).to_be_visible()
    eva.open(f"/s/{sale}/room")
    eva.page.get_by_label("E-mail").fill(address)
    eva.button("Send me a code").click()
    page = operator.page
    page.get_by_role("link", name=address).click()
    check(page, "a letter on a phone")
    letter = page.frame_locator("iframe")
    expect(letter.get_by_text("If it wasn't you", exact=False).first).to_be_visible()
    with page.context.expect_page() as opened:
        letter.get_by_role("link", name="Confirm this address").click()
    expect(opened.value).to_have_url(re.compile("/c/"))
    page.get_by_text("Headers", exact=True).click()
    expect(page.get_by_text("Message-ID")).to_be_visible()
    page.get_by_role("link", name="All messages").click()
    expect(page.get_by_role("link", name=address)).to_be_visible()
    check(page, "the list on a phone")
