"""What is answered without being read again is what would be read, also when another process has changed it."""

import asyncio
from typing import NoReturn

import pytest

from engine.engine import Engine
from engine.ids import new_buyer
from engine.onsale.model import BestHold, Cart, Held, PoolHold, Release, SeatsHold
from engine.orders import Bought, CartChange, CartView, Contact
from engine.orders.settling import Settled, Settlement
from engine.refusals import Refused, accept
from engine.settings import Settings
from tests.orders.house import House

ANA = Contact("Ana Núñez", "ana@example.org")
BO = Contact("Bo Lind", "bo@example.org")
ROWS = "SELECT count(*) FROM cart WHERE sale_id = $1"


async def view_of(engine: Engine, house: House, cart: Cart | None) -> CartView:
    assert cart is not None
    return accept(await engine.orders.view_of(house.sale.id, cart))


async def test_a_purchase_answers_what_it_wrote(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    buyer = await house.buyer_holding(3, 4, units={"floor": 1, "gift": 1})

    async def nobody(*_: str) -> NoReturn:
        raise AssertionError("an order that is in hand was read")

    monkeypatch.setattr(house.engine.orders._reader, "rows", nobody)
    bought = await house.buy(buyer)
    monkeypatch.undo()
    assert isinstance(bought, Bought)
    assert await house.engine.orders.by_code(bought.order.code) == (buyer, bought.order)
    assert bought.order.wire() == (await house.engine.orders.of_buyer(house.sale.id, buyer))[0].wire()
    read = accept(await house.engine.orders.cart_view(house.sale.id, buyer))
    assert bought.cart is not None
    assert {**bought.cart.wire(), "now_ms": 0} == {**read.wire(), "now_ms": 0}
    assert (read.state, read.end_reason, read.bought, read.has_key) == ("ended", "bought", 4, True)


async def test_purchases_of_one_batch_are_each_answered_their_own(house: House) -> None:
    buyers = [await house.buyer_holding(seat, 20 + seat) for seat in range(8)]
    for bought in await asyncio.gather(*(house.buy(buyer) for buyer in buyers)):
        assert isinstance(bought, Bought)
        assert await house.engine.orders.by_code(bought.order.code) == (
            buyers[bought.order.lines[0].line.seat or 0],
            bought.order,
        )


async def test_a_purchase_that_somebody_else_settled_is_read(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the answer of the commit was lost and the batch went out again."""
    buyer = await house.buyer_holding(3)
    ledger = await house.engine.orders._desk.ledger(house.sale.id)
    settle = ledger.settle

    async def twice(settlement: Settlement) -> Settled:
        await settle(settlement)
        return await settle(settlement)

    monkeypatch.setattr(ledger, "settle", twice)
    bought = await house.buy(buyer)
    assert isinstance(bought, Bought)
    assert len(bought.order.tickets) == 1
    assert await house.count("tickets") == 1


async def test_looking_at_a_cart_writes_nothing(house: House) -> None:
    buyer = new_buyer()
    entered = await house.sale.enter(buyer)
    assert isinstance(entered, Cart)
    assert entered.new
    view = await view_of(house.engine, house, entered)
    assert (view.contact, view.has_key) == (Contact(), False)
    held = accept(await house.sale.hold(SeatsHold(buyer, "h1", (3,)), tell_cart=True))
    assert [item.seat for item in (await view_of(house.engine, house, held.cart)).items] == [3]
    accept(await house.engine.orders.cart_view(house.sale.id, buyer))
    assert await house.engine.db.fetchval(ROWS, house.sale.id) == 0
    written = accept(await house.engine.orders.change_cart(house.sale.id, buyer, CartChange(contact=ANA)))
    assert (written.contact, await house.engine.db.fetchval(ROWS, house.sale.id)) == (ANA, 1)


async def test_nobody_is_shown_what_was_changed_elsewhere(house: House, settings: Settings) -> None:
    """A buyer with tabs on two processes: whatever one changes, the next answer of the other tells."""
    buyer, sale = new_buyer(), house.sale
    async with Engine.open(settings) as other:
        there = other.onsale.sale(sale.id)
        first = await there.hold(SeatsHold(buyer, "h1", (3,)), tell_cart=True)
        assert isinstance(first, Held)
        assert (await view_of(other, house, first.cart)).contact == Contact()
        accept(await house.engine.orders.change_cart(sale.id, buyer, CartChange(contact=ANA)))
        entered = await there.enter(buyer)
        assert isinstance(entered, Cart)
        assert not entered.new
        assert (await view_of(other, house, entered)).contact == ANA
        accept(await house.engine.orders.change_cart(sale.id, buyer, CartChange(contact=BO, key="correct horse")))
        again = accept(await there.hold(SeatsHold(buyer, "h1", (3,)), tell_cart=True))
        view = await view_of(other, house, again.cart)
        assert (again.again, view.contact, view.has_key) == (True, BO, True)
        bought = await house.buy(buyer)
        assert isinstance(bought, Bought)
        assert bought.order.contact == BO


async def test_a_cart_keeps_when_it_was_opened(house: House) -> None:
    """Also when nothing is written into it before its end."""
    changed, left = new_buyer(), new_buyer()
    opened = {}
    for buyer in (changed, left):
        entered = await house.sale.enter(buyer)
        assert isinstance(entered, Cart)
        opened[buyer] = entered.opened_at_ms
        assert entered.opened_at_ms == entered.now_ms
    accept(await house.engine.orders.change_cart(house.sale.id, changed, CartChange(contact=ANA)))
    for buyer in (changed, left):
        assert not isinstance(await house.sale.leave(buyer), Refused)
    await house.engine.orders.note_ended_carts()
    rows = await house.engine.db.fetch(
        "SELECT buyer_id, (extract(epoch FROM opened_at) * 1000)::bigint AS at FROM cart WHERE sale_id = $1",
        house.sale.id,
    )
    assert {row["buyer_id"]: row["at"] for row in rows} == opened


async def test_a_cart_is_told_as_it_would_be_read(house: House) -> None:
    buyer = new_buyer()
    first = accept(await house.sale.hold(BestHold(buyer, "h1", 2), tell_cart=True))
    told = [first, accept(await house.sale.hold(PoolHold(buyer, "h2", "floor", 2), tell_cart=True))]
    told.append(accept(await house.sale.hold(SeatsHold(buyer, "h3", (30, *first.seats)), tell_cart=True)))
    assert [sorted(each.cart.units.items()) for each in told if each.cart] == [[], [("floor", 2)], [("floor", 2)]]
    nothing_new = accept(await house.sale.hold(SeatsHold(buyer, "h4", first.seats), tell_cart=True))
    assert nothing_new.seats == ()
    assert nothing_new.cart is not None
    assert nothing_new.cart.seats == (await house.cart(buyer)).seats
    back = Release(buyer, "r1", first.seats, {"floor": 1})
    for _ in range(2):
        repeated = accept(await house.sale.release(back, tell_cart=True))
        assert repeated.cart is not None
        assert (repeated.cart.seats, dict(repeated.cart.units)) == ((30,), {"floor": 1})
        read = await house.cart(buyer)
        assert (read.id, read.deadline_at_ms, read.seats, read.units) == (
            repeated.cart.id,
            repeated.cart.deadline_at_ms,
            repeated.cart.seats,
            repeated.cart.units,
        )
    assert accept(await house.sale.hold(PoolHold(buyer, "h2", "floor", 2))).cart is None
