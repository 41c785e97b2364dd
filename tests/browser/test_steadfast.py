"""What a buyer has stays: through reloads, tabs, the history, lost networks, killed servers and wrong clocks."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.buyer import Buyer, until
from tests.browser.site import Site
from tests.browser.wire import Wire

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]

LOBBY = {"opens": "in 10 minutes", "lobby": "now", "room": "{shoppers: 5}"}
ROOM_OF_ONE = "{shoppers: 1}"
MINUTES_WRONG = (-9, 9)


def test_a_reload_changes_nothing_from_lobby_to_tickets(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(**LOBBY)
    ana = buyers(site, phone=True)
    page = ana.page
    ana.open(f"/s/{sale}/room")
    lobby = page.get_by_text("You are in.", exact=False)
    expect(lobby).to_be_visible()
    page.reload()
    expect(lobby).to_be_visible()
    room = site.room(sale)
    assert room is not None
    assert room["tail"] == 1
    site.ask("POST", f"/api/sales/{sale}/open")
    expect(page).to_have_url(re.compile("/seats$"))
    ana.show_list()
    ana.take("A", 3)
    page.reload()
    expect(page.get_by_text("1 ticket", exact=True)).to_be_visible()
    ana.to_checkout()
    page.get_by_label("Name", exact=True).fill("Ana Núñez")
    page.get_by_label("E-mail").fill("ana@example.org")
    page.get_by_label("Ticket password").fill("tres tristes tigres")
    with ana.hears('"has_key":true'):
        page.get_by_label("Card number").focus()
    page.reload()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Ana Núñez")
    expect(page.get_by_label("E-mail")).to_have_value("ana@example.org")
    ana.fill_in()
    ana.pay()
    bought = ana.tickets()
    page.reload()
    expect(page.get_by_text(bought.code)).to_be_visible()
    expect(page.locator("img.qr")).to_have_count(1)


def test_a_place_in_the_queue_survives_reload_and_another_tab(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(room=ROOM_OF_ONE)
    first, ana = buyers(site), buyers(site)
    first.open(f"/s/{sale}/room")
    expect(first.page).to_have_url(re.compile("/seats$"))
    ana.open(f"/s/{sale}/room")
    safe = "Your place is saved"
    expect(ana.page.get_by_text(safe, exact=False)).to_be_visible()
    ana.page.reload()
    expect(ana.page.get_by_text(safe, exact=False)).to_be_visible()
    tab = ana.tab()
    tab.goto(f"/s/{sale}/room")
    expect(tab.get_by_text(safe, exact=False)).to_be_visible()
    room = site.room(sale)
    assert room is not None
    assert room["tail"] == 2


def test_back_and_forward_do_no_harm(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale()
    ana = buyers(site)
    ana.open_list(sale)
    ana.take("B", 2)
    ana.to_checkout()
    ana.page.go_back()
    expect(ana.page.get_by_text("1 ticket", exact=True)).to_be_visible()
    ana.page.go_forward()
    ana.fill_in()
    ana.pay()
    bought = ana.tickets()
    ana.page.go_back()
    ana.page.go_forward()
    ana.open(f"/s/{sale}/checkout")
    expect(ana.page.get_by_role("button", name=re.compile("^Pay"))).to_have_count(0)
    ana.open(f"/o/{bought.code}")
    expect(ana.page.get_by_text(bought.code)).to_be_visible()


def test_two_tabs_show_the_same_cart(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale()
    ana = buyers(site)
    ana.open_list(sale)
    other = ana.tab()
    other.goto(f"/s/{sale}/seats")
    ana.take("C", 7)
    expect(other.get_by_text("1 ticket", exact=True)).to_be_visible()


def test_a_lost_network_is_told_and_mended_without_a_reload(site: Site, buyers: NewBuyer, wire: Wire) -> None:
    sale = site.sale()
    ana, leo = buyers(site, wire=wire), buyers(site)
    ana.open_list(sale)
    leo.open_list(sale)
    ana.take("A", 3)
    lost = ana.page.get_by_text("Connection lost", exact=False)
    wire.cut()
    expect(lost).to_be_visible()
    leo.take("A", 5)
    wire.mend()
    expect(lost).to_have_count(0, timeout=30_000)
    expect(ana.seat("A", 5)).to_have_attribute("data-state", "gone")
    ana.take("A", 4)
    ana.buy()


def test_a_killed_server_costs_nobody_anything(own_site: Site, buyers: NewBuyer) -> None:
    sale, queue = own_site.sale(), own_site.sale(room=ROOM_OF_ONE)
    ana, first, leo = (buyers(own_site) for _ in range(3))
    for buyer in (ana, first, leo):
        buyer.forgiving = True
    ana.open_list(sale)
    ana.take("A", 3)
    first.open(f"/s/{queue}/room")
    expect(first.page).to_have_url(re.compile("/seats$"))
    leo.open(f"/s/{queue}/room")
    expect(leo.page.get_by_text("Your place is saved", exact=False)).to_be_visible()
    own_site.kill_server()
    ana.take("A", 4)
    ana.buy()
    first.button("Release").or_(first.page.get_by_text("Nothing chosen yet")).first.wait_for()
    expect(leo.page.get_by_text("Your place is saved", exact=False)).to_be_visible()
    room = own_site.room(queue)
    assert room is not None
    assert room["tail"] == 2


@pytest.mark.parametrize("minutes", MINUTES_WRONG)
def test_a_wrong_clock_changes_no_countdown(site: Site, buyers: NewBuyer, minutes: int) -> None:
    sale = site.sale()
    soon = site.sale(**LOBBY)
    ana = buyers(site)
    ana.context.add_init_script(f"""
        const Real = Date, shift = {minutes} * 60_000;
        Date = class extends Real {{
          constructor(...given) {{ if (given.length) super(...given); else super(Real.now() + shift); }}
          static now() {{ return Real.now() + shift; }}
        }};
    """)
    ana.open_list(sale)
    ana.take("D", 8)
    expect(ana.ring()).to_have_accessible_name(re.compile("^(29|30) minutes"))
    ana.open(f"/s/{soon}/room")
    expect(ana.page.get_by_text(re.compile(r"^(0?9|10):[0-5]\d$")).first).to_be_visible()


def test_the_draw_is_recomputed_in_the_browser(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(opens="in 10 minutes", lobby="now", room=ROOM_OF_ONE)
    crowd = [buyers(site) for _ in range(3)]
    for buyer in crowd:
        buyer.open(f"/s/{sale}/room")
        expect(buyer.page.get_by_text("You are in.", exact=False)).to_be_visible()
    site.ask("POST", f"/api/sales/{sale}/open")
    led_in = re.compile("/seats$")
    until(crowd[0].page, lambda: sum(bool(led_in.search(buyer.page.url)) for buyer in crowd) == 1)
    for buyer in crowd:
        if not led_in.search(buyer.page.url):
            buyer.button("Check my draw").click()
            expect(buyer.page.get_by_text("the same one the server gave you", exact=False)).to_be_visible()


def test_a_tap_without_a_network_is_kept_and_counts_when_it_is_back(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale()
    ana, leo = buyers(site), buyers(site)
    ana.open_list(sale)
    ana.take("A", 3)
    ana.context.set_offline(True)
    expect(ana.page.get_by_text("You're offline. This page", exact=False)).to_be_visible()
    ana.seat("A", 4).click()
    waiting = ana.page.get_by_text("Waiting for the network", exact=False)
    expect(waiting).to_be_visible()
    leo.open_list(sale)
    expect(leo.seat("A", 4)).to_have_attribute("data-state", "free")
    ana.context.set_offline(False)
    expect(ana.seat("A", 4)).to_have_attribute("aria-pressed", "true")
    expect(waiting).to_have_count(0)
    expect(leo.seat("A", 4)).to_have_attribute("data-state", "gone")


def test_a_tap_that_comes_too_late_is_refused_as_ever(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale()
    ana, leo = buyers(site), buyers(site)
    ana.open_list(sale)
    ana.context.set_offline(True)
    expect(ana.page.get_by_text("You're offline. This page", exact=False)).to_be_visible()
    ana.seat("A", 4).click()
    leo.open_list(sale)
    leo.take("A", 4)
    ana.context.set_offline(False)
    expect(ana.page.get_by_text(re.compile("Somebody else got there first"))).to_be_visible()
