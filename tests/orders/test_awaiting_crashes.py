"""Orders whose money comes later, under failures: processes die, Redis is lost, calls come late."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from redis import Redis

from engine.audit import Actor
from engine.catalog.model import RoomPlan, SaleState
from engine.engine import Engine
from engine.limits import SALE_OVER_KEPT_S
from engine.orders import Bought, OrderState, Purchase, Step
from engine.orders.settling import Settlement
from engine.payments import TRANSFER, Captured, Means
from engine.settings import Settings
from engine.stores.keys import SALE_KEYS, sale_keys
from engine.verify import verify
from tests.eventually import until
from tests.orders.house import OF_PURCHASES, House, open_sale, orders_of
from tests.orders.test_archive import Hands
from tests.orders.test_awaiting import NOW, PASSES, counters, deadline, order_of, sandbox, shops_again, sound, transfer
from tests.orders.test_crashes import dies

# A rebuild writes the sale with all that is stored of it, so it has no room.
SALE = """
event: Sala Sur
id: {sale}
starts: in 9 days at 20:30
zone: Europe/Madrid
currency: EUR
opens: now
room: false
person_max: 6
sections:
  stalls: {{rows: 6, seats: 10, price: 45}}
pools:
  early: {{capacity: 10, price: 15}}
"""


@pytest.fixture
async def house(engine: Engine) -> House:
    return await open_sale(engine, SALE)


# ── whatever dies ──


@pytest.mark.faults
@pytest.mark.parametrize("step", OF_PURCHASES)
async def test_whatever_step_a_process_dies_at_what_it_left_is_awaited_or_undone(
    house: House, settings: Settings, step: Step
) -> None:
    buyer = await house.buyer_holding(3, 4, units={"early": 1})
    await dies(settings, step, house, buyer, TRANSFER)
    await house.engine.orders.finish(**NOW)
    order = order_of(house, buyer)
    assert await sound(house)
    if step in (Step.LOCKED, Step.PLACED):  # the provider never heard of it
        assert await house.state_of(order) in ("void", "failed")
        assert (await house.cart(buyer)).state == "open"
        return
    assert await house.state_of(order) == "awaiting"
    assert await counters(house) == (0, 3, 3, 0, 0)
    again = await house.engine.orders.purchase(Purchase(house.sale.id, buyer, "one", Means(TRANSFER)))
    assert isinstance(again, Bought)
    assert (again.again, again.order.state) == (True, OrderState.AWAITING)
    assert await sandbox(house).pay(order)
    assert await house.state_of(order) == "paid"
    assert await sound(house)


@pytest.mark.parametrize("outcome", ["paid", "failed"])
async def test_what_is_settled_and_not_told_is_told_by_the_finisher(house: House, outcome: str) -> None:
    order = await transfer(house, await house.buyer_holding(3, 4))
    ledger = await house.engine.orders._desk.ledger(house.sale.id)
    if outcome == "paid":
        await house.engine.db.execute("UPDATE sandbox_charge SET outcome = 'captured' WHERE order_id = $1", order)
        await ledger.settle(Settlement(order, Captured(9000, "x")))
    else:
        await sandbox(house).abandon(order)  # and died: it is asked again
        assert await house.engine.db.fetchval(PASSES, order)
    assert (await counters(house))[2] == 2
    await house.engine.orders.finish(**NOW)
    assert await house.state_of(order) == outcome
    assert (await counters(house))[2] == 0
    assert await sound(house)


async def test_who_comes_late_reserves_nothing_for_an_order_that_is_over(house: House) -> None:
    """A call that was on its way when the order failed, or was paid; also after a rebuild."""
    buyer, payer = await house.buyer_holding(3), await house.buyer_holding(4)
    failed, paid = await transfer(house, buyer), await transfer(house, payer)
    await deadline(house, failed)
    assert await sandbox(house).pay(paid)
    for _ in range(2):
        assert await house.sale.reserve(buyer, failed, (3,), {}, {}) is None
        assert await house.sale.reserve(payer, paid, (4,), {}, {}) is None
        assert await house.sale.release_order(payer, paid) is None
        assert await counters(house) == (0, 1, 0, 4500, 1)
        assert await sound(house)
        await lost(house)
        await house.engine.keeper.rebuild(house.sale.id)


# ── Redis is lost ──


async def lost(house: House) -> None:
    await house.engine.redis.delete(*sale_keys(house.sale.id, *(name for name in SALE_KEYS if name != "feed")))


@pytest.mark.parametrize("at", Step)
async def test_a_sale_lost_at_a_step_is_rebuilt_with_what_is_reserved(
    house: House, settings: Settings, at: Step
) -> None:
    assert settings.redis_url is not None
    store = Redis.from_url(settings.redis_url)

    def lose(step: Step) -> None:
        if step is at:
            store.delete(*sale_keys(house.sale.id, *(name for name in SALE_KEYS if name != "feed")))

    buyer = await house.buyer_holding(3, units={"early": 2})
    orders = orders_of(house.engine, at_step=lose)
    await orders.purchase(Purchase(house.sale.id, buyer, "one", Means(TRANSFER)))
    store.close()
    await house.engine.keeper.rebuild(house.sale.id)
    await orders.finish(**NOW)
    order = order_of(house, buyer)
    assert await house.state_of(order) == "awaiting"
    assert await counters(house) == (0, 3, 3, 0, 0)
    assert await sound(house)
    assert await sandbox(house).pay(order)
    assert await counters(house) == (0, 3, 0, 4500 + 2 * 1500, 1)
    assert await sound(house)


@pytest.mark.parametrize("all_of_it", [True, False])
async def test_after_a_rebuild_the_buyer_shops_again_up_to_the_maximum(house: House, all_of_it: bool) -> None:
    buyer = await house.buyer_holding(3, 4, 5, 6)
    order = await transfer(house, buyer)
    if all_of_it:
        await lost(house)
    else:
        await house.engine.redis.delete(*sale_keys(house.sale.id, "sale"))
    await house.engine.keeper.rebuild(house.sale.id)
    assert await counters(house) == (0, 4, 4, 0, 0)
    if not all_of_it:
        assert (await house.cart(buyer)).end_reason == "reserved"
    await shops_again(house, buyer)
    await deadline(house, order)
    assert await counters(house) == (0, 2, 0, 9000, 1)
    assert await sound(house)


# ── the sale goes, or is only played ──


async def test_a_sale_that_was_put_away_comes_back_for_the_deadline(house: House) -> None:
    paid, failed = [await transfer(house, await house.buyer_holding(seat)) for seat in (3, 4)]
    hands = Hands(house)
    house.engine.onsale.on_lost = hands.archive.wake_soon
    await hands.close()
    assert await hands.away_after(SALE_OVER_KEPT_S)
    assert await verify(house.engine, house.sale.id) == []
    assert await sandbox(house).pay(paid)
    assert await house.state_of(paid) == "paid"
    await until("the sale", partial(is_back, hands))
    assert await house.engine.db.fetchval(PASSES, failed)

    async def ended() -> bool:
        await house.engine.orders.finish(**NOW)
        return await counters(house) == (0, 1, 0, 4500, 1)

    await until("its end", ended)
    assert await house.state_of(failed) == "failed"
    assert await sound(house)
    await hands.archive.close()


async def is_back(hands: Hands) -> bool:
    return not await hands.archive.is_away(hands.house.sale.id)


async def test_a_rehearsal_ends_with_what_is_awaited_in_it(house: House) -> None:
    engine = house.engine
    shadow = await engine.rehearsals.make(Actor("ana"), house.sale.id, RoomPlan(10, 1_000, 10))
    assert shadow is not None
    plan = await engine.catalog.plan(shadow)
    assert plan is not None
    await engine.onsale.publish(replace(plan, room=None))
    await engine.onsale.sale(shadow).set_state(SaleState.OPEN)
    played = House(engine, engine.onsale.sale(shadow), house.organizer)
    order = await transfer(played, await played.buyer_holding(3))
    assert await counters(played) == (0, 1, 1, 0, 0)
    assert await verify(engine, shadow, grace_s=0) == []
    await engine.rehearsals.remove(shadow)
    assert await played.state_of(order) is None
    rows = "SELECT count(*) FROM order_awaiting WHERE sale_id = $1"
    assert await engine.db.fetchval(rows, shadow) == 0
    assert not await sandbox(house).pay(order)
    assert await counters(house) == (0, 0, 0, 0, 0)
