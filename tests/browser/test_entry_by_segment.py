"""A presale for a segment: whoever is in it enters by their account, the others learn when the sale is theirs."""

from __future__ import annotations

import json
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
room: {{shoppers: 5}}
pools:
  pista: {{capacity: 20, price: 20}}
phases:
  preventa: {{until: in 2 days, entry: {{segment: la peña}}}}
  general: {{name: Venta general, from: in 3 days}}
"""
# The rule among the phases, what is asked of whoever is signed in nowhere, and what those are told whom it isn't for.
WORDS = {
    "en-GB": ("For people the organizer has chosen", "Sign in with the account", "Or wait: Venta general begins"),
    "es-ES": (
        "Para quienes ha elegido el organizador",
        "Inicia sesión con la cuenta",
        "O espera: Venta general empieza",
    ),
    "pt-BR": ("Para quem o organizador escolheu", "Entre com a conta", "Ou espere: Venta general começa"),
}
PASSWORD = "correct horse battery staple"


def is_among(site: Site, email: str) -> None:
    """The organizer imports somebody whom the rule finds."""
    line = {"reference": email, "email": email, "zone": "Europe/Madrid", "locale": "es"}
    assert site.ask("POST", "/api/people", json.dumps({"people": [line]}).encode())["added"] == 1


def registers(site: Site, buyer: Buyer, email: str) -> None:
    page = buyer.page
    buyer.open("/account/register")
    page.locator("input[inputmode=email]").fill(email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("main form button[type=submit]").click()
    link = re.search(r"https?://[^/\s]+(/\S+#token=\S+)", str(site.letter(email)["text"]))
    assert link is not None
    buyer.open(link[1])
    page.locator("main form button[type=submit]").click()
    expect(page).to_have_url(re.compile("/account$"))


@pytest.mark.parametrize("locale", WORDS)
def test_a_member_enters_and_others_learn_when(site: Site, buyers: NewBuyer, locale: str) -> None:
    rule, asked, wait = WORDS[locale]
    site.ask("PUT", "/api/segments", json.dumps({"name": "la peña", "rule": 'locale = "es"'}).encode())
    sale = site.sale(text=PHASED)
    email = f"ana.{sale}@example.org"
    ana = buyers(site, phone=True, locale=locale)
    page = ana.page
    page.set_viewport_size({"width": 360, "height": 740})
    ana.open(f"/s/{sale}")
    expect(page.locator(".phases [aria-current=step]")).to_contain_text(rule)
    ana.open(f"/s/{sale}/room")
    expect(page.get_by_text(asked)).to_be_visible()
    check(page, f"a sale for a segment in {locale}")
    registers(site, ana, email)
    ana.open(f"/s/{sale}/room")
    page.locator("main .ticket button").click()
    expect(page.get_by_text(wait)).to_be_visible()
    expect(page.get_by_text("la peña")).to_have_count(0)
    check(page, f"whom a sale isn't for in {locale}")
    is_among(site, email)
    page.locator("main .ticket button").click()
    page.wait_for_url(f"**/s/{sale}/seats")
