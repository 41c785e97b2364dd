"""Cards that Stripe's own program collects on the checkout, and banks that ask: nobody is charged twice."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.buyer import Buyer, check
from tests.browser.site import Site
from tests.browser.stripe_page import KEYS, PaidAtStripe, answer_bank, at_checkout, fields, pay_with, type_card
from tests.browser.test_office_session import Person
from tests.providers.stripe_browser import SCRIPT, Line
from tests.providers.stripe_later import BOLETO_NUMBER, PIX_CODE
from tests.providers.stripe_wire import CARDS

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]

DONE_MS = 40_000  # the finisher looks every few seconds


@pytest.fixture(scope="module")
def line(localstripe: str) -> Iterator[Line]:
    line = Line(localstripe)
    with line.open():
        yield line


@pytest.fixture(scope="module")
def stripe_site(open_folder: Path, line: Line) -> Iterator[Site]:
    settings = {"AFORO_STRIPE_URL": line.wire.url, "AFORO_STRIPE_SCRIPT": line.wire.url + SCRIPT}
    site = Site(open_folder / f"site-{secrets.token_hex(4)}", settings=settings)
    site.start()
    yield site
    site.stop()


@pytest.fixture(scope="module")
def connected(stripe_site: Site, line: Line, browser: Browser) -> Iterator[PaidAtStripe]:
    """By one owner for all tests here: from one address only so many may register."""
    context = browser.new_context(base_url=stripe_site.url, locale="en-GB")
    yield PaidAtStripe.connect(stripe_site, line.wire, Person(stripe_site, Buyer(context, stripe_site), "Olga"))
    context.close()


@pytest.fixture
def paid(connected: PaidAtStripe) -> Iterator[PaidAtStripe]:
    yield connected
    connected.wire.without_script = connected.wire.without_wallet = False
    assert not connected.wire.refused, "Stripe would not have taken it"


def charged(paid: PaidAtStripe, sale: str) -> list[tuple[str, int]]:
    """Payments of a sale that took money, by the database."""
    found = paid.sql("SELECT array_agg(state || ' ' || amount ORDER BY asked_at) FROM payment WHERE sale_id = $1", sale)
    return [(each.split()[0], int(each.split()[1])) for each in found or ()]


def test_a_card_pays_from_a_document_of_its_own(paid: PaidAtStripe, buyers: NewBuyer) -> None:
    ana = buyers(paid.site, phone=True)
    sale = paid.sale()
    at_checkout(ana, sale)
    check(ana.page, "checkout at Stripe")
    pay_with(ana, CARDS["good"])
    ana.tickets()
    expect(ana.page.locator("img.qr")).to_have_count(1)
    expect(ana.page.get_by_text("4242")).to_be_visible()
    assert ana.page.evaluate("() => typeof Stripe") == "undefined", "the order's page has a document of its own"
    assert charged(paid, sale) == [("captured", 4500)]


def test_a_card_that_is_declined_gives_the_cart_back(paid: PaidAtStripe, buyers: NewBuyer) -> None:
    ana = buyers(paid.site)
    sale = paid.sale()
    at_checkout(ana, sale)
    pay_with(ana, CARDS["declined"])
    expect(ana.page.get_by_text("Nothing was charged").first).to_be_visible()
    type_card(ana, CARDS["good"])
    ana.pay()
    ana.tickets()
    assert [state for state, _ in charged(paid, sale)] == ["declined", "captured"]
    assert len(set(paid.wire.collected)) == len(paid.wire.collected), "each try has a token of its own"


def test_what_is_not_typed_is_told_beside_the_field_and_asks_for_nothing(paid: PaidAtStripe, buyers: NewBuyer) -> None:
    ana = buyers(paid.site)
    sale = paid.sale()
    at_checkout(ana, sale)
    ana.fill_in_contact()
    ana.pay()
    expect(ana.page.get_by_role("alert").filter(has_text="card number is incomplete")).to_be_visible()
    expect(fields(ana)).to_be_focused()
    check(ana.page, "a card that is not typed")
    assert charged(paid, sale) == []


def test_pressing_twice_pays_once(paid: PaidAtStripe, buyers: NewBuyer) -> None:
    ana = buyers(paid.site)
    sale = paid.sale()
    at_checkout(ana, sale)
    ana.fill_in_contact()
    type_card(ana, CARDS["good"])
    ana.page.evaluate("""() => {
        const pay = [...document.querySelectorAll("button[type=submit]")].at(-1);
        for (let n = 0; n < 3; n++) pay.click();
    }""")
    ana.tickets()
    assert charged(paid, sale) == [("captured", 4500)]


def test_a_bank_that_asks_is_answered_and_the_card_pays(paid: PaidAtStripe, buyers: NewBuyer) -> None:
    ana = buyers(paid.site, phone=True)
    sale = paid.sale()
    at_checkout(ana, sale)
    pay_with(ana, CARDS["asks"])
    expect(ana.page.get_by_role("alert").filter(has_text="Your bank asks you to confirm")).to_be_visible()
    answer_bank(ana, well=True)
    ana.tickets()
    assert charged(paid, sale) == [("captured", 4500)]


def test_a_bank_that_is_not_convinced_charges_nothing(paid: PaidAtStripe, buyers: NewBuyer) -> None:
    ana = buyers(paid.site)
    sale = paid.sale()
    at_checkout(ana, sale)
    pay_with(ana, CARDS["asks"])
    answer_bank(ana, well=False)
    expect(ana.page.get_by_text("Nothing was charged").first).to_be_visible()
    type_card(ana, CARDS["good"])
    ana.pay()
    ana.tickets()
    assert [state for state, _ in charged(paid, sale)] == ["declined", "captured"]


def test_a_page_that_is_loaded_anew_while_the_bank_asks_asks_again(paid: PaidAtStripe, buyers: NewBuyer) -> None:
    ana = buyers(paid.site)
    sale = paid.sale()
    at_checkout(ana, sale)
    pay_with(ana, CARDS["asks"])
    expect(ana.page.get_by_role("button", name=re.compile("^Complete"))).to_be_visible()
    ana.page.reload()
    answer_bank(ana, well=True)
    ana.tickets()
    assert charged(paid, sale) == [("captured", 4500)]


def test_whoever_never_answers_the_bank_has_nothing_charged_and_the_seats_are_free(
    paid: PaidAtStripe, buyers: NewBuyer
) -> None:
    ana, leo = buyers(paid.site), buyers(paid.site)
    sale = paid.sale()
    at_checkout(ana, sale)
    pay_with(ana, CARDS["asks"])
    expect(ana.page.get_by_role("button", name=re.compile("^Complete"))).to_be_visible()
    ana.page.close()
    leo.open_list(sale)
    expect(leo.seat("A", 3)).to_be_disabled()
    assert paid.sql("SELECT state FROM orders WHERE sale_id = $1", sale) == "paying"
    paid.sql("UPDATE stripe_charge SET asked_until = now() WHERE account = $1", paid.account)
    ana.page = ana.tab()  # comes back later, to a cart that is open again
    ana.open(f"/s/{sale}/checkout")
    expect(ana.page.get_by_label("Name", exact=True)).to_be_enabled(timeout=DONE_MS)
    assert charged(paid, sale) == [("declined", 4500)]
    ana.open_list(sale)
    ana.seat("A", 3).click()
    leo.take("A", 3)


def test_an_answer_of_stripes_that_is_lost_charges_once(paid: PaidAtStripe, buyers: NewBuyer) -> None:
    ana = buyers(paid.site)
    sale = paid.sale()
    at_checkout(ana, sale)
    paid.wire.lost.add("/confirm")
    pay_with(ana, CARDS["good"])
    expect(ana.page).to_have_url(re.compile("/o/[A-Z0-9-]+$"), timeout=DONE_MS)
    assert charged(paid, sale) == [("captured", 4500)]
    order = paid.sql("SELECT id FROM orders WHERE sale_id = $1", sale)
    assert len(paid.wire.intents(order)) == 1


def test_pages_beside_the_checkout_have_documents_without_stripe(paid: PaidAtStripe, buyers: NewBuyer) -> None:
    ana = buyers(paid.site)
    sale = paid.sale()
    at_checkout(ana, sale)
    assert ana.page.evaluate("() => typeof Stripe") == "function"
    ana.page.get_by_role("link", name="Change tickets").click()
    expect(ana.page).to_have_url(re.compile("/seats$"))
    expect(ana.page.get_by_role("group", name="Show as")).to_be_visible()
    assert ana.page.evaluate("() => typeof Stripe") == "undefined"
    ana.page.go_back()
    expect(fields(ana).get_by_placeholder("number")).to_be_visible()
    ana.page.get_by_role("link", name="My tickets").click()
    expect(ana.page).to_have_url(re.compile("/o$"))
    assert ana.page.evaluate("() => typeof Stripe") == "undefined"


def test_pix_at_stripe_ends_in_tickets_once_stripe_says_so(paid: PaidAtStripe, buyers: NewBuyer) -> None:
    paid.offers("pix")
    ana = buyers(paid.site, phone=True)
    sale = paid.sale("BRL")
    at_checkout(ana, sale)
    ana.page.get_by_role("group", name="How you pay").get_by_text("Pix", exact=True).click()
    ana.fill_in_contact()
    ana.button("Order, and pay by Pix").click()
    expect(ana.page.get_by_text(PIX_CODE)).to_be_visible()
    order = paid.sql("SELECT id FROM orders WHERE sale_id = $1", sale)
    assert paid.wire.later.pay(paid.wire.intents(order)[0])
    paid.sql("UPDATE order_awaiting SET look_at = now() WHERE order_id = $1", order)  # a quarter of an hour later
    expect(ana.page.get_by_role("img", name=re.compile("QR code"))).to_have_count(1, timeout=DONE_MS)
    assert charged(paid, sale) == [("captured", 4500)]


def test_a_boleto_that_is_not_paid_leaves_nothing_and_says_so(paid: PaidAtStripe, buyers: NewBuyer) -> None:
    paid.offers("boleto")
    ana = buyers(paid.site, phone=True)
    sale = paid.sale("BRL")
    at_checkout(ana, sale)
    ways = ana.page.get_by_role("group", name="How you pay")
    expect(ways.get_by_text("Pix", exact=True)).to_have_count(0)
    ways.get_by_text("Boleto", exact=True).click()
    ana.fill_in_contact()
    ana.button("Order, and pay by boleto").click()
    expect(ana.page.get_by_text("This is needed for a boleto").first).to_be_visible()
    check(ana.page, "what a boleto needs")
    field = ana.page.get_by_label
    for label, text in {"CPF or CNPJ": "1", "Street and number": "Rua A 1", "City": "Recife"}.items():
        field(label, exact=True).fill(text)
    field("State (UF)").fill("PE")
    field("CEP").fill("50000-000")
    ana.button("Order, and pay by boleto").click()
    expect(ana.page.get_by_role("alert").filter(has_text="tax ID is invalid")).to_be_visible()
    field("CPF or CNPJ").fill("000.000.001-91")
    ana.button("Order, and pay by boleto").click()
    expect(ana.page.get_by_text(BOLETO_NUMBER)).to_be_visible()
    check(ana.page, "a boleto")
    order = paid.sql("SELECT id FROM orders WHERE sale_id = $1", sale)
    paid.wire.later.expire(paid.wire.intents(order)[0])
    paid.sql("UPDATE order_awaiting SET look_at = now(), until = now() WHERE order_id = $1", order)
    expect(ana.page.get_by_text("The money didn't come in time.")).to_be_visible(timeout=DONE_MS)
    check(ana.page, "an order that came to nothing")
    assert charged(paid, sale) == [("declined", 4500)]


def test_a_total_that_another_account_is_for_is_paid_into_that_one(paid: PaidAtStripe, buyers: NewBuyer) -> None:
    serves = {"currencies": ["EUR"], "amount_up_to": 3000}
    small = paid.owner.asks("POST", "/api/payment-accounts", KEYS | {"name": "Small", "serves": serves})["id"]
    paid.owner.asks("POST", f"/api/payment-accounts/{small}/switch-on")
    ana = buyers(paid.site)
    sale = paid.sale()
    at_checkout(ana, sale)
    type_card(ana, CARDS["good"])
    ana.page.locator(".checkout-summary select").select_option("media")
    expect(ana.button(re.compile("^Pay €22.50"))).to_be_visible()
    pay_with(ana, CARDS["good"])
    ana.tickets()
    assert charged(paid, sale) == [("captured", 2250)]
    assert paid.sql("SELECT provider FROM payment WHERE sale_id = $1", sale) == f"stripe:{small}"
    paid.owner.asks("POST", f"/api/payment-accounts/{small}/switch-off")


def test_without_stripes_program_it_is_said_and_tried_again(paid: PaidAtStripe, buyers: NewBuyer) -> None:
    ana = buyers(paid.site)
    ana.forgiving = True  # of the program, which answers 503
    sale = paid.sale()
    paid.wire.without_script = True
    ana.open_list(sale)
    ana.take("A", 3)
    ana.to_checkout()
    expect(ana.page.get_by_role("alert").filter(has_text="could not be loaded")).to_be_visible()
    check(ana.page, "checkout without Stripe's program")
    ana.fill_in_contact()
    ana.pay()
    expect(ana.page).to_have_url(re.compile("/checkout$"))
    paid.wire.without_script = False
    ana.button("Try again").click()
    type_card(ana, CARDS["good"])
    ana.pay()
    ana.tickets()
    assert charged(paid, sale) == [("captured", 4500)]
