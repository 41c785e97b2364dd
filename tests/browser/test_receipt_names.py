"""A receipt in a company's name on a small phone: folded, mistakes at their fields, on paper, in three languages."""

import re
from collections.abc import Callable

import pypdfium2
import pytest
from playwright.sync_api import Page, expect

from tests.browser.buyer import CARD, KEY, Buyer, check
from tests.browser.site import HALL, Site

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]

SMALL = {"width": 360, "height": 740}
# What unfolds it, what is missing, what is wrong with the id, the link of the receipt.
WORDS = {
    "en-GB": ("in a company's name", "This is needed", "can't be a tax ID", "Receipt"),
    "es-ES": ("a nombre de una empresa", "Hace falta", "No puede ser un ID fiscal", "Recibo"),
    "pt-BR": ("em nome de uma empresa", "É necessário", "Não pode ser um número fiscal", "Recibo"),
}
COMPANY = {"name": "Ferretería Núñez S. L.", "id": "B12345674", "address": "Calle Mayor 1", "city": "Oviedo"}


def fill_in(page: Page) -> None:
    typed = {"name": "Ana Núñez", "email": "ana@example.org", "ticket-key": KEY}
    typed |= {"cardnumber": CARD, "cc-exp": "12/39", "cvc": "123"}
    for name, text in typed.items():
        page.locator(f"input[name={name}]").fill(text)


@pytest.mark.parametrize("locale", WORDS)
def test_a_company_stands_on_the_receipt(site: Site, buyers: NewBuyer, locale: str) -> None:
    unfolds, needed, wrong, receipt = WORDS[locale]
    ana = buyers(site, phone=True, locale=locale)
    page, sale = ana.page, site.sale(text=HALL + "tax_identity: true\n")
    page.set_viewport_size(SMALL)
    ana.open(f"/s/{sale}/seats")
    page.get_by_text(re.compile("^(List|Lista)$")).first.click()
    page.locator("summary", has_text="Platea").click()
    seat = page.get_by_test_id("seat-list").get_by_role("button").nth(3)
    seat.click()
    expect(seat).to_have_attribute("aria-pressed", "true")
    ana.open(f"/s/{sale}/checkout")
    company = page.locator("[name=tax-name]")
    expect(company).to_be_hidden()
    page.locator("summary", has_text=unfolds).click()
    company.fill(COMPANY["name"])
    fill_in(page)
    page.locator("form button[type=submit]").click()
    expect(page.locator("[name=tax-country]")).to_be_focused()
    expect(page.get_by_text(needed)).to_have_count(4)
    check(page, f"a company without its address, {locale}")
    for name, text in (COMPANY | {"country": "es", "id": "B12345675"}).items():
        page.locator(f"[name=tax-{name}]").fill(text)
    page.locator("form button[type=submit]").click()
    expect(page.locator("[name=tax-id]")).to_be_focused()
    expect(page.get_by_text(wrong)).to_be_visible()
    check(page, f"a company with a wrong tax id, {locale}")
    page.locator("[name=tax-id]").fill(COMPANY["id"])
    page.keyboard.press("Tab")
    expect(page.get_by_text(wrong)).to_have_count(0)
    page.locator("form button[type=submit]").click()
    expect(page).to_have_url(re.compile("/o/"))
    expect(page.get_by_text(COMPANY["name"])).to_be_visible()
    expect(page.get_by_text(re.compile(rf"^{receipt} 20[0-9]{{2}}-[0-9]{{6}}$"))).to_be_visible()
    expect(page.locator("summary", has_text=unfolds)).to_have_count(0)
    check(page, f"an order with a company on its receipt, {locale}")
    with page.expect_download() as download:
        page.get_by_role("link", name=f"{receipt} (PDF)").click()
    pdf = pypdfium2.PdfDocument(download.value.path().read_bytes())
    words = pdf[0].get_textpage().get_text_range()
    for word in COMPANY.values():
        assert word in words
    assert "Ana Núñez" not in words
