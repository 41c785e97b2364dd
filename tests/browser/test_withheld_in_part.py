"""What is withheld is released in part and gets more: by seats chosen on the map, by hand and by count."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.buyer import Buyer, check
from tests.browser.site import Site
from tests.browser.test_events import enter
from tests.browser.test_painting import CORNER

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]
SMALL = {"width": 360, "height": 740}
WORDS = {
    "en-GB": ("Release…", "Release", "2 of 4 seats", "Withhold…", "Withhold for", "Withhold"),
    "es-ES": ("Liberar…", "Liberar", "2 de 4 butacas", "Reservar…", "Reservar para", "Reservar"),
    "pt-BR": ("Liberar…", "Liberar", "2 de 4 lugares", "Reservar…", "Reservar para", "Reservar"),
}
PART = {
    "en-GB": ("Only a part of it", "Seats to release", "Units of Pista to release, of 5", "Pista: 5 left."),
    "es-ES": ("Solo una parte", "Butacas que se liberan", "Unidades de Pista que se liberan, de 5", "Pista: quedan 5."),
    "pt-BR": ("Só uma parte", "Lugares a liberar", "Unidades de Pista a liberar, de 5", "Pista: restam 5."),
}


def sponsored(site: Site) -> str:
    sale = site.sale()
    section = site.ask("GET", f"/api/sales/{sale}/layout")["sections"][0]["id"]
    body = {"name": "Banco", "purpose": "sponsor", "seats": {section: "A 1-4"}, "units": {"pista": 5}}
    site.ask("POST", f"/api/sales/{sale}/allocations", json.dumps(body).encode())
    return sale


def stored(site: Site, sale: str) -> tuple[list[int], dict[str, Any]]:
    (found,) = site.ask("GET", f"/api/sales/{sale}/allocations")["items"]
    return found["seats"], found["units"]


def choose_on_map(page: Page, *keys: str) -> None:
    page.get_by_role("application").focus()
    for key in (*CORNER, *keys):
        page.keyboard.press(key)


@pytest.mark.parametrize("locale", WORDS)
def test_chosen_seats_are_let_go_and_others_added(site: Site, buyers: NewBuyer, locale: str) -> None:
    release, yes, two_of_four, withhold, into, do = WORDS[locale]
    sale = sponsored(site)
    page = buyers(site, phone=True, dark=locale == "es-ES", locale=locale).page
    page.set_viewport_size(SMALL)
    page.goto(f"/office/sales/{sale}/seats")
    enter(page, site.key, locale)
    expect(page.get_by_test_id("kept")).to_contain_text("Banco")
    house = page.locator(".paint-house")
    choose_on_map(page, "Enter", "ArrowRight", "Enter")
    house.get_by_role("button", name=release).click()
    asked = page.get_by_role("dialog")
    expect(asked).to_contain_text(two_of_four)
    check(page, f"releasing chosen seats in {locale}")
    asked.get_by_role("button", name=yes, exact=True).click()
    expect(asked).to_have_count(0)
    assert stored(site, sale) == ([2, 3], {"pista": 5})
    choose_on_map(page, "ArrowDown", "Enter")
    house.get_by_role("button", name=withhold).click()
    house.get_by_label(into).select_option(label="Banco")
    check(page, f"withholding more in {locale}")
    house.get_by_role("button", name=do, exact=True).click()
    expect(house.get_by_label(into)).to_have_count(0)
    assert stored(site, sale) == ([2, 3, 8], {"pista": 5})


@pytest.mark.parametrize("locale", WORDS)
def test_a_part_is_typed_and_what_it_does_not_have_is_said(site: Site, buyers: NewBuyer, locale: str) -> None:
    release, yes, *_ = WORDS[locale]
    part, seats, units, left = PART[locale]
    sale = sponsored(site)
    page = buyers(site, dark=locale == "pt-BR", locale=locale).page
    page.goto(f"/office/sales/{sale}")
    enter(page, site.key, locale)
    page.get_by_test_id("withheld").get_by_role("button", name=release).click()
    asked = page.get_by_role("dialog")
    asked.get_by_label(part).check()
    asked.get_by_label(seats).fill("Platea: A 4-5")
    asked.get_by_label(units).fill("6")
    asked.get_by_role("button", name=yes, exact=True).click()
    refused = asked.get_by_role("alert")
    expect(refused).to_contain_text("Platea A 5")
    expect(refused).to_contain_text(left)
    check(page, f"a part that it doesn't have in {locale}")
    asked.get_by_label(seats).fill("Platea: A 4")
    asked.get_by_label(units).fill("2")
    asked.get_by_role("button", name=yes, exact=True).click()
    expect(page.get_by_test_id("withheld")).to_contain_text(re.compile(r"Pista: 3"))
    assert stored(site, sale) == ([0, 1, 2], {"pista": 3})
