"""Moving over HTTP: by whom, of whose orders, with how many persons, and what is told before and after."""

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
from tests.server.test_refunds import bought

MOVES = "POST /api/organizer/sales/{}/orders/{}/moves"
MAY = (Permission.ORDER_REFUND, Permission.ORDER_ISSUE, Permission.ORDER_READ)


@pytest.fixture
async def clerk(site: Site, organizer: Act) -> str:
    return await key_for(site, organizer, *MAY)


def to(sale: Sale, *seats: int, **more: Any) -> dict[str, Any]:
    return {"to": {"sale": sale.id, "seats": list(seats), "type": "general", **more}}


async def test_it_is_moved_as_it_was_shown_before(site: Site, sale: Sale, clerk: str) -> None:
    buyer, order = await bought(site, sale, 0, 1)
    path = MOVES.format(sale.id, order["id"])
    dearer = await api(site, f"{path}/preview", clerk, to(sale, 5, 6, 7))
    assert dearer == {
        "lines": [0, 1],
        "amount": 9000,
        "total": 13500,
        "spent": 9000,
        "due": 4500,
        "rest": 0,
        "way": "move",
        "returned": 0,
        "left": 0,
        "currency": "EUR",
    }
    cheaper = {"lines": [1], **to(sale, 5, type="half")}
    plan = await api(site, f"{path}/preview", clerk, cheaper)
    assert [plan[name] for name in ("amount", "total", "due", "rest", "way", "left")] == [
        *(4500, 2250, 0, 2250, "provider", 4500)
    ]
    made = await api(site, path, clerk, {"move": "one", "due": 0, "reason": "ill", **cheaper}, 201)
    assert (made["move"]["state"], made["move"]["to"]["order"]) == ("done", made["order"]["id"])
    assert (made["order"]["total"], made["order"]["due"], made["order"]["tender"]) == (2250, 0, "none")
    assert await api(site, path, clerk, {"move": "one", "due": 0, "reason": "ill", **cheaper}, 201) == made
    (listed,) = (await api(site, path.replace("POST", "GET"), clerk))["items"]
    assert listed == made["move"]
    own = (await api(site, f"GET /api/orders/{order['code']}", buyer.hello["buyer"]))["order"]
    assert [line["live"] for line in own["lines"]] == [True, False]
    assert [(each["amount"], each["moved"]) for each in own["refunds"]] == [(4500, 2250)]


async def test_what_a_buyer_pays_besides_is_taken_in_by_hand(site: Site, sale: Sale, clerk: str) -> None:
    _, order = await bought(site, sale, 0)
    path = MOVES.format(sale.id, order["id"])
    asked = {"move": "one", "due": 4500, **to(sale, 5, 6)}
    refused = await api(site, path, clerk, asked, 422)
    assert refused["fields"][0]["path"] == "tender"
    changed = await api(site, path, clerk, {**asked, "due": 4000, "tender": "cash"}, 409)
    assert (changed["code"], changed["total"], changed["due"]) == ("price_changed", 9000, 4500)
    made = await api(site, path, clerk, {**asked, "tender": "cash"}, 201)
    assert (made["order"]["tender"], made["order"]["due"]) == ("cash", 4500)


async def test_whoever_may_not_sell_there_or_give_back_here_moves_nothing(
    site: Site, sale: Sale, organizer: Act
) -> None:
    _, order = await bought(site, sale, 0)
    path, asked = MOVES.format(sale.id, order["id"]), {"move": "one", **to(sale, 5)}
    seller = await key_for(site, organizer, Permission.ORDER_ISSUE, Permission.ORDER_READ)
    assert (await api(site, path, seller, asked, 403))["permission"] == "order:refund"
    finance = await key_for(site, organizer, Permission.ORDER_REFUND)
    assert (await api(site, path, finance, asked, 403))["permission"] == "order:issue"
    neighbour = (await site.engine.access.create(await site.engine.access.create_organizer("Vecinos"))).key
    await api(site, path, neighbour, asked, 404)
    clerk = await key_for(site, organizer, *MAY)
    wrong = await api(site, path, clerk, {"move": "one", "to": {"sale": "nowhere", "seats": [1]}}, 422)
    assert wrong["fields"][0]["path"] == "to.sale"
    assert (await api(site, path.replace("POST", "GET"), clerk))["items"] == []


async def test_two_persons_move_what_gives_back_more_than_a_sum(site: Site, sale: Sale, organizer: Act) -> None:
    _, order = await bought(site, sale, 0, 1)
    one, other = await member(site, organizer, Role.OWNER), await member(site, organizer, Role.OWNER)
    policy = Policy(two_persons=frozenset({"order.refund"}), refund_alone_max=1000)
    await site.engine.accounts.policies.write(organizer, policy)
    path = MOVES.format(sale.id, order["id"])
    status, asked = await one.asks(path, {"move": "one", **to(sale, 5)})
    assert (status, asked["code"]) == (202, "approval_needed")
    status, _ = await other.asks(f"POST /api/security/approvals/{asked['approval']}/approve")
    assert status == 200
    assert await site.engine.db.fetchval("SELECT state FROM orders WHERE id = $1", order["id"]) == "refunded"


async def test_a_move_that_came_to_nothing_is_undone_and_one_that_is_done_stays(
    site: Site, sale: Sale, clerk: str
) -> None:
    _, order = await bought(site, sale, 0)
    path = MOVES.format(sale.id, order["id"])
    made = await api(site, path, clerk, {"move": "one", **to(sale, 5)}, 201)
    undone = await api(site, f"{path}/{made['move']['id']}/undo", clerk)
    assert undone["state"] == "done"
    await api(site, f"{path}/mov_none/undo", clerk, status=404)
