"""Allocations in part: some is released, more is withheld; nothing is lost or free twice, whatever dies in between."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from engine.audit import Act
from engine.catalog import Allocation
from engine.engine import Engine
from engine.ids import new_id
from engine.onsale.model import Held, SeatsHold
from engine.refusals import Code, Refused
from tests.orders.house import House
from tests.orders.test_allocations import FREE, OFF, by, dead, free, holds, make

ID = "banco-del-rio"  # seats 0 to 3 and 10, three units of early
Answer = Allocation | Refused | list[Any]


def more(house: House, **body: Any) -> Awaitable[Answer]:
    return house.engine.catalog.allocations.withhold(by(house), house.sale.id, ID, body)


def less(house: House, **body: Any) -> Awaitable[Answer]:
    return house.engine.catalog.allocations.release_part(by(house), house.sale.id, ID, body)


async def acts(house: House) -> list[str]:
    found = await house.engine.db.fetch(
        "SELECT act FROM audit WHERE subject = $1 AND act LIKE 'allocation.%' ORDER BY id", house.sale.id
    )
    return [row["act"] for row in found]


async def test_what_is_named_is_free_and_the_rest_stays(house: House) -> None:
    before = await free(house)
    await make(house)
    part = await less(house, seats={"stalls": "A 2-3"}, units={"early": 1})
    assert isinstance(part, Allocation)
    assert (part.seats, part.units, part.released_at) == ([0, 3, 10], {"early": 2}, None)
    assert (await house.seat_states())[:4] == [OFF, FREE, FREE, OFF]
    assert await free(house) == before | {"early": 8, "floor": 98, "left": before["left"] - 3 - 2}
    await holds(house)
    last = await less(house, seats={"stalls": ["A 1", "A 4", "B 1"]}, units={"early": 2})
    assert isinstance(last, Allocation)
    assert last.released_at is not None, "nothing is left of it"
    assert await free(house) == before
    assert await acts(house) == ["allocation.make", "allocation.release", "allocation.release"]
    await holds(house)


async def test_more_is_withheld_for_it_and_the_same_seats_again_change_nothing(house: House) -> None:
    await make(house)
    for _ in range(2):
        grown = await more(house, seats={"stalls": "A 4-6"})
        assert isinstance(grown, Allocation)
        assert grown.seats == [0, 1, 2, 3, 4, 5, 10]
        await holds(house)
    counted = await more(house, units={"early": 2, "gift": 4})
    assert isinstance(counted, Allocation)
    assert counted.units == {"early": 5, "gift": 4}
    assert await acts(house) == ["allocation.make", "allocation.withhold", "allocation.withhold"]
    await holds(house)


async def test_what_is_held_or_sold_is_named_and_none_of_it_is_added(house: House) -> None:
    sold = await house.buyer_holding(5)
    assert not isinstance(await house.buy(sold), Refused)
    await house.buyer_holding(4, units={"gift": 5})
    made = await make(house)
    before = await free(house)
    refused = await more(house, seats={"stalls": "A 5-7"}, units={"gift": 16})
    assert refused == Refused(Code.STOCK_TAKEN, {"held": [4], "gone": [5], "short": {"gift": 15}})
    assert await house.engine.catalog.allocations.of(house.organizer, house.sale.id) == [made]
    assert await free(house) == before
    await holds(house)


@pytest.mark.parametrize("do", [more, less])
@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, ""),
        ({"seats": {"stalls": "Z"}}, "seats.stalls"),
        ({"seats": {"balcony": "A"}}, "seats.balcony"),
        ({"units": {"nothing": 1}}, "units.nothing"),
        ({"units": {"early": 0}}, "units.early"),
    ],
)
async def test_what_is_wrong_is_named(
    house: House, do: Callable[..., Awaitable[Answer]], body: dict[str, Any], path: str
) -> None:
    await make(house)
    wrong = await do(house, **body)
    assert isinstance(wrong, list)
    assert [each.path for each in wrong] == [path]
    await holds(house)


async def test_what_it_does_not_have_is_not_released(house: House, engine: Engine) -> None:
    await make(house)
    refused = await less(house, seats={"stalls": "A 4-5"}, units={"early": 4})
    assert refused == Refused(Code.NOT_ALLOCATED, {"seats": [4], "short": {"early": 3}})
    wrong = await more(house, seats={"stalls": "A 1"})
    assert isinstance(wrong, Allocation), "it has that already"
    other = await engine.catalog.allocations.make(by(house), house.sale.id, {"name": "Press", "seats": {"stalls": "C"}})
    assert isinstance(other, Allocation)
    taken = await more(house, seats={"stalls": "C 1"})
    assert isinstance(taken, list)
    assert [each.path for each in taken] == ["seats.stalls"]
    await engine.catalog.allocations.release(by(house), house.sale.id, ID)
    assert await more(house, seats={"stalls": "D"}) == Refused(Code.NOT_FOUND), "it is over"
    assert await less(house, units={"early": 1}) == Refused(Code.NOT_ALLOCATED, {"seats": [], "short": {"early": 0}})
    neighbour = Act(await engine.access.create_organizer("Teatro"), "luis")
    for do in (engine.catalog.allocations.withhold, engine.catalog.allocations.release_part):
        assert await do(neighbour, house.sale.id, "press", {"seats": {"stalls": "D"}}) == Refused(Code.UNKNOWN_SALE)
    await holds(house)


async def test_two_members_at_once(house: House) -> None:
    """What both want to let go goes once; what both want to have is had once, and whoever comes second is told."""
    await make(house)
    gone = await asyncio.gather(*(less(house, units={"early": 2}) for _ in range(2)))
    assert sorted(isinstance(each, Allocation) for each in gone) == [False, True]
    assert Refused(Code.NOT_ALLOCATED, {"seats": [], "short": {"early": 1}}) in gone
    allocations = house.engine.catalog.allocations
    press = {"name": "Press", "seats": {"stalls": "C"}}
    had = await asyncio.gather(more(house, seats={"stalls": "C"}), allocations.make(by(house), house.sale.id, press))
    assert sum(isinstance(each, Allocation) for each in had) == 1, had
    await asyncio.gather(
        *(more(house, seats={"stalls": f"D {n}"}) for n in range(1, 4)), less(house, seats={"stalls": "A 1"})
    )
    (found, *_) = await allocations.of(house.organizer, house.sale.id)
    assert {30, 31, 32} <= set(found.seats)
    assert 0 not in found.seats
    await holds(house)


@pytest.mark.parametrize("lost", [False, True])
async def test_whoever_adds_dies_before_postgres_knows_what_redis_did(house: House, engine: Engine, lost: bool) -> None:
    """And, where it was `lost`, so does Redis: somebody else may have the seats by then."""
    allocations = engine.catalog.allocations
    made, buyer = await make(house), await house.buyer_holding(50)
    bring = allocations._bring
    allocations._bring = dead
    assert isinstance(await more(house, seats={"stalls": "C 1-2"}, units={"early": 1}), Refused)
    (change,) = await allocations.untold(house.sale.id)
    item = (change.number, 1, list(change.seats), ["early", 1], 0)
    verdict = await engine.onsale.calls(house.sale.id).ask("stock_change", item)
    assert not isinstance(verdict, Refused)
    assert verdict[0] == "done"
    if lost:
        await engine.onsale.remove_keys(house.sale.id, "carts")
        await engine.keeper.rebuild(house.sale.id)
        assert isinstance(await house.sale.hold(SeatsHold(buyer, new_id("h"), (20,))), Held)
    allocations._bring = bring
    await engine.db.execute("UPDATE stock_change SET asked_at = now() - interval '1 hour'")
    await allocations.step()
    (found,) = await allocations.of(house.organizer, house.sale.id)
    assert (found.seats, found.units) == ((made.seats, made.units) if lost else ([*made.seats, 20, 21], {"early": 4}))
    await holds(house)


async def test_redis_is_lost_before_it_follows_what_was_let_go(house: House, engine: Engine) -> None:
    await make(house)
    allocations = engine.catalog.allocations
    bring = allocations._bring
    allocations._bring = dead
    part = await less(house, seats={"stalls": "A 1-2"}, units={"early": 3})
    assert isinstance(part, Allocation)
    assert (await house.seat_states())[:2] == [OFF, OFF], "Redis has not heard of it"
    await engine.onsale.remove_keys(house.sale.id)
    await engine.keeper.rebuild(house.sale.id)
    allocations._bring = bring
    await allocations.bring(house.sale.id)
    assert (await house.seat_states())[:4] == [FREE, FREE, OFF, OFF]
    await holds(house)
