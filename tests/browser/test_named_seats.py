"""Seats that a member names for a customer: on the map or in a list, out of what is free or of an allocation."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.buyer import Buyer, check
from tests.browser.site import Site
from tests.browser.test_events import enter

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]
SMALL = {"width": 360, "height": 740}
WORDS = {
    "en-GB": ("Sell", "Choose seats by name", "Row", "Take out", "Sell, it is paid", "Somebody else has these now"),
    "es-ES": ("Vender", "Elegir asientos por su nombre", "Fila", "Quitar", "Vender, está pagado", "Otra persona tiene"),
    "pt-BR": ("Vender", "Escolher lugares pelo nome", "Fileira", "Tirar", "Vender, está pago", "Outra pessoa já tem"),
}


def at_the_box_office(page: Page, site: Site, sale: str, locale: str = "en-GB") -> Locator:
    page.goto(f"/office/sales/{sale}")
    enter(page, site.key, locale)
    page.get_by_role("button", name=WORDS[locale][0], exact=True).click()
    page.get_by_role("button", name=WORDS[locale][1]).click()
    expect(page.get_by_test_id("row-of-seats").get_by_role("button")).to_have_count(8)
    return page.locator("form").filter(has=page.get_by_test_id("row-of-seats"))


def seat(page: Page, number: int) -> Locator:
    return page.get_by_test_id("row-of-seats").get_by_role("button").nth(number - 1)


def sold_by_hand(site: Site, sale: str) -> list[dict[str, Any]]:
    return [each for each in site.ask("GET", f"/api/sales/{sale}/orders")["items"] if each["channel"] != "online"]


def labels(order: dict[str, Any]) -> list[tuple[str, str]]:
    return sorted((line["row"], line["seat_label"]) for line in order["lines"])


@pytest.mark.parametrize("locale", WORDS)
def test_seats_are_named_and_one_that_goes_meanwhile_is_said(site: Site, buyers: NewBuyer, locale: str) -> None:
    _, _, row, out, sell, gone = WORDS[locale]
    sale = site.sale()
    organizer, ana = buyers(site, phone=True, dark=locale == "es-ES", locale=locale), buyers(site)
    page = organizer.page
    page.set_viewport_size(SMALL)
    form = at_the_box_office(page, site, sale, locale)
    ana.open_list(sale)
    form.get_by_label(row, exact=True).select_option("B")
    for number in (3, 4):
        seat(page, number).click()
        expect(seat(page, number)).to_have_attribute("aria-pressed", "true")
    form.get_by_label(row, exact=True).select_option("A")
    seat(page, 8).click()
    check(page, f"seats named in {locale}")
    ana.take("B", 4)
    expect(form.get_by_role("alert")).to_contain_text(gone)
    expect(form.get_by_role("alert")).to_contain_text("Platea B 4")
    page.get_by_role("button", name=sell).click()
    expect(form.get_by_role("alert")).to_be_visible()
    check(page, f"a named seat that is gone in {locale}")
    page.get_by_role("button", name=f"{out} Platea B 4").click()
    page.get_by_role("button", name=sell).click()
    expect(form).to_have_count(0)
    (order,) = sold_by_hand(site, sale)
    assert (len(order["lines"]), order["state"]) == (2, "paid")


def test_named_seats_come_out_of_an_allocation_and_the_quota_is_said_before(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale()
    section = site.ask("GET", f"/api/sales/{sale}/layout")["sections"][0]["id"]
    body = {"name": "Sponsor", "seats": {section: "A 1-4"}, "units": {"pista": 3}, "staff": True}
    site.ask("POST", f"/api/sales/{sale}/allocations", json.dumps(body).encode())
    page = buyers(site).page
    form = at_the_box_office(page, site, sale)
    expect(seat(page, 1)).to_be_disabled()
    form.get_by_label("Out of").select_option(label="Sponsor")
    expect(seat(page, 5)).to_be_disabled()
    seat(page, 1).click()
    # on the map as well: from its corner to the seat beside
    page.get_by_role("application").focus()
    for key in ["ArrowDown"] + ["ArrowUp"] * 4 + ["ArrowLeft"] * 8 + ["ArrowRight", "Enter"]:
        page.keyboard.press(key)
    expect(seat(page, 2)).to_have_attribute("aria-pressed", "true")
    form.get_by_label("Pista").fill("9")
    form.get_by_label("Paid in").select_option(label="Nothing, it is complimentary")
    form.get_by_label("Reason").fill("Contract with the sponsor")
    page.get_by_role("button", name="Give them away").click()
    expect(form.get_by_label("Pista")).to_have_attribute("aria-invalid", "true")
    expect(form.get_by_text("Pista: 3 left.")).to_be_visible()
    check(page, "more than the allocation has")
    form.get_by_label("Pista").fill("1")
    page.get_by_role("button", name="Give them away").click()
    expect(page.get_by_text("Complimentary: 3 tickets", exact=False)).to_be_visible()
    (order,) = sold_by_hand(site, sale)
    assert (len(order["lines"]), order["allocation"], order["channel"]) == (3, "sponsor", "complimentary")
