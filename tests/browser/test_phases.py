"""A presale and the public sale on the same seats: who may enter is said, what isn't sold now can't be chosen."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.buyer import Buyer, check
from tests.browser.site import Site

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]
PHASED = """
event: Noche de socios
id: {id}
starts: in 10 days at 20:30
zone: Europe/Madrid
currency: EUR
opens: now
room: false
ticket_types: {{general: General, socio: Socio}}
sections:
  platea: {{rows: 2, seats: 8, price: {{general: 20, socio: 10}}}}
  palco: {{rows: 2, seats: 8, price: {{general: 30}}}}
phases:
  socios: {{name: Preventa de socios, until: in 2 days, entry: {{code: SOCIOS26}}, types: socio, person_max: 2}}
  abierta: {{name: Venta general, from: in 3 days, types: general}}
"""
ROOMED = """
event: Noche de fases
id: {id}
starts: in 10 days at 20:30
zone: Europe/Madrid
currency: EUR
opens: now
room: {{shoppers: 1}}
pools:
  pista: {{capacity: 20, price: 20}}
phases:
  socios: {{name: Socios, until: in 15 seconds, entry: {{code: SOCIOS26}}}}
  fans: {{name: Fans, from: in 25 seconds, entry: {{code: FANATICS}}}}
"""
WORDS = {
    "en-GB": ("With a code", "Who can buy when", "now"),
    "es-ES": ("Con un código", "Quién puede comprar y cuándo", "ahora"),
    "pt-BR": ("Com um código", "Quem pode comprar e quando", "agora"),
}


@pytest.mark.parametrize("locale", WORDS)
def test_a_member_buys_before_others(site: Site, buyers: NewBuyer, locale: str) -> None:
    rule, title, now = WORDS[locale]
    sale = site.sale(text=PHASED)
    member = buyers(site, phone=True, locale=locale)
    page = member.page
    page.set_viewport_size({"width": 360, "height": 740})
    member.open(f"/s/{sale}")
    phases = page.get_by_role("region", name=title)
    expect(phases.get_by_role("listitem")).to_have_count(2)
    current = phases.locator("[aria-current=step]")
    expect(current).to_contain_text("Preventa de socios")
    expect(current).to_contain_text(now)
    expect(current).to_contain_text(rule)
    expect(page.locator(".prices")).to_contain_text("10")
    expect(page.locator(".prices")).not_to_contain_text("30")
    check(page, f"phases of an event in {locale}")
    member.open(f"/s/{sale}/seats")
    expect(page.get_by_text("Preventa de socios")).to_be_visible()
    asked = page.locator("main form").filter(has=page.locator("input"))
    asked.locator("input").fill("socios26")
    asked.locator("button[type=submit]").click()
    page.get_by_text(re.compile("^(List|Lista)$")).first.click()
    page.locator("summary", has_text="platea").click()
    expect(page.locator("summary", has_text="palco")).to_have_count(0)
    seats = page.get_by_test_id("seat-list").get_by_role("button")
    seats.nth(1).click()
    expect(seats.nth(1)).to_have_attribute("aria-pressed", "true")
    check(page, f"seats in a phase in {locale}")
    member.open(f"/s/{sale}/checkout")
    expect(page.locator(".ticket-stub")).to_contain_text("10")
    expect(page.locator("select.items-type")).to_have_count(0)


def brings(buyer: Buyer, code: str) -> None:
    asked = buyer.page.locator("main form").filter(has=buyer.page.locator("input"))
    asked.locator("input").fill(code)
    asked.locator("button[type=submit]").click()


def test_who_waits_since_another_phase_keeps_their_place_and_is_asked_anew(site: Site, buyers: NewBuyer) -> None:
    """And whoever comes between two phases is told when the next one begins."""
    sale = site.sale(text=ROOMED)
    ana, leo, eva = (buyers(site) for _ in range(3))
    ana.open(f"/s/{sale}/room")
    brings(ana, "socios26")
    ana.page.wait_for_url(f"**/s/{sale}/seats")
    leo.open(f"/s/{sale}/room")
    brings(leo, "socios26")
    expect(leo.page.get_by_text("Socios")).to_be_visible()
    expect(leo.page.get_by_text("Nothing is sold just now. Fans begins")).to_be_visible()
    check(leo.page, "the room between two phases")
    eva.open(f"/s/{sale}")
    expect(eva.page.get_by_text("Nothing is sold just now. Fans begins")).to_be_visible()
    expect(leo.page.get_by_text("Fans · With a code")).to_be_visible(timeout=40_000)
    site.ask("PATCH", f"/api/sales/{sale}", b'{"room": {"shoppers": 5}}')
    expect(leo.page.get_by_text("You need a code for this sale.")).to_be_visible()
    check(leo.page, "asked anew")
    brings(leo, "fanatics")
    leo.page.wait_for_url(f"**/s/{sale}/seats")
