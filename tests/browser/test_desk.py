"""The desk of a sale and the list of sales: live, steering, and shut to everybody who is not in."""

import json
import re
import secrets
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.buyer import Buyer, check, until
from tests.browser.site import HALL, Site
from tests.browser.test_promos import BAKERY

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]

SALES_IN_LIST = 8  # more than a phone shows at once


def log_in(organizer: Buyer, key: str) -> None:
    organizer.button("Use an API key").or_(organizer.page.get_by_label("API key")).click()
    organizer.page.get_by_label("API key").fill(key)
    organizer.button("Log in").click()


def tile(organizer: Buyer, name: str, value: str) -> None:
    """The tile of this name shows this value."""
    expect(organizer.page.locator(f"div:has(> dt:text-is('{name}')) > dd").first).to_have_text(value)


def test_a_sale_is_watched_and_steered_live(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale()
    organizer, ana = buyers(site), buyers(site, phone=True)
    organizer.open(f"/office/sales/{sale}")
    log_in(organizer, site.key)
    expect(organizer.page.get_by_role("heading", name="Jazz en el Rincón")).to_be_visible()
    ana.open_list(sale)
    ana.take("A", 3)
    tile(organizer, "On hold", "1")
    tile(organizer, "Viewers", "1")  # she, and not who looks at her sale
    organizer.button("Pause sales").click()
    expect(ana.page.get_by_text("paused", exact=False).first).to_be_visible()
    organizer.button("Resume sales").click()
    expect(organizer.button("Pause sales")).to_be_visible()
    expect(ana.page.get_by_text("paused", exact=False)).to_have_count(0)  # her page has heard of it, too
    ana.take("A", 4)
    ana.buy()
    tile(organizer, "Sold", "2")
    tile(organizer, "Orders", "1")
    tile(organizer, "Taken in", "€90")
    organizer.button("Show what it is made of").click()
    parts = organizer.page.get_by_test_id("takings")
    expect(parts.locator("div", has_text="General")).to_contain_text("€90")
    expect(parts.locator("div", has_text="Taxes")).to_contain_text("€0")
    check(organizer.page, "desk of a sale")
    organizer.page.reload()
    tile(organizer, "Sold", "2")


def test_ending_says_whom_it_meets_and_is_asked_about(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale()
    organizer, ana = buyers(site, phone=True), buyers(site)
    organizer.open(f"/office/sales/{sale}")
    log_in(organizer, site.key)
    ana.open_list(sale)
    ana.take("A", 3)
    organizer.button("End sales now").click()
    asked = organizer.page.get_by_role("dialog", name="End sales now?")
    expect(asked).to_contain_text("1 person is shopping.")
    expect(asked).to_contain_text("Nobody is waiting.")
    expect(asked).to_contain_text("71 tickets stay unsold.")
    expect(asked).to_contain_text("You can sell again until the event starts")
    check(organizer.page, "ending a sale is asked about")
    asked.get_by_role("button", name="Keep selling").click()
    expect(asked).to_have_count(0)
    assert site.state(sale) == "open"
    organizer.button("End sales now").click()
    asked.get_by_role("button", name="End sales now").click()
    expect(organizer.page.get_by_text("Ended early")).to_be_visible()
    assert site.state(sale) == "closed"
    ana.to_checkout()  # what she holds can still be bought, as the dialog said
    ana.fill_in()
    ana.pay()
    ana.tickets()
    tile(organizer, "Sold", "1")


def test_no_button_that_ends_something_has_the_loud_colour(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale()
    organizer = buyers(site)
    organizer.open(f"/office/sales/{sale}")
    log_in(organizer, site.key)
    ground = "element => getComputedStyle(element).backgroundColor"
    loud = organizer.page.locator(".brand span").evaluate(ground)
    organizer.button("End sales now").click()
    expect(organizer.page.get_by_role("dialog")).to_be_visible()
    ends = organizer.button("End sales now").all()
    assert len(ends) == 2  # on the page, and in the dialog
    assert loud not in [button.evaluate(ground) for button in ends]


def test_opening_before_the_time_is_asked_about(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(opens="in 2 days", lobby="now", room="{shoppers: 20, per_second: 5}")
    organizer = buyers(site)
    ana = buyers(site)
    ana.open(f"/s/{sale}/room")
    ana.button("Join the waiting room").or_(ana.page.get_by_text("You are in")).first.wait_for()
    organizer.open(f"/office/sales/{sale}")
    log_in(organizer, site.key)
    organizer.button("Open sales now").click()
    asked = organizer.page.get_by_role("dialog", name="Open sales now?")
    expect(asked).to_contain_text("Planned opening")
    asked.get_by_role("button", name="Leave as planned").click()
    assert site.state(sale) == "lobby"
    organizer.button("Open sales now").click()
    asked.get_by_role("button", name="Open sales now").click()
    expect(organizer.button("Pause sales")).to_be_visible()


def test_the_limit_that_is_wrong_says_so_and_nothing_else_of_the_room_changes(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(room="{shoppers: 20, per_second: 5, claim_seconds: 33}")
    organizer = buyers(site)
    organizer.open(f"/office/sales/{sale}")
    log_in(organizer, site.key)
    shoppers = organizer.page.get_by_label("Shoppers at once")
    rate = organizer.page.get_by_label("Admissions per second")
    rate.fill("a few")
    organizer.button("Save").click()
    expect(rate).to_have_attribute("aria-invalid", "true")
    expect(rate).to_be_focused()
    expect(rate).to_have_accessible_description(re.compile("Enter a whole number from 1 to 10,000."))
    expect(shoppers).not_to_have_attribute("aria-invalid", "true")
    check(organizer.page, "a limit that is wrong")
    asked: list[str] = []
    organizer.page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    organizer.page.get_by_role("main").get_by_role("link", name="Events").click()
    organizer.page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    organizer.page.locator("main").focus()
    organizer.page.keyboard.press("g")
    organizer.page.keyboard.press("e")
    assert ["aren't saved" in each for each in asked] == [True, True]  # by a link, and by a key
    expect(rate).to_have_value("a few")
    rate.fill("7")
    expect(rate).not_to_have_attribute("aria-invalid", "true")
    organizer.button("Save").click()
    expect(organizer.page.get_by_text("Saved", exact=True)).to_be_visible()
    room = site.ask("GET", f"/api/sales/{sale}")["room"]
    assert room == {"shoppers_max": 20, "per_second_max": 7, "claim_ms": 33_000}


def test_ending_a_promo_is_asked_about(site: Site, buyers: NewBuyer) -> None:
    name = f"Panadería {secrets.token_hex(3)}"
    site.ask("POST", "/api/stores", BAKERY.format(name=name).encode(), "application/yaml")
    organizer = buyers(site, phone=True)
    organizer.open("/office/events")
    log_in(organizer, site.key)
    line = organizer.page.get_by_role("row").filter(has_text=name)
    line.get_by_role("button", name=re.compile("^End promo now")).click()
    asked = organizer.page.get_by_role("dialog", name="End “Warm croissants” now?")
    expect(asked).to_contain_text("3 left unsold.")
    check(organizer.page, "ending a promo is asked about")
    asked.get_by_role("button", name="Keep it running").click()
    expect(line.get_by_text("Active")).to_be_visible()
    line.get_by_role("button", name=re.compile("^End promo now")).click()
    asked.get_by_role("button", name="End promo now").click()
    expect(line.get_by_text("Ended")).to_be_visible()
    expect(line.get_by_role("button")).to_have_count(0)


def test_back_leads_to_the_list_as_it_was_left(site: Site, buyers: NewBuyer) -> None:
    for _ in range(SALES_IN_LIST):
        site.sale()
    organizer = buyers(site, phone=True)
    organizer.open("/office/events")
    log_in(organizer, site.key)
    page = organizer.page
    sales = page.get_by_role("link", name="Jazz en el Rincón")
    expect(sales.nth(SALES_IN_LIST - 1)).to_be_visible()
    check(page, "list of sales on a phone")
    for back in (page.go_back, page.get_by_role("main").get_by_role("link", name="Events").click):
        sales.nth(SALES_IN_LIST - 1).scroll_into_view_if_needed()
        left_at = page.evaluate("scrollY")
        assert left_at > 0
        sales.nth(SALES_IN_LIST - 1).click()
        expect(page.get_by_role("heading", name="Jazz en el Rincón", level=1)).to_be_visible()
        assert page.evaluate("scrollY") == 0
        back()
        expect(page.get_by_role("heading", name="Events", level=1)).to_be_visible()
        until(page, lambda at=left_at: page.evaluate("scrollY") == at)


def test_what_was_searched_for_is_still_there_on_the_way_back(site: Site, buyers: NewBuyer) -> None:
    for _ in range(SALES_IN_LIST):
        site.sale()
    wanted = site.sale(text=HALL.replace("Jazz en el Rincón", "Coplas de medianoche"))
    organizer = buyers(site)
    organizer.open("/office/events")
    log_in(organizer, site.key)
    search = organizer.page.get_by_label("Search your sales")
    search.fill("coplas")
    jazz = organizer.page.get_by_role("link", name="Jazz en el Rincón")
    expect(jazz).to_have_count(0)
    organizer.page.get_by_role("link", name="Coplas de medianoche").first.click()
    expect(organizer.page).to_have_url(re.compile(f"/office/sales/{wanted}$"))
    organizer.page.get_by_role("main").get_by_role("link", name="Events").click()
    expect(search).to_have_value("coplas")
    expect(organizer.page.get_by_role("link", name="Coplas de medianoche").first).to_be_visible()
    expect(jazz).to_have_count(0)


def test_logging_out_forgets_everything_of_the_organizer(site: Site, buyers: NewBuyer) -> None:
    site.sale()
    organizer = buyers(site)
    organizer.open("/office/events")
    log_in(organizer, site.key)
    expect(organizer.page.get_by_role("link", name="Jazz en el Rincón").first).to_be_visible()
    organizer.button("You: API key").click()
    organizer.button("Sign out").click()
    expect(organizer.page.get_by_role("heading", name="Sign in to the office")).to_be_visible()
    assert organizer.page.evaluate("sessionStorage.getItem('aforo.organizer_key')") is None


def test_a_wrong_key_opens_nothing(site: Site, buyers: NewBuyer) -> None:
    site.sale()
    organizer = buyers(site, dark=True)
    organizer.open("/office/events")
    organizer.button("Use an API key").click()
    key = organizer.page.get_by_label("API key")
    organizer.button("Log in").click()
    expect(key).to_have_accessible_description(re.compile("Enter your API key."))
    expect(key).to_be_focused()
    log_in(organizer, "ak_wrong_" + "x" * 43)
    expect(key).to_have_attribute("aria-invalid", "true")
    expect(key).to_have_accessible_description(re.compile("This key isn't valid."))
    expect(key).to_be_focused()
    check(organizer.page, "login refused")
    log_in(organizer, site.key)
    expect(organizer.page.get_by_role("link", name="Jazz en el Rincón").first).to_be_visible()
    check(organizer.page, "list of sales")


def test_prices_change_while_people_buy(site: Site, buyers: NewBuyer) -> None:
    """Who has a cart pays what they saw, also for what they add; whose page is open sees the new price."""
    sale = site.sale(room="none")
    organizer, ana, bea = buyers(site), buyers(site, phone=True), buyers(site)
    ana.open_list(sale)
    ana.take("A", 3)
    bea.open_list(sale)
    expect(bea.seat("B", 5)).to_have_attribute("aria-label", re.compile("€45,"))
    organizer.open(f"/office/sales/{sale}")
    log_in(organizer, site.key)
    organizer.button("Show prices").click()
    fields = organizer.page.get_by_role("group", name="Platea")
    fields.get_by_label("General").fill("sixty")
    organizer.button("Review changes").click()
    expect(organizer.page.get_by_text("An amount, such as 45 or 45.50.")).to_be_visible()
    fields.get_by_label("General").fill("60")
    check(organizer.page, "prices of a sale")
    organizer.button("Review changes").click()
    organizer.button("Save as a new list").click()
    expect(organizer.page.get_by_text("List 2", exact=True)).to_be_visible()
    expect(bea.seat("B", 5)).to_have_attribute("aria-label", re.compile("€60,"), timeout=30_000)
    bea.take("B", 5)
    ana.take("A", 4)
    expect(ana.seat("A", 5)).to_have_attribute("aria-label", re.compile("€45,"))
    ana.buy()
    bea.buy()
    orders = site.ask("GET", f"/api/sales/{sale}/orders")["items"]
    assert sorted(order["total"] for order in orders) == [6000, 9000]


def test_a_member_sells_at_the_box_office(site: Site, buyers: NewBuyer) -> None:
    """Past the room, for cash; a buyer who looks on sees the seats go."""
    sale = site.sale()
    organizer = buyers(site)
    organizer.open(f"/office/sales/{sale}")
    log_in(organizer, site.key)
    organizer.button("Sell").click()
    form = organizer.page.locator("form").filter(has=organizer.page.get_by_label("Seats together"))
    organizer.button("Sell, it is paid").click()
    expect(form.get_by_text("Say how many, in whole numbers.")).to_be_visible()
    form.get_by_label("Seats together").fill("2")
    form.get_by_label("E-mail").fill("nobody")
    organizer.button("Sell, it is paid").click()
    expect(form.get_by_label("E-mail")).to_have_attribute("aria-invalid", "true")
    form.get_by_label("E-mail").fill("ana@example.org")
    check(organizer.page, "box office")
    organizer.button("Sell, it is paid").click()
    expect(organizer.page.get_by_text(re.compile("Sold: .*, 2 tickets, €90"))).to_be_visible()
    (order,) = site.ask("GET", f"/api/sales/{sale}/orders?channel=office")["items"]
    assert (order["tender"], order["total"], len(order["tickets"])) == ("cash", 9000, 2)
    organizer.open(f"/office/orders?sale={sale}&channel=office")
    expect(organizer.page.get_by_role("cell", name="Box office")).to_be_visible()
    expect(organizer.page.get_by_role("cell", name="Cash")).to_be_visible()
    expect(organizer.page.get_by_role("columnheader", name="Sold by")).to_be_visible()
    check(organizer.page, "orders of a channel")


def test_a_member_gives_away_what_a_sponsor_has(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale()
    section = site.ask("GET", f"/api/sales/{sale}/layout")["sections"][0]["id"]
    body = {"name": "Sponsor", "purpose": "sponsor", "seats": {section: "A 1-4"}, "staff": True}
    site.ask("POST", f"/api/sales/{sale}/allocations", json.dumps(body).encode())
    organizer = buyers(site)
    organizer.open(f"/office/sales/{sale}")
    log_in(organizer, site.key)
    organizer.button("Sell").click()
    form = organizer.page.locator("form").filter(has=organizer.page.get_by_label("Seats together"))
    form.get_by_label("Out of").select_option(label="Sponsor")
    form.get_by_label("Seats together").fill("2")
    form.get_by_label("Paid in").select_option(label="Nothing, it is complimentary")
    organizer.button("Give them away").click()
    expect(form.get_by_label("Reason")).to_have_attribute("aria-invalid", "true")
    form.get_by_label("Reason").fill("Contract with the sponsor")
    check(organizer.page, "giving away")
    organizer.button("Give them away").click()
    expect(organizer.page.get_by_text("Complimentary: 2 tickets, worth €90")).to_be_visible()
    (order,) = site.ask("GET", f"/api/sales/{sale}/orders?channel=complimentary")["items"]
    assert (order["total"], order["full_price"], order["allocation"]) == (0, 9000, "sponsor")
    organizer.open(f"/office/orders?sale={sale}&channel=complimentary")
    expect(organizer.page.get_by_role("cell", name="Contract with the sponsor")).to_be_visible()
    check(organizer.page, "orders that were given away")


def test_seats_of_a_price_zone_show_its_price_everywhere(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(room="none", text=HALL + "zones:\n  Golden: {{seats: {{Platea: [A 5-8, B]}}, price: 90}}\n")
    ana = buyers(site)
    ana.open(f"/s/{sale}")
    expect(ana.page.get_by_role("listitem").filter(has_text="Golden")).to_contain_text("€90")
    ana.open_list(sale)
    for row, number, price in (("A", 4, "€45"), ("A", 5, "€90"), ("B", 1, "€90"), ("C", 5, "€45")):
        expect(ana.seat(row, number)).to_have_attribute("aria-label", re.compile(f"{price},"))
    expect(ana.page.get_by_text("General €45 · General €90")).to_be_visible()
    ana.take("B", 1)
    ana.take("C", 5)
    ana.buy()
    orders = site.ask("GET", f"/api/sales/{sale}/orders")["items"]
    assert [order["total"] for order in orders] == [13500]
