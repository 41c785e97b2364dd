"""A companion's seat goes with the wheelchair space beside it: never held, kept or sold apart."""

from __future__ import annotations

import asyncio

import pytest

from engine.audit import Act
from engine.engine import Engine
from engine.ids import new_buyer, new_id
from engine.onsale.model import BestHold, Held, Release, Released, SeatsHold
from engine.orders import Bought
from engine.refusals import Code, Refused
from engine.verify import verify
from tests.orders.house import House, open_sale

pytestmark = pytest.mark.every_redis
# A 1 and A 2, A 9 and A 10: the space is 0 and 9, the companion's seat 1 and 8.
SALE = """
event: Sala Sur
id: {sale}
starts: in 9 days at 20:30
zone: Europe/Madrid
currency: EUR
opens: now
room: false
person_max: 30
sections:
  stalls: {{rows: 2, seats: 10, price: 40, accessible: [A 1, A 10], companions: [A 2, A 9]}}
"""


@pytest.fixture
async def house(engine: Engine) -> House:
    return await open_sale(engine, SALE)


async def held(house: House, buyer: str, *seats: int) -> Held | Refused:
    return await house.sale.hold(SeatsHold(buyer, new_id("h"), seats))


ALONE = Refused(Code.COMPANION_ALONE, {"seats": [1]})


async def test_it_is_held_with_its_space_only(house: House) -> None:
    buyer, other = new_buyer(), new_buyer()
    assert await held(house, buyer, 1) == ALONE
    assert await held(house, buyer, 1, 2) == ALONE
    assert isinstance(await held(house, buyer, 0, 1), Held)
    assert isinstance(await held(house, other, 9), Held)
    assert isinstance(await held(house, other, 8), Held), "the space is in the cart already"
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def test_a_space_given_back_takes_its_companion_along(house: House) -> None:
    buyer = new_buyer()
    assert isinstance(await held(house, buyer, 0, 1, 2), Held)
    for _ in range(2):  # a repeat gives back nothing more
        released = await house.sale.release(Release(buyer, "r", (0,)))
        assert isinstance(released, Released)
        assert released.seats == (0, 1)
    assert (await house.cart(buyer)).seats == (2,)
    assert isinstance(await held(house, new_buyer(), 0, 1), Held)
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def test_a_companion_may_stay_at_home(house: House) -> None:
    buyer = new_buyer()
    assert isinstance(await held(house, buyer, 0, 1), Held)
    released = await house.sale.release(Release(buyer, "r", (1,)))
    assert isinstance(released, Released)
    assert (await house.cart(buyer)).seats == (0,)
    assert await held(house, new_buyer(), 1) == ALONE


async def test_best_available_gives_it_to_nobody(house: House) -> None:
    buyer = new_buyer()
    got: list[int] = []
    while isinstance(best := await house.sale.hold(BestHold(buyer, new_id("h"), 1)), Held):
        got += best.seats
    assert sorted(got) == [seat for seat in range(20) if seat not in (1, 8)]


async def test_a_crowd_never_gets_one_apart(house: House) -> None:
    async def shops(number: int) -> None:
        buyer = new_buyer()
        await held(house, buyer, *((0, 1), (1,), (0,), (1, 2))[number % 4])
        if number % 3 == 0:
            await house.sale.release(Release(buyer, "r", (0,)))

    await asyncio.gather(*(shops(number) for number in range(60)))
    assert await verify(house.engine, house.sale.id, grace_s=0) == []
    snapshot = await house.sale.snapshot()
    assert not isinstance(snapshot, Refused)


async def test_what_a_rebuild_took_apart_is_not_sold(house: House) -> None:
    """Redis lost the sale, and somebody else had bought the space by then."""
    buyer = await house.buyer_holding(0, 1)
    cart = await house.cart(buyer)
    query = "UPDATE order_line SET seat = 0 WHERE sale_id = $1"
    assert isinstance(await house.buy(await house.buyer_holding(5)), Bought)
    await house.engine.db.execute(query, house.sale.id)
    snapshot = await house.sale.snapshot()
    assert not isinstance(snapshot, Refused)
    await house.engine.keeper.rebuild(house.sale.id, lost_epoch=snapshot.epoch)
    assert (await house.cart(buyer)).seats == (1,)
    assert (await house.cart(buyer)).id == cart.id
    refused = await house.buy(buyer, order="two")
    assert isinstance(refused, Refused)
    assert [each["code"] for each in refused.detail["issues"]] == ["companion_alone"]
    assert await house.sale.leave(buyer) is None
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def test_they_are_sold_together(house: House) -> None:
    assert isinstance(await house.buy(await house.buyer_holding(0, 1)), Bought)
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


@pytest.mark.parametrize("companions", ["[A 3]", "[A 1]", "[A 2, A 2, B 1]", "[C 1]"])
async def test_each_needs_a_space_beside_it(engine: Engine, companions: str) -> None:
    organizer = await engine.access.create_organizer("Sala Sur")
    text = SALE.format(sale="s-wrong").replace("companions: [A 2, A 9]", f"companions: {companions}")
    wrong = await engine.catalog.sale_from_yaml(text, Act(organizer, "test"))
    assert isinstance(wrong, list)
    assert [each.path for each in wrong] == ["sections.stalls"], wrong
