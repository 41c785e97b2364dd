"""Passes over several days: one ticket that admits several times, from the stock of each of its days."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from engine.audit import Act
from engine.catalog import DateCopy
from engine.engine import Engine
from engine.ids import new_id
from engine.onsale.model import Held, PoolHold
from engine.orders import Bought, OrderPage, OrderView, admitted
from engine.refusals import Refused
from engine.verify import verify
from tests.orders.house import House, open_festival

pytestmark = pytest.mark.every_redis
STOCK = {"fri": 8, "sat": 6, "sun": 7}
ADMISSIONS = """
SELECT pool_id, count(*) AS tickets FROM order_line
WHERE sale_id = $1 AND live AND pool_id IS NOT NULL GROUP BY pool_id
"""


@pytest.fixture
async def house(engine: Engine) -> House:
    return await open_festival(engine)


async def bought(house: House, *seats: int, **units: int) -> OrderView:
    done = await house.buy(await house.buyer_holding(*seats, units=units))
    assert isinstance(done, Bought), done
    return done.order


async def test_a_pass_shows_its_three_admissions(house: House) -> None:
    order = await bought(house, 0, **{"pass": 1, "sunday": 1, "parking": 1})
    shown = {each["item"]: [day["day"] for day in each["admits"]] for each in order.wire()["tickets"]}
    assert shown == {"seat:0": ["sat"], "pool:pass": ["fri", "sat", "sun"], "pool:sunday": ["sun"], "pool:parking": []}
    info = await house.engine.catalog.sale_info(house.sale.id)
    assert info is not None
    pass_ticket = next(each for each in order.wire()["tickets"] if each["item"] == "pool:pass")
    assert pass_ticket["admits"] == [
        {"day": day.id, "name": day.name, "starts_at_ms": day.starts_ms} for day in info.days
    ]
    assert [day.id for day in admitted(order)] == ["fri", "sat", "sun"]
    assert order.listed(in_full=False)["tickets"][0].keys() == {"id", "item", "admits", "blocked"}
    again = await house.engine.orders.one(house.sale.id, order.id)
    assert again is not None
    assert again.wire()["tickets"] == order.wire()["tickets"], "read as it was in hand"
    page = await house.engine.orders.page(house.organizer, house.sale.id)
    assert isinstance(page, OrderPage)
    assert [each["admits"] for each in page.items[0].listed(in_full=True)["tickets"]] == [
        each["admits"] for each in order.wire()["tickets"]
    ]


async def test_no_day_is_oversold_under_a_crowd(house: House) -> None:
    """Everybody wants a pass or a day at once; whoever finds none leaves with nothing."""
    wanted = ["pass", "friday", "saturday", "sunday", "pass"] * 6

    async def shops(pool: str) -> str:
        buyer = await house.buyer_holding(units={})
        if not isinstance(await house.sale.hold(PoolHold(buyer, new_id("h"), pool, 1)), Held):
            return ""
        done = await house.buy(buyer)
        assert isinstance(done, Bought), done
        return pool

    got = Counter(await asyncio.gather(*map(shops, wanted)))
    sold = {row["pool_id"]: row["tickets"] for row in await house.engine.db.fetch(ADMISSIONS, house.sale.id)}
    assert sold == {pool: count for pool, count in got.items() if pool}
    passes = sold.get("pass", 0)
    for day, pool in (("fri", "friday"), ("sat", "saturday"), ("sun", "sunday")):
        assert sold.get(pool, 0) + passes <= STOCK[day], day
    assert sold.get("saturday", 0) + passes == STOCK["sat"], "the scarcest day went to the last place"
    snapshot = await house.sale.snapshot()
    assert not isinstance(snapshot, Refused)
    assert snapshot.pools["saturday"] == 0
    await house.engine.orders.note_ended_carts()
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def test_a_sold_out_day_takes_the_passes_with_it(house: House) -> None:
    await bought(house, saturday=5)
    first = await house.buyer_holding(units={"pass": 1})
    second = await house.buyer_holding(units={"friday": 1})
    refused = await house.sale.hold(PoolHold(second, new_id("h"), "pass", 1))
    assert not isinstance(refused, Held)
    assert isinstance(await house.buy(first), Bought)
    assert isinstance(await house.buy(second), Bought), "other days go on"


async def test_a_ticket_says_when_its_day_begins_now(house: House) -> None:
    order = await bought(house, saturday=1)
    info = await house.engine.catalog.sale_info(house.sale.id)
    assert info is not None
    assert info.event is not None
    by = Act(house.organizer, "test")
    hour_ms = 3_600_000
    written = {
        day.id: {"name": day.name, "starts": (day.starts_at + timedelta(hours=1)).isoformat()} for day in info.days
    }
    assert not isinstance(await house.engine.catalog.change_sale(by, house.sale.id, {"days": written}), list | Refused)
    house.engine.orders.price_books.forget(house.sale.id)
    later = await house.engine.orders.one(house.sale.id, order.id)
    assert later is not None
    before, after = order.tickets[0].days[0], later.tickets[0].days[0]
    assert (after.starts_ms - before.starts_ms, after.revision) == (hour_ms, 1)
    assert order.tickets[0].payload == later.tickets[0].payload, "the code stays"


async def test_a_copy_sells_passes_for_its_own_days(house: House) -> None:
    info = await house.engine.catalog.sale_info(house.sale.id)
    assert info is not None
    assert info.event is not None
    later = (info.event.starts_at + timedelta(days=21)).isoformat()
    copy = await house.engine.catalog.copies.clone(Act(house.organizer, "test"), house.sale.id, {"starts": later})
    assert isinstance(copy, DateCopy), copy
    there = await house.engine.catalog.sale_info(str(copy.sales[0].id))
    assert there is not None
    local = [f"{day.starts_at - timedelta(days=21):%m-%d}" for day in there.days]
    assert local == [f"{day.starts_at:%m-%d}" for day in info.days]
    assert there.admits == info.admits


async def test_rows_of_before_have_no_days(house: House) -> None:
    """As a release that knows no days writes them."""
    order = await bought(house, saturday=1)
    await house.engine.db.execute("UPDATE sale SET days = DEFAULT, admits = DEFAULT WHERE id = $1", house.sale.id)
    house.engine.orders.price_books.forget(house.sale.id)
    read = await house.engine.orders.one(house.sale.id, order.id)
    assert read is not None
    assert [each["admits"] for each in read.wire()["tickets"]] == [[]]
