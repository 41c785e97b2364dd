"""A guest's whole way: buys, reads the letter, opens the ticket in it, claims the order, reads what is known and
corrects it, says no to offers by one click, and is erased; then nobody knows them, and the books still add up.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from engine.stores import database
from engine.stores.embedded import EmbeddedStores
from tests.absent import ROOT
from tests.browser.buyer import Buyer, check
from tests.browser.site import Site, environment
from tests.letters.conftest import codes_in
from tests.rights.test_erasing import dumped

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]
NAME, CORRECTED, PHONE = "Evangelina Quiroga", "Evangelina Quiroga Paz", "+34611222333"
PASSWORD = "veleta caracol ventana 9"


def test_a_guest_buys_and_is_forgotten_for_good(site: Site, buyers: NewBuyer) -> None:
    email = f"evangelina.{secrets.token_hex(4)}@example.org"
    sale = site.sale()
    eva = buyers(site, phone=True)
    code = buys(eva, sale, email)
    payload, letter = reads_the_letter(site, eva.page, email)
    (line,) = site.ask("GET", f"/api/sales/{sale}/orders")["items"]
    (ticket,) = line["tickets"]
    assert ticket["id"] in payload.split(".")
    has_an_account(site, eva.page, email)
    reads_what_is_known(eva.page, email, code)
    corrects_the_name(eva.page, email)
    (line,) = site.ask("GET", f"/api/sales/{sale}/orders")["items"]
    assert line["contact"] == {"name": CORRECTED, "email": email, "phone": PHONE}
    says_no_by_one_click(eva.page, letter)
    erases_everything(eva.page)
    (line,) = site.ask("GET", f"/api/sales/{sale}/orders")["items"]
    assert (line["code"], line["state"], line["contact"]) == (code, "paid", {"name": "", "email": "", "phone": ""})
    assert site.ask("POST", "/api/people/find", json.dumps({"email": email}).encode())["items"] == []
    assert "Nobody is called so" in aforo(site, "people", "find", "--email", email)
    with ThreadPoolExecutor(1) as beside:  # the browser has this thread
        everything = beside.submit(asyncio.run, dump_of(site)).result()
    for trace in (email, "evangelina", "quiroga", PHONE):
        for form in (trace, trace.encode().hex()):
            assert form not in everything, f"{form} is still there"
    another = {"reference": "r-1", "name": NAME, "email": email, "zone": "UTC"}
    taken = site.ask("POST", "/api/people", json.dumps({"people": [another]}).encode())
    assert (taken["added"], taken["changed"], taken["rejected"]) == (1, 0, [])
    assert "hold" in aforo(site, "verify", sale), "the ledger, the seats and the tickets add up"


def buys(eva: Buyer, sale: str, email: str) -> str:
    eva.open_list(sale)
    eva.take("A", 3)
    eva.to_checkout()
    eva.fill_in()
    eva.page.get_by_label("Name", exact=True).fill(NAME)
    eva.page.get_by_label("E-mail").fill(email)
    eva.page.get_by_label("Phone").fill(PHONE)
    eva.pay()
    return eva.tickets().code


def reads_the_letter(site: Site, page: Page, email: str) -> tuple[str, dict[str, Any]]:
    """What the code of the ticket in it says, and the letter."""
    site.letter(email)
    listed = page.request.get(f"{site.url}/dev/mail/list").json()["items"]
    (letter,) = [each for each in listed if each["to"] == email]
    (pdf,) = [name for name in letter["files"] if name.endswith(".pdf")]
    body = page.request.get(f"{site.url}/dev/mail/{letter['id']}/{pdf}").body()
    (payload,) = codes_in(body)
    return payload, letter


def has_an_account(site: Site, page: Page, email: str) -> None:
    page.goto("/account/register")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account", exact=True).click()
    expect(page.get_by_role("heading", name="Look in your inbox", level=1)).to_be_visible()
    link = re.search(r"https?://[^/\s]+(/\S+#token=\S+)", str(site.letter(email, 2)["text"]))
    assert link is not None
    page.goto(link[1])
    page.get_by_role("button", name="Confirm", exact=True).click()
    expect(page).to_have_url(re.compile("/account$"))
    page.get_by_role("button", name="Add this browser's tickets").click()
    expect(page.get_by_text("1 browser linked")).to_be_visible()


def reads_what_is_known(page: Page, email: str, code: str) -> None:
    known = page.get_by_role("region", name="What is known about you")
    known.get_by_role("button", name="Show it").click()
    known.get_by_text(re.compile(r"^Orders \(1\)$")).click()
    expect(known.get_by_text(code)).to_be_visible()
    expect(known.get_by_text("Price: €45")).to_be_visible()
    expect(known.get_by_text("placed_at")).to_have_count(0)
    check(page, "what is known")
    with page.expect_download() as download:
        known.get_by_role("button", name="Download (JSON)").click()
    said = download.value.path().read_text("utf-8")
    assert all(part in said for part in (email, NAME, PHONE, code))


def corrects_the_name(page: Page, email: str) -> None:
    known = page.get_by_role("region", name="What is known about you")
    known.get_by_text(re.compile(r"^Names and addresses \(\d\)$")).click()
    known.get_by_role("button", name=f"Correct: {NAME}, {email}, {PHONE}").click()
    dialog = page.get_by_role("dialog", name="Correct what is known")
    dialog.get_by_label("Name").fill("")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_contain_text("Give a name.")
    dialog.get_by_label("Name").fill(CORRECTED)
    dialog.get_by_label("Phone").fill("nonsense")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_label("Phone")).to_have_attribute("aria-invalid", "true")
    check(page, "correcting what is known")
    dialog.get_by_label("Phone").fill(PHONE)
    dialog.get_by_role("button", name="Save").click()
    expect(known.get_by_text("Corrected. Your orders say it too.")).to_be_visible()
    expect(known.get_by_text(CORRECTED, exact=True)).to_be_visible()
    check(page, "what is known, corrected")


def says_no_by_one_click(page: Page, letter: dict[str, Any]) -> None:
    link = re.search(r"https?://[^/\s]+(/preferences/\S+)", letter["text"])
    assert link is not None
    page.goto(link[1])
    expect(page.get_by_role("heading", name="What you get from", level=1)).to_be_visible()
    check(page, "preferences")
    page.get_by_role("button", name="Never send me offers").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")


def erases_everything(page: Page) -> None:
    page.goto("/account")
    page.get_by_role("button", name="Erase everything about me").click()
    asked = page.get_by_role("dialog", name="Erase everything about you?")
    expect(asked).to_contain_text("in backups too")
    check(page, "asked before everything is erased")
    asked.get_by_role("button", name="Erase everything about me").click()
    expect(page).to_have_url(re.compile(r":\d+/$"))


def aforo(site: Site, *words: str) -> str:
    command = [sys.executable, "-m", "server", *words, "--data-dir", str(site.folder)]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


async def dump_of(site: Site) -> str:
    db = await database.connect(EmbeddedStores(site.folder).database_url)
    try:
        return await dumped(db)
    finally:
        db.terminate()
