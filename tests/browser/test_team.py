"""The office's settings: who is invited for one event sees that alone, and is out when removed; every tab."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.buyer import Buyer, check
from tests.browser.site import HALL, Site

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]
PASSWORD = "tres tristes tigres tragan trigo"


def registered(site: Site, who: Buyer, name: str, organizer: str | None = None) -> str:
    """An account of this browser, signed in, by the API: its pages are tested elsewhere."""
    address = f"{name.lower()}.{secrets.token_hex(4)}@example.org"
    origin = {"Origin": site.url}
    asked = {"email": address, "password": PASSWORD, "name": name, "organizer": organizer}
    ask = who.context.request
    answer = ask.post(f"{site.url}/api/security/accounts", data=asked, headers=origin)
    assert answer.ok, answer.text()
    token = token_of(site, address, 1)
    answer = ask.post(f"{site.url}/api/security/accounts/verify", data={"token": token}, headers=origin)
    assert answer.ok, answer.text()
    return address


def token_of(site: Site, address: str, sent: int) -> str:
    found = re.search(r"#token=([\w-]+)", str(site.letter(address, sent)))
    assert found, "no link in the letter"
    return found[1]


def sale_of(site: Site, owner: Buyer, name: str) -> str:
    sale = f"s-{secrets.token_hex(6)}"
    text = HALL.replace("Jazz en el Rincón", name).format(id=sale, opens="now", lobby="", room="false")
    headers = {"Content-Type": "application/yaml", "Origin": site.url}
    answer = owner.context.request.post(f"{site.url}/api/sales", data=text, headers=headers)
    assert answer.ok, answer.text()
    site.await_sale(sale)
    return sale


def explained(page: Page) -> None:
    """What the colleague may do, and why."""
    may = page.get_by_role("region", name="What may they do, and why")
    may.get_by_label("Member").select_option("Carlos")
    for where, answer in (
        ("Noche de jazz", "Yes, as Analyst in Noche de jazz"),
        ("Noche de tango", "No: they have this"),
    ):
        may.get_by_label("Where").select_option(where)
        may.get_by_role("button", name="Ask").click()
        expect(may).to_contain_text(answer)


def linked(page: Page, until: datetime) -> None:
    """A guest link is made, and listed."""
    page.get_by_role("button", name="Make a guest link").click()
    form = page.get_by_role("dialog", name="Make a guest link")
    form.get_by_label("Name").fill("The band")
    form.get_by_label("Where").select_option("Noche de tango")
    form.get_by_label("Until").fill(until.strftime("%Y-%m-%dT%H:%M"))
    form.get_by_role("button", name="Make a guest link").click()
    expect(page.get_by_test_id("secret")).to_have_text(re.compile("/office/guest#"))
    page.get_by_role("button", name="I have it").click()
    links = page.get_by_role("region", name="Guest links")
    expect(links).to_contain_text("Noche de tango until")
    check(page, "guest links")


def test_who_is_invited_for_one_event_sees_that_and_is_out_when_removed(site: Site, buyers: NewBuyer) -> None:
    owner, colleague = buyers(site), buyers(site, phone=True)
    registered(site, owner, "Olga", f"Teatro {secrets.token_hex(3)}")
    address = registered(site, colleague, "Carlos")
    sale_of(site, owner, "Noche de jazz")
    sale_of(site, owner, "Noche de tango")

    page = owner.page
    page.goto("/office/settings/team")
    expect(page.get_by_role("rowheader", name="Olga")).to_be_visible()
    check(page, "the team")
    page.get_by_role("button", name="Invite somebody").click()
    form = page.get_by_role("dialog", name="Invite somebody")
    form.get_by_role("button", name="Send the invitation").click()
    expect(form.get_by_label("E-mail")).to_be_focused()
    form.get_by_label("E-mail").fill(address)
    form.get_by_label("May do").select_option("analyst")
    form.get_by_label("Noche de jazz").check()
    until = datetime.now(UTC) + timedelta(days=5)
    form.get_by_label("Until").fill(until.strftime("%Y-%m-%dT%H:%M"))
    check(page, "the invitation")
    form.get_by_role("button", name="Send the invitation").click()
    expect(form).to_have_count(0)
    invited = page.get_by_role("region", name="Open invitations")
    expect(invited).to_contain_text(re.compile("Analyst in Noche de jazz until "))

    theirs = colleague.page
    theirs.goto(f"/office/invitation#token={token_of(site, address, 2)}")
    theirs.get_by_role("button", name="Accept").click()
    expect(theirs).to_have_url(re.compile(r"/office(/events)?$"))
    theirs.goto("/office/events")
    expect(theirs.get_by_role("rowheader", name="Noche de jazz")).to_be_visible()
    expect(theirs.get_by_text("Noche de tango")).to_have_count(0)
    expect(theirs.get_by_role("link", name="Settings")).to_have_count(0)

    page.reload()
    row = page.get_by_role("row", name=re.compile("Carlos"))
    expect(row).to_contain_text("Analyst in Noche de jazz until")
    explained(page)
    row.get_by_role("button", name="Remove").click()
    asked = page.get_by_role("dialog", name="Remove Carlos?")
    expect(asked.get_by_test_id("meets")).to_contain_text("Analyst in Noche de jazz")
    check(page, "what is lost")
    asked.get_by_role("button", name="Remove").click()
    expect(row).to_have_count(0)
    expect(theirs.get_by_text("Noche de jazz")).to_have_count(0)  # while the page was open

    linked(page, until)


def test_every_tab_works_at_a_desk_and_on_a_phone(site: Site, buyers: NewBuyer) -> None:
    owner = buyers(site, phone=True, dark=True, locale="pt-BR")
    registered(site, owner, "Olga", f"Teatro {secrets.token_hex(3)}")
    page = owner.page
    for tab, tells in (
        ("team", "Olga"),
        ("keys", "Ainda não há chaves"),
        ("webhooks", "Ainda não há webhooks"),
        ("security", "O que se pede de cada membro"),
        ("audit", "organizer.create"),
    ):
        page.goto(f"/office/settings/{tab}")
        expect(page.get_by_role("main").get_by_text(tells).filter(visible=True).last).to_be_visible()
        check(page, f"{tab} on a phone")
    page.goto("/office/settings/keys")
    page.get_by_role("button", name="Criar uma chave").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Nome").fill("Nosso site")
    form.get_by_label("sale:read").check()
    check(page, "a key is made")
    form.get_by_role("button", name="Criar uma chave").click()
    shown = page.get_by_test_id("secret")
    expect(shown).to_have_text(re.compile(r"^ak_"))
    check(page, "a key is shown")
    key = shown.inner_text()
    page.get_by_role("button", name="Já tenho").click()
    assert site.ask("GET", "/api/organizer/sales", token=key)["items"] == []
    assert key not in page.content()  # nor again
    page.get_by_role("button", name="Revogar").click()
    page.get_by_role("dialog").get_by_role("button", name="Revogar").click()
    expect(page.get_by_text("Ainda não há chaves")).to_be_visible()
    with pytest.raises(AssertionError, match="unauthorized"):
        site.ask("GET", "/api/organizer/sales", token=key)
