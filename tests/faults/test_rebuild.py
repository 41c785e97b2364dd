"""Rebuilds and checkpoints at the worst moment: while orders are sold, twice at once, by a clock that goes back."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engine.access.signing import Signer
from engine.ids import new_buyer
from engine.keyring import Keyring
from engine.onsale import Keeper, Onsale
from engine.onsale.model import Cart, Held, Joined, PayingOrder, Release, Released, SeatsHold, SoldFacts
from engine.onsale.records import Checkpoint, Records
from engine.orders import Bought
from engine.refusals import Refused
from engine.stores import database
from engine.stores.keys import sale_key
from engine.verify import verify
from tests.faults.mishaps import NOW, lose_redis, mended, without_room
from tests.orders.house import House

pytestmark = pytest.mark.every_redis


async def test_what_is_sold_while_a_sale_is_rebuilt_stays_sold(house: House) -> None:
    """Redis goes back a little; while the keeper reads what Postgres knows, somebody buys."""
    buyer = await house.buyer_holding(3)
    sold_meanwhile: list[object] = []

    async def facts_then_a_purchase(sale: str) -> SoldFacts:
        facts = await house.engine.orders.sold_facts(sale)
        sold_meanwhile.append(await house.buy(buyer))
        return facts

    engine = house.engine
    keeper = Keeper(engine.onsale, engine.db, engine.catalog.plan, facts_then_a_purchase, monotonic=clock_of_steps())
    await keeper.step()
    moved: Any = engine.redis.hincrby(sale_key(house.sale.id, "sale"), "seq", -2)
    await moved
    await keeper.step()
    assert len(sold_meanwhile) == 1
    assert await mended(house) == []
    assert isinstance(await house.buy(buyer, order="two"), Bought)
    assert await mended(house) == []


def clock_of_steps() -> Any:
    """A monotonic clock by which every sale is due at every step."""
    ticks = iter(range(0, 1_000_000, 60))
    return lambda: float(next(ticks))


async def test_a_sale_is_rebuilt_by_several_at_once(house: House) -> None:
    assert isinstance(await house.buy(await house.buyer_holding(3, units={"floor": 2})), Bought)
    await lose_redis(house)
    epochs = await asyncio.gather(*(house.engine.keeper.rebuild(house.sale.id) for _ in range(3)))
    assert len(set(epochs)) == 1
    assert await mended(house) == []


async def test_two_orders_of_one_buyer_are_paid_while_redis_is_rebuilt(house: House) -> None:
    """The first was placed as Redis lost the sale; the buyer began again, and then it was lost once more."""
    unknown = "4000000000000093"
    buyer = await house.buyer_holding(3)
    assert isinstance(await house.buy(buyer, unknown, "one"), Refused)
    await lose_redis(house)
    await house.engine.onsale.publish(replace(await plan_of(house), room=None))
    await house.engine.db.execute("UPDATE sale SET opened_at = now() WHERE id = $1", house.sale.id)
    await house.engine.keeper.converge(house.sale.id)
    await house.fill(buyer, (4,), {})
    assert isinstance(await house.buy(buyer, unknown, "two"), Refused)
    facts = await house.engine.orders.sold_facts(house.sale.id)
    assert [type(each) for each in facts.paying] == [PayingOrder, PayingOrder]
    await lose_redis(house)
    await house.engine.keeper.rebuild(house.sale.id)
    found = await verify(house.engine, house.sale.id, grace_s=0)
    assert {each.subject.split()[0] for each in found} <= {"order"}, "one of the two has no cart, and all else is sound"
    await house.engine.db.execute("UPDATE sandbox_charge SET visible_at = now()")
    await house.engine.orders.finish(**NOW)
    assert await mended(house) == []
    states = await house.engine.db.fetch("SELECT state FROM orders WHERE sale_id = $1", house.sale.id)
    assert [row["state"] for row in states] == ["paid", "paid"]


async def test_a_cart_that_was_being_paid_keeps_its_clock(house: House) -> None:
    """Its payment is declined after the rebuild; giving everything back is no way to begin anew."""
    await without_room(house)
    buyer = await house.buyer_holding(3)
    assert isinstance(await house.buy(buyer, "4000000000000093"), Refused)
    await lose_redis(house)
    await house.engine.keeper.rebuild(house.sale.id)
    locked = await house.cart(buyer)
    assert locked.state == "locked"
    assert isinstance(await house.sale.unlock(buyer, locked.order), Cart)
    assert isinstance(await house.sale.release(Release(buyer, "all")), Released)
    held = await house.sale.hold(SeatsHold(buyer, "again", (4,)))
    assert isinstance(held, Held)
    assert held.deadline_at_ms == locked.deadline_at_ms


async def plan_of(house: House) -> Any:
    return await house.engine.catalog.plan(house.sale.id)


async def test_checkpoints_go_on_when_the_clock_of_redis_goes_back(house: House) -> None:
    """A server with a slow clock takes over; numbers handed out from then on must not be handed out again."""
    sale_id = house.sale.id
    await house.engine.db.execute(
        """UPDATE sale SET room = '{"shoppers_max": 1, "claim_ms": 60000, "per_second_max": 1}' WHERE id = $1""",
        sale_id,
    )
    records = Records(house.engine.db)
    now_ms = 1_795_000_000_000
    onsale = Onsale(house.engine.redis, Signer(Keyring.of_secret(b"s" * 32)), clock=lambda: now_ms)
    await onsale.publish(await plan_of(house))
    keeper = Keeper(
        onsale,
        house.engine.db,
        house.engine.catalog.plan,
        house.engine.orders.sold_facts,
        monotonic=clock_of_steps(),
    )
    await keeper.step()
    now_ms -= int(timedelta(hours=1).total_seconds() * 1000)
    last = await onsale.sale(sale_id).join(new_buyer())
    for _ in range(3):
        last = await onsale.sale(sale_id).join(new_buyer())
        now_ms += 2_000
        await keeper.step()
    assert isinstance(last, Joined)
    record = await records.one(sale_id)
    assert record is not None
    assert record.checkpoint.tail == last.number + 1


async def test_a_keeper_that_lost_its_lease_does_not_take_a_checkpoint_back(house: House) -> None:
    records = Records(house.engine.db)
    await records.write_checkpoint(house.sale.id, Checkpoint(epoch="e", seq=9, tail=50))
    await records.write_checkpoint(house.sale.id, Checkpoint(epoch="e", seq=3, tail=20))
    record = await records.one(house.sale.id)
    assert record is not None
    assert record.checkpoint.tail == 50


async def test_the_keeper_goes_on_while_postgres_is_away(house: House, database_url: str) -> None:
    """Carts end at their deadline and the room goes on; what is durable waits."""
    now_ms = 1_795_000_000_000
    onsale = Onsale(house.engine.redis, Signer(Keyring.of_secret(b"s" * 32)), clock=lambda: now_ms)
    sale = onsale.sale(house.sale.id)
    pool = await database.connect(database_url)
    keeper = Keeper(onsale, pool, house.engine.catalog.plan, house.engine.orders.sold_facts, monotonic=clock_of_steps())
    buyer = new_buyer()
    cart = await sale.enter(buyer)
    assert isinstance(cart, Cart)
    assert isinstance(await sale.hold(SeatsHold(buyer, "h1", (3,))), Held)
    await keeper.step()
    pool.terminate()
    now_ms = cart.deadline_at_ms
    await keeper.step()
    assert (await house.seat_states())[3] == 0
