"""What a sale takes in is told to its organizer alone, over sockets and over HTTP; everybody else sees the rest."""

from __future__ import annotations

from typing import Any

import pytest

from engine.audit import Act
from engine.onsale import Sale
from engine.onsale.model import SeatsHold
from engine.refusals import accept
from server.contract.live import WATCHED
from server.contract.needs import Need
from tests.server.conftest import Client, Site
from tests.server.test_purchase import CARD, call, shop

OPEN_TOPICS = [topic for topic, need in WATCHED.items() if need is Need.NOBODY]
PRICE = 4500
FORMATS = ["aforo.json.1", "aforo.msgpack.1"]
COUNTERS = {"viewers", "waiting", "shopping", "held", "sold", "orders", "reserved"}
AT = {"epoch", "seq", "state", "now_ms"}


@pytest.fixture
async def own(site: Site, organizer: Act) -> str:
    """A key of the organizer whose sale it is."""
    return (await site.engine.access.create(organizer.organizer_id)).key


@pytest.fixture
async def others(site: Site) -> str:
    access = site.engine.access
    return (await access.create(await access.create_organizer("Somebody else"))).key


async def buy(site: Site, sale: Sale, *seats: int) -> None:
    buyer = await site.buyer()
    await shop(buyer, sale, *seats)
    await buyer.ok("checkout", sale=sale.id, order="o-1", card=CARD)


async def new_generation(site: Site, sale: Sale) -> None:
    await site.engine.redis.hset(f"a1:{{{sale.id}}}:sale", "epoch", "another")
    accept(await sale.hold(SeatsHold((await site.buyer()).hello["buyer_id"], "h9", (39,))))


async def who_works(site: Site, key: str, subprotocol: str = FORMATS[0]) -> Client:
    client = await site.socket(subprotocol)
    await client.ok("hello", api_key=key)
    return client


@pytest.mark.parametrize("subprotocol", FORMATS)
async def test_nobody_is_told_takings_by_what_all_may_watch(site: Site, sale: Sale, subprotocol: str) -> None:
    watcher = await site.socket(subprotocol)
    first = await watcher.ok("watch", sale=sale.id, topics=OPEN_TOPICS)
    await buy(site, sale, 3)
    heard: list[dict[str, Any]] = []
    while not any(event["on"] == "counters" and event.get("sold") == 1 for event in heard):
        heard.append(await watcher.next())
    await new_generation(site, sale)
    while heard[-1]["on"] != "snapshot":
        heard.append(await watcher.next())
    assert set(first["counters"]) == set(heard[-1]["counters"]) == COUNTERS
    assert "takings" not in first
    assert {name for event in heard for name in event}.isdisjoint({"revenue", "takings"})
    status, counters = await call(site, "GET", f"/api/sales/{sale.id}/counters", "")
    assert (status, set(counters)) == (200, COUNTERS | AT)


@pytest.mark.parametrize("subprotocol", FORMATS)
async def test_the_organizer_watches_takings(site: Site, sale: Sale, own: str, subprotocol: str) -> None:
    watcher = await who_works(site, own, subprotocol)
    first = await watcher.ok("watch", sale=sale.id, topics=[*OPEN_TOPICS, "takings"])
    assert first["takings"] == {"revenue": 0}
    await buy(site, sale, 3, 4)
    assert (await watcher.event("takings"))["revenue"] == 2 * PRICE
    later = await who_works(site, own, subprotocol)
    resumed = await later.ok("watch", sale=sale.id, topics=["takings"], epoch=first["epoch"], seq=first["seq"])
    assert resumed["resumed"] is True
    assert (await later.event("takings"))["revenue"] == 2 * PRICE
    await new_generation(site, sale)
    assert (await watcher.event("snapshot"))["takings"] == {"revenue": 2 * PRICE}


async def test_nobody_else_watches_takings(site: Site, sale: Sale, own: str, others: str) -> None:
    first = await (await site.socket()).ok("watch", sale=sale.id, topics=["room"])
    resuming = {"epoch": first["epoch"], "seq": first["seq"]}
    for client in (await site.socket(), await site.buyer(), await who_works(site, others)):
        await client.ok("watch", sale=sale.id, topics=["counters"])
        for topics in (["takings"], ["room", "takings"]):
            assert (await client.refused("watch", sale=sale.id, topics=topics))["code"] == "forbidden"
            refused = await client.refused("watch", sale=sale.id, topics=topics, **resuming)
            assert refused["code"] == "forbidden"
        assert await client.ok("unwatch", sale=sale.id, topics=["takings"]) == {}
    assert (await client.refused("watch", sale="nothing", topics=["takings"]))["code"] == "unknown_sale"
    await client.ok("hello", api_key=own)
    assert (await client.ok("watch", sale=sale.id, topics=["takings"]))["takings"] == {"revenue": 0}


async def test_takings_over_http_are_the_organizers(site: Site, sale: Sale, own: str, others: str) -> None:
    await buy(site, sale, 3)
    await (await site.socket()).counted(sale.id, "sold", 1)
    path = f"/api/sales/{sale.id}/takings"
    assert (await call(site, "GET", path, ""))[0] == 401
    status, problem = await call(site, "GET", path, others)
    assert (status, problem["code"]) == (404, "unknown_sale")
    status, takings = await call(site, "GET", path, own)
    assert (status, takings["revenue"], set(takings)) == (200, PRICE, {"revenue"} | AT)
    async with site.http.get(f"{site.url}{path}", headers={"Authorization": f"Bearer {own}"}) as seen:
        assert seen.headers["Cache-Control"] == "no-store"


async def test_what_the_ledger_says_of_them_is_told_where_it_is_asked(
    site: Site, sale: Sale, own: str, others: str
) -> None:
    await buy(site, sale, 3, 4)
    path = f"/api/sales/{sale.id}/takings?parts=true"
    status, problem = await call(site, "GET", path, others)
    assert (status, problem["code"]) == (404, "unknown_sale")
    status, takings = await call(site, "GET", path, own)
    paid = {"captured": 2 * PRICE, "prices": 2 * PRICE, "discount": 0, "fees": 0, "taxes": 0}
    assert (status, takings["parts"]) == (200, paid | {"by_type": {"general": 2 * PRICE}})
