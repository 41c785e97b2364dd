"""Orders whose money comes later: their seats are reserved, until it is there or their deadline has passed."""

from __future__ import annotations

import asyncio

import pytest

from engine.audit import Act
from engine.onsale.model import Counters, Held, SeatsHold, SeatState
from engine.orders import Bought, OrderState, Purchase
from engine.orders.settling import Settlement
from engine.payments import TRANSFER, Captured, Declined, Means, PaymentNews, Sandbox
from engine.refusals import Code, Refused, accept
from engine.stores.keys import sale_keys
from engine.verify import verify
from tests.orders.house import House

NOW = {"order_after_s": 0.0, "cart_after_ms": 0.0, "abandon_after_s": 0.0}
PASSES = """
UPDATE order_awaiting SET until = now(), look_at = now() WHERE order_id = $1 AND look_at IS NOT NULL RETURNING true
"""


def sandbox(house: House) -> Sandbox:
    provider = house.engine.orders._till.provider
    assert isinstance(provider, Sandbox)
    return provider


def order_of(house: House, buyer: str, order: str = "one") -> str:
    return house.engine.signer.order_id(house.sale.id, buyer, order)


async def transfer(house: House, buyer: str, order: str = "one") -> str:
    """Buy what the buyer's cart holds, by transfer; answers the order."""
    bought = await house.engine.orders.purchase(Purchase(house.sale.id, buyer, order, Means(TRANSFER)))
    assert isinstance(bought, Bought), bought
    assert bought.order.state is OrderState.AWAITING
    return bought.order.id


async def deadline(house: House, order: str) -> None:
    assert await house.engine.db.fetchval(PASSES, order)
    await house.engine.orders.finish(**NOW)


async def counters(house: House) -> tuple[int, int, int, int, int]:
    counted: Counters = accept(await house.sale.snapshot()).counters
    return counted.held, counted.sold, counted.reserved, counted.revenue, counted.orders


async def sound(house: House) -> bool:
    return await verify(house.engine, house.sale.id, grace_s=0) == []


async def test_what_awaits_its_money_is_nobody_elses_and_its_cart_has_ended(house: House) -> None:
    buyer = await house.buyer_holding(3, 4, units={"early": 1})
    order = await transfer(house, buyer)
    cart = await house.cart(buyer)
    assert (cart.state, cart.end_reason, cart.bought) == ("ended", "reserved", 3)
    assert await counters(house) == (0, 3, 3, 0, 0)
    states = await house.seat_states()
    assert (states[3], states[4]) == (SeatState.SOLD, SeatState.SOLD)
    other = await house.buyer_holding(5)
    assert isinstance(await house.sale.hold(SeatsHold(other, "h", (3,))), Refused)
    assert await sound(house)
    assert await sandbox(house).pay(order)
    assert await house.state_of(order) == "paid"
    assert await counters(house) == (1, 3, 0, 2 * 4500 + 1500, 1)
    assert await sound(house)


async def test_at_its_deadline_it_is_free_again(house: House) -> None:
    buyer = await house.buyer_holding(3, 4, units={"early": 1})
    order = await transfer(house, buyer)
    await house.engine.orders.finish(**NOW)
    assert await house.state_of(order) == "awaiting", "its deadline has not come"
    await deadline(house, order)
    assert await house.state_of(order) == "failed"
    assert await counters(house) == (0, 0, 0, 0, 0)
    assert set(await house.seat_states()) == {SeatState.FREE}
    assert not await sandbox(house).pay(order), "it never captures"
    assert await sound(house)


# ── the last minute, and after it ──


async def test_what_was_paid_in_the_last_minute_keeps_its_seats(house: House) -> None:
    """Word of the money never came."""
    buyer = await house.buyer_holding(3)
    order = await transfer(house, buyer)
    await house.engine.db.execute("UPDATE sandbox_charge SET outcome = 'captured' WHERE order_id = $1", order)
    await deadline(house, order)
    assert await house.state_of(order) == "paid"
    assert (await house.seat_states())[3] == SeatState.SOLD
    assert await sound(house)


async def paid_late(house: House, order: str, amount: int) -> None:
    """The money comes although it was called off: banks do that."""
    comes = "UPDATE sandbox_charge SET outcome = 'captured', amount = $2 WHERE order_id = $1"
    await house.engine.db.execute(comes, order, amount)
    news = PaymentNews(house.sale.id, order, Captured(amount, "late"))
    await asyncio.gather(*(house.engine.orders.payment_answered(news) for _ in range(3)))
    await house.engine.orders.finish(**NOW)


@pytest.mark.parametrize("told", [True, False])
async def test_money_after_the_deadline_has_the_same_seats_while_they_are_free(house: House, told: bool) -> None:
    """Also where Redis has not been told yet that they are."""
    buyer = await house.buyer_holding(3, 4, units={"early": 1})
    order = await transfer(house, buyer)
    if told:
        await deadline(house, order)
    else:
        await sandbox(house).abandon(order)
        ledger = await house.engine.orders._desk.ledger(house.sale.id)
        await ledger.settle(Settlement(order, Declined("not_paid_in_time")))
    await paid_late(house, order, 2 * 4500 + 1500)
    (view,) = await house.engine.orders.of_buyer(house.sale.id, buyer)
    assert (view.state, [each.item for each in view.tickets]) == (
        OrderState.PAID,
        ["seat:3", "seat:4", "pool:early"],
    )
    assert await counters(house) == (0, 3, 0, 2 * 4500 + 1500, 1)
    assert await sound(house)


async def test_money_after_the_deadline_has_seats_like_those_it_paid_for(house: House) -> None:
    order = await transfer(house, await house.buyer_holding(3))
    await deadline(house, order)
    assert isinstance(await house.buy(await house.buyer_holding(3)), Bought)
    await paid_late(house, order, 4500)
    view = await house.engine.orders.one(house.sale.id, order)
    assert view is not None
    assert (view.state, view.tickets[0].item != "seat:3") == (OrderState.PAID, True)
    assert await sound(house)


async def test_money_after_the_deadline_goes_back_once_where_nothing_is_left(house: House) -> None:
    order = await transfer(house, await house.buyer_holding(units={"early": 6}))
    await deadline(house, order)
    assert isinstance(await house.buy(await house.buyer_holding(units={"early": 6})), Bought)
    await paid_late(house, order, 6 * 1500)
    assert await house.state_of(order) == "refunded"
    given_back = "SELECT count(*), sum(amount) FROM sandbox_refund WHERE order_id = $1"
    assert tuple(await house.engine.db.fetchrow(given_back, order)) == (1, 9000)
    assert await sound(house)


async def test_money_after_the_deadline_gives_nobody_more_than_they_may_have(house: House) -> None:
    buyer = await house.buyer_holding(3, 4, 5, 6)
    order = await transfer(house, buyer)
    await deadline(house, order)
    await house.fill(buyer, (13, 14, 15), {})
    assert isinstance(await house.buy(buyer, order="two"), Bought)
    await paid_late(house, order, 4 * 4500)
    assert await house.state_of(order) == "refunded"
    assert await sound(house)


async def test_another_amount_goes_back_and_frees_what_was_reserved(house: House) -> None:
    order = await transfer(house, await house.buyer_holding(3, 4))
    await paid_late(house, order, 4500)
    assert await house.state_of(order) == "refunded"
    assert await counters(house) == (0, 0, 0, 0, 0)
    assert await sound(house)


async def test_of_the_deadline_and_the_money_at_once_one_wins(house: House) -> None:
    orders = [await transfer(house, await house.buyer_holding(seat)) for seat in range(12)]
    for order in orders:
        assert await house.engine.db.fetchval(PASSES, order)
    pays = [sandbox(house).pay(order) for order in orders]
    await asyncio.gather(*pays, *(house.engine.orders.finish(**NOW) for _ in range(3)))
    await house.engine.orders.finish(**NOW)
    states = [await house.state_of(order) for order in orders]
    assert set(states) <= {"paid", "failed"}
    assert await house.count("tickets") == states.count("paid")
    assert await counters(house) == (0, states.count("paid"), 0, 4500 * states.count("paid"), states.count("paid"))
    assert await sound(house)


async def test_while_the_provider_is_away_at_the_deadline_the_seats_stay_reserved(house: House) -> None:
    order = await transfer(house, await house.buyer_holding(3))
    sandbox(house).down = True
    await deadline(house, order)
    assert await house.state_of(order) == "awaiting"
    assert (await house.seat_states())[3] == SeatState.SOLD
    sandbox(house).down = False
    await house.engine.orders.finish(**NOW)
    assert await house.state_of(order) == "awaiting", "it is asked again a little later"
    await deadline(house, order)
    assert await house.state_of(order) == "failed"
    assert await sound(house)


async def test_a_payment_that_is_refused_before_the_deadline_frees_its_seats(house: House) -> None:
    buyer = await house.buyer_holding(3)
    order = await transfer(house, buyer)
    await sandbox(house).abandon(order)
    await house.engine.orders.payment_answered(PaymentNews(house.sale.id, order, Declined("card_declined")))
    assert await counters(house) == (0, 0, 0, 0, 0)
    assert await sound(house)


# ── beside others ──


async def shops_again(house: House, buyer: str) -> None:
    """A buyer of four seats that are reserved, in a sale of six for each, buys two more."""
    await house.fill(buyer, (13, 14), {})
    refused = await house.sale.hold(SeatsHold(buyer, "more", (15,)))
    assert isinstance(refused, Refused)
    assert refused.code is Code.OVER_MAXIMUM
    assert isinstance(await house.buy(buyer, order="two"), Bought)
    assert await sound(house)


async def test_one_is_awaited_and_another_bought_by_the_same_buyer(house: House) -> None:
    buyer = await house.buyer_holding(3, 4, 5, 6)
    order = await transfer(house, buyer)
    await shops_again(house, buyer)
    assert await sandbox(house).pay(order)
    assert (await house.cart(buyer)).bought == 6
    assert await counters(house) == (0, 6, 0, 6 * 4500, 2)
    assert await sound(house)


async def test_money_that_comes_leaves_the_cart_alone_in_which_its_buyer_shops_meanwhile(house: House) -> None:
    buyer = await house.buyer_holding(3)
    order = await transfer(house, buyer)
    await house.fill(buyer, (4, 5), {})
    assert await sandbox(house).pay(order)
    cart = await house.cart(buyer)
    assert (cart.state, cart.seats, cart.bought) == ("open", (4, 5), 1)
    assert await sound(house)


async def test_a_seat_that_redis_took_for_free_is_reserved_again_when_somebody_wants_it(house: House) -> None:
    order = await transfer(house, await house.buyer_holding(3))
    packed = await house.engine.redis.hget(sale_keys(house.sale.id, "awaiting")[0], order)
    assert packed is not None
    assert await house.sale.release_order("", order) is None
    await house.engine.redis.delete(*sale_keys(house.sale.id, "awaiting"))
    other = await house.buyer_holding(3)
    refused = await house.buy(other)
    assert isinstance(refused, Refused)
    assert refused.code is Code.ALREADY_SOLD
    assert (await house.cart(other)).seats == ()
    assert await sound(house)


async def test_a_sale_that_closes_keeps_what_is_reserved(house: House) -> None:
    paid, failed = [await transfer(house, await house.buyer_holding(seat)) for seat in (3, 4)]
    act = Act(house.organizer, "test")
    assert not isinstance(await house.engine.catalog.close_early(act, house.sale.id), Refused)
    assert (await counters(house))[2] == 2
    assert await sandbox(house).pay(paid)
    await deadline(house, failed)
    assert await counters(house) == (0, 1, 0, 4500, 1)
    assert await sound(house)


async def test_it_is_asked_about_now_and_then_before_its_deadline(house: House) -> None:
    """So that money is found whose word was lost."""
    order = await transfer(house, await house.buyer_holding(3))
    await house.engine.db.execute("UPDATE sandbox_charge SET outcome = 'captured' WHERE order_id = $1", order)
    await house.engine.orders.finish(**NOW)
    assert await house.state_of(order) == "awaiting"
    await house.engine.db.execute("UPDATE order_awaiting SET look_at = now() WHERE order_id = $1", order)
    await house.engine.orders.finish(**NOW)
    assert await house.state_of(order) == "paid"
    assert isinstance(await house.sale.hold(SeatsHold(await house.buyer_holding(), "h", (4,))), Held)
    assert await sound(house)
