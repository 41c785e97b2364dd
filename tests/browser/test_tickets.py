"""My tickets, an order's files, the open cart on every page, and a browser that forgets."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.buyer import KEY, Buyer, check
from tests.browser.site import HALL, Site
from tests.browser.test_promos import NEAR, bakery, look_around

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]

EVENT = "Jazz en el Rincón"
SHORT = HALL.replace("cart_minutes: 30", "cart_minutes: 0.1")
PNG = b"\x89PNG"
# What stands in for the system's own sheet, which a browser without a screen has not: it keeps what it is given.
SHEET = """
navigator.canShare = ({files}) => files.length > 0;
window.handed = [];
navigator.share = async ({files}) => {
  for (const file of files) window.handed.push([file.name, file.type, file.size]);
};
"""


def chip(page: Page) -> Locator:
    """The open cart, as every page shows it."""
    return page.get_by_role("banner").get_by_role("link", name=re.compile(r"^(Cart ·|Other cart ·|\d+ carts)"))


def bought(buyer: Buyer, sale: str, *numbers: int) -> str:
    buyer.open_list(sale)
    for number in numbers:
        buyer.take("C", number)
    return buyer.buy().code


def test_a_new_tab_knows_what_this_browser_bought(site: Site, buyers: NewBuyer) -> None:
    ana = buyers(site, phone=True)
    code = bought(ana, site.sale(), 1, 2)
    page = ana.tab()
    page.goto("/o")
    card = page.get_by_role("link", name=re.compile(code))
    expect(card).to_contain_text(EVENT)
    expect(card).to_contain_text("El Rincón")
    expect(card).to_contain_text("2 tickets")
    expect(page.get_by_text("Nothing here yet", exact=False)).to_have_count(0)
    check(page, "my tickets")
    card.click()
    expect(page).to_have_url(re.compile(f"/o/{code}$"))
    expect(page.locator("img.qr")).to_have_count(2)
    for image in page.locator("img.qr").all():
        expect(image).to_have_js_property("complete", value=True)
        assert image.evaluate("image => image.naturalWidth") > 0
    # From another page of this site, without a document to come with.
    page.get_by_role("link", name="My tickets").click()
    expect(card).to_be_visible()


def test_the_link_in_the_calendar_leads_to_the_tickets(site: Site, buyers: NewBuyer) -> None:
    ana = buyers(site)
    code = bought(ana, site.sale(), 1)
    with ana.page.expect_download() as download:
        ana.page.get_by_role("link", name="Add to calendar").click()
    lines = download.value.path().read_text("utf-8").splitlines()
    (address,) = [line.removeprefix("URL:") for line in lines if line.startswith("URL:")]
    assert urlsplit(address).path == f"/o/{code}"
    ana.page.close()
    page = ana.tab()
    page.goto(address)
    expect(page.locator("img.qr")).to_have_count(1)


def test_what_one_keeps_comes_before_the_codes(site: Site, buyers: NewBuyer) -> None:
    ana = buyers(site, phone=True)
    bought(ana, site.sale(), 1, 2)
    page = ana.page
    first_code = page.locator("img.qr").first
    expect(first_code).to_be_visible()
    top = first_code.evaluate("image => image.getBoundingClientRect().top")
    for name in ("Tickets (PDF)", "Add to calendar", "Receipt (PDF)"):
        link = page.get_by_role("link", name=name)
        expect(link).to_be_visible()
        assert link.evaluate("link => link.getBoundingClientRect().bottom") < top
    with page.expect_download() as download:
        page.get_by_role("link", name="Save as picture").last.click()
    assert download.value.suggested_filename.endswith("-2.png")
    assert download.value.path().read_bytes().startswith(PNG)


def test_a_phone_is_handed_every_ticket_as_a_picture(site: Site, buyers: NewBuyer) -> None:
    ana = buyers(site, phone=True)
    ana.context.add_init_script(SHEET)
    code = bought(ana, site.sale(), 1, 2)
    ana.button("Save to phone").click()
    expect(ana.button("Save to phone")).not_to_have_attribute("aria-busy", "true")
    handed = ana.page.evaluate("window.handed")
    assert [each[:2] for each in handed] == [[f"ticket-{code}-{nth}.png", "image/png"] for nth in (1, 2)]
    assert all(size > 0 for *_, size in handed)


def test_nothing_typed_is_said_at_the_field(site: Site, buyers: NewBuyer) -> None:
    ana = buyers(site, phone=True)
    ana.open("/o")
    expect(ana.page.get_by_text("What you buy in this browser appears here by itself", exact=False)).to_be_visible()
    code, key = ana.page.get_by_label("Purchase code"), ana.page.get_by_label("Ticket password")
    ana.button("Open my tickets").click()
    for field in (code, key):
        expect(field).to_have_attribute("aria-invalid", "true")
        assert field.get_attribute("aria-describedby")
    expect(code).to_be_focused()
    check(ana.page, "nothing typed")
    code.fill("ABCD-EFGH-JKMN")
    ana.button("Open my tickets").click()
    expect(code).not_to_have_attribute("aria-invalid", "true")
    expect(key).to_be_focused()


def test_an_open_cart_is_in_sight_on_every_page_and_in_every_tab(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale()
    ana = buyers(site, phone=True)
    other = ana.tab()
    other.goto("/")
    expect(other.get_by_text(EVENT).first).to_be_visible()
    ana.open_list(sale)
    ana.take("A", 1)
    expect(chip(other)).to_contain_text("1 ticket")
    expect(chip(other)).to_contain_text(re.compile(r"(30:00|29:\d\d) left"))
    check(other, "home with a cart")
    ana.take("A", 2)
    expect(chip(other)).to_contain_text("2 tickets")
    for path in ("/promos", f"/s/{sale}", "/o"):
        other.goto(path)
        expect(chip(other)).to_contain_text("2 tickets")
    expect(chip(ana.page)).to_have_count(0)  # this page shows its own cart
    other.goto("/")
    chip(other).click()
    expect(other).to_have_url(re.compile(f"/s/{sale}/checkout$"))
    other.goto("/")
    expect(chip(other)).to_be_visible()
    for number in (1, 2):
        ana.seat("A", number).click()
        expect(ana.seat("A", number)).to_have_attribute("aria-pressed", "false")
    expect(chip(other)).to_have_count(0)


def test_of_several_carts_the_first_to_end_is_shown_and_one_that_is_bought_goes(site: Site, buyers: NewBuyer) -> None:
    long, soon = site.sale(), site.sale(text=HALL.replace("cart_minutes: 30", "cart_minutes: 20"))
    ana = buyers(site)
    other = ana.tab()
    other.goto("/")
    for sale, told in ((long, "1 ticket"), (soon, "2 carts")):
        ana.open_list(sale)
        ana.take("A", 1)
        expect(chip(other)).to_contain_text(told)  # so the browser has noted it before its page is left
    expect(chip(other)).to_have_attribute("href", f"/s/{soon}/checkout")
    expect(chip(ana.page)).to_contain_text("Other cart · 1 ticket")  # than the one of this page
    expect(chip(ana.page)).to_have_attribute("href", f"/s/{long}/checkout")
    other.get_by_role("link", name="My tickets").click()
    listed = other.get_by_role("region", name="In your cart").get_by_role("link", name="Checkout")
    expect(listed).to_have_count(2)
    expect(listed.last).to_have_attribute("href", f"/s/{long}/checkout")
    expect(chip(other)).to_have_count(0)
    ana.buy()
    expect(listed).to_have_count(0)
    expect(chip(other)).to_contain_text("Cart · 1 ticket")
    expect(chip(other)).to_have_attribute("href", f"/s/{long}/checkout")
    # A later visit asks the server, not the browser's memory.
    ana.page.goto("/")
    expect(chip(ana.page)).to_contain_text("Cart · 1 ticket")


def test_a_cart_that_runs_out_elsewhere_is_told_and_gone(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(text=SHORT)
    ana = buyers(site, phone=True)
    ana.open_list(sale)
    ana.take("A", 1)
    ana.open("/")
    told = ana.page.get_by_role("status").filter(has_text=f"Your time for {EVENT} ran out")
    expect(told).to_be_visible()
    expect(chip(ana.page)).to_have_count(0)
    check(ana.page, "home with a cart that ran out")
    told.get_by_role("button", name="Dismiss").click()
    expect(told).to_have_count(0)
    ana.page.reload()
    expect(ana.page.get_by_text(EVENT).first).to_be_visible()
    expect(told).to_have_count(0)


def test_what_a_promo_sold_has_an_address_and_papers(site: Site, buyers: NewBuyer) -> None:
    product = bakery(site)
    ana = buyers(site, phone=True)
    look_around(ana, NEAR)
    ana.page.locator("li", has_text=product).get_by_role("button", name=re.compile("Set aside")).click()
    ana.page.locator("li", has_text=product).get_by_role("link", name="Checkout").click()
    ana.fill_in()
    ana.pay()
    code = ana.tickets().code
    page = ana.page
    expect(page.get_by_text("Collect at Panadería", exact=False).first).to_contain_text("Puerta del Sol 3, Madrid")
    expect(page.get_by_role("link", name="Add to calendar")).to_have_count(0)
    with page.expect_download() as download:
        page.get_by_role("link", name="Tickets (PDF)").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")
    check(page, "order of a promo")
    page.goto("/o")
    card = page.get_by_role("link", name=re.compile(code))
    expect(card).to_contain_text(product)


def test_a_browser_that_forgets_opens_nothing_without_the_key(site: Site, buyers: NewBuyer) -> None:
    ana = buyers(site)
    sale = site.sale()
    code = bought(ana, sale, 1)
    tickets = f"/o/{code}/tickets.pdf"
    assert ana.context.request.get(tickets).status == 200
    ana.open_list(sale)
    ana.take("B", 1)
    other = ana.tab()
    other.goto(f"/o/{code}")
    expect(other.locator("img.qr")).to_have_count(1)
    page = ana.page
    page.goto("/o")
    ana.button("Forget this browser…").click()
    check(page, "what forgetting means")
    ana.button("Keep everything").click()
    expect(page.get_by_role("link", name=re.compile(code))).to_be_visible()
    ana.button("Forget this browser…").click()
    ana.button("Forget everything").click()
    expect(page.get_by_text("no longer knows who bought here", exact=False)).to_be_visible()
    expect(page.get_by_text("Nothing here yet", exact=False)).to_be_visible()
    expect(chip(page)).to_have_count(0)
    expect(other).to_have_url(re.compile("/o$"))  # the tab that showed it
    assert ana.context.request.get(tickets).status == 403
    page.goto(f"/o/{code}")
    expect(page.get_by_label("Purchase code")).to_have_value(code)
    # The seat went back; the ticket is as good as ever, with code and key.
    leo = buyers(site)
    leo.open_list(sale)
    expect(leo.seat("B", 1)).to_have_attribute("data-state", "free")
    page.get_by_label("Ticket password").fill(KEY)
    ana.button("Open my tickets").click()
    expect(page.locator("img.qr")).to_have_count(1)
