"""A link is made in the office, a buyer comes by it and buys, and the office says what it brought."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.browser.buyer import Buyer, check, until
from tests.browser.site import Site
from tests.browser.test_office import by_key, heading

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]
PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1440, "height": 900}


@pytest.mark.parametrize(("size", "name"), [(PHONE, "poster"), (DESK, "radio")], ids=["phone", "desk"])
def test_a_link_brings_a_buyer_and_is_archived(site: Site, buyers: NewBuyer, size: ViewportSize, name: str) -> None:
    sale = site.sale()
    page = buyers(site).page
    page.set_viewport_size(size)
    page.goto("/office/reports")
    by_key(page, site.key)
    heading(page, "Reports")
    page.get_by_role("button", name="Make a link").first.click()
    dialog = page.get_by_role("dialog", name="Make a link")
    dialog.get_by_label("Name in the address").fill("Big Poster")
    dialog.get_by_role("button", name="Make a link").click()
    expect(dialog).to_contain_text("Say what it is called.")
    expect(dialog).to_contain_text("beginning with a letter or figure")
    check(page, "a link with mistakes")
    dialog.get_by_label("Called").fill(f"The {name} in the metro")
    dialog.get_by_label("Name in the address").fill(name)
    dialog.get_by_label("Leads to").select_option(sale)
    dialog.get_by_role("button", name="Make a link").click()
    row = page.get_by_role("row").filter(has_text=f"The {name} in the metro")
    expect(row).to_contain_text(f"/s/{sale}?from={name}")
    check(page, "a link that nobody followed")
    ana = buyers(site)
    ana.open(f"/s/{sale}?from={name}")
    ana.open_list(sale)
    ana.take("A", 1)
    ana.to_checkout()
    ana.fill_in()
    ana.pay()
    ana.tickets()

    def counted() -> tuple[int, int, int]:
        (link,) = (each for each in site.ask("GET", "/api/links")["items"] if each["name"] == name)
        return link["visits"], link["carts"], link["orders"], link["orders_first"]

    until(ana.page, lambda: counted() == (1, 1, 1, 1))  # visits are handed in every few seconds
    page.reload()
    expect(row).to_contain_text("€")
    check(page, "a link that brought a buyer")
    row.get_by_role("button", name="Change").click()
    changing = page.get_by_role("dialog", name="Change")
    changing.get_by_label("Called").fill(f"Old {name}")
    changing.get_by_label("Leads to").select_option("")
    changing.get_by_role("button", name="Save").click()
    changed = page.get_by_role("row").filter(has_text=f"Old {name}")
    expect(changed).not_to_contain_text("/s/")
    changed.get_by_role("button", name="Archive…").click()
    asked = page.get_by_role("dialog", name=f"Archive Old {name}?")
    check(page, "asked before archiving")
    asked.get_by_role("button", name="Archive", exact=True).click()
    expect(changed).to_have_count(0)
    page.get_by_label("Show archived links").check()
    expect(changed).to_contain_text("archived")
    check(page, "archived links")
    changed.get_by_role("button", name="Use again").click()
    expect(changed).to_contain_text("in use")
    page.goto(f"/office/orders?sale={sale}")
    expect(page.get_by_role("row").filter(has_text=re.compile(r"1|€")).filter(has_text=name)).to_have_count(1)
    check(page, "orders with their source")
