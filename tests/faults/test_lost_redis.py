"""Redis forgets a sale, or goes back to an older state of it; the first ask afterwards must not make it worse."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from engine.audit import Act
from engine.catalog.model import SaleState
from engine.ids import new_buyer
from engine.onsale.model import Cart
from engine.orders import Bought
from engine.refusals import Refused
from tests.faults.mishaps import lose_redis, mended
from tests.orders.house import House

pytestmark = pytest.mark.every_redis

LATER = """
event: Jazz at the Corner
starts: in 60 days at 20:30
zone: Europe/Madrid
currency: EUR
opens: in 2 hours
sections:
  stalls: {rows: 4, seats: 10, price: 45.00}
"""
Steering = Callable[[House, Act], Awaitable[object]]


async def pauses(house: House, by: Act) -> None:
    assert not isinstance(await house.engine.catalog.pause(by, house.sale.id), Refused)


async def steps(house: House, _: Act) -> None:
    await house.engine.keeper.step()


@pytest.mark.parametrize("does", [pauses, steps])
async def test_a_lost_sale_is_never_begun_anew(house: House, does: Steering) -> None:
    """Steering publishes; it must not publish a house where nothing is sold."""
    bought = await house.buy(await house.buyer_holding(3, units={"early": 1}))
    assert isinstance(bought, Bought)
    await lose_redis(house)
    await does(house, Act(house.organizer, "test"))
    snapshot = await house.sale.snapshot()
    assert not isinstance(snapshot, Refused)
    assert (snapshot.counters.sold, snapshot.counters.orders) == (2, 1)
    assert (await house.seat_states())[3] == 2
    assert await mended(house) == []


async def test_a_sale_is_steered_by_several_at_once(house: House) -> None:
    by = Act(house.organizer, "test")
    catalog, keeper = house.engine.catalog, house.engine.keeper
    made = await catalog.sale_from_yaml(LATER, by)
    assert not isinstance(made, list), made
    sale = made.id
    await house.engine.db.execute("UPDATE sale SET opened_at = now() WHERE id = $1", sale)
    assert await asyncio.gather(*(keeper.converge(sale) for _ in range(4))) == [SaleState.OPEN] * 4
    for steer, state in (
        (catalog.open_now, SaleState.OPEN),
        (catalog.pause, SaleState.PAUSED),
        (catalog.resume, SaleState.OPEN),
        (catalog.close_early, SaleState.CLOSED),
    ):
        answers = await asyncio.gather(*(steer(by, sale) for _ in range(4)), keeper.step())
        assert not isinstance(answers[0], Refused)
        snapshot = await house.engine.onsale.sale(sale).snapshot()
        assert not isinstance(snapshot, Refused)
        assert snapshot.state is state


async def test_an_order_asked_again_leaves_the_next_cart_alone(house: House) -> None:
    buyer = new_buyer()
    await house.fill(buyer, (3,), {})
    first = await house.buy(buyer)
    await house.fill(buyer, (4,), {})
    again = await house.buy(buyer)
    assert isinstance(first, Bought)
    assert isinstance(again, Bought)
    assert again.again
    assert again.order.id == first.order.id
    cart = await house.cart(buyer)
    assert isinstance(cart, Cart)
    assert (cart.state, cart.seats) == ("open", (4,))
    assert isinstance(await house.buy(buyer, order="two"), Bought)
    assert await mended(house) == []
