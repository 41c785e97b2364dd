"""Giving back over HTTP: by whom, of whose orders, with how many persons; and what buyer and organizer read of it."""

from __future__ import annotations

from typing import Any

import pytest

from engine.access import Permission, Role
from engine.accounts import Policy
from engine.audit import Act
from engine.onsale import Sale
from tests.server.conftest import Site, api
from tests.server.test_grants import member
from tests.server.test_order_records import key_for
from tests.server.test_purchase import CARD, shop

REFUNDS = "POST /api/organizer/sales/{}/orders/{}/refunds"


async def bought(site: Site, sale: Sale, *seats: int) -> tuple[Any, dict[str, Any]]:
    buyer = await site.buyer()
    await shop(buyer, sale, *seats)
    order: dict[str, Any] = (await buyer.ok("checkout", sale=sale.id, order="o-1", card=CARD))["order"]
    return buyer, order


@pytest.fixture
async def finance(site: Site, organizer: Act) -> str:
    return await key_for(site, organizer, Permission.ORDER_REFUND, Permission.ORDER_READ)


async def test_a_line_goes_back_as_it_was_shown_before(site: Site, sale: Sale, finance: str) -> None:
    buyer, order = await bought(site, sale, 0, 1)
    path = REFUNDS.format(sale.id, order["id"])
    plan = await api(site, f"{path}/preview", finance, {"lines": [1]})
    assert plan == {
        "amount": 4500,
        "tax": 0,
        "lines": [1],
        "way": "provider",
        "returned": 0,
        "bonus": 0,
        "whole": False,
        "left": 4500,
        "currency": "EUR",
    }
    refund = await api(site, path, finance, {"refund": "one", "lines": [1], "reason": "fell ill"}, 201)
    assert {name: refund[name] for name in ("nth", "amount", "lines", "state")} == {
        "nth": 1,
        "amount": 4500,
        "lines": [1],
        "state": "done",
    }
    assert await api(site, path, finance, {"refund": "one", "lines": [1]}, 201) == refund, "a repeat is the same"
    own = (await api(site, f"GET /api/orders/{order['code']}", buyer.hello["buyer"]))["order"]
    assert [line["live"] for line in own["lines"]] == [True, False]
    assert (own["given_back"], [each["amount"] for each in own["refunds"]]) == (4500, [4500])
    assert "reason" not in own["refunds"][0], "why is for members"
    assert [ticket["item"] for ticket in own["tickets"]] == ["seat:0"]
    record = await api(site, f"GET /api/organizer/sales/{sale.id}/orders/{order['id']}", finance)
    assert [each["kind"] for each in record["movements"]] == ["capture", "refund", "payback"]
    assert record["given_back"][0]["reason"] == "fell ill"


async def test_what_can_not_go_back_is_refused_and_nothing_changes(site: Site, sale: Sale, finance: str) -> None:
    _, order = await bought(site, sale, 0)
    path = REFUNDS.format(sale.id, order["id"])
    assert (await api(site, path, finance, {"refund": "a", "amount": 4501}, 409))["left"] == 4500
    await api(site, path, finance, {"refund": "a", "amount": 1, "lines": [0]}, 422)
    await api(site, path, finance, {"refund": "a", "lines": [0, 0]}, 422)
    await api(site, path, finance, {"refund": "a", "amount": 0}, 422)
    await api(site, REFUNDS.format(sale.id, "ord_none"), finance, {"refund": "a"}, 404)
    await api(site, path, finance, {"refund": "a"}, 201)
    assert (await api(site, path, finance, {"refund": "b"}, 409))["code"] == "given_back"


async def test_whoever_only_reads_or_is_a_neighbour_gives_nothing_back(site: Site, sale: Sale, organizer: Act) -> None:
    _, order = await bought(site, sale, 0)
    path = REFUNDS.format(sale.id, order["id"])
    reader = await key_for(site, organizer, Permission.ORDER_READ)
    await api(site, path, reader, {"refund": "a"}, 403)
    neighbour = (await site.engine.access.create(await site.engine.access.create_organizer("Vecinos"))).key
    for asked in (path, f"{path}/preview"):
        await api(site, asked, neighbour, {"refund": "a"} if asked == path else {}, 404)
    assert await site.engine.db.fetchval("SELECT revision FROM orders WHERE id = $1", order["id"]) == 0


async def test_two_persons_give_back_more_than_a_sum(site: Site, sale: Sale, organizer: Act) -> None:
    _, order = await bought(site, sale, 0, 1)
    clerk, other = await member(site, organizer, Role.FINANCE), await member(site, organizer, Role.OWNER)
    policy = Policy(two_persons=frozenset({"order.refund"}), refund_alone_max=4500)
    await site.engine.accounts.policies.write(organizer, policy)
    path = REFUNDS.format(sale.id, order["id"])
    status, done = await clerk.asks(path, {"refund": "a", "lines": [0]})
    assert (status, done["amount"]) == (201, 4500), "so much one gives back alone"
    status, asked = await clerk.asks(path, {"refund": "b", "lines": [1]})
    assert (status, asked["code"]) == (202, "approval_needed"), "with what went back of it before it is more"
    assert await clerk.code(f"POST /api/security/approvals/{asked['approval']}/approve") == "forbidden"
    status, _ = await other.asks(f"POST /api/security/approvals/{asked['approval']}/approve")
    assert status == 200
    assert await site.engine.db.fetchval("SELECT state FROM orders WHERE id = $1", order["id"]) == "refunded"


async def test_what_the_provider_does_not_give_back_is_listed_until_somebody_sees_to_it(
    site: Site, sale: Sale, finance: str
) -> None:
    _, order = await bought(site, sale, 0)
    await site.engine.db.execute("UPDATE sandbox_charge SET outcome = 'declined' WHERE order_id = $1", order["id"])
    refund = await api(site, REFUNDS.format(sale.id, order["id"]), finance, {"refund": "a"}, 201)
    assert (refund["state"], refund["failure"]) == ("failed", "not_captured")
    (waits,) = (await api(site, "GET /api/organizer/refunds", finance))["items"]
    assert (waits["code"], waits["amount"], waits["due_at_ms"] > waits["asked_at_ms"]) == (order["code"], 4500, True)
    again = f"{REFUNDS.format(sale.id, order['id'])}/1/again"
    assert (await api(site, again, finance, {}))["state"] == "failed"
    assert (await api(site, again, finance, {"by_hand": True}))["state"] == "done"
    assert (await api(site, "GET /api/organizer/refunds", finance))["items"] == []
    await api(site, again, finance, {"by_hand": True}, 404)
