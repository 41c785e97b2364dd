"""Questions at checkout: answered by keyboard on a small phone, each mistake at its field, in three languages."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.buyer import CARD, KEY, Buyer, check, until
from tests.browser.site import HALL, Site
from tests.browser.test_desk import log_in

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]

NEWS = "Quiero recibir noticias del Rincón; puedo darme de baja cuando quiera."
ASKING = HALL + (
    "questions:\n"
    "  allergies: {{ask: ¿Alguna alergia?, required: true}}\n"
    "  menu: {{ask: ¿Qué menú?, kind: choice, options: [Carne, Vegano], per: ticket, required: true}}\n"
    f'  news: {{{{ask: "{NEWS}", kind: consent, required: true}}}}\n'
    "  escuela: {{ask: ¿Qué escuela?, per: ticket, for: media}}\n"
)
SMALL = {"width": 360, "height": 740}
WORDS = {
    "en-GB": ("This has to be answered.", "Tick this to go on."),
    "es-ES": ("Hay que responder a esto.", "Márcalo para seguir."),
    "pt-BR": ("É preciso responder a isto.", "Marque isto para continuar."),
}


def at_checkout(site: Site, buyer: Buyer) -> str:
    """With two seats in the cart; by the addresses of pages, which are the same in every language."""
    sale = site.sale(text=ASKING)
    page = buyer.page
    buyer.open(f"/s/{sale}/seats")
    page.get_by_text(re.compile("^(List|Lista)$")).first.click()
    page.locator("summary", has_text="Platea").click()
    for nth in (3, 4):
        seat = page.get_by_test_id("seat-list").get_by_role("button").nth(nth)
        seat.click()
        expect(seat).to_have_attribute("aria-pressed", "true")
    buyer.open(f"/s/{sale}/checkout")
    return sale


def fill_in(page: Page) -> None:
    typed = {"name": "Ana Núñez", "email": "ana@example.org", "ticket-key": KEY}
    typed |= {"cardnumber": CARD, "cc-exp": "12/39", "cvc": "123"}
    for name, text in typed.items():
        page.locator(f"input[name={name}]").fill(text)


def pay(page: Page) -> None:
    page.locator("form button[type=submit]").click()


def menus(page: Page) -> Locator:
    return page.get_by_label("¿Qué menú?")


@pytest.mark.parametrize("locale", WORDS)
def test_whoever_answers_buys_and_whoever_does_not_is_told_where(site: Site, buyers: NewBuyer, locale: str) -> None:
    ana = buyers(site, phone=True, locale=locale)
    page = ana.page
    page.set_viewport_size(SMALL)
    at_checkout(site, ana)
    missing, agree = WORDS[locale]
    allergies, news = page.get_by_label("¿Alguna alergia?"), page.get_by_role("checkbox", name=re.compile("noticias"))
    expect(page.get_by_role("group", name=re.compile("Platea"))).to_have_count(2)
    expect(page.get_by_label("¿Qué escuela?")).to_have_count(0)
    fill_in(page)
    pay(page)
    expect(allergies).to_be_focused()
    expect(page.get_by_text(missing)).to_have_count(3)
    expect(page.get_by_text(agree)).to_be_visible()
    check(page, f"questions unanswered in {locale}")
    page.keyboard.type("Nueces")
    page.keyboard.press("Tab")
    expect(page.get_by_text(missing)).to_have_count(2)
    expect(news).to_be_focused()
    page.keyboard.press("Space")
    expect(page.get_by_text(agree)).to_have_count(0)
    for nth, wanted in enumerate(("Carne", "Vegano")):
        menus(page).nth(nth).select_option(wanted)
    expect(page.get_by_text(missing)).to_have_count(0)
    check(page, f"questions answered in {locale}")
    # What was answered is still there after a reload.
    page.reload()
    expect(allergies).to_have_value("Nueces")
    expect(news).to_be_checked()
    expect(menus(page).nth(1)).to_have_value("Vegano")
    fill_in(page)
    pay(page)
    expect(page).to_have_url(re.compile("/o/"))
    assert answers_of(site, page.url.rpartition("/")[2].partition("?")[0]) == ["Nueces", "Carne", "Vegano", NEWS]


def answers_of(site: Site, code: str) -> list[str]:
    sale = ""
    orders: list[dict[str, Any]] = []
    for card in site.ask("GET", "/api/organizer/sales?limit=5")["items"]:
        sale = card["id"]
        orders += site.ask("GET", f"/api/sales/{sale}/orders?answers=true")["items"]
    (order,) = [each for each in orders if each["code"] == code]
    return [each["answer"] for each in order["answers"]]


def test_a_question_that_changes_meanwhile_is_asked_as_it_is_now(site: Site, buyers: NewBuyer) -> None:
    ana = buyers(site, phone=True)
    page = ana.page
    sale = at_checkout(site, ana)
    fill_in(page)
    page.get_by_label("¿Alguna alergia?").fill("Nue\u202eces")
    page.keyboard.press("Tab")
    expect(page.get_by_text("This can't be sent.", exact=False)).to_be_visible()
    expect(page.get_by_label("¿Alguna alergia?")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("¿Alguna alergia?").fill("Nueces")
    page.keyboard.press("Tab")
    expect(page.get_by_text("This can't be sent.", exact=False)).to_have_count(0)
    for nth in (0, 1):
        menus(page).nth(nth).select_option("Carne")
    changed = {
        "menu": {"ask": "¿Qué menú?", "kind": "choice", "options": ["Pescado"], "per": "ticket", "required": True},
        "news": {"ask": f"{NEWS} Cada semana.", "kind": "consent"},
    }
    site.ask("PATCH", f"/api/sales/{sale}", json.dumps({"questions": changed}).encode())
    cart = f"fetch('/api/sales/{sale}/carts/mine').then(answer => answer.text())"
    until(page, lambda: "Cada semana" in page.evaluate(cart))  # a process goes by what it has read for a while
    page.get_by_role("checkbox", name=re.compile("noticias")).click()
    expect(page.get_by_text("This is asked differently now.", exact=False)).to_be_visible()
    weekly = page.get_by_role("checkbox", name=re.compile("Cada semana"))
    expect(weekly).not_to_be_checked()
    expect(page.get_by_label("¿Alguna alergia?")).to_have_count(0)
    pay(page)
    expect(page.get_by_text("This can't be chosen any more. Choose another.")).to_have_count(2)
    for nth in (0, 1):
        menus(page).nth(nth).select_option("Pescado")
    weekly.click()
    expect(weekly).to_be_checked()
    pay(page)
    expect(page).to_have_url(re.compile("/o/"))


def test_an_organizer_writes_questions_and_reads_what_was_answered(site: Site, buyers: NewBuyer) -> None:
    organizer, ana = buyers(site, phone=True), buyers(site)
    sale, page = site.sale(), organizer.page
    organizer.open(f"/office/sales/{sale}")
    log_in(organizer, site.key)
    for nth, (ask, kind) in enumerate((("Any allergies?", "Text"), ("Which meal?", "Choice")), 1):
        organizer.button("Add a question").click()
        row = page.get_by_role("group", name=f"Question {nth}")
        row.get_by_label("Question", exact=True).fill(ask)
        row.get_by_label("Answered by").select_option(kind)
    row.get_by_label("Has to be answered").check()
    row.get_by_label("Asked", exact=True).select_option("For each ticket")
    organizer.button("Save").last.click()
    expect(row.get_by_text("are missing: a choice needs one at least")).to_be_visible()
    expect(row.get_by_label("Options, one per line")).to_have_attribute("aria-invalid", "true")
    check(page, "questions with a mistake")
    row.get_by_label("Options, one per line").fill("Meat\nVegan\n")
    row.get_by_role("button", name="Move up").click()
    organizer.button("Save").last.click()
    expect(page.get_by_text("Saved", exact=False).last).to_be_visible()
    asked = site.ask("GET", f"/api/sales/{sale}")["questions"]
    assert [(each["id"], each["options"], each["per"]) for each in asked] == [
        ("which-meal", ["Meat", "Vegan"], "ticket"),
        ("any-allergies", [], "order"),
    ]
    ana.open_list(sale)
    ana.take("A", 3)
    ana.to_checkout()
    ana.page.get_by_label("Which meal?").select_option("Vegan")
    ana.page.get_by_label("Any allergies?").fill("Nuts")
    ana.fill_in()
    ana.pay()
    ana.tickets()
    organizer.open(f"/office/orders?sale={sale}")
    for said in ("Which meal?", "Vegan", "Any allergies?", "Nuts"):
        expect(page.get_by_text(said)).to_be_visible()
    check(page, "orders with answers")
