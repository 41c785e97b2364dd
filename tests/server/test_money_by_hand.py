"""Money that buyers send by themselves, over HTTP: what they are told, who may say that it came, and what is listed."""

from __future__ import annotations

from typing import Any

import pytest

from engine.access import Permission, Role
from engine.audit import Act
from engine.onsale import Sale
from engine.payments import AccountKeys, ByHand, Serves
from tests.orders.test_awaiting import PASSES
from tests.server.conftest import Client, Site, api
from tests.server.test_accounts import world
from tests.server.test_grants import member
from tests.server.test_order_records import key_for
from tests.server.test_payment_accounts import Owner, owner
from tests.server.test_purchase import CONTACT, KEY, shop

__all__ = ["owner", "world"]

TOLD = ByHand("Teatro Sur", "ES91 2100 0418 4502 0005 1332", "Banco Sur", "Thank you.", 3, 14)
SEAT = 4_500


@pytest.fixture
async def finance(site: Site, organizer: Act) -> str:
    return await key_for(site, organizer, Permission.ORDER_REFUND, Permission.ORDER_READ)


async def switched_on(site: Site, by: Act, keys: AccountKeys) -> str:
    account = await site.engine.payment_accounts.create(by, keys)
    assert isinstance(account, str), account
    await site.engine.payment_accounts.switch(by, account, on=True)
    site.engine.orders._tills._of_sale.clear()
    return account


@pytest.fixture
async def account(site: Site, organizer: Act) -> str:
    return await switched_on(site, organizer, AccountKeys("Our bank", by_hand=TOLD))


async def ordered(site: Site, sale: Sale, *seats: int, method: str = "transfer") -> tuple[Client, dict[str, Any]]:
    buyer = await site.buyer()
    await shop(buyer, sale, *seats)
    answer = await buyer.ok("checkout", sale=sale.id, order="o-1", payment={"method": method})
    order: dict[str, Any] = answer["order"]
    return buyer, order


def money(sale: Sale, order: dict[str, Any], what: str = "") -> str:
    return f"POST /api/organizer/sales/{sale.id}/orders/{order['id']}/money{what}"


async def test_a_buyer_is_told_how_to_pay_and_has_the_tickets_once_a_member_saw_the_money(
    site: Site, sale: Sale, account: str, finance: str
) -> None:
    said = await api(site, f"GET /api/sales/{sale.id}", "")
    assert said["payment_methods"] == ["transfer", "invoice"]
    buyer, order = await ordered(site, sale, 0)
    assert (order["state"], order["tender"]) == ("awaiting", "transfer")
    assert order["pay_with"] == {
        "kind": "transfer",
        "holder": TOLD.holder,
        "account": TOLD.account,
        "bank": TOLD.bank,
        "note": TOLD.note,
        "reference": order["code"],
    }
    (waits,) = (await api(site, "GET /api/organizer/money", finance))["items"]
    assert (waits["code"], waits["amount"], waits["method"]) == (order["code"], SEAT, "transfer")
    wrong = await api(site, money(sale, order), finance, {"amount": SEAT - 1}, 422)
    assert "€45" in wrong["fields"][0]["message"]
    for _ in range(2):
        paid = await api(site, money(sale, order), finance, {"amount": SEAT, "on": "2026-07-01", "note": "TR 77"})
        assert paid == {"state": "paid"}
    own = await api(site, f"GET /api/orders/{order['code']}", buyer.hello["buyer"])
    assert (own["order"]["state"], len(own["order"]["tickets"])) == ("paid", 1)
    assert (await api(site, "GET /api/organizer/money", finance))["items"] == []
    record = await api(site, f"GET /api/organizer/sales/{sale.id}/orders/{order['id']}", finance)
    assert (record["payment"]["provider"], record["payment"]["reference"]) == (f"hand:{account}", "TR 77")
    assert [each["kind"] for each in record["movements"]] == ["capture"]


async def test_an_invoice_is_another_way_with_a_time_of_its_own(site: Site, sale: Sale, account: str) -> None:
    _, order = await ordered(site, sale, 0, method="invoice")
    assert (order["state"], order["tender"], order["pay_with"]["kind"]) == ("awaiting", "invoice", "invoice")


async def test_nobody_else_says_that_money_came(site: Site, sale: Sale, organizer: Act, account: str) -> None:
    _, order = await ordered(site, sale, 0)
    reader = await key_for(site, organizer, Permission.ORDER_READ, Permission.ORDER_ISSUE)
    neighbour = (await site.engine.access.create(await site.engine.access.create_organizer("Vecinos"))).key
    viewer = await member(site, organizer, Role.ANALYST)
    for what, body in (("", {"amount": SEAT}), ("/let-go", None), ("/sent-back", None)):
        await api(site, money(sale, order, what), reader, body, 403)
        assert (await api(site, money(sale, order, what), neighbour, body, 404))["code"] == "unknown_sale"
        assert await viewer.code(money(sale, order, what), body) == "forbidden"
    await api(site, "GET /api/organizer/money", reader, None, 403)
    assert (await api(site, "GET /api/organizer/money", neighbour))["items"] == []
    assert (await site.engine.db.fetchval("SELECT state FROM orders WHERE id = $1", order["id"])) == "awaiting"


@pytest.mark.parametrize(
    "body", [{}, {"amount": 0}, {"amount": SEAT, "on": "2999-01-01"}, {"amount": 1, "on": "x" * 10}]
)
async def test_what_makes_no_sense_is_refused(
    site: Site, sale: Sale, account: str, finance: str, body: dict[str, Any]
) -> None:
    _, order = await ordered(site, sale, 0)
    await api(site, money(sale, order), finance, body, 422)


async def test_it_is_let_go_and_what_comes_all_the_same_finds_its_seats_free(
    site: Site, sale: Sale, account: str, finance: str
) -> None:
    _, order = await ordered(site, sale, 0)
    for _ in range(2):
        assert await api(site, money(sale, order, "/let-go"), finance) == {"state": "failed"}
    assert await api(site, money(sale, order), finance, {"amount": SEAT}) == {"state": "paid"}


async def test_what_came_too_late_is_a_task_until_it_was_sent_back(
    site: Site, sale: Sale, account: str, finance: str
) -> None:
    buyer, order = await ordered(site, sale, 0)
    await api(site, money(sale, order, "/let-go"), finance)
    await buyer.ok("enter", sale=sale.id)
    await buyer.ok("hold", sale=sale.id, hold="h2", seats=list(range(1, 9)))
    await buyer.ok("change", sale=sale.id, contact=CONTACT, key=KEY)
    await buyer.ok("checkout", sale=sale.id, order="o-2", payment={"method": "transfer"})
    assert await api(site, money(sale, order), finance, {"amount": SEAT}) == {"state": "refunding"}
    (task,) = (await api(site, "GET /api/organizer/tasks", finance))["items"]
    assert (task["kind"], task["id"], task["why"], task["order"]) == ("refund", "0", "by_hand", order["id"])
    for _ in range(2):
        assert await api(site, money(sale, order, "/sent-back"), finance) == {"state": "refunded"}
    assert (await api(site, "GET /api/organizer/tasks", finance))["items"] == []


async def test_cards_and_transfers_are_offered_side_by_side(site: Site, sale: Sale, organizer: Act) -> None:
    await switched_on(site, organizer, AccountKeys("Cards", "pk_test_a", "sk_test_a"))
    await switched_on(site, organizer, AccountKeys("Our bank", by_hand=TOLD))
    said = await api(site, f"GET /api/sales/{sale.id}", "")
    assert said["payment_methods"] == ["stripe", "transfer", "invoice"]
    assert said["payment_key"] == "pk_test_a"
    assert "payments" not in said
    _, order = await ordered(site, sale, 0)
    assert order["pay_with"]["account"] == TOLD.account


async def test_transfers_from_a_sum_on_beside_cards_for_every_sum(site: Site, sale: Sale, organizer: Act) -> None:
    await switched_on(site, organizer, AccountKeys("Cards", "pk_test_a", "sk_test_a"))
    dear = Serves(("EUR",), (), SEAT + 1)
    await switched_on(site, organizer, AccountKeys("Our bank", serves=dear, by_hand=TOLD))
    said = await api(site, f"GET /api/sales/{sale.id}", "")
    ranges = [(each["amount_from"], each["amount_up_to"], each["payment_methods"]) for each in said["payments"]]
    assert ranges == [(SEAT + 1, None, ["stripe", "transfer", "invoice"]), (None, None, ["stripe"])]
    buyer = await site.buyer()
    await shop(buyer, sale, 0)
    refused = await buyer.refused("checkout", sale=sale.id, order="o-1", payment={"method": "transfer"})
    assert refused["code"] == "invalid"
    _, order = await ordered(site, sale, 1, 2)
    assert order["pay_with"]["account"] == TOLD.account


async def test_an_owner_writes_what_buyers_are_told(owner: Owner) -> None:
    told = {"holder": "Teatro Sur", "account": "1234", "transfer_days": 5}
    status, said, _ = await owner.ask("POST ", {"name": "Our bank", "by_hand": told})
    assert status == 201, said
    _, view, _ = await owner.ask(f"GET /{said['id']}")
    assert (view["provider"], view["offers"], view["publishable_key"]) == ("hand", ["transfer"], "")
    assert view["by_hand"] == {**told, "bank": "", "note": "", "invoice_days": None}
    changed = {"by_hand": {**told, "invoice_days": 30}}
    _, view, _ = await owner.ask(f"PUT /{said['id']}", changed)
    assert view["offers"] == ["transfer", "invoice"]
    _, view, _ = await owner.ask(f"PUT /{said['id']}", {"name": "Bank"})
    assert (view["name"], view["by_hand"]["invoice_days"]) == ("Bank", 30)
    assert (await owner.ask(f"POST /{said['id']}/check"))[1] == {"health": "works"}
    for wrong, path in (
        ({"name": "x", "by_hand": {**told, "transfer_days": 99}}, "by_hand.transfer_days"),
        ({"name": "x", "by_hand": told, "secret_key": "sk_test_a"}, "secret_key"),
        ({"by_hand": told}, "name"),
    ):
        _, refused, _ = await owner.ask("POST ", wrong)
        assert path in {each["path"] for each in refused["fields"]}
    _, stripe, _ = await owner.ask("POST ", {"name": "S", "secret_key": "sk_test_a", "publishable_key": "pk_test_a"})
    _, refused, _ = await owner.ask(f"PUT /{stripe['id']}", {"by_hand": told})
    assert [each["path"] for each in refused["fields"]] == ["by_hand"]


async def test_its_deadline_lets_it_go(site: Site, sale: Sale, account: str, finance: str) -> None:
    _, order = await ordered(site, sale, 0)
    assert await site.engine.db.fetchval(PASSES, order["id"])
    await site.engine.orders.finish()
    record = await api(site, f"GET /api/organizer/sales/{sale.id}/orders/{order['id']}", finance)
    assert (record["order"]["state"], record["order"]["failure"]) == ("failed", "not_paid_in_time")
