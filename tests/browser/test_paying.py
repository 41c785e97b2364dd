"""Payments that take their time, or cannot be made: the buyer is told, pays once, and may reload meanwhile."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.buyer import CARD, KEY, Buyer, check
from tests.browser.site import HALL, Site
from tests.browser.test_forgotten_for_good import aforo

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]

UNKNOWN_THEN_PAID = "4000 0000 0000 0093"
UNKNOWN_THEN_DECLINED = "4000 0000 0000 0101"
NOT_REACHABLE = "4000 0000 0000 0168"
KNOWN_MS = 30_000  # the sandbox knows after 3 seconds, the finisher asks a little later


def at_checkout(site: Site, buyer: Buyer) -> None:
    buyer.open_list(site.sale())
    buyer.take("A", 3)
    buyer.to_checkout()


def test_a_payment_nobody_knows_of_yet_survives_a_reload_and_ends_in_tickets(site: Site, buyers: NewBuyer) -> None:
    ana = buyers(site, phone=True)
    at_checkout(site, ana)
    ana.fill_in(UNKNOWN_THEN_PAID)
    ana.pay()
    expect(ana.page.get_by_text(re.compile("Paying|Confirming|being confirmed")).first).to_be_visible()
    expect(ana.page.get_by_label("Name", exact=True)).to_be_disabled()
    ana.page.reload()
    expect(ana.page).to_have_url(re.compile("/o/[A-Z0-9-]+$"), timeout=KNOWN_MS)
    expect(ana.page.locator("img.qr")).to_have_count(1)


def test_a_payment_that_turns_out_declined_gives_the_cart_back(site: Site, buyers: NewBuyer) -> None:
    ana = buyers(site)
    at_checkout(site, ana)
    ana.fill_in(UNKNOWN_THEN_DECLINED)
    ana.pay()
    expect(ana.page.get_by_text("did not go through", exact=False).first).to_be_visible(timeout=KNOWN_MS)
    ana.fill_card(CARD)
    ana.pay()
    ana.tickets()


def test_a_provider_that_cannot_be_reached_is_told_and_costs_nothing(site: Site, buyers: NewBuyer) -> None:
    ana = buyers(site)
    at_checkout(site, ana)
    ana.fill_in(NOT_REACHABLE)
    ana.pay()
    expect(ana.page.get_by_text("Payments are unavailable", exact=False).first).to_be_visible()
    ana.fill_card(CARD)
    ana.pay()
    ana.tickets()


def test_a_transfer_reserves_says_until_when_and_ends_in_tickets(site: Site, buyers: NewBuyer) -> None:
    ana = buyers(site, phone=True)
    at_checkout(site, ana)
    ana.fill_in_contact()
    ana.page.get_by_role("group", name="How you pay").get_by_text("Bank transfer", exact=True).click()
    expect(ana.page.get_by_label("Card number")).to_have_count(0)
    ana.button("Order, and pay by transfer").click()
    code = ana.tickets().code
    expect(ana.page.get_by_role("heading", name=re.compile("^Pay by .*2"))).to_be_visible()
    for said in ("ES91 2100 0418 4502 0005 1332", "€45"):
        expect(ana.page.get_by_text(said).first).to_be_visible()
    expect(ana.page.locator("img.qr")).to_have_count(0)
    ana.page.reload()
    expect(ana.page.get_by_role("heading", name=re.compile("^Pay by "))).to_be_visible()
    ana.open("/o")
    expect(ana.page.get_by_role("link", name=re.compile(code))).to_contain_text("Pay by ")
    aforo(site, "sandbox", "pay", code)
    ana.open(f"/o/{code}")
    expect(ana.page.locator("img.qr")).to_have_count(1)


def test_a_pix_code_is_shown_copied_and_ends_in_tickets_by_itself(site: Site, buyers: NewBuyer) -> None:
    ana = buyers(site, phone=True, locale="pt-BR", zone="America/Sao_Paulo")
    ana.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.url)
    sale = site.sale(text=HALL.replace("currency: EUR", "currency: BRL"))
    ana.open(f"/s/{sale}/seats")
    ana.page.get_by_role("group", name="Mostrar como").get_by_text("Lista", exact=True).click()
    ana.page.locator("summary", has_text="Platea").click()
    ana.page.get_by_test_id("seat-list").get_by_role("button", name=re.compile(r"fileira A, assento 3\b")).click()
    ana.page.get_by_role("link", name="Pagar").or_(ana.button("Pagar")).first.click()
    ana.page.get_by_role("group", name="Como você paga").get_by_text("Pix", exact=True).click()
    check(ana.page, "checkout by Pix")
    ana.page.get_by_label("Nome", exact=True).fill("Ana Núñez")
    ana.page.get_by_label("E-mail").fill("ana@example.org")
    ana.page.get_by_label("Senha dos ingressos").fill(KEY)
    ana.button("Pedir e pagar com Pix").click()
    expect(ana.page.get_by_role("heading", name=re.compile("^Pague até"))).to_be_visible()
    code = ana.page.url.rpartition("/")[2]
    drawn = ana.page.locator("img.qr")
    expect(drawn).to_have_count(1)
    assert drawn.evaluate("image => image.complete && image.naturalWidth > 0")
    check(ana.page, "a Pix code")
    ana.button("Copiar o código").click()
    expect(ana.page.get_by_text("Copiado.")).to_be_visible()
    copied = ana.page.evaluate("() => navigator.clipboard.readText()")
    assert copied.startswith("000201"), "what every Pix code begins with"
    expect(ana.page.get_by_text(copied)).to_be_visible()
    aforo(site, "sandbox", "pay", code)
    # Nobody loads the page again.
    expect(ana.page.get_by_role("img", name=re.compile("QR"))).to_have_count(1, timeout=KNOWN_MS)
    expect(ana.page.get_by_role("heading", name=re.compile("^Pague até"))).to_have_count(0)


def test_pix_is_not_offered_where_nobody_pays_in_reais(site: Site, buyers: NewBuyer) -> None:
    ana = buyers(site)
    at_checkout(site, ana)
    expect(ana.page.get_by_role("group", name="How you pay").get_by_text("Pix", exact=True)).to_have_count(0)


def test_a_wallet_pays_with_one_press(site: Site, buyers: NewBuyer) -> None:
    ana = buyers(site)
    at_checkout(site, ana)
    ana.fill_in_contact()
    ana.button("Use the wallet").click()
    ana.tickets()
    expect(ana.page.locator("img.qr")).to_have_count(1)
