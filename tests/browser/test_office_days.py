"""Days in the office: named, moved while tickets are out, and what admits to them until the sale opens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.buyer import Buyer, check
from tests.browser.site import Site
from tests.browser.test_events import enter

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]
SMALL = {"width": 360, "height": 740}
FESTIVAL = """
event: Tres días
id: {id}
starts: 2037-05-01 18:00
ends: 2037-05-04 02:00
zone: Europe/Madrid
currency: EUR
opens: {opens}
room: false
days:
  vie: {{name: Viernes, starts: 2037-05-01 18:00}}
  sab: {{name: Sábado, starts: 2037-05-02 12:00}}
pools:
  viernes: {{capacity: 80, price: 40, admits: vie}}
  sabado: {{capacity: 80, price: 50, admits: sab}}
  abono: {{capacity: 30, price: 80, draws_on: [viernes, sabado], admits: [vie, sab]}}
"""
WORDS = {
    "en-GB": ("Days", "Add a day", "Save days", "Name", "Begins", "Say when it begins."),
    "es-ES": ("Días", "Añadir un día", "Guardar los días", "Nombre", "Empieza", "Di cuándo empieza."),
    "pt-BR": ("Dias", "Adicionar um dia", "Salvar os dias", "Nome", "Começa", "Diga quando começa."),
}


def region(page: Page, locale: str = "en-GB") -> Locator:
    return page.get_by_role("region", name=WORDS[locale][0], exact=True)


def stored(site: Site, sale: str) -> tuple[list[str], dict[str, Any]]:
    info = site.ask("GET", f"/api/sales/{sale}")
    return [day["name"] for day in info["days"]], info["admits"]


@pytest.mark.parametrize("locale", WORDS)
def test_a_day_is_added_and_something_admits_to_it(site: Site, buyers: NewBuyer, locale: str) -> None:
    _, add, save, name, begins, missing = WORDS[locale]
    sale = site.sale(text=FESTIVAL, opens="2037-04-01 10:00")
    page = buyers(site, phone=True, dark=locale == "pt-BR", locale=locale).page
    page.set_viewport_size(SMALL)
    page.goto(f"/office/sales/{sale}/phases")
    enter(page, site.key, locale)
    days = region(page, locale)
    days.get_by_role("button", name=add).click()
    third = days.locator("form > fieldset").nth(2)
    third.get_by_label(name).fill("Domingo")
    days.get_by_role("button", name=save).click()
    expect(third.get_by_text(missing)).to_be_visible()
    expect(third.get_by_label(begins)).to_be_focused()
    third.get_by_label(begins).fill("2037-05-03T12:00")
    # a pass that promises a day of which it takes no place is refused beside it
    abono = days.get_by_role("group", name="abono")
    abono.get_by_label("Domingo").check()
    days.get_by_role("button", name=save).click()
    expect(abono.get_by_role("alert")).to_be_visible()
    check(page, f"days with a mistake in {locale}")
    abono.get_by_label("Domingo").uncheck()
    days.get_by_role("button", name=save).click()
    expect(days.get_by_role("button", name=save)).to_have_count(0)
    check(page, f"days in {locale}")
    assert stored(site, sale) == (
        ["Viernes", "Sábado", "Domingo"],
        {"viernes": ["vie"], "sabado": ["sab"], "abono": ["vie", "sab"]},
    )


def test_what_tickets_admit_to_stays_once_the_sale_is_open(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(text=FESTIVAL)
    organizer = buyers(site, dark=True)
    page = organizer.page
    page.goto(f"/office/sales/{sale}/phases")
    enter(page, site.key)
    days = region(page)
    saturday = days.locator("form > fieldset").nth(1)
    expect(saturday.get_by_text("Tickets admit to it")).to_be_visible()
    expect(saturday.get_by_role("button", name="Remove")).to_have_count(0)
    expect(days.get_by_role("group", name="abono").get_by_label("Sábado")).to_be_disabled()
    saturday.get_by_label("Begins").fill("2037-05-02T13:30")
    organizer.button("Save days").click()
    expect(page.get_by_text("The days are saved.")).to_be_visible()
    starts = [day["starts_at"] for day in site.ask("GET", f"/api/sales/{sale}")["days"]]
    assert starts[1].startswith("2037-05-02T11:30")
    page.get_by_role("status").get_by_role("button", name="Undo").click()
    expect(saturday.get_by_label("Begins")).to_have_value("2037-05-02T12:00")
    check(page, "days of an open sale")
