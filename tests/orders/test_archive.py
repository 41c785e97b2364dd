"""Sales that are over leave Redis, and come back as they were."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import asyncpg
import pytest

from engine.audit import Act
from engine.catalog import SaleChange
from engine.catalog.model import SaleState
from engine.limits import SALE_OVER_KEPT_S
from engine.onsale import Archive
from engine.onsale.model import Snapshot
from engine.orders import Bought, unsettled_sales
from engine.refusals import Code, Refused
from engine.stores import database
from engine.stores.keys import SALE_KEYS, sale_key
from engine.verify import verify
from tests.eventually import until
from tests.orders.house import House

ACT_KEY = "test"


class Hands:
    """The archive of a house, on a clock that the test moves."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.now_s = 0.0
        self.archive = Archive(
            house.engine.onsale,
            house.engine.db,
            house.engine.keeper.rebuild,
            unsettled=unsettled_sales,
            monotonic=self.clock,
        )

    def clock(self) -> float:
        return self.now_s

    async def close(self) -> None:
        act = Act(self.house.organizer, ACT_KEY)
        assert not isinstance(await self.house.engine.catalog.close_early(act, self.house.sale.id), Refused)

    async def away_after(self, seconds: float) -> bool:
        """A look now, and one after so long; whether the sale was put away."""
        await self.house.engine.orders.note_ended_carts()
        await self.archive.step()
        self.now_s += seconds
        await self.archive.step()
        return await self.archive.is_away(self.house.sale.id)

    async def keys(self) -> set[str]:
        redis = self.house.engine.redis
        return {name for name in SALE_KEYS if await redis.exists(sale_key(self.house.sale.id, name))}

    async def snapshot(self) -> Snapshot:
        found = await self.house.sale.snapshot()
        assert isinstance(found, Snapshot)
        return found


@pytest.fixture
async def hands(house: House) -> AsyncIterator[Hands]:
    hands = Hands(house)
    yield hands
    await hands.archive.close()


async def bought(house: House) -> None:
    for seat in (3, 17):
        assert isinstance(
            await house.buy(await house.buyer_holding(seat, units={"early": 1}), order=f"o{seat}"), Bought
        )


@pytest.mark.every_redis
async def test_a_sale_that_is_over_leaves_redis_and_comes_back_as_it_was(hands: Hands) -> None:
    house = hands.house
    await bought(house)
    assert not await hands.away_after(SALE_OVER_KEPT_S), "it is open"
    await hands.close()
    before = await hands.snapshot()
    assert house.sale.id in await house.engine.keeper.live_sales()
    assert not await hands.away_after(SALE_OVER_KEPT_S - 1)
    assert await hands.away_after(1)
    assert await hands.keys() == set()
    assert await verify(house.engine, house.sale.id) == []
    assert house.sale.id not in await house.engine.keeper.live_sales()

    await hands.archive.wake(house.sale.id)
    after = await hands.snapshot()
    assert (after.seats, after.pools, after.state) == (before.seats, before.pools, SaleState.CLOSED)
    assert (after.counters.sold, after.counters.revenue) == (before.counters.sold, before.counters.revenue)
    assert await verify(house.engine, house.sale.id) == []
    assert await hands.away_after(SALE_OVER_KEPT_S), "and it leaves again"


async def test_whoever_asks_brings_it_back(hands: Hands) -> None:
    house = hands.house
    await hands.close()
    assert await hands.away_after(SALE_OVER_KEPT_S)
    looked = await house.sale.snapshot()
    assert isinstance(looked, Refused), "a list does not bring it back"
    asked = await house.sale.snapshot(wake=True)
    assert asked == Refused(Code.UNAVAILABLE), "which is worth asking again"
    async with asyncio.timeout(10):
        while True:
            if isinstance(await house.sale.snapshot(), Snapshot):
                break
            await asyncio.sleep(0.01)


async def test_it_stays_while_somebody_shops_or_watches(hands: Hands) -> None:
    house = hands.house
    buyer = await house.buyer_holding(5)
    await hands.close()
    assert not await hands.away_after(SALE_OVER_KEPT_S)
    assert isinstance(await house.buy(buyer), Bought)
    await house.sale.report_viewers("a server", 2)
    assert not await hands.away_after(SALE_OVER_KEPT_S)
    await house.sale.report_viewers("a server", 0)
    assert await hands.away_after(SALE_OVER_KEPT_S)


async def test_it_stays_while_an_order_is_not_settled(hands: Hands) -> None:
    house = hands.house
    await bought(house)
    await hands.close()
    await house.engine.db.execute("UPDATE orders SET settled_at = NULL WHERE sale_id = $1", house.sale.id)
    assert not await hands.away_after(SALE_OVER_KEPT_S)


ORDER = """
WITH o AS (
    INSERT INTO orders (sale_id, id, cart_id, buyer_id, state, total, currency, code)
    VALUES ($1, 'late-' || $1, 'cart', 'ana', 'paying', 0, 'EUR', 'code-' || $1)
), p AS (
    INSERT INTO payment (sale_id, sale_kind, order_id, provider, state, amount)
    VALUES ($1, 'event', 'late-' || $1, 'sandbox', 'asked', 0)
)
INSERT INTO order_line (sale_id, order_id, line, seat, ticket_type, price)
VALUES ($1, 'late-' || $1, 0, 5, 'general', 0)
"""
SOMEBODY_WAITS = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype IN ('tuple', 'transactionid'))"


@dataclass
class Meeting:
    """An archive and somebody who places an order, whose transactions take the time that a test takes."""

    pool: asyncpg.Pool
    placing: asyncpg.Connection
    watching: asyncpg.Connection

    async def until_somebody_waits(self) -> None:
        await until("somebody who waits", partial(self.watching.fetchval, SOMEBODY_WAITS))


@pytest.fixture
async def meeting(database_url: str) -> AsyncIterator[Meeting]:
    one, other = [await database.connect_one(database_url) for _ in range(2)]
    async with asyncpg.create_pool(database_url, min_size=2, init=database.speak_json) as pool:
        yield Meeting(pool, one, other)
    for each in (one, other):
        await each.close()


async def test_it_stays_when_an_order_is_placed_at_that_moment(hands: Hands, meeting: Meeting) -> None:
    """Nobody sees the order yet, but its writer has a lock on the sale."""
    house = hands.house
    await hands.close()
    archive = Archive(
        house.engine.onsale, meeting.pool, house.engine.keeper.rebuild, unsettled=unsettled_sales, monotonic=hands.clock
    )
    await archive.step()
    hands.now_s += SALE_OVER_KEPT_S
    async with meeting.placing.transaction():
        await meeting.placing.execute(ORDER, house.sale.id)
        putting_away = asyncio.create_task(archive.step())
        await meeting.until_somebody_waits()
    await putting_away
    assert not await hands.archive.is_away(house.sale.id)
    assert await hands.keys() != set()


async def test_an_order_that_comes_while_it_is_put_away_brings_it_back(hands: Hands, meeting: Meeting) -> None:
    """Its writer waits until it is decided that the sale leaves."""
    house = hands.house
    free = "UPDATE sale SET prices = jsonb_set(prices, '{stalls,general}', '0') WHERE id = $1"
    await house.engine.db.execute(free, house.sale.id)
    placing: list[asyncio.Task[str]] = []

    async def then_one_is_placed(asked: Any, sales: Collection[str]) -> Collection[str]:
        found = await unsettled_sales(asked, sales)
        if asked is not meeting.pool and sales == [house.sale.id]:
            placing.append(asyncio.create_task(meeting.placing.execute(ORDER, house.sale.id)))
            await meeting.until_somebody_waits()
        return found

    await hands.close()
    archive = Archive(
        house.engine.onsale,
        meeting.pool,
        house.engine.keeper.rebuild,
        unsettled=then_one_is_placed,
        monotonic=hands.clock,
    )
    await archive.step()
    hands.now_s += SALE_OVER_KEPT_S
    await archive.step()
    await placing[0]
    assert await hands.archive.is_away(house.sale.id)
    await hands.archive.wake(house.sale.id)
    await house.engine.orders.finish(order_after_s=0.0)
    assert await house.state_of(f"late-{house.sale.id}") == "paid"
    assert not await unsettled_sales(house.engine.db, [house.sale.id])
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def test_it_stays_until_it_is_written_down_how_its_carts_ended(hands: Hands) -> None:
    house = hands.house
    buyer = await house.buyer_holding(0)
    await hands.close()
    await house.sale.leave(buyer)
    for _ in range(2):
        await hands.archive.step()
        hands.now_s += SALE_OVER_KEPT_S
    assert not await hands.archive.is_away(house.sale.id)
    await house.engine.orders.note_ended_carts()
    await hands.archive.step()
    assert await hands.archive.is_away(house.sale.id)


async def test_a_keeper_that_does_not_know_yet_leaves_it_away(hands: Hands) -> None:
    house = hands.house
    await house.engine.keeper.step()  # it knows the sale from now on
    await hands.close()
    assert await hands.away_after(SALE_OVER_KEPT_S)
    for _ in range(3):
        await house.engine.keeper.step()
    assert await hands.keys() == set()


async def test_one_that_was_cut_short_is_finished(hands: Hands) -> None:
    house = hands.house
    await hands.close()
    await house.engine.db.execute("UPDATE sale_run SET leaving_at = now() WHERE sale_id = $1", house.sale.id)
    await hands.archive.step()
    assert await hands.keys() == set()
    assert await hands.archive.is_away(house.sale.id)


async def test_a_sale_that_is_to_go_on_is_there_at_once(hands: Hands) -> None:
    """Its times are changed after it ended: it opens again with what it had sold."""
    house = hands.house
    await bought(house)
    now, ahead = datetime.now(UTC), datetime(2099, 1, 1, tzinfo=UTC)
    await house.engine.db.execute("UPDATE sale SET closes_at = $2 WHERE id = $1", house.sale.id, now)
    await house.engine.keeper.converge(house.sale.id)
    assert await hands.away_after(SALE_OVER_KEPT_S)
    changed = await house.engine.catalog.change_sale(
        Act(house.organizer, ACT_KEY), house.sale.id, SaleChange(closes=ahead.isoformat())
    )
    assert not isinstance(changed, Refused | list), changed
    snapshot = await hands.snapshot()
    assert (snapshot.state, snapshot.counters.sold) == (SaleState.OPEN, 4)
