"""Offers in the office: made, read back as a sentence, tried, changed by two, their codes drawn and revoked, ended."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.buyer import Buyer, check
from tests.browser.site import Site
from tests.browser.test_events import enter

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]
SMALL = {"width": 360, "height": 740}
SALE = """
event: Noche de cupones
id: {id}
starts: 2037-06-01 20:30
zone: Europe/Madrid
currency: EUR
opens: 2037-05-01 10:00
room: false
ticket_types: {{general: General, vip: VIP}}
sections:
  platea: {{rows: 2, seats: 8, price: {{general: 20, vip: 120}}}}
"""
# make, short name, percentage, orders in all, dates, sentence, missing, backwards, work it out, takes off
WORDS = {
    "en-GB": (
        *("Make a coupon", "Short name", "Percentage", "Orders in all at most", "From", "Until"),
        *("12.5% off for VIP, from 1 May 2037", "This is missing.", "It would end before it begins."),
        *("Work it out", "takes off €15"),
    ),
    "es-ES": (
        *("Crear un cupón", "Nombre corto", "Porcentaje", "Pedidos en total, como mucho", "Desde", "Hasta"),
        *("12,5 % de descuento para VIP, desde 1 may 2037", "Falta esto.", "Acabaría antes de empezar."),
        *("Calcular", "descuenta 15"),
    ),
    "pt-BR": (
        *("Criar um cupom", "Nome curto", "Porcentagem", "Pedidos no total, no máximo", "Desde", "Até"),
        *("12,5% de desconto para VIP, desde 1 de mai. de 2037", "Falta isto.", "Acabaria antes de começar."),
        *("Calcular", "desconta"),
    ),
}


def coupons(site: Site, sale: str) -> list[dict[str, Any]]:
    return list(site.ask("GET", f"/api/sales/{sale}/coupons")["items"])


@pytest.mark.parametrize("locale", WORDS)
def test_a_coupon_is_made_by_its_sentence_and_tried(site: Site, buyers: NewBuyer, locale: str) -> None:
    make, key, percentage, uses, from_, until, sentence, missing, backwards, work, takes_off = WORDS[locale]
    sale = site.sale(text=SALE)
    small = locale != "en-GB"
    page = buyers(site, phone=small, dark=small, locale=locale).page
    if small:
        page.set_viewport_size(SMALL)
    page.goto(f"/office/sales/{sale}/offers")
    enter(page, site.key, locale)
    page.get_by_role("button", name=make).click()
    form = page.locator("main form").first
    form.get_by_role("checkbox", name="VIP").check()
    form.get_by_label(from_, exact=True).fill("2037-05-01T10:00")
    form.get_by_label(until, exact=True).fill("2037-04-01T10:00")
    form.get_by_label(uses, exact=True).fill("100")
    form.get_by_role("button", name=make).click()
    expect(form.get_by_label(key, exact=True)).to_be_focused()
    expect(form.get_by_text(missing)).to_have_count(2)
    expect(form.get_by_text(backwards)).to_be_visible()
    check(page, f"a coupon with mistakes in {locale}")
    form.get_by_label(key, exact=True).fill("AMIGOS")
    form.get_by_label(percentage, exact=True).fill("12.5")
    form.get_by_label(until, exact=True).fill("")
    expect(page.get_by_test_id("typed")).to_contain_text(sentence)
    form.get_by_label(from_, exact=True).fill("")
    form.get_by_role("button", name=make).click()
    expect(page.get_by_role("link", name="AMIGOS")).to_be_visible()
    check(page, f"offers in {locale}")
    (made,) = coupons(site, sale)
    assert made["rule"] == {"percent": "12.5", "for": ["vip"], "uses": 100}
    tried = page.locator("section", has=page.get_by_role("button", name=work))
    tried.get_by_role("combobox").select_option("platea vip")
    tried.get_by_role("textbox").fill("amigos")
    tried.get_by_role("button", name=work).click()
    expect(page.get_by_test_id("tried")).to_contain_text(takes_off)
    check(page, f"a coupon that is tried in {locale}")


def made(site: Site, sale: str, **rule: Any) -> str:
    body = json.dumps({"key": "FRIENDS", "percent": 10, "sale": sale, **rule}).encode()
    return str(site.ask("POST", "/api/coupons", body)["id"])


def test_the_second_of_two_who_change_a_coupon_sees_the_difference(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(text=SALE)
    coupon = made(site, sale)
    page = buyers(site).page
    page.goto(f"/office/offers/{coupon}")
    enter(page, site.key)
    page.get_by_role("button", name="Change").click()
    page.get_by_label("Percentage").fill("15")
    site.ask("PUT", f"/api/coupons/{coupon}", b'{"percent": 25, "revision": 1}')
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Keep theirs").click()
    expect(page.get_by_test_id("told")).to_contain_text("25% off")
    expect(page.get_by_text("The coupon is changed.")).to_have_count(0)
    page.get_by_role("button", name="Change").click()
    page.get_by_label("Percentage").fill("20")
    site.ask("PUT", f"/api/coupons/{coupon}", b'{"percent": 30, "revision": 2}')
    page.get_by_role("button", name="Save", exact=True).click()
    asked = page.get_by_role("dialog")
    expect(asked).to_contain_text("20")
    expect(asked).to_contain_text("30")
    check(page, "a coupon that two change")
    asked.get_by_role("button", name="mine").click()
    expect(page.get_by_test_id("told")).to_contain_text("20% off")
    assert [each["rule"] for each in coupons(site, sale)] == [{"percent": "20"}]
    # undoing brings back what was written over
    page.get_by_role("status").get_by_role("button", name="Undo").click()
    expect(page.get_by_test_id("told")).to_contain_text("30% off")
    # what the server alone knows stands at its field
    page.get_by_role("button", name="Change").click()
    page.get_by_label("Until").fill("2037-03-29T02:30")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_label("Until")).to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Discard changes").click()
    page.get_by_role("button", name="End…").click()
    expect(page.get_by_test_id("meets")).to_contain_text("No order has used it.")
    page.get_by_role("button", name="End it").click()
    expect(page.get_by_role("button", name="Change")).to_have_count(0)
    assert [each["ended_at"] is None for each in coupons(site, sale)] == [False]


def downloaded(page: Page, name: str) -> str:
    with page.expect_download() as begun:
        page.get_by_role("button", name=name).click()
    return Path(begun.value.path()).read_text("utf-8-sig")


def test_codes_are_drawn_taken_along_and_revoked(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(text=SALE)
    coupon = made(site, sale)
    organizer = buyers(site, phone=True, dark=True)
    organizer.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = organizer.page
    page.set_viewport_size(SMALL)
    page.goto(f"/office/offers/{coupon}")
    enter(page, site.key)
    page.get_by_label("How many codes").fill("3")
    page.get_by_label("For whom").fill("=Radio Norte")
    page.get_by_role("button", name="Draw codes").click()
    expect(page.get_by_text("0 of 3")).to_be_visible()
    check(page, "codes of a coupon")
    lines = downloaded(page, "Download (CSV): =Radio Norte").splitlines()
    assert len(lines) == 4
    # no cell is a formula to the program that opens it
    assert all(",'=Radio Norte," in line and f"/s/{sale}?code=" in line for line in lines[1:])
    page.get_by_label("Revoke one code").fill(lines[1].split(",")[0])
    page.get_by_role("button", name="Revoke…", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke", exact=True).click()
    expect(page.get_by_text("1 code counts no more.")).to_be_visible()
    # only those that still count
    page.get_by_role("button", name="Copy links: =Radio Norte").click()
    expect(page.get_by_text("2 links are copied.")).to_be_visible()
    copied = str(page.evaluate("() => navigator.clipboard.readText()")).splitlines()
    assert sorted(copied) == sorted(line.rpartition(",")[2] for line in lines[2:])
    page.get_by_role("button", name="Revoke…: =Radio Norte").click()
    expect(page.get_by_test_id("meets")).to_contain_text("2 codes that are not used yet")
    page.get_by_role("dialog").get_by_role("button", name="Revoke", exact=True).click()
    expect(page.get_by_text("2 codes count no more.")).to_be_visible()
    assert all(each["revoked"] for each in site.ask("GET", f"/api/coupons/{coupon}/codes")["items"] if each["batch"])
    expect(page.get_by_text("Nobody has used it yet.")).to_be_visible()


def test_what_a_coupon_brought_is_told_and_stays_when_it_ends(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(text=SALE.replace("2037-05-01 10:00", "now"))
    coupon = made(site, sale, uses=100)
    page = buyers(site).page
    page.goto(f"/office/sales/{sale}/offers")
    enter(page, site.key)
    expect(page.get_by_role("cell", name="0 of 100")).to_be_visible()
    ana = buyers(site)
    ana.open(f"/s/{sale}/seats?code=friends")
    ana.show_list()
    ana.take("A", 3)
    ana.buy()
    # nobody reads the page anew
    expect(page.get_by_role("cell", name="1 of 100")).to_be_visible()
    page.get_by_role("link", name="FRIENDS").click()
    expect(page.get_by_test_id("brought")).to_contain_text(": 1 use, €2 taken off, €18 paid.")
    page.get_by_role("button", name="Change").click()
    page.get_by_label("Takes off in all at most").fill("1.99")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("More than this is used already.")).to_be_visible()
    page.get_by_role("button", name="Discard changes").click()
    check(page, "what a coupon brought")
    page.get_by_role("button", name="End…").click()
    expect(page.get_by_test_id("meets")).to_contain_text("1 order keeps what it has off: €2.")
    page.get_by_role("button", name="End it").click()
    expect(page.get_by_text("ended", exact=True)).to_be_visible()
    assert site.ask("GET", f"/api/coupons/{coupon}")["uses"] == 1


def test_a_coupon_of_all_sales_is_made_in_the_list_of_all(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(text=SALE)
    page = buyers(site).page
    page.goto("/office/offers")
    enter(page, site.key)
    page.get_by_role("button", name="Make a coupon").click()
    form = page.locator("main form").first
    form.get_by_label("Short name").fill(sale.replace("-", "").upper()[:12])
    form.get_by_label("What it does").select_option("fixed")
    form.get_by_label("Sum", exact=True).fill("5.00")
    form.get_by_label("Currency of its sums").fill("")
    form.get_by_role("button", name="Make a coupon").click()
    expect(form.get_by_text("Say the currency of the sums")).to_be_visible()
    form.get_by_label("Currency of its sums").fill("eur")
    expect(page.get_by_test_id("typed")).to_contain_text("€5 off the order.")
    form.get_by_role("button", name="Make a coupon").click()
    expect(page.get_by_role("link", name=sale.replace("-", "").upper()[:12])).to_be_visible()
    check(page, "all offers")
    (own,) = coupons(site, sale)
    assert (own["sale"], own["currency"], own["rule"]) == (None, "EUR", {"fixed": "5.00"})
    site.ask("POST", f"/api/coupons/{own['id']}/end")
