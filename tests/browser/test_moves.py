"""A member moves an order: what it comes to is said before; then the old seat is for sale, and the new ones are not."""

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
# The panel, what is pressed, seats together, what shows it, what is said of the price, and what confirms it.
WORDS = {
    "en-GB": ("Moves", "Move to other seats", "Seats together", "See what it comes to…", "The buyer pays", "Move it"),
    "es-ES": ("Cambios", "Cambiar a otros", "Asientos juntos", "Ver en qué queda…", "El comprador paga", "Cambiarlo"),
    "pt-BR": ("Trocas", "Trocar por outros", "Assentos juntos", "Ver no que dá…", "O comprador paga", "Trocar"),
}


@pytest.mark.parametrize(
    ("locale", "size", "dark"),
    [("en-GB", DESK, False), ("es-ES", PHONE, True), ("pt-BR", PHONE, False)],
    ids=["en", "es", "pt"],
)
def test_a_seat_is_moved_to_two_others(
    site: Site, buyers: NewBuyer, locale: str, size: ViewportSize, dark: bool
) -> None:
    panel, begins, together, shows, costs, confirms = WORDS[locale]
    sale = site.sale(text=DUES)
    ana, leo = buyers(site), buyers(site)
    ana.open_list(sale)
    ana.take("A", 3)
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
    moves = page.get_by_role("region", name=panel, exact=True)
    moves.get_by_role("button", name=begins).click()
    moves.get_by_label(together).fill("2")
    check(page, f"what an order is moved to in {locale}")
    moves.get_by_role("button", name=shows).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_test_id("meets")).to_contain_text(costs)
    check(page, f"a move that is asked about in {locale}")
    dialog.get_by_role("button", name=confirms, exact=True).click()
    expect(dialog).to_be_hidden()
    expect(moves.get_by_role("link")).to_be_visible()
    check(page, f"an order that was moved in {locale}")
    expect(leo.seat("A", 3)).to_be_enabled()

    orders = site.ask("GET", f"/api/sales/{sale}/orders")["items"]
    (new,) = (each for each in orders if each["id"] != order["id"])
    assert (len(new["tickets"]), new["state"], new["tender"]) == (2, "paid", "cash")
    assert new["total"] == new["due"] + order["total"]
    ana.page.reload()
    expect(ana.page.get_by_text(re.compile("refunded"))).to_be_visible()
