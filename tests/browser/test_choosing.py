"""Choosing seats: what a tap says and moves, what the cart bar holds, and what gives way on a small screen."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import FloatRect, Locator, ViewportSize, expect

from tests.browser.buyer import Buyer, check, until
from tests.browser.site import Site
from tests.browser.wire import Wire

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]

SMALL, SIDEWAYS = ViewportSize(width=320, height=568), ViewportSize(width=740, height=360)
SIDE_BY_SIDE_PX = 2
MAP_PX_MIN = 180

AISLED = """\
id: {id}
event: Jazz en el Rincón
starts: in 60 days at 20:30
zone: Europe/Madrid
venue: {{name: El Rincón, address: "Calle Mayor 1, Zaragoza"}}
currency: EUR
opens: {opens}
{lobby}person_max: 6
room: {room}
ticket_types: {{general: General, joven: Menores de 30}}
sections:
  Platea: {{rows: 3, seats: 12, aisles: [4], off: [B 7], price: {{general: 45.00, joven: 22.50}}, accessible: [A 1-2]}}
"""


def box_of(locator: Locator) -> FloatRect:
    box = locator.bounding_box()
    assert box is not None
    return box


def canvas_box(ana: Buyer) -> FloatRect:
    return box_of(ana.page.locator("canvas"))


def press_key_on_map(ana: Buyer, *keys: str) -> None:
    ana.page.get_by_role("application", name="Seat map").focus()
    for key in keys:
        ana.page.keyboard.press(key)


def open_map(ana: Buyer, sale: str) -> None:
    ana.open(f"/s/{sale}/seats")
    expect(ana.page.locator("canvas")).to_be_visible()
    expect(ana.button("Best available")).to_be_enabled()


def open_aisled(ana: Buyer, sale: str) -> None:
    ana.open_list(sale)
    expect(ana.seat("A", 1)).to_be_visible()


def test_a_tap_says_what_the_seat_is_before_the_answer_comes(site: Site, buyers: NewBuyer, wire: Wire) -> None:
    sale = site.sale()
    ana = buyers(site, wire=wire)
    open_map(ana, sale)
    press_key_on_map(ana, "ArrowRight")
    wire.hold()
    ana.page.keyboard.press("Enter")
    said = ana.page.locator(".map-tip")
    expect(said).to_be_visible()
    expect(said).to_have_text(re.compile(r"^Platea, row \w, seat \d+.*General €45, taking it…$"))
    chip = ana.page.locator(".chip")
    expect(chip).to_have_attribute("aria-busy", "true")
    expect(chip).to_contain_text(re.compile(r"Row \w, seat \d"))
    wire.release()
    expect(said).to_have_text(re.compile("General €45, yours$"))
    expect(chip).not_to_have_attribute("aria-busy", "true")


def test_chips_hold_what_was_chosen_with_its_type_and_a_way_back(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(text=AISLED)
    ana = buyers(site, phone=True)
    open_aisled(ana, sale)
    ana.take("A", 5)
    ana.take("A", 6)
    chips = ana.page.get_by_role("region", name="Your tickets").get_by_role("listitem")
    expect(chips).to_have_count(2)
    expect(chips.first).to_contain_text("Row A, seat 5")
    expect(ana.page.get_by_text("€90", exact=True)).to_be_visible()
    ana.page.get_by_label("Ticket type for Platea, row A, seat 6").select_option("Menores de 30 €22.50")
    expect(ana.page.get_by_text("€67.50", exact=True)).to_be_visible()
    ana.button("Release Platea, row A, seat 5").click()
    expect(chips).to_have_count(1)
    expect(chips.first).to_contain_text("Row A, seat 6")
    expect(ana.page.get_by_text("€22.50", exact=True)).to_be_visible()
    expect(ana.seat("A", 5)).to_have_attribute("data-state", "free")


@pytest.mark.parametrize("phone", [True, False])
def test_no_notice_hold_or_refusal_moves_the_map(site: Site, buyers: NewBuyer, phone: bool) -> None:
    sale = site.sale()
    ana = buyers(site, phone=phone)
    open_map(ana, sale)
    before = canvas_box(ana)
    ana.button("Best available").click()
    expect(ana.page.locator(".chip")).to_have_count(2)
    assert canvas_box(ana) == before
    site.ask("POST", f"/api/sales/{sale}/pause")
    expect(ana.page.get_by_text("The sale is paused.", exact=False)).to_be_visible()
    assert canvas_box(ana) == before
    press_key_on_map(ana, "ArrowRight", "Enter")
    expect(ana.button("Dismiss")).to_be_visible()
    assert canvas_box(ana) == before
    check(ana.page, "seats with notices")


def test_a_row_of_the_house_is_a_row_of_the_list(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(text=AISLED)
    ana = buyers(site)
    open_aisled(ana, sale)
    expect(ana.page.locator(".list-row")).to_have_count(3)
    left = {seat: box_of(ana.seat("A", seat)) for seat in range(1, 13)}
    assert len({box["y"] for box in left.values()}) == 1
    steps = [left[seat + 1]["x"] - left[seat]["x"] for seat in range(1, 12)]
    aisle = steps.pop(3)
    assert max(steps) - min(steps) < SIDE_BY_SIDE_PX
    assert aisle > 1.5 * steps[0]
    # A seat that is not for sale leaves a gap: its neighbours are not side by side.
    assert ana.seat("B", 7).count() == 0
    sixth, eighth = box_of(ana.seat("B", 6)), box_of(ana.seat("B", 8))
    assert eighth["x"] - sixth["x"] > 1.9 * steps[0]


def test_the_list_says_type_and_price_and_arrows_walk_in_it(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(text=AISLED)
    ana = buyers(site)
    open_aisled(ana, sale)
    expect(ana.seat("A", 1)).to_have_accessible_name("Platea, row A, seat 1, wheelchair space, General €45, free")
    expect(ana.page.locator("summary")).to_contain_text("General €45 · Menores de 30 €22.50")
    expect(ana.page.locator(".list-row").first).to_contain_text("General €45")
    ana.seat("A", 6).focus()
    for key, row, seat in (("ArrowRight", "A", 7), ("ArrowDown", "B", 6), ("ArrowRight", "B", 8), ("ArrowUp", "A", 8)):
        ana.page.keyboard.press(key)
        expect(ana.seat(row, seat)).to_be_focused()


@pytest.mark.parametrize("size", [SMALL, SIDEWAYS])
def test_controls_give_way_to_the_map_on_a_small_screen(site: Site, buyers: NewBuyer, size: ViewportSize) -> None:
    sale = site.sale(text=AISLED)
    ana = buyers(site, phone=True)
    ana.page.set_viewport_size(size)
    open_map(ana, sale)
    ana.button("Best available").click()
    expect(ana.page.locator(".chip")).to_have_count(2)
    box = canvas_box(ana)
    assert min(box["width"], box["height"]) >= MAP_PX_MIN
    assert box["y"] + box["height"] <= size["height"]
    checkout = box_of(ana.page.get_by_role("link", name="Checkout"))
    assert checkout["y"] + checkout["height"] <= size["height"]
    prices = ana.button("Prices")
    expect(ana.page.get_by_text("on hold")).to_be_hidden()
    prices.click()
    expect(ana.page.get_by_text("on hold").last).to_be_visible()
    check(ana.page, f"seats at {size}")


def test_best_available_says_why_it_cannot(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(text=AISLED)
    ana, leo = buyers(site), buyers(site)
    ana.open(f"/s/{sale}/seats")
    expect(ana.button("Best available")).to_be_enabled()
    more = ana.page.get_by_role("group", name="How many").get_by_role("button", name="One more")
    for _ in range(3):
        more.click()
    leo.open_list(sale)
    for row in "ABC":
        leo.take(row, 8)
    # Five fit neither between the aisle and his seats nor behind them.
    expect(ana.button("No 5 together")).to_be_disabled()
    ana.page.get_by_role("group", name="How many").get_by_role("button", name="One fewer").click()
    expect(ana.button("Best available")).to_be_enabled()


def test_seats_can_be_coloured_by_how_good_they_are(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale()
    ana = buyers(site)
    open_map(ana, sale)
    picture = "canvas => canvas.toDataURL()"
    canvas = ana.page.locator("canvas")
    by_price = canvas.evaluate(picture)
    ana.page.get_by_role("group", name="Colours show").get_by_role("button", name="Best seats").click()
    expect(ana.page.get_by_text("less good").first).to_be_visible()
    until(ana.page, lambda: canvas.evaluate(picture) != by_price)
    by_worth = canvas.evaluate(picture)
    ana.page.get_by_role("group", name="Colours show").get_by_role("button", name="Price").click()
    until(ana.page, lambda: canvas.evaluate(picture) != by_worth)
    check(ana.page, "seats coloured")
