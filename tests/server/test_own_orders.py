"""A buyer's own orders over HTTP: listed and opened by the proof of who bought, to nobody else."""

from __future__ import annotations

from typing import Any

from engine.ids import new_buyer
from engine.onsale import Sale
from tests.server.conftest import Client, MakeSale, Site, api
from tests.server.test_purchase import CARD, KEY, shop

NONE = {"items": [], "next": None}


async def buy(client: Client, sale: Sale, seat: int) -> dict[str, Any]:
    await shop(client, sale, seat)
    order: dict[str, Any] = (await client.ok("checkout", sale=sale.id, order="o-1", card=CARD))["order"]
    return order


async def test_own_orders_of_all_sales_page_by_page(site: Site, make_sale: MakeSale) -> None:
    ana, leo = await site.buyer(), await site.buyer()
    hers = [await buy(ana, await make_sale(), 3) for _ in range(3)]
    his = await buy(leo, await make_sale(), 3)
    found, after = [], ""
    for _ in hers:
        page = await api(site, f"GET /api/orders?limit=1{after}", ana.hello["buyer"])
        found += page["items"]
        after = f"&after={page['next']}"
    assert page["next"] is None
    assert {each["code"] for each in found} == {each["code"] for each in hers}
    each = found[0]
    assert (each["state"], each["tickets"], each["total"], each["currency"]) == ("paid", 1, 4500, "EUR")
    assert (each["about"]["kind"], each["about"]["name"]) == ("event", "Jazz at the Corner")
    assert each["has_key"] is True
    assert "payload" not in str(found)
    assert "contact" not in each
    assert [each["code"] for each in (await api(site, "GET /api/orders", leo.hello["buyer"]))["items"]] == [his["code"]]
    assert await api(site, "GET /api/orders?when=past", ana.hello["buyer"]) == NONE


async def test_whoever_is_nobody_yet_has_none(site: Site) -> None:
    assert await api(site, "GET /api/orders", (await site.buyer()).hello["buyer"]) == NONE
    await api(site, "GET /api/orders", "", status=401)
    await api(site, "GET /api/orders", site.engine.signer.buyer_token(new_buyer())[:-1] + "x", status=401)
    token = (await site.buyer()).hello["buyer"]
    for query in ("when=all", "limit=0", "limit=100000", "after=nonsense", "buyer=somebody"):
        await api(site, f"GET /api/orders?{query}", token, status=422)


async def test_an_order_is_open_to_its_buyer_and_tells_nobody_else_that_it_exists(site: Site, sale: Sale) -> None:
    ana, leo = await site.buyer(), await site.buyer()
    order = await buy(ana, sale, 3)
    opened = await api(site, f"GET /api/orders/{order['code']}", ana.hello["buyer"])
    assert (opened["order"]["tickets"], opened["about"]["name"]) == (order["tickets"], "Jazz at the Corner")
    spelled = order["code"].lower().replace("-", "")
    assert (await api(site, f"GET /api/orders/{spelled}", ana.hello["buyer"]))["order"]["code"] == order["code"]
    told = []
    for code in (order["code"], "2222-2222-2222", order["id"]):
        for token in (leo.hello["buyer"], ""):
            problem = await api(site, f"GET /api/orders/{code}", token, status=403)
            told.append((problem["code"], problem["detail"]))
    assert set(told) == {("bad_order_key", told[0][1])}


async def test_looking_at_own_orders_counts_no_tries_at_keys(site: Site, sale: Sale) -> None:
    ana, leo = await site.buyer(), await site.buyer()
    order = await buy(ana, sale, 3)
    for _ in range(15):
        await api(site, f"GET /api/orders/{order['code']}", leo.hello["buyer"], status=403)
    opened = await leo.ok("order", code=order["code"], key=KEY)
    assert opened["order"]["code"] == order["code"]
    assert opened["about"]["name"] == "Jazz at the Corner"
