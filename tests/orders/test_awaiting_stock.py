"""What an order has whose money comes later: pools, numbers of ticket types, allocations drawn on, uses of coupons."""

from __future__ import annotations

import pytest

from engine.engine import Engine
from engine.ids import new_buyer, new_id
from engine.onsale.model import Cart, Held, PoolHold, SeatsHold
from engine.orders import CartChange, Contact
from engine.refusals import Refused, accept
from tests.orders import test_ticket_types as typed
from tests.orders.discounting import SALE as WITH_COUPONS
from tests.orders.discounting import bearing
from tests.orders.house import House, open_festival, open_sale
from tests.orders.test_awaiting import counters, deadline, sandbox, sound, transfer
from tests.orders.test_awaiting_crashes import lost
from tests.orders.test_open_allocations import OFF, ONE, SOLD, TWO, guest, release, rest, states, withheld
from tests.orders.test_open_allocations import SALE as WITH_ALLOCATIONS
from tests.orders.test_unlocks import shopper

ENDS = pytest.mark.parametrize("paid", [True, False])
REBUILDS = pytest.mark.parametrize("rebuilds", [True, False])


async def ends(house: House, order: str, *, paid: bool) -> None:
    if paid:
        assert await sandbox(house).pay(order)
    else:
        await deadline(house, order)
    assert await house.state_of(order) == ("paid" if paid else "failed")
    assert await sound(house)


async def rebuilt(house: House) -> None:
    await lost(house)
    await house.engine.keeper.rebuild(house.sale.id)
    assert await sound(house)


@ENDS
@REBUILDS
async def test_a_pass_takes_of_all_its_days_and_gives_back_to_all(engine: Engine, rebuilds: bool, paid: bool) -> None:
    house = await open_festival(engine)
    before = dict(accept(await house.sale.snapshot()).pools)
    order = await transfer(house, await house.buyer_holding(units={"pass": 2, "parking": 1}))
    taken = {"pass": 2, "friday": 2, "saturday": 2, "sunday": 2, "parking": 1}
    reserved = {pool: free - taken.get(pool, 0) for pool, free in before.items()}
    assert accept(await house.sale.snapshot()).pools == reserved
    assert await sound(house)
    if rebuilds:
        await rebuilt(house)
        assert accept(await house.sale.snapshot()).pools == reserved
    await ends(house, order, paid=paid)
    assert accept(await house.sale.snapshot()).pools == (reserved if paid else before)


@ENDS
@REBUILDS
async def test_tickets_of_a_type_with_a_number_are_counted(engine: Engine, rebuilds: bool, paid: bool) -> None:
    house = await open_sale(engine, typed.SALE)
    buyer = new_buyer()
    assert isinstance(await house.sale.enter(buyer), Cart)
    assert isinstance(await house.sale.hold(PoolHold(buyer, new_id("h"), "floor", 2)), Held)
    assert isinstance(await house.sale.hold(SeatsHold(buyer, new_id("h"), (3,))), Held)
    contact = Contact("Ana", "ana@example.org")
    types = {"pool:floor": {"child": 1, "general": 1}, "seat:3": "child"}
    assert not isinstance(await typed.chosen(house, buyer, types, contact=contact, key="correct horse"), Refused)
    before = await typed.left(house, "child")
    order = await transfer(house, buyer)
    assert (before, await typed.left(house, "child")) == (1, 1)
    assert await sound(house)
    if rebuilds:
        await rebuilt(house)
        assert await typed.left(house, "child") == 1
    await ends(house, order, paid=paid)
    assert await typed.left(house, "child") == (1 if paid else 3)


@ENDS
@REBUILDS
@pytest.mark.parametrize("released", [True, False])
async def test_what_is_drawn_on_an_allocation_leaves_it_once_it_is_paid(
    engine: Engine, rebuilds: bool, paid: bool, released: bool
) -> None:
    """And goes back there, unless that was released meanwhile. Its buyer shops on, and keeps that cart."""
    house = await open_sale(engine, WITH_ALLOCATIONS)
    left, free = await rest(house)
    buyer = await guest(house, ONE)
    await house.ready(buyer, await house.cart(buyer))
    order = await transfer(house, buyer)
    assert await sound(house)
    assert await states(house, ONE, TWO) == [SOLD, OFF]
    if rebuilds:
        await rebuilt(house)
        assert await states(house, ONE, TWO) == [SOLD, OFF]
    if released:
        await release(house)
        assert await sound(house)
    await house.fill(buyer, (40,), {})
    await ends(house, order, paid=paid)
    assert (await house.cart(buyer)).seats == (40,)
    gone = OFF if not released else 0
    assert await states(house, ONE, TWO) == [SOLD if paid else gone, gone]
    assert await withheld(house) == ([] if released else [TWO] if paid else [ONE, TWO])
    more = (1 if paid and released else 2) if released else 0
    assert await rest(house) == (left + more, free + more - 1)
    neighbour = await shopper(house)
    assert isinstance(await house.sale.hold(SeatsHold(neighbour, new_id("h"), (ONE,))), Refused) is (
        paid or not released
    )


@ENDS
async def test_a_coupon_is_used_while_the_money_is_awaited_and_comes_back_without_it(
    engine: Engine, paid: bool
) -> None:
    house = await open_sale(engine, WITH_COUPONS)
    uses = "SELECT uses FROM coupon WHERE organizer_id = $1 AND key = 'HUNDRED'"
    order = await transfer(house, await bearing(house, "hundred", general=2))
    assert await house.engine.db.fetchval(uses, house.organizer) == 1
    assert await sound(house)
    await ends(house, order, paid=paid)
    assert await house.engine.db.fetchval(uses, house.organizer) == int(paid)


async def test_the_answer_of_the_cart_says_what_the_order_has(engine: Engine) -> None:
    """How the cart ended is written down with what was reserved, at its prices."""
    house = await open_sale(engine, WITH_COUPONS)
    buyer = await bearing(house, "hundred", general=2)
    await transfer(house, buyer)
    await engine.orders.note_ended_carts()
    row = await engine.db.fetchrow("SELECT end_reason, reached, total FROM cart WHERE buyer_id = $1", buyer)
    assert tuple(row) == ("reserved", "payment", 2000)
    assert await counters(house) == (0, 2, 2, 0, 0)
    assert isinstance(await engine.orders.change_cart(house.sale.id, buyer, CartChange(coupon="x")), Refused)
    assert await sound(house)
