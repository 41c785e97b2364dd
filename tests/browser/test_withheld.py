"""What an organizer withholds leaves open maps, and comes back to them when it is released."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.buyer import Buyer, check
from tests.browser.site import Site
from tests.browser.test_desk import log_in

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]


@pytest.mark.parametrize("phone", [False, True])
def test_seats_are_withheld_and_released_on_open_maps(site: Site, buyers: NewBuyer, phone: bool) -> None:
    sale = site.sale()
    ana, organizer = buyers(site, phone=True), buyers(site, phone=phone)
    ana.open(f"/s/{sale}/seats")
    free = ana.page.locator(".picker-head")
    expect(free).to_contain_text("32 free")
    organizer.open(f"/office/sales/{sale}")
    log_in(organizer, site.key)
    page = organizer.page
    section = page.get_by_role("region", name="Withheld")
    expect(section).to_contain_text("Nothing is withheld.")
    section.get_by_role("button", name="Withhold…").click()
    section.get_by_label("Whom for").fill("Banco del Río")
    section.get_by_label("Seats").fill("Platea: A 1-4, Z")
    section.get_by_label("Units of Pista").fill("ten")
    section.get_by_role("button", name="Withhold", exact=True).click()
    expect(section).to_contain_text("Write how many units as a whole number.")
    section.get_by_label("Units of Pista").fill("10")
    section.get_by_role("button", name="Withhold", exact=True).click()
    expect(section).to_contain_text("names no seat here")
    check(page, "withholding with a mistake")
    section.get_by_label("Seats").fill("Platea: A 1-4, B 1")
    section.get_by_role("button", name="Withhold", exact=True).click()
    expect(section.get_by_test_id("withheld")).to_contain_text("sponsor · 5 seats · Pista: 10")
    expect(free).to_contain_text("27 free")
    check(page, "what is withheld")
    section.get_by_role("button", name="Release…").click()
    asked = page.get_by_role("dialog", name=re.compile("Release it"))
    expect(asked).to_contain_text("Banco del Río: sponsor · 5 seats")
    asked.get_by_role("button", name="Release", exact=True).click()
    expect(section).to_contain_text("Nothing is withheld.")
    expect(free).to_contain_text("32 free")
