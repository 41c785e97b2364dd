"""An event is cancelled: every order is given back once, whoever pays meanwhile, dies, or asks again."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from engine.audit import Act
from engine.catalog.model import SaleState
from engine.engine import Engine
from engine.ids import new_id
from engine.onsale.model import SeatState
from engine.orders import Bought, CartChange
from engine.orders.cancelling import Cancellation, Foreseen, Scope
from engine.orders.refund_model import Way
from engine.payments import Captured, PaymentNews
from engine.refusals import Code, Refused, accept
from engine.verify import verify
from tests.eventually import until
from tests.orders.house import House, open_sale
from tests.orders.test_dues import SALE, SHIRT
from tests.orders.test_giving_back import at_provider, balances, bought, by, given, provider
from tests.orders.test_payment import NOW

DECLINED = "4000000000000002"
UNKNOWN_FOR_NOW = "4000000000000143"
FLASH = """
coupons:
  FLASH: {{percent: 30, uses: 8, until: 2036-12-01 00:00}}
"""


@pytest.fixture
async def house(engine: Engine) -> House:
    return await open_sale(engine, SALE)


def scope(house: House, *places: str, fees: bool = True) -> Scope:
    return Scope(f"evt of {house.sale.id}", (house.sale.id,), places, fees)


async def begin(house: House, of: Scope, name: str = "") -> Cancellation:
    begun = await house.engine.orders.cancelling.begin(by(house), name or new_id("cnl"), of)
    assert isinstance(begun, Cancellation), begun
    return begun


async def stands(house: House, begun: Cancellation) -> Cancellation:
    found = await house.engine.orders.cancelling.one(house.organizer, begun.event, begun.id)
    assert found is not None
    return found


async def finish(house: House, begun: Cancellation) -> Cancellation:
    for _ in range(20):
        await house.engine.orders.cancelling.step()
        if (found := await stands(house, begun)).state == "done":
            return found
    raise AssertionError("it does not come to its end")


async def sound(house: House) -> None:
    await house.engine.orders.note_ended_carts()
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def test_it_does_what_was_foreseen(house: House) -> None:
    orders = [(await bought(house, seat, units={SHIRT: 1}))[1] for seat in range(4)]
    await given(house, orders[0].id, amount=500)
    foreseen = await house.engine.orders.cancelling.foresee(house.organizer, scope(house))
    assert isinstance(foreseen, Foreseen)
    total = sum(order.total for order in orders) - 500
    assert (foreseen.orders, foreseen.people, foreseen.lines, foreseen.kept) == (4, 4, 8, 0)
    assert foreseen.amounts == {Way.PROVIDER: total}
    done = await finish(house, await begin(house, scope(house)))
    assert (done.orders, done.refused, done.failed) == (4, 0, 0)
    assert done.amount == done.given_back == total
    for order in orders:
        assert await house.state_of(order.id) == "refunded"
        assert await at_provider(house, order.id) == order.total
    assert await balances(house) == {}
    await sound(house)


async def test_a_section_goes_back_and_the_rest_stays(house: House) -> None:
    _, order = await bought(house, 0, units={SHIRT: 1})
    _, other = await bought(house, units={SHIRT: 2})
    stalls = scope(house, "stalls", fees=False)
    foreseen = await house.engine.orders.cancelling.foresee(house.organizer, stalls)
    assert isinstance(foreseen, Foreseen)
    assert (foreseen.orders, foreseen.amounts) == (1, {Way.PROVIDER: 2000})
    done = await finish(house, await begin(house, stalls))
    assert done.amount == 2000
    assert await house.state_of(order.id) == await house.state_of(other.id) == "paid"
    assert (await house.seat_states())[0] == SeatState.FREE
    await sound(house)


async def test_the_same_id_is_the_same_cancellation(house: House) -> None:
    _, order = await bought(house, 0)
    name = new_id("cnl")
    for _ in range(3):
        await finish(house, await begin(house, scope(house), name))
    assert await at_provider(house, order.id) == order.total
    again = await finish(house, await begin(house, scope(house)))
    assert (again.amount, again.orders) == (0, 0)


async def test_whoever_dies_once_it_was_decided_gives_nothing_back_twice(house: House) -> None:
    orders = [(await bought(house, seat))[1] for seat in range(3)]
    begun = await begin(house, scope(house))
    await house.engine.orders.cancelling.step()
    # It died before it noted what it had decided.
    forget = "UPDATE cancellation_order SET state = 'waiting', refund = NULL WHERE cancellation_id = $1"
    await house.engine.db.execute(forget, begun.id)
    done = await finish(house, begun)
    assert done.refused == 0
    for order in orders:
        assert await at_provider(house, order.id) == order.total
    await sound(house)


async def test_whoever_was_paying_is_given_back_too(house: House) -> None:
    buyer = await house.buyer_holding(0)
    assert isinstance(await house.buy(buyer, UNKNOWN_FOR_NOW), Refused)
    order = await house.engine.db.fetchval("SELECT id FROM orders WHERE buyer_id = $1", buyer)
    begun = await begin(house, scope(house))
    await house.engine.orders.cancelling.step()
    assert (await stands(house, begun)).state == "running", "somebody pays still"
    await house.engine.db.execute("UPDATE sandbox_charge SET visible_at = now() WHERE order_id = $1", order)
    await house.engine.orders.finish(**NOW)
    await finish(house, begun)
    assert await house.state_of(order) == "refunded"
    await sound(house)


async def test_money_that_comes_too_late_buys_nothing_of_what_was_cancelled(house: House) -> None:
    buyer = await house.buyer_holding(0)
    assert isinstance(await house.buy(buyer, DECLINED), Refused)
    order = await house.engine.db.fetchval("SELECT id FROM orders WHERE buyer_id = $1", buyer)
    await finish(house, await begin(house, scope(house)))
    late = "UPDATE sandbox_charge SET outcome = 'captured', decline = NULL WHERE order_id = $1"
    await house.engine.db.execute(late, order)
    await house.engine.orders.payment_answered(PaymentNews(house.sale.id, order, Captured(2200, "late")))
    assert await house.state_of(order) == "refunded"


async def cancel(house: House) -> None:
    """The event itself, which closes its sales."""
    event = await house.engine.db.fetchval("SELECT event_id FROM sale WHERE id = $1", house.sale.id)
    accept(await house.engine.catalog.events.cancel(Act(house.organizer, "test"), event))
    await house.sale.set_state(SaleState.CLOSED)


async def test_nothing_of_a_cancelled_event_is_paid_any_more(house: House) -> None:
    buyer, again = await house.buyer_holding(0), await house.buyer_holding(1)
    made = await house.buy(buyer)
    assert isinstance(made, Bought)
    await cancel(house)
    assert await house.buy(again) == Refused(Code.EVENT_CANCELLED)
    assert (await house.cart(again)).state == "open", "it ends by itself"
    assert await house.count("charges") == 1
    repeated = await house.buy(buyer)
    assert isinstance(repeated, Bought)
    assert repeated.again, "what was bought was bought"
    await finish(house, await begin(house, scope(house)))
    assert await balances(house) == {}
    await sound(house)


async def test_a_crowd_that_buys_at_a_flash_price_while_it_is_cancelled_has_all_its_money_back(engine: Engine) -> None:
    """Whoever comes in between is refused, or given back like everybody else."""
    house = await open_sale(engine, SALE + FLASH)
    crowd = [await house.buyer_holding(seat) for seat in range(20)]
    for buyer in crowd:
        await house.engine.orders.change_cart(house.sale.id, buyer, CartChange(coupon="FLASH"))
    buying = [asyncio.create_task(house.buy(buyer)) for buyer in crowd[:10]]
    await until("somebody has bought", partial(house.count, "paid"))
    buying += [asyncio.create_task(house.buy(buyer)) for buyer in crowd[10:]]
    await cancel(house)
    begun = await begin(house, scope(house))
    bought_all = [each for each in await asyncio.gather(*buying) if isinstance(each, Bought)]
    await house.engine.orders.finish(**NOW)
    await finish(house, begun)
    assert bought_all
    for each in bought_all:
        assert await house.state_of(each.order.id) == "refunded"
        assert await at_provider(house, each.order.id) == each.order.total
    assert await house.count("paid") == 0
    assert await balances(house) == {}
    await sound(house)


async def test_it_stands_still_and_goes_on(house: House) -> None:
    await bought(house, 0)
    begun, cancelling = await begin(house, scope(house)), house.engine.orders.cancelling
    assert await cancelling.steer(by(house), begun.event, begun.id, "pause") is None
    await cancelling.step()
    assert (await stands(house, begun)).waiting == 1
    assert await cancelling.steer(by(house), begun.event, begun.id, "resume") is None
    assert (await finish(house, begun)).orders == 1
    assert await cancelling.steer(by(house), begun.event, "cnl_none", "pause") == Refused(Code.NOT_FOUND)


async def test_a_provider_that_is_away_holds_nothing_up(house: House) -> None:
    orders = [(await bought(house, seat))[1] for seat in range(2)]
    provider(house).down = True
    done = await finish(house, await begin(house, scope(house)))
    assert (done.waiting, done.given_back) == (0, 0)
    assert (await house.seat_states())[:2] == [SeatState.FREE, SeatState.FREE]
    provider(house).down = False
    await house.engine.orders.finish(order_after_s=0.0)
    for order in orders:
        assert await at_provider(house, order.id) == order.total
    await sound(house)


async def test_a_neighbour_cancels_nothing(house: House) -> None:
    await bought(house, 0)
    neighbour = await house.engine.access.create_organizer("Vecinos")
    cancelling = house.engine.orders.cancelling
    assert await cancelling.foresee(neighbour, scope(house)) == Refused(Code.UNKNOWN_SALE)
