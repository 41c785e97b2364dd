"""One order in the office: from the list to its page, which says what was bought, how it was paid and what it moved."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.buyer import Buyer, check
from tests.browser.site import Site
from tests.browser.test_dues import DUES
from tests.browser.test_events import enter

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]
PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1280, "height": 900}
WORDS = {
    "en-GB": ("Ledger", "Clearing, what came in", r"\+€49\.63", "Captured"),
    "es-ES": ("Libro contable", "Cobros, lo que entró", r"\+49,63\s€", "Cobrado"),
    "pt-BR": ("Livro contábil", "Recebimentos, o que entrou", r"\+€\s49,63", "Cobrado"),
}


LOOKS = pytest.mark.parametrize(
    ("locale", "size", "dark"),
    [("en-GB", DESK, False), ("es-ES", PHONE, True), ("pt-BR", PHONE, False)],
    ids=["en", "es", "pt"],
)


def listed(
    site: Site, buyers: NewBuyer, seat: int, locale: str, size: ViewportSize, *, dark: bool
) -> tuple[dict[str, Any], Page]:
    """An order of a seat in row A, and the page of the office that lists it."""
    sale = site.sale(text=DUES)
    ana = buyers(site)
    ana.open_list(sale)
    ana.take("A", seat)
    ana.to_checkout()
    ana.fill_in()
    ana.pay()
    ana.tickets()
    (order,) = site.ask("GET", f"/api/sales/{sale}/orders")["items"]
    page: Page = buyers(site, dark=dark, locale=locale).page
    page.set_viewport_size(size)
    page.goto(f"/office/orders?sale={sale}")
    enter(page, site.key, locale)
    return order, page


@LOOKS
def test_an_order_is_opened_from_the_list(
    site: Site, buyers: NewBuyer, locale: str, size: ViewportSize, dark: bool
) -> None:
    order, page = listed(site, buyers, 3, locale, size, dark=dark)
    sale = order["sale"]
    link = page.get_by_role("link", name=order["code"])
    link.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/office/orders/{sale}/{order['id']}$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text(order["code"])
    ledger, clearing, sum_, captured = WORDS[locale]
    moved = page.get_by_role("region", name=ledger)
    expect(moved).to_contain_text(clearing)
    expect(moved).to_contain_text(re.compile(sum_))
    expect(page.locator("section", has_text=captured).first).to_be_visible()
    expect(page.get_by_text(order["contact"]["email"])).to_be_visible()
    expect(page.get_by_text(order["tickets"][0]["id"])).to_be_visible()
    check(page, f"an order in {locale}")
    page.go_back()
    asked = re.compile(f"/api/organizer/sales/{sale}/orders/{order['id']}$")
    with page.expect_response(asked):  # nothing of it was kept
        page.get_by_role("link", name=order["code"]).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(order["code"])
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text(order["code"])


FIND = {
    "en-GB": ("Find an order", "Nothing matches."),
    "es-ES": ("Buscar un pedido", "No hay resultados."),
    "pt-BR": ("Procurar um pedido", "Nenhum resultado."),
}


@LOOKS
def test_an_order_is_found_by_whatever_somebody_has_of_it(
    site: Site, buyers: NewBuyer, locale: str, size: ViewportSize, dark: bool
) -> None:
    order, page = listed(site, buyers, 5, locale, size, dark=dark)
    sale = order["sale"]
    find, nothing = FIND[locale]
    field = page.get_by_label(find)
    for words in (order["code"].replace("-", "").lower(), order["tickets"][0]["id"], "a 5"):
        field.fill("nobody at all")
        expect(page.get_by_role("heading", name=nothing)).to_be_visible()
        field.fill(words)
        expect(page.get_by_role("link", name=order["code"])).to_have_count(1)
    field.fill(order["contact"]["name"])
    link = page.get_by_role("link", name=order["code"])
    expect(link).to_be_visible()
    assert order["contact"]["name"] not in page.url, "a name stands in no address"
    check(page, f"orders that were found in {locale}")
    link.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(order["code"])
    page.go_back()
    expect(field).to_have_value(order["contact"]["name"])
    expect(page.get_by_role("link", name=order["code"])).to_be_visible()
    page.keyboard.press("Control+k")
    page.get_by_role("dialog").get_by_role("combobox").fill(order["contact"]["email"])
    page.get_by_role("option", name=re.compile(order["code"])).click()
    expect(page).to_have_url(re.compile(f"/office/orders/{sale}/{order['id']}$"))
