"""Whoever bought chooses on their phone what becomes of an order; and gives tickets back by themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.buyer import Buyer, check
from tests.browser.site import Site
from tests.browser.test_dues import DUES
from tests.browser.test_events import enter
from tests.browser.test_orders import PHONE

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]
# A title, what a voucher is called, yes, and what was chosen.
CHOOSING = {
    "en-GB": ("What should become of your order?", "a voucher of", "Yes", "You chose: a voucher"),
    "es-ES": ("¿Qué hacemos con tu pedido?", "un vale de", "Sí", "Has elegido: un vale"),
    "pt-BR": ("O que fazemos com seu pedido?", "um vale de", "Sim", "Você escolheu: um vale"),
}
GIVING = {
    "en-GB": ("Give tickets back", "Give them back"),
    "es-ES": ("Devolver entradas", "Devolverlas"),
    "pt-BR": ("Devolver ingressos", "Devolver"),
}


def buys(buyer: Buyer, sale: str, seat: int) -> None:
    buyer.open_list(sale)
    buyer.take("A", seat)
    buyer.to_checkout()
    buyer.fill_in()
    buyer.pay()
    buyer.tickets()


def speak(page: Page, site: Site, locale: str) -> None:
    page.context.add_cookies([{"name": "aforo_lang", "value": locale[:2], "url": site.url}])


@pytest.mark.parametrize("locale", CHOOSING)
def test_whoever_bought_chooses_a_voucher_and_sees_its_code(site: Site, buyers: NewBuyer, locale: str) -> None:
    title, voucher, yes, chosen = CHOOSING[locale]
    sale = site.sale(text=DUES)
    ana = buyers(site)
    buys(ana, sale, 3)
    (order,) = site.ask("GET", f"/api/sales/{sale}/orders")["items"]
    office = buyers(site, dark=True, locale="en-GB").page
    office.set_viewport_size(PHONE)
    event = site.ask("GET", f"/api/organizer/sales/{sale}")["event"]["id"]
    office.goto(f"/office/events/{event}")
    enter(office, site.key, "en-GB")
    panel = office.get_by_role("region", name="Money back")
    panel.get_by_role("button", name="Give back what it sold…").click()
    dialog = office.get_by_role("dialog")
    dialog.get_by_role("button", name="Buyers choose").click()
    dialog.get_by_label("not: tickets are kept").check()
    day = datetime.now(UTC) + timedelta(days=5)
    dialog.get_by_label("Until the end of", exact=True).fill(f"{day:%Y-%m-%d}")
    dialog.get_by_label("On top, in percent").fill("10")
    last = dialog.get_by_label("Valid until the end of")
    last.fill(f"{day:%Y-%m-%d}")
    expect(dialog.get_by_text("Choose a day to come, after the last day of choosing.")).to_be_visible()
    last.fill(f"{day + timedelta(days=300):%Y-%m-%d}")
    check(office, "what buyers choose from")
    dialog.get_by_role("button", name="Give all of it back").click()
    expect(panel).to_contain_text("Orders whose buyers may choose still: 1.")
    check(office, "an event whose buyers choose")

    page: Page = ana.page.context.new_page()
    page.set_viewport_size({"width": 360, "height": 740})
    speak(page, site, locale)
    page.goto(f"/o/{order['code']}")
    part = page.get_by_role("region", name=title)
    check(page, f"an order about which its buyer may choose, {locale}")
    part.get_by_role("button", name=re.compile(voucher, re.IGNORECASE)).click()
    page.get_by_role("dialog").get_by_role("button", name=yes).click()
    expect(part).to_contain_text(chosen)
    code = page.locator("section strong.figure", has_text=re.compile("^[A-Z0-9]{4}(-[A-Z0-9]{4}){3}$"))
    expect(code).to_have_count(1, timeout=20_000)
    check(page, f"an order that became a voucher, {locale}")
    assert re.fullmatch(r"[A-Z0-9]{4}(-[A-Z0-9]{4}){3}", code.inner_text())
    (issued,) = [each for each in site.ask("GET", "/api/credit")["items"] if each["code_end"] == code.inner_text()[-4:]]
    assert issued["expires_at"].startswith(f"{day + timedelta(days=300):%Y-%m-%d}")


@pytest.mark.parametrize("locale", GIVING)
def test_a_ticket_is_given_back_by_whoever_bought_it(site: Site, buyers: NewBuyer, locale: str) -> None:
    begins, confirms = GIVING[locale]
    site.ask("PUT", "/api/organizer/own-refunds", json.dumps({"hours": 24}).encode())
    sale = site.sale(text=DUES)
    ana = buyers(site, phone=True, dark=True)
    buys(ana, sale, 3)
    (order,) = site.ask("GET", f"/api/sales/{sale}/orders")["items"]
    page = ana.page.context.new_page()
    page.set_viewport_size({"width": 360, "height": 740})
    speak(page, site, locale)
    page.goto(f"/o/{order['code']}")
    part = page.get_by_role("region", name=begins)
    part.get_by_role("button", name=begins).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("checkbox").first.check()
    expect(dialog.get_by_role("status")).to_be_visible()
    check(page, f"tickets that one gives back, {locale}")
    dialog.get_by_role("button", name=confirms, exact=True).click()
    expect(dialog).to_be_hidden()
    expect(page.locator("ul.order-tickets > li")).to_have_count(0)
    check(page, f"tickets that one gave back, {locale}")
    assert site.ask("GET", f"/api/organizer/sales/{sale}/orders/{order['id']}")["order"]["given_back"] > 0
    site.ask("PUT", "/api/organizer/own-refunds", json.dumps({"hours": None}).encode())
