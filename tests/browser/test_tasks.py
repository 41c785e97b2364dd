"""What waits for somebody in the office: a dispute is answered, a refund asked for again, a disagreement seen to."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest
from playwright.sync_api import Page, ViewportSize, expect

from engine.stores.embedded import EmbeddedStores
from tests.absent import ROOT
from tests.browser.buyer import Buyer, check
from tests.browser.site import Site, environment
from tests.browser.test_events import enter
from tests.browser.test_orders import DESK, PHONE

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]
SMALL: ViewportSize = {"width": 360, "height": 740}
WIDE: ViewportSize = {"width": 1440, "height": 900}
# What is asked for, what is pressed, and how tickets say that they open nothing.
WORDS = {
    "en-GB": ("The buyer's bank wants the money back", "It is answered there", "Compare now", "orders? compared"),
    "es-ES": ("El banco del comprador reclama el dinero", "Ya está respondida allí", "Comparar ahora", "comparado"),
    "pt-BR": ("O banco do comprador quer o dinheiro de volta", "Já está respondida lá", "Comparar agora", "comparado"),
}


# Somebody changes the books of the sandbox, long enough ago to be compared.
LESS = """
UPDATE sandbox_charge SET amount = 4400, visible_at = now() - interval '1 hour' WHERE order_id = $1
"""
LONG_AGO = "UPDATE payment SET answered_at = now() - interval '1 hour' WHERE order_id = $1"


def changes(site: Site, order: str, *statements: str) -> None:
    """In the database, from a thread of its own: the browser has this one."""

    async def change() -> None:
        connection = await asyncpg.connect(EmbeddedStores(site.folder).database_url)
        for statement in statements:
            await connection.execute(statement, order)
        await connection.close()

    thread = threading.Thread(target=lambda: asyncio.run(change()))
    thread.start()
    thread.join()


def plays(site: Site, *what: str) -> None:
    """The other side of the sandbox."""
    command = [sys.executable, "-m", "server", "sandbox", *what, "--data-dir", str(site.folder)]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def bought(site: Site, buyers: NewBuyer) -> tuple[Buyer, dict[str, Any]]:
    """Somebody with a ticket, and the order of it."""
    sale = site.sale()
    ana = buyers(site)
    ana.open_list(sale)
    ana.take("A", 3)
    ana.to_checkout()
    ana.fill_in()
    ana.pay()
    ana.tickets()
    (order,) = site.ask("GET", f"/api/sales/{sale}/orders")["items"]
    return ana, order


@pytest.mark.parametrize(
    ("locale", "size", "dark"),
    [("en-GB", WIDE, False), ("es-ES", SMALL, True), ("pt-BR", PHONE, False)],
    ids=["en", "es", "pt"],
)
def test_a_dispute_waits_until_it_is_answered_and_shows_with_its_order(
    site: Site, buyers: NewBuyer, locale: str, size: ViewportSize, dark: bool
) -> None:
    asks, answers, compares, compared = WORDS[locale]
    ana, order = bought(site, buyers)
    site.ask("PUT", "/api/organizer/dispute-policy", b'{"blocks": true}')
    plays(site, "dispute", order["code"])

    page: Page = buyers(site, dark=dark, locale=locale).page
    page.set_viewport_size(size)
    page.goto("/office/tasks")
    enter(page, site.key, locale)
    task = page.get_by_role("listitem", name=asks).filter(has_text=order["code"])
    expect(task).to_contain_text(re.compile("45"))
    check(page, f"tasks in {locale}")
    task.get_by_role("button", name=answers).click()
    expect(task).to_have_count(0)
    page.get_by_role("button", name=compares).click()
    expect(page.get_by_text(re.compile(compared)).first).to_be_visible(timeout=20_000)
    check(page, f"books that were compared in {locale}")
    page.goto(f"/office/orders/{order['sale']}/{order['id']}")
    expect(page.get_by_text(re.compile("45")).first).to_be_visible()
    check(page, f"an order that is disputed in {locale}")
    ana.page.reload()
    expect(ana.page.get_by_text("your bank disputes the payment")).to_be_visible()
    check(ana.page, "a ticket that opens nothing")
    plays(site, "dispute", order["code"], "--won")
    ana.page.reload()
    expect(ana.page.locator("ul.order-tickets > li")).to_have_count(1)
    expect(ana.page.get_by_text("your bank disputes the payment")).to_have_count(0)


def test_today_says_that_a_refund_came_back_and_it_is_asked_for_again(site: Site, buyers: NewBuyer) -> None:
    _, order = bought(site, buyers)
    path = f"/api/organizer/sales/{order['sale']}/orders/{order['id']}/refunds"
    site.ask("POST", path, b'{"refund": "one"}')
    plays(site, "return", order["code"])
    page: Page = buyers(site, locale="en-GB").page
    page.set_viewport_size(DESK)
    page.goto("/office")
    enter(page, site.key, "en-GB")
    waits = page.get_by_role("link", name=re.compile(f"of order {order['code']} were not given back"))
    for _ in range(30):
        if waits.count():
            break
        page.wait_for_timeout(500)
        page.reload()
        page.locator("h1").first.wait_for()
    check(page, "today, with what waits")
    waits.click()
    expect(page.get_by_text("The provider does not give it back: returned")).to_be_visible()
    page.get_by_role("button", name="Ask the provider again").click()
    expect(page.get_by_text("The provider does not give it back: returned")).to_have_count(0)
    check(page, "an order whose refund went twice")


def test_what_differs_is_seen_to_with_a_reason(site: Site, buyers: NewBuyer) -> None:
    _, order = bought(site, buyers)
    changes(site, order["id"], LESS, LONG_AGO)
    page: Page = buyers(site, locale="en-GB").page
    page.set_viewport_size(SMALL)
    page.goto("/office/tasks")
    enter(page, site.key, "en-GB")
    page.get_by_role("button", name="Compare now").click()
    task = page.get_by_role("listitem", name="The provider has another amount than the order").filter(
        has_text=order["code"]
    )
    expect(task).to_contain_text("€44", timeout=20_000)
    check(page, "a disagreement")
    task.get_by_role("button", name="Seen to…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="It is seen to")).to_be_disabled()
    dialog.get_by_label("What it was").fill("The bank took a euro")
    check(page, "a disagreement that is seen to")
    dialog.get_by_role("button", name="It is seen to").click()
    expect(task).to_have_count(0)
    found = site.ask("GET", "/api/organizer/disagreements")["items"]
    assert [each["reason"] for each in found if each["order"] == order["id"]] == ["The bank took a euro"]
