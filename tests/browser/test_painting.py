"""Tickets & seats: zones are painted and seats withheld on the live map, and buyers' open pages follow."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.buyer import Buyer, check
from tests.browser.site import Site
from tests.browser.test_desk import log_in
from tests.browser.test_events import enter

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]

CORNER = ["ArrowDown"] + ["ArrowUp"] * 4 + ["ArrowLeft"] * 8
COUNTED_MS = 30_000  # a new price list counts ten seconds after it was made


def open_painting(organizer: Buyer, site: Site, sale: str) -> Page:
    organizer.open(f"/office/sales/{sale}/seats")
    log_in(organizer, site.key)
    expect(organizer.page.get_by_test_id("paint-map")).to_be_visible()
    return organizer.page


def press(page: Page, *keys: str) -> None:
    """On the map, from the seat in its corner."""
    page.get_by_role("application").focus()
    for key in CORNER:
        page.keyboard.press(key)
    expect(page.get_by_role("status").filter(has_text="row A, seat 1,")).to_be_attached()
    for key in keys:
        page.keyboard.press(key)


def drag_over_all(page: Page) -> None:
    canvas = page.get_by_test_id("paint-map")
    canvas.evaluate("canvas => canvas.scrollIntoView({block: 'center'})")
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 3, box["y"] + 3)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=3)
    page.mouse.move(box["x"] + box["width"] - 3, box["y"] + box["height"] - 3, steps=3)
    page.mouse.up()


def chosen(page: Page, count: int) -> Locator:
    said = page.get_by_text(f"{count} seat{'' if count == 1 else 's'} chosen", exact=True)
    expect(said).to_be_visible()
    return said


def test_a_zone_is_painted_and_open_pages_show_its_price(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale()
    ana, organizer = buyers(site, phone=True), buyers(site)
    ana.open_list(sale)
    expect(ana.seat("A", 5)).to_have_attribute("aria-label", re.compile("€45,"))
    page = open_painting(organizer, site, sale)
    press(page, "ArrowDown", "Enter", "ArrowRight", "Enter")
    chosen(page, 2)
    page.get_by_label("A press chooses").select_option(label="its row")
    press(page, "Enter")
    chosen(page, 10)
    organizer.button("Price zone…").click()
    organizer.button("Paint").click()
    expect(page.get_by_text("Give it a name.")).to_be_visible()
    check(page, "painting a zone with mistakes")
    page.get_by_label("Name of the zone").fill("Front")
    page.get_by_label("General (EUR)").fill("80")
    organizer.button("Paint").click()
    expect(page.get_by_test_id("costs")).to_contain_text("Front")
    organizer.button("Undo").click()
    expect(page.get_by_test_id("costs")).not_to_contain_text("Front")
    # nothing is chosen once it was painted: the same again
    press(page, "Enter", "ArrowDown", "Enter")
    chosen(page, 16)
    organizer.button("Price zone…").click()
    page.get_by_label("Name of the zone").fill("Front")
    page.get_by_label("General (EUR)").fill("80")
    organizer.button("Paint").click()
    organizer.button("Save as the next price list").click()
    expect(page.get_by_text("List 2 counts for carts opened from", exact=False)).to_be_visible()
    expect(page.get_by_test_id("costs")).to_contain_text("General €80")
    check(page, "tickets and seats")
    expect(ana.seat("A", 5)).to_have_attribute("aria-label", re.compile("€80,"), timeout=COUNTED_MS)
    expect(ana.seat("C", 5)).to_have_attribute("aria-label", re.compile("€45,"))


@pytest.mark.parametrize("phone", [False, True])
def test_chosen_seats_are_withheld_and_released(site: Site, buyers: NewBuyer, phone: bool) -> None:
    sale = site.sale()
    ana, organizer = buyers(site, phone=True), buyers(site, phone=phone, dark=phone)
    ana.open(f"/s/{sale}/seats")
    free = ana.page.locator(".picker-head")
    expect(free).to_contain_text("32 free")
    page = open_painting(organizer, site, sale)
    drag_over_all(page)
    chosen(page, 32)
    drag_over_all(page)
    chosen(page, 0)
    page.get_by_label("A press chooses").select_option(label="its row")
    press(page, "Enter")
    chosen(page, 8)
    organizer.button("Withhold…").click()
    page.get_by_label("Whom for").fill("Banco del Río")
    organizer.button("Withhold").click()
    expect(page.get_by_test_id("kept")).to_contain_text("sponsor · 8 seats")
    expect(free).to_contain_text("24 free")
    check(page, "withheld on the map")
    press(page, "Enter")
    page.get_by_role("region", name="Map of the house").get_by_role("button", name="Release…").click()
    asked = page.get_by_role("dialog", name=re.compile("Release it"))
    expect(asked).to_contain_text("Banco del Río: sponsor · 8 seats")
    asked.get_by_role("button", name="Release", exact=True).click()
    expect(page.get_by_test_id("kept")).to_have_count(0)
    expect(free).to_contain_text("32 free")


def test_a_seat_taken_meanwhile_is_named_and_what_was_chosen_stays(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale()
    ana, organizer = buyers(site), buyers(site, phone=True)
    page = open_painting(organizer, site, sale)
    page.get_by_label("A press chooses").select_option(label="its row")
    press(page, "Enter")
    organizer.button("Withhold…").click()
    page.get_by_label("Whom for").fill("Prensa")
    ana.open_list(sale)
    ana.take("A", 3)
    organizer.button("Withhold").click()
    refused = page.get_by_role("alert").filter(has_text="Platea A 3")
    expect(refused).to_contain_text("1 of these seats is in a cart")
    check(page, "a seat in the way")
    chosen(page, 8)
    ana.take("A", 3) if ana.seat("A", 3).get_attribute("aria-pressed") == "false" else ana.seat("A", 3).click()
    expect(ana.seat("A", 3)).to_have_attribute("aria-pressed", "false")
    organizer.button("Withhold").click()
    expect(page.get_by_test_id("kept")).to_contain_text("Prensa")


def test_a_ticket_type_is_added_and_a_pool_gets_another_size(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale()
    ana, organizer = buyers(site), buyers(site, phone=True)
    page = open_painting(organizer, site, sale)
    organizer.button("Add a ticket type…").click()
    page.get_by_label("Name of the ticket type").fill("Menores de 30")
    page.get_by_label("Platea (EUR)").fill("20,50")
    organizer.button("Add").click()
    check(page, "a ticket type that is not saved yet")
    organizer.button("Save as the next price list").click()
    expect(page.get_by_test_id("costs")).to_contain_text("Menores de 30 €20.50")
    page.get_by_label("Units of Pista").fill("many")
    organizer.button("Change").click()
    expect(page.get_by_text("Write a whole number.")).to_be_visible()
    page.get_by_label("Units of Pista").fill("25")
    organizer.button("Change").click()
    expect(page.get_by_text("Pista has 25 units now")).to_be_visible()
    ana.open(f"/s/{sale}")
    pool = ana.page.get_by_role("listitem").filter(has_text="Pista").first
    expect(pool).to_contain_text("€30")
    expect(ana.page.get_by_text("Menores de 30").first).to_be_visible(timeout=COUNTED_MS)


IN_OTHERS = {
    "es-ES": ("Entradas y asientos", "se elige lo que encierra la línea", "Zona de precio…"),
    "pt-BR": ("Ingressos e lugares", "escolhe o que está dentro da linha", "Zona de preço…"),
}


@pytest.mark.parametrize("locale", IN_OTHERS)
def test_a_line_is_drawn_in_other_languages(site: Site, buyers: NewBuyer, locale: str) -> None:
    title, lasso, zone = IN_OTHERS[locale]
    sale = site.sale()
    page = buyers(site, phone=locale == "pt-BR", dark=True, locale=locale).page
    page.goto(f"/office/sales/{sale}/seats")
    enter(page, site.key, locale)
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    page.get_by_role("combobox").nth(1).select_option(label=lasso)
    drag_over_all(page)  # a line there and no way back holds nothing
    expect(page.get_by_role("button", name=zone)).to_have_count(0)
    canvas = page.get_by_test_id("paint-map")
    box = canvas.bounding_box()
    assert box is not None
    corners = [(0.01, 0.01), (0.99, 0.01), (0.99, 0.99), (0.01, 0.99)]
    places = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in corners]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=2)
    page.mouse.up()
    page.get_by_role("button", name=zone).click()
    check(page, f"painting in {locale}")
