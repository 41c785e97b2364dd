"""Fees and taxes in the office: typed beside prices, mended where they are wrong, and shown before they are saved."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.buyer import Buyer, check
from tests.browser.site import HALL, Site
from tests.browser.test_events import enter

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]
SMALL, LARGE = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
CHARGED = HALL + (
    "taxes: {{iva: {{name: IVA, rate: 10}}, tasa: {{name: Tasa, rate: 21, for: Gastos}}}}\n"
    "fees: {{Gastos: {{percent: 2.5, free_too: true}}}}\n"
)
WORDS: dict[str, dict[str, str]] = {
    "en-GB": {
        "show": "Show prices",
        "fold": "Fees and taxes",
        "fee": "Add a fee",
        "tax": "Add a tax",
        "name": "Name",
        "amount": "Amount (EUR)",
        "rate": "Rate in percent",
        "review": "Review changes",
        "save": "Save as a new list",
        "back": "Go on editing",
        "wrong_rate": "From 0 to 100",
        "wrong_amount": "An amount, such as 1.50",
        "unnamed": "Say what it is called.",
        "one": "One General, Platea: €21.50, price €20, plus €1.50 Gestión, of which €1.96 IVA (10%)",
    },
    "es-ES": {
        "show": "Ver precios",
        "fold": "Gastos e impuestos",
        "fee": "Añadir un gasto",
        "tax": "Añadir un impuesto",
        "name": "Nombre",
        "amount": "Importe (EUR)",
        "rate": "Tipo en porcentaje",
        "review": "Revisar cambios",
        "save": "Guardar como lista nueva",
        "back": "Seguir editando",
        "wrong_rate": "De 0 a 100",
        "wrong_amount": "Un importe, como 1,50",
        "unnamed": "Escribe cómo se llama.",
        "one": "General, Platea: 21,50 €, precio 20 €, más 1,50 € de Gestión, de ellos 1,96 € de IVA (10 %)",
    },
    "pt-BR": {
        "show": "Ver preços",
        "fold": "Taxas e impostos",
        "fee": "Adicionar uma taxa",
        "tax": "Adicionar um imposto",
        "name": "Nome",
        "amount": "Valor (EUR)",
        "rate": "Alíquota em porcentagem",
        "review": "Revisar alterações",
        "save": "Salvar como lista nova",
        "back": "Continuar editando",
        "wrong_rate": "De 0 a 100",
        "wrong_amount": "Um valor, como 1,50",
        "unnamed": "Diga como se chama.",
        "one": "General, Platea: € 21,50, preço € 20, mais € 1,50 de Gestión, dos quais € 1,96 de IVA (10%)",
    },
}


def lists_of(site: Site, sale: str) -> list[dict[str, Any]]:
    return list(site.ask("GET", f"/api/sales/{sale}/prices")["items"])


def spaced(words: str) -> re.Pattern[str]:
    """Whatever space stands between an amount and its currency."""
    return re.compile(re.escape(words).replace(r"\ ", r"\s"))


def prices_of(page: Page, site: Site, sale: str, locale: str) -> None:
    page.goto(f"/office/sales/{sale}")
    enter(page, site.key, locale)
    page.get_by_role("button", name=WORDS[locale]["show"]).click()


@pytest.mark.parametrize(("locale", "size"), [("en-GB", LARGE), ("es-ES", SMALL), ("pt-BR", SMALL)])
def test_a_fee_and_a_tax_are_typed_mended_and_seen_before_they_are_saved(
    site: Site, buyers: NewBuyer, locale: str, size: Any
) -> None:
    words, sale = WORDS[locale], site.sale(text=HALL)
    page = buyers(site, phone=size is SMALL, dark=locale == "es-ES", locale=locale).page
    page.set_viewport_size(size)
    prices_of(page, site, sale, locale)
    fold = page.locator("summary", has_text=words["fold"])
    expect(page.get_by_role("button", name=words["fee"])).to_be_hidden()
    fold.click()
    page.get_by_role("button", name=words["fee"]).click()
    page.get_by_role("button", name=words["tax"]).click()
    fee, tax = page.locator("details fieldset").nth(0), page.locator("details fieldset").nth(1)
    amount, rate = fee.get_by_label(words["amount"]), tax.get_by_label(words["rate"])
    amount.fill("1.505")
    rate.fill("101")
    expect(fee.get_by_text(words["wrong_amount"])).to_be_visible()
    page.get_by_role("button", name=words["review"]).click()
    expect(tax.get_by_text(words["wrong_rate"])).to_be_visible()
    expect(fee.get_by_text(words["unnamed"])).to_be_visible()
    expect(fee.get_by_label(words["name"])).to_be_focused()
    check(page, f"dues with mistakes in {locale}")
    amount.fill("1,50" if locale != "en-GB" else "1.50")
    rate.fill("10")
    fee.get_by_label(words["name"]).fill("Gestión")
    tax.get_by_label(words["name"]).fill("IVA")
    page.get_by_role("group", name="Platea").get_by_label("General").fill("20")
    page.get_by_role("button", name=words["review"]).click()
    expect(page.get_by_test_id("ones").get_by_text(spaced(words["one"]))).to_be_visible()
    expect(page.get_by_test_id("meets").locator("li")).to_have_count(3)
    check(page, f"prices that could be in {locale}")
    assert [each["list"] for each in lists_of(site, sale)] == [1], "nothing is saved yet"
    page.get_by_role("button", name=words["back"]).click()
    expect(amount).to_have_value("1,50" if locale != "en-GB" else "1.50")
    page.get_by_role("button", name=words["review"]).click()
    page.get_by_role("button", name=words["save"]).click()
    expect(page.get_by_role("button", name=words["review"])).to_be_disabled()
    newest = lists_of(site, sale)[0]
    assert (newest["list"], newest["prices"]["platea"]["general"]) == (2, 2000)
    assert [(each["name"], each["amount"]) for each in newest["dues"]["fees"]] == [("Gestión", 150)]
    assert [(each["name"], each["rate"], each["included"]) for each in newest["dues"]["taxes"]] == [("IVA", "10", True)]
    check(page, f"dues in {locale}")


def test_what_is_there_is_edited_and_what_is_not_touched_stays(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(text=CHARGED)
    page = buyers(site).page
    prices_of(page, site, sale, "en-GB")
    before = lists_of(site, sale)[0]["dues"]
    page.get_by_role("group", name="Platea").get_by_label("General").fill("50")
    page.get_by_role("button", name="Review changes").click()
    expect(page.get_by_test_id("meets").locator("li")).to_have_text(["Platea, General: €45 → €50"])
    page.get_by_role("button", name="Save as a new list").click()
    expect(page.get_by_text("List 2", exact=True)).to_be_visible()
    assert lists_of(site, sale)[0]["dues"] == before
    page.get_by_role("group", name="Tax 1").get_by_label("Rate in percent").fill("8.875")
    page.get_by_role("button", name="Remove Gastos").click()
    page.get_by_role("button", name="Review changes").click()
    expect(page.get_by_role("group", name="Tax 2").get_by_text("Tick at least one.")).to_be_visible()
    page.get_by_role("button", name="Remove Tasa").click()
    page.get_by_role("button", name="Review changes").click()
    expect(page.get_by_test_id("meets").locator("li")).to_have_text(
        [
            "Gastos: 2.5% per ticket, also of what is free → none",
            re.compile(r"IVA: 10% included, .* → 8.875% included"),
            "Tasa: 21% included, Gastos → none",
        ]
    )
    page.get_by_role("button", name="Save as a new list").click()
    expect(page.get_by_text("List 3", exact=True)).to_be_visible()
    after = lists_of(site, sale)[0]["dues"]
    assert (after["fees"], [each["rate"] for each in after["taxes"]]) == ([], ["8.875"])


def test_what_the_server_refuses_stands_at_its_field(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(text=CHARGED)
    page = buyers(site).page
    prices_of(page, site, sale, "en-GB")
    fee = page.get_by_role("group", name="Fee 1")
    fee.get_by_label("Amount (EUR)").fill("99999999999")
    price = page.get_by_role("group", name="Pista").get_by_label("General")
    price.fill("99999999999")
    page.get_by_role("button", name="Review changes").click()
    expect(price).to_be_focused()
    for field in (price, fee.get_by_label("Amount (EUR)")):
        expect(field).to_have_attribute("aria-invalid", "true")
        field.fill("3")
        expect(field).not_to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Review changes").click()
    expect(page.get_by_test_id("meets").locator("li")).to_have_count(2)
