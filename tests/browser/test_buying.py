"""From the queue to the tickets, with two and more browsers at once."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.buyer import KEY, Buyer, until
from tests.browser.site import SOON, Site
from tests.browser.wire import Wire

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]

ROOM_OF_ONE = "{shoppers: 1}"


def test_two_want_the_same_seat_and_one_gets_it(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale()
    ana, leo = buyers(site), buyers(site, phone=True, locale="es-ES")
    ana.open_list(sale)
    leo.open(f"/s/{sale}/seats")
    leo.page.get_by_text("Lista", exact=True).click()
    leo.page.locator("summary", has_text="Platea").click()
    theirs = leo.page.locator("[data-seat='11']")
    expect(theirs).to_have_attribute("data-state", "free")
    ana.take("B", 4)
    expect(theirs).to_have_attribute("data-state", "gone")
    leo.page.locator("[data-seat='10']").click()
    expect(leo.page.locator("[data-seat='10']")).to_have_attribute("data-state", "mine")
    expect(ana.seat("B", 3)).to_have_attribute("data-state", "gone")
    bought = ana.buy()
    expect(ana.page.get_by_text("Platea").first).to_be_visible()
    assert bought.code
    expect(theirs).to_have_attribute("data-state", "gone")


def test_who_loses_the_race_is_told_in_place_and_offered_the_next_best(
    site: Site, buyers: NewBuyer, wire: Wire
) -> None:
    sale = site.sale()
    ana, leo = buyers(site), buyers(site, wire=wire)
    ana.open_list(sale)
    leo.open_list(sale)
    expect(leo.seat("B", 4)).to_have_attribute("data-state", "free")
    # Leo is in a tunnel: he sees the seat free, and what he asks arrives after Ana has it.
    wire.hold()
    leo.seat("B", 4).click()
    ana.take("B", 4)
    wire.release()
    expect(leo.page.get_by_text(re.compile("Somebody else got there first"))).to_be_visible()
    leo.button(re.compile("instead$")).click()
    expect(leo.page.get_by_text("1 ticket", exact=True)).to_be_visible()


def test_the_queue_lets_in_one_after_the_other(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(room=ROOM_OF_ONE)
    ana, leo = buyers(site), buyers(site, phone=True)
    ana.open(f"/s/{sale}/room")
    expect(ana.page).to_have_url(re.compile("/seats$"))
    leo.open(f"/s/{sale}/room")
    expect(leo.page.get_by_text("Your place", exact=True)).to_be_visible()
    leo.page.reload()
    expect(leo.page.get_by_text("Your place", exact=True)).to_be_visible()
    ana.show_list()
    ana.take("A", 4)
    ana.take("A", 5)
    ana.buy()
    # Her cart has ended, so the next one is let in by itself.
    expect(leo.page).to_have_url(re.compile("/seats$"))


def test_tickets_open_for_the_buyer_and_on_another_device_with_the_key(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale()
    ana = buyers(site)
    ana.open_list(sale)
    ana.take("C", 1)
    ana.take("C", 2)
    bought = ana.buy()
    codes = ana.page.locator("img.qr")
    expect(codes).to_have_count(2)
    for code in codes.all():
        expect(code).to_have_js_property("complete", value=True)
        assert code.evaluate("image => image.naturalWidth") > 0
    with ana.page.expect_download() as download:
        ana.page.get_by_role("link", name="Tickets (PDF)").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")

    elsewhere = buyers(site, phone=True)
    elsewhere.open("/o")
    elsewhere.page.get_by_label("Purchase code").fill(bought.code.lower())
    elsewhere.page.get_by_label("Ticket password").fill("not the key")
    elsewhere.button("Open my tickets").click()
    expect(elsewhere.page.get_by_text("That code and password don't match", exact=False)).to_be_visible()
    elsewhere.page.get_by_label("Ticket password").fill(KEY)
    elsewhere.button("Open my tickets").click()
    expect(elsewhere.page.locator("img.qr")).to_have_count(2)
    with elsewhere.page.expect_download() as receipt:
        elsewhere.page.get_by_role("link", name="Receipt (PDF)").click()
    assert receipt.value.path().read_bytes().startswith(b"%PDF")


def test_a_declined_card_is_explained_and_another_one_pays(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale()
    ana = buyers(site, phone=True)
    ana.open_list(sale)
    ana.take("D", 1)
    ana.to_checkout()
    ana.fill_in("4000 0000 0000 9995")
    ana.pay()
    expect(ana.page.get_by_text("There isn't enough money on the card", exact=False)).to_be_visible()
    ana.fill_card("4242 4242 4242 4242")
    ana.pay()
    ana.tickets()


def test_every_issue_stands_beside_its_field(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale()
    ana = buyers(site)
    ana.open_list(sale)
    ana.take("D", 5)
    ana.to_checkout()
    ana.pay()
    for label in ("Name", "E-mail", "Ticket password", "Card number"):
        field = ana.page.get_by_label(label, exact=label == "Name")
        expect(field).to_have_attribute("aria-invalid", "true")
        assert field.get_attribute("aria-describedby")
    expect(ana.page.get_by_label("Name", exact=True)).to_be_focused()


def test_best_available_seats_are_next_to_each_other(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale()
    ana = buyers(site, phone=True)
    ana.open(f"/s/{sale}/seats")
    ana.button("Best available").click()
    expect(ana.page.get_by_text("2 tickets", exact=True)).to_be_visible()
    ana.buy()


# Where on the canvas a seat is drawn in the colour of the first price.
FREE_SEAT = """canvas => {
  const probe = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const wanted = [6, 104, 110];
  const {width, height} = canvas;
  probe.canvas.width = width; probe.canvas.height = height;
  probe.drawImage(canvas, 0, 0);
  const {data} = probe.getImageData(0, 0, width, height);
  for (let at = 0; at < data.length; at += 4) {
    if (wanted.every((value, n) => Math.abs(data[at + n] - value) < 3)) {
      const box = canvas.getBoundingClientRect(), pixel = at / 4;
      return {x: box.x + (pixel % width + 6) * box.width / width, y: box.y + (pixel / width + 6) * box.height / height};
    }
  }
  return null;
}"""


def test_a_finger_on_the_map_takes_a_seat_and_gives_it_back(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale()
    ana = buyers(site, phone=True)
    ana.open(f"/s/{sale}/seats")
    canvas = ana.page.locator("canvas").first
    expect(canvas).to_be_visible()
    # A function waited for in the page would be text turned into code, which the policy of the pages refuses.
    until(ana.page, lambda: ana.page.evaluate(f"({FREE_SEAT})(document.querySelector('canvas')) !== null"))
    where = canvas.evaluate(FREE_SEAT)
    ana.page.touchscreen.tap(where["x"], where["y"])
    expect(ana.page.get_by_text("1 ticket", exact=True)).to_be_visible()
    ana.page.touchscreen.tap(where["x"], where["y"])
    expect(ana.page.get_by_text("Nothing chosen yet")).to_be_visible()


def test_units_of_a_pool_and_a_ticket_type(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale()
    ana, leo = buyers(site), buyers(site)
    leo.open(f"/s/{sale}/seats")
    expect(leo.page.get_by_text("40 left")).to_be_visible()
    ana.open(f"/s/{sale}/seats")
    pista = ana.page.get_by_role("group", name=re.compile("Pista"))
    pista.get_by_role("button", name="One more").click()
    expect(ana.page.get_by_text("1 ticket", exact=True)).to_be_visible()
    pista.get_by_role("button", name="One more").click()
    expect(ana.page.get_by_text("2 tickets", exact=True)).to_be_visible()
    expect(leo.page.get_by_text("38 left")).to_be_visible()
    ana.buy()


def test_prices_come_in_the_order_of_the_types_and_nothing_costs_zero(site: Site, buyers: NewBuyer) -> None:
    types = "ticket_types: {{general: Standard, media: Under 30, bebe: Infant}}\nsections:"
    prices = "{{bebe: 0, media: 22.50, general: 45.00}}"
    text = SOON.replace("sections:", types).replace("{{general: 45.00, media: 22.50}}", prices)
    sale = site.sale(text=text)
    ana = buyers(site, phone=True)
    ana.open(f"/s/{sale}")
    line = ana.page.get_by_role("region", name="Prices").get_by_role("listitem").filter(has_text="Platea")
    expect(line).to_contain_text(re.compile("Standard €45 *Under 30 €22.50 *Infant Free"))
    ana.open("/")
    card = ana.page.get_by_role("listitem").filter(has=ana.page.locator(f'a[href="/s/{sale}"]'))
    expect(card).to_contain_text("from €30")
    expect(card).to_contain_text("concessions free")
