"""A pass over several days on a phone: its days are said before it is bought, on it, and in my tickets."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.buyer import Buyer, check
from tests.browser.site import Site
from tests.browser.test_ticket_types import pays

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]
PASSES = """
event: Festival del Río
id: {id}
starts: in 10 days at 18:00
zone: Europe/Madrid
currency: EUR
opens: now
room: false
days:
  vie: {{name: Viernes, starts: in 10 days at 18:00}}
  sab: {{name: Sábado, starts: in 11 days at 12:00}}
  dom: {{name: Domingo, starts: in 12 days at 12:00}}
pools:
  Viernes: {{capacity: 9, price: 30, admits: vie}}
  Sábado: {{capacity: 9, price: 30, admits: sab}}
  Domingo: {{capacity: 9, price: 30, admits: dom}}
  Abono: {{capacity: 3, price: 70, draws_on: [viernes, sabado, domingo], admits: [vie, sab, dom]}}
"""
WORDS = {"en-GB": "Admits on 3 days", "es-ES": "Válida para 3 días", "pt-BR": "Válido por 3 dias"}


@pytest.mark.parametrize("locale", WORDS)
def test_a_pass_says_its_days(site: Site, buyers: NewBuyer, locale: str) -> None:
    sale = site.sale(text=PASSES)
    buyer = buyers(site, phone=True, locale=locale)
    page = buyer.page
    buyer.open(f"/s/{sale}")
    days = page.locator(".event-days li")
    expect(days).to_have_count(3)
    expect(days.nth(1)).to_contain_text("Sábado")
    expect(page.locator(".prices li").filter(has_text="Abono")).to_contain_text("Viernes, Sábado, Domingo")
    check(page, f"an event of several days in {locale}")
    buyer.open(f"/s/{sale}/seats")
    units = page.get_by_test_id("pools").get_by_role("listitem")
    expect(units.filter(has_text="Abono")).to_contain_text("Viernes, Sábado, Domingo")
    units.filter(has_text="Abono").get_by_role("button").last.click()
    expect(units.nth(1)).to_contain_text("8")
    buyer.open(f"/s/{sale}/checkout")
    expect(page.locator("input[name=name]")).to_be_visible()
    pays(buyer)
    ticket = page.locator(".order-ticket")
    expect(ticket).to_have_count(1)
    expect(ticket).to_contain_text(WORDS[locale])
    for day in ("Viernes: ", "Sábado: ", "Domingo: "):
        expect(ticket).to_contain_text(day)
    check(page, f"a pass in {locale}")
    buyer.open("/o")
    expect(page.locator(".own")).to_contain_text("Viernes, Sábado, Domingo")
    check(page, f"my tickets with a pass in {locale}")
