"""Phases in the office: written, read back, mended where they are wrong, and left alone where they have begun."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.buyer import Buyer, check
from tests.browser.site import HALL, Site
from tests.browser.test_events import enter, event_of

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]
SMALL = {"width": 360, "height": 740}
LATER = HALL.replace("in 60 days at 20:30", "2037-06-01 20:30")
SOON = LATER.replace("{opens}", "2037-05-01 10:00")
PHASED = LATER + (
    "phases:\n"
    "  socios: {{name: Socios, until: in 2 days, entry: {{code: SOCIOS26}}, types: media, person_max: 2}}\n"
    "  todos: {{name: Todos, from: in 3 days}}\n"
)
WORDS = {
    "en-GB": ("Add a phase", "Save phases", "Name", "Until", "Who may enter", "Codes", "With a code"),
    "es-ES": (
        *("Añadir una fase", "Guardar las fases", "Nombre", "Hasta"),
        *("Quién puede entrar", "Códigos", "Con un código"),
    ),
    "pt-BR": (
        *("Adicionar uma fase", "Salvar as fases", "Nome", "Até"),
        *("Quem pode entrar", "Códigos", "Com um código"),
    ),
}
MISTAKES = {
    "en-GB": ("It would end before it begins.", "Give it a name.", "Type a code, or several.", "then"),
    "es-ES": ("Acabaría antes de empezar.", "Ponle un nombre.", "Escribe un código o varios.", "luego"),
    "pt-BR": ("Acabaria antes de começar.", "Dê um nome a ela.", "Escreva um código, ou vários.", "depois"),
}


def row(page: Page, nth: int) -> Locator:
    return page.locator("main form > fieldset").nth(nth - 1)


def told(page: Page) -> Locator:
    return page.get_by_test_id("phases-told")


def stored(site: Site, sale: str) -> list[dict[str, Any]]:
    return list(site.ask("GET", f"/api/sales/{sale}")["phases"])


@pytest.mark.parametrize("locale", WORDS)
def test_a_presale_is_written_mended_and_read_back(site: Site, buyers: NewBuyer, locale: str) -> None:
    add, save, name, until, enters, codes, with_code = WORDS[locale]
    backwards, unnamed, no_code, then = MISTAKES[locale]
    sale = site.sale(text=SOON)
    page = buyers(site, phone=True, dark=locale == "es-ES", locale=locale).page
    page.set_viewport_size(SMALL)
    page.goto(f"/office/sales/{sale}/phases")
    enter(page, site.key, locale)
    page.get_by_role("button", name=add).click()
    first, second = row(page, 1), row(page, 2)
    first.get_by_label(enters).select_option(label=with_code)
    first.get_by_label(until, exact=True).fill("2037-05-01T09:00")
    expect(first.get_by_text(backwards)).to_be_visible()
    expect(first.get_by_text(unnamed)).to_have_count(0)
    page.get_by_role("button", name=save).click()
    expect(first.get_by_label(name, exact=True)).to_be_focused()
    expect(first.get_by_text(unnamed)).to_be_visible()
    expect(first.get_by_text(no_code)).to_be_visible()
    check(page, f"phases with mistakes in {locale}")
    first.get_by_label(name, exact=True).fill("Socios")
    first.get_by_label(until, exact=True).fill("2037-05-02T10:00")
    first.get_by_label(codes).fill("SOCIOS26, AMIGOS")
    page.get_by_role("button", name=add).click()
    second.get_by_label(name, exact=True).fill("Todos")
    expect(told(page)).to_contain_text(f"{then} Todos")
    page.get_by_role("button", name=save).click()
    expect(page.get_by_role("button", name=save)).to_have_count(0)
    check(page, f"phases in {locale}")
    assert [(each["id"], each["entry"], each["until_ms"] is None) for each in stored(site, sale)] == [
        ("socios", "code", False),
        ("todos", "open", True),
    ]
    page.goto(f"/office/events/{event_of(site, sale)}")
    expect(told(page)).to_contain_text(f"{then} Todos")
    check(page, f"an event with phases in {locale}")


def test_what_has_begun_stays_where_it_is_and_the_rest_can_change(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(text=PHASED)
    organizer = buyers(site)
    page = organizer.page
    page.goto(f"/office/sales/{sale}/phases")
    enter(page, site.key)
    begun, later = row(page, 1), row(page, 2)
    expect(told(page)).to_contain_text("nobody until")
    expect(begun.get_by_text("It has begun")).to_be_visible()
    expect(begun.get_by_role("checkbox", name="media")).to_be_disabled()
    expect(begun.get_by_role("checkbox", name="media")).to_be_checked()
    expect(begun.get_by_role("button", name="Remove")).to_have_count(0)
    expect(later.get_by_role("button", name="Move up")).to_have_count(0)
    begun.get_by_label("Most for one person").fill("3")
    later.get_by_label("From").fill("")
    expect(told(page)).not_to_contain_text("nobody until")
    organizer.button("Save phases").click()
    expect(page.get_by_text("The phases are saved.")).to_be_visible()
    # who enters stays by the codes that nobody can read, and the end to the millisecond
    first, second = stored(site, sale)
    assert (first["person_max"], first["entry"], second["from_ms"]) == (3, "code", first["until_ms"])
    page.get_by_role("status").get_by_role("button", name="Undo").click()
    expect(told(page)).to_contain_text("nobody until")
    assert [each["person_max"] for each in stored(site, sale)] == [2, None]


def test_a_phase_is_removed_brought_back_and_refused_by_the_server_at_its_field(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(text=PHASED)
    organizer = buyers(site, phone=True, dark=True)
    page = organizer.page
    page.goto(f"/office/sales/{sale}/phases")
    enter(page, site.key)
    row(page, 2).get_by_role("button", name="Remove").click()
    expect(told(page)).to_contain_text("then nobody until it closes")
    page.get_by_role("status").get_by_role("button", name="Undo").click()
    expect(told(page)).to_contain_text("Todos from")
    # an hour that the clocks skip is known to the server alone
    row(page, 2).get_by_label("From").fill("2037-03-29T02:30")
    organizer.button("Save phases").click()
    expect(row(page, 2).get_by_label("From")).to_have_attribute("aria-invalid", "true")
    check(page, "a phase at an hour that there is not")
    organizer.button("Discard changes").click()
    expect(row(page, 2).get_by_label("From")).not_to_have_attribute("aria-invalid", "true")
    assert [each["id"] for each in stored(site, sale)] == ["socios", "todos"]
