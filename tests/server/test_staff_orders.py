"""Orders of members over HTTP: who may make them, and what a mistake is told."""

from __future__ import annotations

from typing import Any

import pytest

from engine.access import Permission
from engine.accounts import Policy
from engine.audit import Act
from engine.onsale import Sale
from tests.server.conftest import PLAN, MakeSale, Site, api
from tests.server.test_order_letters import worked
from tests.server.test_persons_known import scoped

MAY = (Permission.ORDER_ISSUE, Permission.SALE_READ, Permission.ORDER_READ)
LETTER = "SELECT EXISTS (SELECT FROM message WHERE key = $1)"
ANA = {"name": "Ana Núñez", "email": "ana@example.org", "phone": ""}


@pytest.fixture
async def sale(make_sale: MakeSale) -> Sale:
    return await make_sale(PLAN.replace("room: false", "room: {shoppers: 1}\nentry: challenge"))


@pytest.fixture
async def act(site: Site, sale: Sale) -> Act:
    organizer = await site.engine.db.fetchval("SELECT organizer_id FROM sale WHERE id = $1", sale.id)
    return Act(organizer, "test")


def order(order: str, **more: Any) -> dict[str, Any]:
    return {"order": order, "tender": "cash", "type": "general", **more}


async def sell(site: Site, sale: Sale, key: str, body: dict[str, Any], status: int = 201) -> Any:
    return await api(site, f"POST /api/sales/{sale.id}/orders", key, body, status)


async def test_a_member_sells_past_the_room_and_the_list_says_so(site: Site, act: Act, sale: Sale) -> None:
    key = await scoped(site, act, *MAY)
    body = order("o-1", seats=[3], best={"seats": 2}, units={"floor": 2}, types={"seat:3": "half"}, contact=ANA)
    sold = await sell(site, sale, key, body)
    made = sold["order"]
    assert (made["state"], made["channel"], made["tender"], sold["again"]) == ("paid", "office", "cash", False)
    assert made["total"] == 2250 + 2 * 4500 + 2 * 3000
    assert made["contact"]["name"] != ANA["name"], "it is masked for whoever may not read names"
    assert made["issuer"], "the key"
    assert made["issuer_name"] is None
    again = await sell(site, sale, key, body)
    assert (again["order"]["id"], again["again"]) == (made["id"], True)
    path = f"/api/sales/{sale.id}/orders"
    for query, found in (("", [made["id"]]), ("?channel=office", [made["id"]]), ("?channel=online", [])):
        assert [each["id"] for each in (await api(site, f"GET {path}{query}", key))["items"]] == found
    wrong = await api(site, f"GET {path}?channel=kiosk", key, status=422)
    assert wrong["fields"][0]["path"] == "channel"


async def test_only_whoever_may_sells_and_passes_the_maximum(site: Site, act: Act, sale: Sale) -> None:
    looks = await scoped(site, act, Permission.SALE_READ, Permission.ORDER_READ)
    assert (await sell(site, sale, looks, order("o-1", seats=[0]), 403))["code"] == "forbidden"
    sells = await scoped(site, act, *MAY)
    many = order("o-1", units={"floor": 9})
    assert (await sell(site, sale, sells, many, 409))["code"] == "over_maximum"
    passes = await scoped(site, act, *MAY, Permission.ORDER_OVER_MAXIMUM)
    assert len((await sell(site, sale, passes, many))["order"]["tickets"]) == 9


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({}, "invalid"),
        ({"seats": [0], "tender": "card"}, "invalid"),
        ({"seats": [0, 0]}, "invalid"),
        ({"seats": [4000]}, "unknown_seat"),
        ({"best": {"seats": 2, "section": "circle"}}, "unknown_section"),
        ({"units": {"cellar": 1}}, "unknown_pool"),
        ({"units": {"floor": 0}}, "invalid"),
        ({"seats": [0], "type": "senior"}, "cart_incomplete"),
        ({"seats": [0], "contact": {"name": "Ana", "email": "not an address"}}, "cart_incomplete"),
        ({"seats": [0], "reference": "x" * 65}, "invalid"),
        ({"seats": [0], "reason": "Friends"}, "invalid"),
        ({"seats": [0], "tender": None}, "invalid"),
        ({"seats": [0], "tender": None, "reason": ""}, "invalid"),
        ({"seats": [0], "tender": None, "reason": "x" * 201}, "invalid"),
        ({"seats": [0], "tender": None, "reason": "Friends"}, "over_quota"),
    ],
)
async def test_a_mistake_is_named_and_nothing_is_kept(
    site: Site, act: Act, sale: Sale, more: dict[str, Any], code: str
) -> None:
    key = await scoped(site, act, *MAY)
    ask = {"json": order("o-1", **more), "headers": {"Authorization": f"Bearer {key}"}}
    async with site.http.post(f"{site.url}/api/sales/{sale.id}/orders", **ask) as answer:
        said = await answer.json(content_type=None)
    assert (said["code"], answer.status in (404, 409, 422)) == (code, True), said
    assert (await api(site, f"GET /api/sales/{sale.id}/orders", key))["items"] == []
    assert await sell(site, sale, key, order("o-2", seats=[0]))


async def test_what_an_allocation_has_is_issued_by_name(site: Site, act: Act, sale: Sale) -> None:
    edits = await scoped(site, act, Permission.EVENT_EDIT, Permission.SALE_READ)
    body = {"name": "Sponsor", "purpose": "sponsor", "seats": {"stalls": "A 1-2"}, "staff": True}
    made = await api(site, f"POST /api/sales/{sale.id}/allocations", edits, body, 201)
    assert made["staff"] is True
    key = await scoped(site, act, *MAY)
    sold = (await sell(site, sale, key, order("o-1", seats=[1], contact=ANA, allocation=made["id"])))["order"]
    assert sold["allocation"] == made["id"]
    refused = await sell(site, sale, key, order("o-2", seats=[1, 2], allocation=made["id"]), 409)
    assert (refused["code"], refused["seats"], refused["short"]) == ("not_allocated", [1, 2], {})
    left = (await api(site, f"GET /api/sales/{sale.id}/allocations", key))["items"]
    assert [each["seats"] for each in left] == [[0]]
    unknown = await sell(site, sale, key, order("o-3", seats=[1], allocation="none"), 422)
    assert unknown["fields"][0]["path"] == "allocation"


async def test_what_is_given_away_is_counted_apart(site: Site, act: Act, sale: Sale) -> None:
    version = (await site.engine.accounts.policies.of(act.organizer_id)).version
    assert await site.engine.accounts.policies.write(act, Policy(complimentary_max=2, version=version)) is None
    key = await scoped(site, act, *MAY)
    away = {"tender": None, "reason": "Friends of the house"}
    made = (await sell(site, sale, key, order("o-1", seats=[0, 1], **away)))["order"]
    assert (made["channel"], made["tender"], made["total"]) == ("complimentary", "none", 0)
    assert (made["reason"], made["full_price"]) == ("Friends of the house", 9000)
    refused = await sell(site, sale, key, order("o-2", seats=[2], **away), 409)
    assert (refused["code"], refused["quota"], refused["issued"]) == ("over_quota", 2, 2)
    passes = await scoped(site, act, *MAY, Permission.ORDER_COMPLIMENTARY)
    assert await sell(site, sale, passes, order("o-2", seats=[2], **away))
    figures = f"GET /api/sales/{sale.id}/complimentary"
    all_of_it = {"orders": 2, "tickets": 3, "full_price": 13_500}
    assert await api(site, figures, key) == all_of_it | {"issued": 2, "quota": 2}
    assert await api(site, figures, passes) == all_of_it | {"issued": 1, "quota": None}
    assert (await api(site, f"GET /api/sales/{sale.id}/takings", key))["revenue"] == 0
    paid = (await sell(site, sale, key, order("o-3", seats=[3])))["order"]
    assert (paid["reason"], paid["full_price"]) == (None, None)


async def test_the_tickets_go_to_the_address(site: Site, act: Act, sale: Sale) -> None:
    key = await scoped(site, act, *MAY)
    made = (await sell(site, sale, key, order("o-1", seats=[0], contact=ANA)))["order"]
    await worked(site)
    assert await site.engine.db.fetchval(LETTER, f"order:{made['id']}:confirmed")
