"""Allocations, and pools that get another capacity: nothing held or sold is ever taken, whatever dies in between."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from engine.audit import Act
from engine.catalog import Allocation
from engine.catalog.mistakes import Mistake
from engine.catalog.model import PoolPlan
from engine.engine import Engine
from engine.ids import new_id
from engine.onsale.model import Held, PoolHold, SeatsHold
from engine.refusals import Code, Refused
from engine.stores.scripts import pack, unpack
from engine.verify import verify
from tests.orders.house import House

SPONSOR = {"name": "Banco del Río", "purpose": "sponsor", "seats": {"stalls": ["A 1-4", "B 1"]}, "units": {"early": 3}}
FREE, HELD, SOLD, OFF = range(4)


def by(house: House) -> Act:
    return Act(house.organizer, "ana")


async def make(house: House, **change: Any) -> Allocation:
    made = await house.engine.catalog.allocations.make(by(house), house.sale.id, SPONSOR | change)
    assert isinstance(made, Allocation), made
    return made


async def free(house: House) -> dict[str, int]:
    snapshot = await house.sale.snapshot()
    assert not isinstance(snapshot, Refused)
    return {**snapshot.pools, "left": snapshot.room.left}


async def holds(house: House) -> None:
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def test_what_is_withheld_is_nobodys_until_it_is_released(house: House) -> None:
    before = await free(house)
    made = await make(house)
    assert (made.seats, made.units) == ([0, 1, 2, 3, 10], {"early": 3})
    assert (await house.seat_states())[:11] == [OFF] * 4 + [FREE] * 6 + [OFF]
    now = await free(house)
    # A unit of early counts in the floor, too; early adds nothing to what there is.
    assert now == before | {"early": 7, "floor": 97, "left": before["left"] - 5 - 3}
    buyer = await house.buyer_holding(4)
    refused = await house.sale.hold(SeatsHold(buyer, new_id("h"), (3,)))
    assert isinstance(refused, Refused)
    assert refused.code is Code.SEAT_TAKEN
    await holds(house)
    allocations = house.engine.catalog.allocations
    for _ in range(2):  # a repeat changes nothing
        released = await allocations.release(by(house), house.sale.id, made.id)
        assert isinstance(released, Allocation)
        assert (released.seats, released.units) == ([], {})
        assert await free(house) == before
        await holds(house)
    assert isinstance(await house.sale.hold(SeatsHold(buyer, new_id("h"), (0, 1, 2))), Held)
    info = await house.engine.catalog.sale_info(house.sale.id)
    assert info is not None
    assert info.stock == before["left"]


async def test_what_is_held_or_sold_is_not_withheld_and_named(house: House) -> None:
    sold = await house.buyer_holding(1)
    assert not isinstance(await house.buy(sold), Refused)
    await house.buyer_holding(2, units={"early": 5})
    before, states = await free(house), await house.seat_states()
    refused = await house.engine.catalog.allocations.make(by(house), house.sale.id, SPONSOR | {"units": {"early": 6}})
    assert isinstance(refused, Refused)
    assert refused.code is Code.STOCK_TAKEN
    assert refused.detail == {"held": [2], "gone": [1], "short": {"early": 5}}
    assert (await free(house), await house.seat_states()) == (before, states)
    assert await house.engine.catalog.allocations.of(house.organizer, house.sale.id) == []
    await holds(house)
    assert (await make(house, seats={"stalls": "C"}, units={})).seats == list(range(20, 30))


async def test_a_cart_that_is_over_gives_way(house: House, engine: Engine) -> None:
    await house.buyer_holding(0)
    keys = engine.onsale.calls(house.sale.id).keys
    # Its deadline is a minute ago, and nobody has looked yet.
    buyer = (await engine.redis.zrange(keys.key("due"), 0, -1))[0].decode()
    packed = await engine.redis.hget(keys.key("carts"), buyer)
    cart = unpack(packed)
    cart[2] -= 3_600_000
    await engine.redis.hset(keys.key("carts"), buyer, pack(cart))
    await engine.redis.zadd(keys.key("due"), {buyer: cart[2]})
    await make(house)
    await holds(house)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"seats": {"stalls": "Z"}}, "seats.stalls"),
        ({"seats": {"balcony": "A"}}, "seats.balcony"),
        ({"units": {"early": 11}}, "units.early"),
        ({"units": {"nothing": 1}}, "units.nothing"),
        ({"units": {"early": 0}}, "units.early"),
        ({"name": "!!"}, "name"),
        ({"purpose": "bribe"}, "purpose"),
        ({"release": "2001-01-01 10:00"}, "release"),
        ({"seats": {}, "units": {}}, ""),
    ],
)
async def test_what_is_wrong_is_named_and_changes_nothing(house: House, change: dict[str, Any], path: str) -> None:
    before = await free(house)
    wrong = await house.engine.catalog.allocations.make(by(house), house.sale.id, SPONSOR | change)
    assert isinstance(wrong, list)
    assert [each.path for each in wrong] == [path]
    assert isinstance(wrong[0], Mistake)
    assert await free(house) == before


async def test_seats_of_another_allocation_and_names_are_taken_once(house: House) -> None:
    await make(house)
    allocations = house.engine.catalog.allocations
    for body, path in (
        (SPONSOR | {"seats": {"stalls": "D"}}, "name"),
        (SPONSOR | {"name": "Press"}, "seats.stalls"),
    ):
        wrong = await allocations.make(by(house), house.sale.id, body)
        assert isinstance(wrong, list)
        assert [each.path for each in wrong] == [path]
    await holds(house)


async def test_neighbours_find_nothing(house: House, engine: Engine) -> None:
    made = await make(house)
    neighbour = Act(await engine.access.create_organizer("Teatro"), "luis")
    allocations, sale = engine.catalog.allocations, house.sale.id
    assert await allocations.make(neighbour, sale, SPONSOR | {"name": "x"}) == Refused(Code.UNKNOWN_SALE)
    assert await allocations.release(neighbour, sale, made.id) == Refused(Code.UNKNOWN_SALE)
    assert await allocations.resize(neighbour, sale, "floor", {"capacity": 500}) == Refused(Code.UNKNOWN_SALE)
    assert await allocations.of(neighbour.organizer_id, sale) == []
    assert await allocations.release(by(house), sale, "nothing") == Refused(Code.NOT_FOUND)
    await holds(house)


async def test_many_who_withhold_the_same_at_once(house: House) -> None:
    allocations = house.engine.catalog.allocations
    done = await asyncio.gather(
        *(allocations.make(by(house), house.sale.id, SPONSOR | {"name": f"Sponsor {n}"}) for n in range(6))
    )
    assert sum(isinstance(each, Allocation) for each in done) == 1
    await holds(house)


async def test_a_pool_grows_and_shrinks_while_it_sells(house: House) -> None:
    allocations = house.engine.catalog.allocations

    async def resize(pool: str, capacity: int) -> Any:
        return await allocations.resize(by(house), house.sale.id, pool, {"capacity": capacity})

    await house.buyer_holding(units={"floor": 6})
    grown = await resize("floor", 150)
    assert isinstance(grown, PoolPlan)
    assert (grown.capacity, (await free(house))["floor"]) == (150, 144)
    assert not isinstance(await resize("floor", 120), Refused)
    await holds(house)
    refused = await resize("gift", -1)
    assert isinstance(refused, list)
    buyer = await house.buyer_holding(units={"gift": 6})
    refused = await resize("gift", 5)
    assert refused == Refused(Code.STOCK_TAKEN, {"held": [], "gone": [], "short": {"gift": 14}})
    assert not isinstance(await resize("gift", 6), Refused)
    assert (await free(house))["gift"] == 0
    assert isinstance(await house.sale.hold(PoolHold(await house.buyer_holding(), new_id("h"), "gift", 1)), Refused)
    assert not isinstance(await house.buy(buyer), Refused)
    await holds(house)
    for pool, capacity in (("early", 200), ("floor", 9)):  # each as large at most as what it draws on
        wrong = await resize(pool, capacity)
        assert isinstance(wrong, list), wrong
    assert await resize("nothing", 5) == Refused(Code.UNKNOWN_POOL)
    await holds(house)


async def test_redis_is_lost_with_its_data(house: House, engine: Engine) -> None:
    await make(house)
    await engine.catalog.allocations.resize(by(house), house.sale.id, "floor", {"capacity": 130})
    before = (await free(house), await house.seat_states())
    await engine.onsale.remove_keys(house.sale.id)
    await engine.keeper.rebuild(house.sale.id)
    assert (await free(house), await house.seat_states()) == before
    await holds(house)
    released = await engine.catalog.allocations.release(by(house), house.sale.id, "banco-del-rio")
    assert isinstance(released, Allocation)
    await holds(house)


@pytest.mark.parametrize("lost", [False, True])
async def test_whoever_asked_dies_before_postgres_knows_what_redis_did(
    house: House, engine: Engine, lost: bool
) -> None:
    """And, where it was `lost`, so does Redis: somebody else may have the seats by then."""
    allocations = engine.catalog.allocations
    buyer = await house.buyer_holding(50)
    allocations._bring = dead
    assert isinstance(await allocations.make(by(house), house.sale.id, SPONSOR), Refused)
    (change,) = await allocations.untold(house.sale.id)
    item = (change.number, 1, list(change.seats), ["early", 3], 0)
    verdict = await engine.onsale.calls(house.sale.id).ask("stock_change", item)
    assert not isinstance(verdict, Refused)
    assert verdict[0] == "done"
    if lost:
        await engine.onsale.remove_keys(house.sale.id, "carts")
        await engine.keeper.rebuild(house.sale.id)
        assert isinstance(await house.sale.hold(SeatsHold(buyer, new_id("h"), (2,))), Held)
    async with Engine.open(engine.settings) as another:
        await another.db.execute("UPDATE stock_change SET asked_at = now() - interval '1 hour'")
        assert await another.catalog.allocations.due_s() == 0
        await another.catalog.allocations.step()
        made = await another.catalog.allocations.of(house.organizer, house.sale.id)
    assert len(made) == (0 if lost else 1)
    await holds(house)


async def dead(_: str) -> Refused:
    return Refused(Code.UNAVAILABLE)


async def test_released_by_the_clock(house: House, engine: Engine) -> None:
    await make(house, release="in 3 days")
    assert 259_000 < (await engine.catalog.allocations.due_s() or 0) < 259_201
    await engine.db.execute(
        "UPDATE allocation SET release_at = now() - interval '1 s' WHERE sale_id = $1", house.sale.id
    )
    await asyncio.gather(*(engine.catalog.allocations.step() for _ in range(3)))
    (released,) = await engine.catalog.allocations.of(house.organizer, house.sale.id)
    assert released.released_at is not None
    assert OFF not in await house.seat_states()
    await holds(house)


async def test_one_that_can_not_be_released_keeps_no_other_from_it(house: House, engine: Engine) -> None:
    await make(house, name="Broken", seats={"stalls": "C"})
    await make(house)
    due = "UPDATE allocation SET release_at = now() - interval '1 s' WHERE sale_id = $1"
    broken = (
        "UPDATE allocation SET units = '{\"nothing\": 1}', release_at = now() - interval '1 h' WHERE name = 'Broken'"
    )
    for statement, *values in ((due, house.sale.id), (broken,)):
        await engine.db.execute(statement, *values)
    await engine.catalog.allocations.step()
    found = await engine.catalog.allocations.of(house.organizer, house.sale.id)
    assert {each.id: each.released_at is None for each in found} == {"broken": True, "banco-del-rio": False}
    await engine.db.execute("DELETE FROM allocation WHERE name = 'Broken'")
