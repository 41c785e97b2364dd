"""Snapshot and feed."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from redis.asyncio import RedisCluster

from engine.catalog.model import PoolPlan, SaleState
from engine.ids import new_buyer
from engine.onsale.model import Delta, PoolHold, Release, SeatsHold, SeatState
from engine.stores.redis import RedisClient
from tests.onsale.conftest import OpenSale


async def test_a_watcher_sees_what_each_call_changed(open_sale: OpenSale) -> None:
    sale = await open_sale(pools=(PoolPlan("floor", "Floor", 10),))
    ana = new_buyer()
    async with asyncio.timeout(10), aclosing(sale.watch()) as feed:
        assert await anext(feed) == Delta(epoch="", seq=0)
        await sale.hold(SeatsHold(ana, "h1", (3, 4)))
        held = await anext(feed)
        assert held.seats == {3: SeatState.HELD, 4: SeatState.HELD}
        assert held.counters == {"held": 2, "shopping": 1}
        assert held.room == {"free": 48, "shopping": 1}
        await sale.hold(PoolHold(ana, "h2", "floor", 1))
        assert (await anext(feed)).pools == {"floor": 9}
        await sale.release(Release(ana, "r1", (3,)))
        released = await anext(feed)
        assert released.seats == {3: SeatState.FREE}
        assert released.seq == held.seq + 2
        await sale.set_state(SaleState.PAUSED)
        assert (await anext(feed)).room == {"state": "paused"}


async def test_a_watcher_whose_connection_died_is_told_to_look_again(open_sale: OpenSale, redis: RedisClient) -> None:
    sale = await open_sale()
    async with asyncio.timeout(20), aclosing(sale.watch()) as feed:
        assert not (await anext(feed)).epoch
        for node in redis.get_nodes() if isinstance(redis, RedisCluster) else [None]:
            on_node = {} if node is None else {"target_nodes": node}
            await redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub", **on_node)
        assert await anext(feed) == Delta(epoch="", seq=0)
        await sale.hold(SeatsHold(new_buyer(), "h1", (3,)))
        assert (await anext(feed)).seats == {3: SeatState.HELD}


async def test_the_feed_says_whose_cart_ended_when_they_leave(open_sale: OpenSale) -> None:
    sale = await open_sale()
    ana, leo = new_buyer(), new_buyer()
    async with asyncio.timeout(10), aclosing(sale.watch()) as feed:
        assert await anext(feed) == Delta(epoch="", seq=0)
        await sale.hold(SeatsHold(ana, "h1", (3,)))
        assert (await anext(feed)).carts == ()
        await sale.leave(leo)  # has no cart, and nobody hears of it
        await sale.leave(ana)
        left = await anext(feed)
        assert (left.seats, left.carts) == ({3: SeatState.FREE}, (ana,))
