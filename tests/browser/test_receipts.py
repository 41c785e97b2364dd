"""Receipts on a phone: who bought has one with a number, and the office writes who issues them and sees the month."""

import re
from collections.abc import Callable

import pypdfium2
import pytest
from playwright.sync_api import expect

from tests.browser.buyer import CARD, KEY, Buyer, check
from tests.browser.site import HALL, Site
from tests.browser.test_office import WORDS as OFFICE

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]

# The link of the receipt, the tab of the settings, the button that saves, what a month says.
WORDS = {
    "en-GB": ("Receipt", "Legal identity", "Save", "No number is missing."),
    "es-ES": ("Recibo", "Identidad legal", "Guardar", "No falta ningún número."),
    "pt-BR": ("Recibo", "Identidade legal", "Salvar", "Não falta nenhum número."),
}
MORE = re.compile("^(Show more|Mostrar m[aá][si]s?)$")
IDENTITY = {"country": "es", "address": "Calle Mayor 1", "city": "Zaragoza", "zone": "UTC"}


@pytest.mark.parametrize("locale", WORDS)
def test_a_receipt_has_its_number_and_the_office_its_month(site: Site, buyers: NewBuyer, locale: str) -> None:
    receipt, identity, save, gapless = WORDS[locale]
    seller = f"Sala {locale} S. L."
    office = buyers(site, phone=True, locale=locale).page
    office.goto("/office/settings/identity")
    way, label = OFFICE[locale][:2] if locale in OFFICE else ("Use an API key", "API key")
    office.get_by_role("button", name=way).click()
    office.get_by_label(label).fill(site.key)
    office.keyboard.press("Enter")
    expect(office.get_by_role("heading", name=identity)).to_be_visible()
    for name, text in (IDENTITY | {"name": seller, "tax_id": "B12345675"}).items():
        office.locator(f"[name={name}]").fill(text)
    office.get_by_role("button", name=save, exact=True).click()
    expect(office.locator("[name=tax_id]")).to_have_attribute("aria-invalid", "true")
    check(office, f"an identity with a wrong tax id, {locale}")
    office.locator("[name=tax_id]").fill("B12345674")
    office.get_by_role("button", name=save, exact=True).click()
    expect(office.locator("[name=country]")).to_have_value("ES")

    ana = buyers(site, phone=True, locale=locale)
    page, sale = ana.page, site.sale(text=HALL)
    ana.open(f"/s/{sale}/seats")
    page.get_by_text(re.compile("^(List|Lista)$")).first.click()
    page.locator("summary", has_text="Platea").click()
    seat = page.get_by_test_id("seat-list").get_by_role("button").nth(3)
    seat.click()
    expect(seat).to_have_attribute("aria-pressed", "true")
    ana.open(f"/s/{sale}/checkout")
    typed = {"name": "Ana Núñez", "email": "ana@example.org", "ticket-key": KEY}
    typed |= {"cardnumber": CARD, "cc-exp": "12/39", "cvc": "123"}
    for name, text in typed.items():
        page.locator(f"input[name={name}]").fill(text)
    page.locator("form button[type=submit]").click()
    expect(page).to_have_url(re.compile("/o/"))
    number = page.get_by_text(re.compile(rf"^{receipt} 20[0-9]{{2}}-[0-9]{{6}}$"))
    expect(number).to_be_visible()
    check(page, f"an order with its receipt, {locale}")
    said = number.inner_text().removeprefix(f"{receipt} ")
    with page.expect_download() as download:
        page.get_by_role("link", name=f"{receipt} (PDF)").click()
    pdf = pypdfium2.PdfDocument(download.value.path().read_bytes())
    words = pdf[0].get_textpage().get_text_range()
    for word in (said, seller, "B12345674", "Ana Núñez"):
        assert word in words

    office.goto("/office/reports")
    expect(office.get_by_text(gapless)).to_be_visible()
    more = office.get_by_role("button", name=MORE)
    while more.count():  # others bought on this site this month, too
        rows = office.get_by_role("row").count()
        more.click()
        expect(office.get_by_role("row")).not_to_have_count(rows)
    expect(office.get_by_text(said, exact=True)).to_be_visible()
    check(office, f"receipts of a month, {locale}")
