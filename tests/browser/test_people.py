"""People in the office: a guest who bought is found masked, shown, corrected and erased, and the order stays."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.buyer import Buyer, check
from tests.browser.site import Site
from tests.browser.test_office import by_key, heading

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]


def found(page: Page, **asked: str) -> None:
    for label in ("Words of the name", "E-mail address", "Telephone"):
        page.get_by_label(label).fill(asked.get(label.split(" ", maxsplit=1)[0].lower().replace("-", ""), ""))
    page.get_by_role("button", name="Find", exact=True).click()


def test_somebody_is_found_shown_corrected_and_erased(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale()
    ana = buyers(site)
    ana.open_list(sale)
    ana.take("A", 1)
    ana.to_checkout()
    ana.fill_in()
    ana.page.get_by_label("Name", exact=True).fill("Evangelina Ortiz")
    ana.page.get_by_label("E-mail").fill("evangelina@example.org")
    ana.pay()
    bought = ana.tickets()
    page = buyers(site).page
    page.goto("/office/audience")
    by_key(page, site.key)
    heading(page, "Audience")
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.get_by_text("Give a name, an address or a number.")).to_be_visible()
    check(page, "nobody asked for")
    found(page, words="nobody at all")
    expect(page.get_by_text("Nobody of yours is called so")).to_be_visible()
    contact = site.ask("GET", f"/api/sales/{sale}/orders")["items"][0]["contact"]
    found(page, email=contact["email"].upper())
    row = page.get_by_role("row").filter(has_text="…@")
    expect(row).to_have_count(1)
    expect(row).not_to_contain_text(contact["name"])
    check(page, "somebody found")
    row.get_by_role("button", name="Show").click()
    shown = page.get_by_role("row").filter(has_text=contact["name"])
    expect(shown).to_contain_text(contact["email"])
    shown.get_by_role("button", name="Correct").click()
    dialog = page.get_by_role("dialog", name="Correct")
    dialog.get_by_label("Words of the name").fill("Evangelina Muñoz")
    check(page, "correcting")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row").filter(has_text="Evangelina Muñoz")).to_have_count(1)
    assert site.ask("GET", f"/api/sales/{sale}/orders")["items"][0]["contact"]["name"] == "Evangelina Muñoz"
    page.get_by_role("button", name="Erase…").click()
    asked = page.get_by_role("dialog", name="Erase this person for good?")
    expect(asked).to_contain_text("Paid orders: 1.")
    check(page, "asked before erasing")
    asked.get_by_role("button", name="Erase", exact=True).click()
    expect(page.get_by_text("Erased.")).to_be_visible()
    found(page, words="munoz")
    expect(page.get_by_text("Nobody of yours is called so")).to_be_visible()
    order = site.ask("GET", f"/api/sales/{sale}/orders")["items"][0]
    assert (order["code"], order["state"], order["contact"]) == (
        bought.code,
        "paid",
        {"name": "", "email": "", "phone": ""},
    )
    ana.page.reload()
    expect(ana.page.get_by_text(bought.code).first).to_be_visible()


PEOPLE = [
    {
        "reference": "r1",
        "name": "Pilar Ibáñez",
        "email": "pilar@example.org",
        "zone": "Europe/Madrid",
        "basis": "consent",
        "consent": True,
        "consent_at": "2024-03-01T18:30:00+01:00",
        "consent_wording": "Yes, write to me about concerts.",
        "consent_origin": "Form at the door",
    }
]
PHONE = {"width": 360, "height": 740}


@pytest.mark.parametrize(("size", "name"), [(None, "Pilar"), (PHONE, "Ibáñez")], ids=["desk", "phone"])
def test_notes_are_written_and_removed_and_consent_is_shown(
    site: Site, buyers: NewBuyer, size: ViewportSize | None, name: str
) -> None:
    site.ask("POST", "/api/people", json.dumps({"people": PEOPLE}).encode())
    page = buyers(site).page
    if size is not None:
        page.set_viewport_size(size)
    page.goto("/office/audience")
    by_key(page, site.key)
    heading(page, "Audience")
    found(page, words=name)
    page.get_by_role("button", name="Show").click()
    for words in (
        "Basis: consent",
        "1 Mar 2024",
        "Told by an import",
        "Yes, write to me about concerts.",
        "Form at the door",
    ):
        expect(page.get_by_text(words).first).to_be_visible()
    page.get_by_role("button", name="Notes").click()
    notes = page.get_by_role("dialog", name="Notes")
    expect(notes).to_contain_text("Nothing is noted yet.")
    check(page, "no notes")
    notes.get_by_role("button", name="Add note").click()
    expect(notes.get_by_text("Write something first.")).to_be_visible()
    for text in ("Press, Ana's list", "Wheelchair user.\nRings before a visit"):
        notes.get_by_label("New note").fill(text)
        notes.get_by_role("button", name="Add note").click()
        expect(notes.get_by_role("listitem").first).to_contain_text(text.split("\n")[0])
        expect(notes.get_by_label("New note")).to_have_value("")
    expect(notes.get_by_role("listitem")).to_have_count(2)
    check(page, "two notes")
    notes.get_by_role("listitem").first.get_by_role("button", name="Remove…").click()
    asked = page.get_by_role("dialog", name="Remove this note for good?")
    expect(asked).to_contain_text("Rings before a visit")
    check(page, "asked before removing")
    asked.get_by_role("button", name="Keep it").click()
    expect(notes.get_by_role("listitem")).to_have_count(2)
    notes.get_by_role("listitem").first.get_by_role("button", name="Remove…").click()
    asked.get_by_role("button", name="Remove", exact=True).click()
    expect(notes.get_by_role("listitem")).to_have_count(1)
    expect(notes.get_by_text("Removed.")).to_be_visible()
    notes.get_by_role("button", name="Close").click()
    expect(notes).to_be_hidden()
    person = site.ask("POST", "/api/people/find", json.dumps({"name": name}).encode())["items"][0]["person"]
    assert [each["text"] for each in site.ask("GET", f"/api/people/{person}/notes")["items"]] == ["Press, Ana's list"]
    site.ask("DELETE", f"/api/people/{person}")
