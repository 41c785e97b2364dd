"""A sale that is not public yet is there for its organizer alone; a hidden one for everybody who knows its id."""

from __future__ import annotations

import asyncio

from engine.audit import Act
from engine.onsale import Sale
from tests.server.conftest import ANSWER_S_MAX, PLAN, MakeSale, Site
from tests.server.test_purchase import call

PARTS = ("", "/layout", "/room", "/seats", "/pools", "/counters")
LATER = PLAN.replace("opens: now", "opens: now\npublic_from: in 5 days at 10:00")
HIDDEN = PLAN.replace("opens: now", "opens: now\nvisibility: hidden")


async def statuses(site: Site, sale: Sale, key: str = "") -> set[int]:
    return {(await call(site, "GET", f"/api/sales/{sale.id}{part}", key, headers=JSON))[0] for part in PARTS}


JSON = {"Accept": "application/json"}


async def test_before_its_date_nobody_reaches_a_sale_by_its_id(site: Site, make_sale: MakeSale) -> None:
    sale = await make_sale(LATER)
    assert await statuses(site, sale) == {404}
    async with site.http.get(f"{site.url}/s/{sale.id}") as page:
        assert "Jazz" not in await page.text()
    client = await site.buyer()
    for do, fields in (
        ("watch", {"topics": ["seats"]}),
        ("join", {}),
        ("enter", {}),
        ("cart", {}),
        ("hold", {"hold": "h1", "seats": [1]}),
    ):
        assert (await client.refused(do, sale=sale.id, **fields))["code"] == "unknown_sale", do


async def test_its_organizer_reaches_it_and_no_other_does(site: Site, make_sale: MakeSale, organizer: Act) -> None:
    sale = await make_sale(LATER)
    access = site.engine.access
    own = (await access.create(organizer.organizer_id)).key
    others = (await access.create(await access.create_organizer("Somebody else"))).key
    assert await statuses(site, sale, others) == {404}
    assert await statuses(site, sale, own) == {200}
    assert await statuses(site, sale) == {404}
    async with site.http.get(f"{site.url}/api/sales/{sale.id}", headers={"Authorization": f"Bearer {own}"}) as seen:
        assert "public" not in seen.headers["Cache-Control"]
    client = await site.socket()
    assert (await client.refused("hello", api_key="ak_NOBODY"))["code"] == "unauthorized"
    await client.ok("hello", api_key=others)
    assert (await client.refused("watch", sale=sale.id, topics=["room"]))["code"] == "unknown_sale"
    await client.ok("hello", api_key=own)
    assert "room" in await client.ok("watch", sale=sale.id, topics=["room"])


async def test_from_its_date_on_it_is_there_for_all(site: Site, make_sale: MakeSale) -> None:
    sale = await make_sale(LATER)
    assert await statuses(site, sale) == {404}
    await site.engine.db.execute("UPDATE sale SET public_at = now() WHERE id = $1", sale.id)
    async with asyncio.timeout(ANSWER_S_MAX):
        while True:
            if await statuses(site, sale) == {200}:
                break
            await asyncio.sleep(0.05)


async def test_who_knows_the_id_of_a_hidden_sale_reaches_it(site: Site, make_sale: MakeSale) -> None:
    sale = await make_sale(HIDDEN)
    assert await statuses(site, sale) == {200}
    listed = await call(site, "GET", "/api/sales", "")
    assert sale.id not in [each["id"] for each in listed[1]["items"]]
