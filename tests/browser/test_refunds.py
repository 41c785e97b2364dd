"""A ticket is given back in the office: it says before what that does; the seat is on everybody's map at once."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.buyer import Buyer, check
from tests.browser.site import Site
from tests.browser.test_dues import DUES
from tests.browser.test_events import enter
from tests.browser.test_orders import DESK, PHONE

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]
# What is pressed, and what is confirmed.
WORDS = {
    "en-GB": ("Money back", "See what it does…", r"Give back €46\.50"),
    "es-ES": ("Devoluciones", "Ver qué hace…", r"Devolver 46,50\s€"),
    "pt-BR": ("Reembolsos", "Ver o que faz…", r"Devolver €\s46,50"),
}


@pytest.mark.parametrize(
    ("locale", "size", "dark"),
    [("en-GB", DESK, False), ("es-ES", PHONE, True), ("pt-BR", PHONE, False)],
    ids=["en", "es", "pt"],
)
def test_a_ticket_is_given_back_and_somebody_else_buys_its_seat(
    site: Site, buyers: NewBuyer, locale: str, size: ViewportSize, dark: bool
) -> None:
    panel, begins, confirms = WORDS[locale]
    sale = site.sale(text=DUES)
    ana, leo = buyers(site), buyers(site)
    ana.open_list(sale)
    ana.take("A", 3)
    ana.take("A", 4)
    ana.to_checkout()
    ana.fill_in()
    ana.pay()
    ana.tickets()
    leo.open_list(sale)
    expect(leo.seat("A", 3)).to_be_disabled()

    (order,) = site.ask("GET", f"/api/sales/{sale}/orders")["items"]
    page: Page = buyers(site, dark=dark, locale=locale).page
    page.set_viewport_size(size)
    page.goto(f"/office/orders/{sale}/{order['id']}")
    enter(page, site.key, locale)
    back = page.get_by_role("region", name=panel)
    back.get_by_role("checkbox").first.check()
    back.get_by_role("button", name=begins).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_test_id("meets")).to_contain_text("4242")
    check(page, f"a refund that is asked about in {locale}")
    dialog.get_by_role("button", name=re.compile(confirms)).click()
    expect(dialog).to_be_hidden()
    expect(back).to_contain_text(re.compile("46[.,]50"))
    check(page, f"an order that gave something back in {locale}")

    leo.take("A", 3)
    leo.to_checkout()
    leo.fill_in()
    leo.pay()
    leo.tickets()
    ana.page.reload()
    expect(ana.page.get_by_text(re.compile(r"€\S+ went back to you"))).to_be_visible()
    expect(ana.page.locator("ul.order-tickets > li")).to_have_count(1)
    check(ana.page, "an own order that gave something back")
    assert site.ask("GET", f"/api/organizer/sales/{sale}/orders/{order['id']}")["order"]["given_back"] == 4650


def test_all_that_an_event_sold_is_given_back(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(text=DUES)
    ana = buyers(site)
    ana.open_list(sale)
    ana.take("A", 3)
    ana.to_checkout()
    ana.fill_in()
    ana.pay()
    ana.tickets()
    event = site.ask("GET", f"/api/organizer/sales/{sale}")["event"]["id"]
    site.ask("POST", f"/api/events/{event}/cancel", b"{}")
    page: Page = buyers(site, locale="es-ES").page
    page.set_viewport_size(PHONE)
    page.goto(f"/office/events/{event}")
    enter(page, site.key, "es-ES")
    panel = page.get_by_role("region", name="Devoluciones")
    panel.get_by_role("button", name="Devolver lo vendido…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_test_id("meets")).to_contain_text("Pedidos: 1.")
    check(page, "an event that is to be given back")
    dialog.get_by_role("button", name="Devolverlo todo").click()
    expect(panel).to_contain_text("Devueltos: 1 de 1 pedidos", timeout=20_000)
    check(page, "an event that was given back")
    ana.page.reload()
    expect(ana.page.get_by_text("This order was refunded.")).to_be_visible()
