"""Holding, releasing, expiring, locking and selling."""

from __future__ import annotations

import asyncio

from engine.catalog.model import PoolPlan
from engine.ids import new_buyer
from engine.onsale import Onsale
from engine.onsale.model import Cart, Held, PoolHold, Release, Released, SeatsHold, SeatState, Snapshot, Sold
from engine.refusals import Code, Refused
from tests.onsale.conftest import HandClock, OpenSale
from tests.onsale.plans import plan_of

FLOOR = (PoolPlan("floor", "Floor", 10), PoolPlan("early", "Early bird", 4, ("floor",)))


def states(snapshot: Snapshot | Refused) -> list[SeatState]:
    assert isinstance(snapshot, Snapshot)
    return [SeatState(byte >> shift & 3) for byte in snapshot.seats for shift in (6, 4, 2, 0)]


async def test_seats_are_held_all_or_none(open_sale: OpenSale) -> None:
    sale = await open_sale()
    ana, bo = new_buyer(), new_buyer()
    held = await sale.hold(SeatsHold(ana, "h1", (3, 4)))
    assert isinstance(held, Held)
    assert held.seats == (3, 4)
    assert await sale.hold(SeatsHold(bo, "h1", (4, 5))) == Refused(Code.SEAT_TAKEN, {"seats": [4]})
    snapshot = await sale.snapshot()
    assert [seat for seat, state in enumerate(states(snapshot)) if state is SeatState.HELD] == [3, 4]
    assert isinstance(snapshot, Snapshot)
    assert (snapshot.counters.held, snapshot.counters.shopping, snapshot.room.free) == (2, 2, 38)


async def test_a_repeated_hold_answers_the_same(open_sale: OpenSale) -> None:
    sale = await open_sale()
    ana, bo = new_buyer(), new_buyer()
    first = await sale.hold(SeatsHold(ana, "h1", (3,)))
    again = await sale.hold(SeatsHold(ana, "h1", (3,)))
    assert isinstance(first, Held)
    assert again == Held((3,), {}, first.deadline_at_ms, again=True)
    assert await sale.hold(SeatsHold(ana, "h1", (5,))) == Refused(Code.CONFLICT)
    taken = await sale.hold(SeatsHold(bo, "b1", (3,)))
    await sale.release(Release(ana, "r1"))
    assert await sale.hold(SeatsHold(bo, "b1", (3,))) == taken == Refused(Code.SEAT_TAKEN, {"seats": [3]})


async def test_a_hold_ends_at_its_deadline(open_sale: OpenSale, clock: HandClock) -> None:
    sale = await open_sale(cart_ms=1_000)
    ana, bo = new_buyer(), new_buyer()
    await sale.hold(SeatsHold(ana, "h1", (3,)))
    clock.at_ms += 999
    assert await sale.hold(SeatsHold(bo, "h1", (3,))) == Refused(Code.SEAT_TAKEN, {"seats": [3]})
    clock.at_ms += 1
    assert isinstance(await sale.hold(SeatsHold(bo, "h2", (3,))), Held)
    cart = await sale.cart(ana)
    assert isinstance(cart, Cart)
    assert (cart.state, cart.end_reason, cart.seats) == ("ended", "expired", ())


async def test_units_of_overlapping_pools(open_sale: OpenSale) -> None:
    sale = await open_sale(rows=0, pools=FLOOR)
    ana, bo, cy = new_buyer(), new_buyer(), new_buyer()
    assert isinstance(await sale.hold(PoolHold(ana, "h1", "early", 3)), Held)
    assert await sale.hold(PoolHold(bo, "h1", "early", 2)) == Refused(Code.SHORT, {"left": 1})
    assert isinstance(await sale.hold(PoolHold(bo, "h2", "floor", 6)), Held)
    assert await sale.hold(PoolHold(cy, "h1", "floor", 2)) == Refused(Code.SHORT, {"left": 1})
    snapshot = await sale.snapshot()
    assert isinstance(snapshot, Snapshot)
    assert snapshot.pools == {"floor": 1, "early": 1}
    assert snapshot.room.free == 1
    assert isinstance(await sale.release(Release(ana, "r1", units={"early": 1})), Released)
    assert await sale.release(Release(ana, "r2", units={"floor": 1})) == Refused(Code.NOT_HELD)
    snapshot = await sale.snapshot()
    assert isinstance(snapshot, Snapshot)
    assert snapshot.pools == {"floor": 2, "early": 2}


async def test_the_person_maximum_counts_holds_and_orders(open_sale: OpenSale) -> None:
    sale = await open_sale(person_max=3)
    ana = new_buyer()
    await sale.hold(SeatsHold(ana, "h1", (0, 1)))
    await sale.lock(ana, "ord_1")
    assert await sale.sell(ana, "ord_1", 2000, (0, 1), {}) == Sold()
    assert await sale.sell(ana, "ord_1", 2000, (0, 1), {}) == Sold(again=True)
    over = await sale.hold(SeatsHold(ana, "h2", (2, 3)))
    assert over == Refused(Code.OVER_MAXIMUM, {"person_max": 3, "has": 2})
    assert isinstance(await sale.hold(SeatsHold(ana, "h3", (2,))), Held)


async def test_a_purchase(open_sale: OpenSale, clock: HandClock) -> None:
    sale = await open_sale(cart_ms=1_000, pools=FLOOR)
    ana, bo = new_buyer(), new_buyer()
    await sale.hold(SeatsHold(ana, "h1", (0, 1)))
    await sale.hold(PoolHold(ana, "h2", "early", 1))
    locked = await sale.lock(ana, "ord_1")
    assert isinstance(locked, Cart)
    assert (locked.state, locked.order, locked.seats, locked.units) == ("locked", "ord_1", (0, 1), {"early": 1})
    assert await sale.lock(ana, "ord_1") == locked
    assert await sale.lock(ana, "ord_2") == Refused(Code.CART_LOCKED)
    assert await sale.hold(SeatsHold(ana, "h9", (5,))) == Refused(Code.CART_LOCKED)
    clock.at_ms += 5_000
    assert await sale.hold(SeatsHold(bo, "h1", (0,))) == Refused(Code.SEAT_TAKEN, {"seats": [0]})
    assert await sale.sell(ana, "ord_1", 2500, (0, 1), {"early": 1}) == Sold()
    snapshot = await sale.snapshot()
    assert isinstance(snapshot, Snapshot)
    assert states(snapshot)[:3] == [SeatState.SOLD, SeatState.SOLD, SeatState.FREE]
    assert snapshot.pools == {"floor": 9, "early": 3}
    counters = snapshot.counters
    assert (counters.sold, counters.held, counters.revenue, counters.orders) == (3, 0, 2500, 1)
    cart = await sale.cart(ana)
    assert isinstance(cart, Cart)
    assert (cart.state, cart.end_reason, cart.bought, cart.order) == ("ended", "bought", 3, "ord_1")


async def test_a_declined_order_gives_the_cart_back_until_its_deadline(open_sale: OpenSale, clock: HandClock) -> None:
    sale = await open_sale(cart_ms=1_000)
    ana = new_buyer()
    await sale.hold(SeatsHold(ana, "h1", (0,)))
    await sale.lock(ana, "ord_1")
    assert await sale.unlock(ana, "ord_2") == Refused(Code.CART_LOCKED)
    cart = await sale.unlock(ana, "ord_1")
    assert isinstance(cart, Cart)
    assert (cart.state, cart.seats) == ("open", (0,))
    await sale.lock(ana, "ord_2")
    clock.at_ms += 1_000
    cart = await sale.unlock(ana, "ord_2")
    assert isinstance(cart, Cart)
    assert (cart.state, cart.end_reason, cart.seats) == ("ended", "expired", ())


async def test_a_paid_order_gets_its_seat_from_an_open_cart_but_not_from_a_locked_one(open_sale: OpenSale) -> None:
    sale = await open_sale()
    ana, bo, cy = new_buyer(), new_buyer(), new_buyer()
    await sale.hold(SeatsHold(bo, "h1", (0, 1)))
    await sale.hold(SeatsHold(cy, "h1", (2,)))
    await sale.lock(cy, "ord_cy")
    assert await sale.sell(ana, "ord_a", 1000, (2,), {}) == Refused(Code.ALREADY_SOLD, {"items": [2]})
    assert await sale.sell(ana, "ord_b", 1000, (0,), {}) == Sold()
    cart = await sale.cart(bo)
    assert isinstance(cart, Cart)
    assert cart.seats == (1,)


async def test_a_paid_order_gets_its_units_from_open_carts(open_sale: OpenSale) -> None:
    sale = await open_sale(rows=0, pools=FLOOR)
    buyers = [new_buyer() for _ in range(3)]
    await sale.hold(PoolHold(buyers[0], "h1", "floor", 6))
    await sale.hold(PoolHold(buyers[1], "h1", "early", 4))
    assert await sale.sell(buyers[2], "ord_a", 1000, (), {"early": 2}) == Sold()
    snapshot = await sale.snapshot()
    assert isinstance(snapshot, Snapshot)
    assert snapshot.pools == {"floor": 2, "early": 2}
    assert (snapshot.counters.held, snapshot.counters.sold) == (6, 2)


async def test_a_sale_that_redis_does_not_know_is_unavailable(open_sale: OpenSale) -> None:
    sale = await open_sale()
    await sale._client.delete(f"a1:{{{sale.id}}}:sale")
    assert await sale.hold(SeatsHold(new_buyer(), "h1", (0,))) == Refused(Code.UNAVAILABLE)
    assert await sale.snapshot() == Refused(Code.UNAVAILABLE)


async def test_a_pool_without_units_is_no_pool(onsale: Onsale, open_sale: OpenSale) -> None:
    """Settings may name what the stock was never given: whoever asks for it is told so, and neighbours don't notice."""
    sale = await open_sale(rows=0, pools=FLOOR)
    pools = (*FLOOR, PoolPlan("late", "Late", 5), PoolPlan("backed", "Backed", 5, ("late",)))
    assert await onsale.update(plan_of(sale.id, rows=0, pools=pools))
    asks = [PoolHold(new_buyer(), "h1", pool, 1) for pool in ("late", "floor", "backed")]
    held = await asyncio.gather(*(sale.hold(ask) for ask in asks))
    assert [isinstance(each, Held) for each in held] == [False, True, False]
    assert held[0] == held[2] == Refused(Code.UNKNOWN_POOL)
    sold = await sale.sell(new_buyer(), "o1", 1, (), {"late": 1})
    assert isinstance(sold, Refused)
    assert sold.code is Code.UNKNOWN_POOL
