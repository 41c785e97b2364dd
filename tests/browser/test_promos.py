"""Flash promos: shown near the store only, set aside for a minute, bought like anything else."""

import re
import secrets
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.buyer import Buyer, check
from tests.browser.site import Site

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]

NEAR = {"latitude": 40.4172, "longitude": -3.7031}
FAR = {"latitude": 41.6561, "longitude": -0.8773}
BAKERY = """\
store: {name}
address: Puerta del Sol 3, Madrid
zone: Europe/Madrid
latitude: 40.4169
longitude: -3.7035
currency: EUR
products:
  croissants: {{name: "{name}: croissants", price: 9.60}}
promos:
  - name: Warm croissants
    product: croissants
    price: 4.80
    stock: 3
    once: {{opens: now, closes: in 7 days}}
"""


def bakery(site: Site) -> str:
    """A store with three units on offer; answers the product's name."""
    name = f"Panadería {secrets.token_hex(3)}"
    site.ask("POST", "/api/stores", BAKERY.format(name=name).encode(), "application/yaml")
    return f"{name}: croissants"


def look_around(buyer: Buyer, position: dict[str, float]) -> None:
    """The browser may tell the position, as after an earlier visit: the page asks by itself then."""
    buyer.context.grant_permissions(["geolocation"])
    buyer.context.set_geolocation({**position, "accuracy": 20})
    buyer.open("/promos")


def test_a_promo_is_taken_for_a_minute_and_bought(site: Site, buyers: NewBuyer) -> None:
    product = bakery(site)
    ana, leo = buyers(site, phone=True), buyers(site)
    for buyer in (ana, leo):
        look_around(buyer, NEAR)
    hers, his = (buyer.page.locator("li", has_text=product) for buyer in (ana, leo))
    expect(hers.get_by_text("3 left")).to_be_visible()
    hers.get_by_role("button", name=re.compile("Set aside")).click()
    expect(hers.get_by_role("timer")).to_have_accessible_name(re.compile("^(0 minutes 5[0-9]|1 minutes? 0)"))
    expect(his.get_by_text("2 left")).to_be_visible()
    check(ana.page, "promos")
    hers.get_by_role("link", name="Checkout").click()
    expect(ana.page).to_have_url(re.compile("/checkout$"))
    ana.fill_in()
    ana.pay()
    ana.tickets()


def test_who_is_far_away_does_not_see_it(site: Site, buyers: NewBuyer) -> None:
    product = bakery(site)
    ana = buyers(site)
    look_around(ana, FAR)
    expect(ana.page.get_by_text("No promos near you right now", exact=False)).to_be_visible()
    expect(ana.page.get_by_text(product)).to_have_count(0)


def test_a_paused_promo_offers_nothing(site: Site, buyers: NewBuyer) -> None:
    product = bakery(site)
    ana = buyers(site, phone=True)
    look_around(ana, NEAR)
    offer = ana.page.locator("li", has_text=product)
    take = offer.get_by_role("button", name=re.compile("Set aside"))
    expect(take).to_be_enabled()
    (promo,) = [each["id"] for each in site.ask("GET", "/api/organizer/promos")["items"] if product in str(each)]
    site.ask("POST", f"/api/organizer/promos/{promo}/pause")
    ana.page.reload()
    expect(offer.get_by_text("Paused")).to_be_visible()
    expect(take).to_be_disabled()
