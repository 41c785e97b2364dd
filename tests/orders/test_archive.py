"""Sales that are over leave Redis, and come back as they were."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from engine.audit import Act
from engine.catalog import SaleChange
from engine.catalog.model import SaleState
from engine.limits import SALE_OVER_KEPT_S
from engine.onsale import Archive
from engine.onsale.model import Snapshot
from engine.orders import Bought
from engine.refusals import Code, Refused
from engine.stores.keys import SALE_KEYS, sale_key
from engine.verify import verify
from tests.orders.house import House

ACT_KEY = "test"


class Hands:
    """The archive of a house, on a clock that the test moves."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.now_s = 0.0
        self.archive = Archive(house.engine.onsale, house.engine.db, house.engine.keeper.rebuild, monotonic=self.clock)

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
    assert not await hands.away_after(SALE_OVER_KEPT_S - 1)
    assert await hands.away_after(1)
    assert await hands.keys() == set()
    assert await verify(house.engine, house.sale.id) == []
    assert house.sale.id not in await house.engine.catalog.live_sales()

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
    await house.engine.db.execute("UPDATE sale SET epoch = '~' WHERE id = $1", house.sale.id)
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
