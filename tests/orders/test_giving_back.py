"""What goes back of an order: seats are free, tickets dead, every cent is somebody's; once, whoever asks how often."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from engine.audit import Act, ActorKind
from engine.engine import Engine
from engine.ids import new_id
from engine.onsale.model import Held, SeatsHold, SeatState
from engine.orders import Bought, OrderView
from engine.orders.refund_model import Refunding, RefundState
from engine.orders.refund_plan import RefundAsk
from engine.orders.takings import takings_of
from engine.payments import Refund, Refunded, Sandbox
from engine.refusals import Code, Refused
from engine.verify import verify
from tests.orders.house import House, open_sale
from tests.orders.test_dues import SALE, SHIRT

TAKINGS = (
    "SELECT sum(captured) AS captured, sum(prices) AS prices, sum(fees) AS fees, sum(taxes) AS taxes FROM order_takings"
)
BALANCES = """
SELECT e.account, sum(e.amount)::bigint AS amount
FROM ledger_movement m, unnest(m.accounts, m.amounts) AS e (account, amount)
WHERE m.sale_id = $1 GROUP BY e.account HAVING sum(e.amount) <> 0
"""


@pytest.fixture
async def house(engine: Engine) -> House:
    return await open_sale(engine, SALE)


def by(house: House) -> Act:
    return Act(house.organizer, "acc_finance", ActorKind.ACCOUNT)


async def bought(house: House, *seats: int, units: dict[str, int] | None = None) -> tuple[str, OrderView]:
    buyer = await house.buyer_holding(*seats, units=units)
    made = await house.buy(buyer)
    assert isinstance(made, Bought), made
    return buyer, made.order


async def give_back(house: House, order: str, *, request: str = "", **said: Any) -> Refunding | Refused:
    ask = RefundAsk(order, request or new_id("rfd"), **said)
    return await house.engine.orders.refunds.give_back(by(house), house.sale.id, ask)


async def given(house: House, order: str, **said: Any) -> Refunding:
    refund = await give_back(house, order, **said)
    assert isinstance(refund, Refunding), refund
    return refund


async def balances(house: House) -> dict[str, int]:
    return {row["account"]: row["amount"] for row in await house.engine.db.fetch(BALANCES, house.sale.id)}


async def at_provider(house: House, order: str) -> int:
    """What the provider gave back."""
    sum_: int = await house.engine.db.fetchval("SELECT given_back FROM sandbox_standing WHERE order_id = $1", order)
    return sum_


def provider(house: House) -> Sandbox:
    found = house.engine.orders._till.provider
    assert isinstance(found, Sandbox)
    return found


async def sound(house: House) -> None:
    await house.engine.orders.note_ended_carts()
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


# ── lines ──


async def test_the_seat_of_a_line_is_free_and_somebody_else_buys_it(house: House) -> None:
    _, order = await bought(house, 0, 1)
    assert order.total == 4000 + 300 + 100
    refund = await given(house, order.id, lines=(0,))
    # The ticket and the service that was asked for it; what was asked once for the order stays.
    assert (refund.amount, refund.state, refund.ended) == (2000 + 150, RefundState.DONE, (0,))
    assert (await house.seat_states())[:2] == [SeatState.FREE, SeatState.SOLD]
    assert await house.state_of(order.id) == "paid"
    assert await at_provider(house, order.id) == 2150
    again, other = await bought(house, 0)
    assert other.state.value == "paid"
    view = await house.engine.orders.one(house.sale.id, order.id)
    assert view is not None
    assert [each.item for each in view.tickets] == ["seat:1"], "the other ticket opens nothing any more"
    assert again != order.id
    await sound(house)


async def test_what_goes_back_line_by_line_comes_to_all_that_was_paid(house: House) -> None:
    _, order = await bought(house, 0, 1, units={SHIRT: 1})
    amounts = [(await given(house, order.id, lines=(at,))).amount for at in (2, 0, 1)]
    assert amounts == [2500 + 150, 2150, 2150 + 100], "the last one brings what was asked for all"
    assert await house.state_of(order.id) == "refunded"
    assert await at_provider(house, order.id) == order.total
    assert await balances(house) == {}
    takings = await takings_of(house.engine.db, house.sale.id)
    assert (takings.captured, takings.prices, takings.fees, takings.taxes) == (0, 0, 0, 0)
    await sound(house)


async def test_fees_may_be_kept(house: House) -> None:
    _, order = await bought(house, 0)
    refund = await given(house, order.id, fees=False)
    assert refund.amount == 2000
    assert await house.state_of(order.id) == "refunded"
    left = await house.sale.snapshot()
    assert not isinstance(left, Refused)
    assert (left.counters.revenue, left.counters.sold, left.counters.orders) == (200, 0, 1)
    await sound(house)
    rest = await given(house, order.id, amount=200)
    assert rest.ended == ()
    assert await balances(house) == {}
    await sound(house)


async def test_a_sum_goes_back_and_every_ticket_stays(house: House) -> None:
    _, order = await bought(house, 0, 1)
    refund = await given(house, order.id, amount=1001)
    assert (refund.amount, refund.ended) == (1001, ())
    view = await house.engine.orders.one(house.sale.id, order.id)
    assert view is not None
    assert len(view.tickets) == 2
    await sound(house)
    rest = await given(house, order.id)
    assert rest.amount == order.total - 1001
    assert await balances(house) == {}
    await sound(house)


async def test_all_of_the_money_goes_back_and_every_ticket_stays(house: House) -> None:
    _, order = await bought(house, 1, 2)
    await given(house, order.id, amount=order.total)
    view = await house.engine.orders.one(house.sale.id, order.id)
    assert view is not None
    assert len(view.tickets) == 2
    assert await at_provider(house, order.id) == order.total
    await sound(house)


async def test_units_and_products_go_back_to_their_pools(house: House) -> None:
    _, order = await bought(house, units={"gift": 2, SHIRT: 3})
    before = await house.sale.snapshot()
    await given(house, order.id, lines=(0, 2))
    after = await house.sale.snapshot()
    assert not isinstance(before, Refused)
    assert not isinstance(after, Refused)
    assert {pool: after.pools[pool] - before.pools[pool] for pool in after.pools} == {"gift": 1, SHIRT: 1}
    await sound(house)


# ── what can't be ──


async def test_no_more_goes_back_than_was_paid(house: House) -> None:
    _, order = await bought(house, 0)
    assert await give_back(house, order.id, amount=order.total + 1) == Refused(
        Code.MORE_THAN_LEFT, {"left": order.total}
    )
    assert isinstance(await give_back(house, order.id, amount=0), Refused)
    assert isinstance(await give_back(house, order.id, lines=(0, 0)), Refused)
    assert isinstance(await give_back(house, order.id, lines=(7,)), Refused)
    assert isinstance(await give_back(house, order.id, lines=(0,), amount=5), Refused)
    await given(house, order.id)
    for said in ({}, {"lines": (0,)}):
        refused = await give_back(house, order.id, **said)
        assert isinstance(refused, Refused)
        assert refused.code is Code.GIVEN_BACK
    assert await give_back(house, order.id, amount=1) == Refused(Code.MORE_THAN_LEFT, {"left": 0})
    await sound(house)


async def test_a_neighbour_gives_nothing_back(house: House) -> None:
    _, order = await bought(house, 0)
    neighbour = Act(await house.engine.access.create_organizer("Vecinos"), "acc_x", ActorKind.ACCOUNT)
    ask = RefundAsk(order.id, "one")
    refused = await house.engine.orders.refunds.give_back(neighbour, house.sale.id, ask)
    assert refused == Refused(Code.UNKNOWN_SALE)
    assert await house.state_of(order.id) == "paid"


async def test_nothing_was_paid_for_what_failed(house: House) -> None:
    buyer = await house.buyer_holding(0)
    assert isinstance(await house.buy(buyer, "4000000000000002"), Refused)
    order = await house.engine.db.fetchval("SELECT id FROM orders WHERE buyer_id = $1", buyer)
    assert await give_back(house, order) == Refused(Code.NOT_REFUNDABLE)
    assert await give_back(house, "ord_unknown") == Refused(Code.NOT_FOUND)


# ── at once, repeated, cut off ──


async def test_the_same_request_is_one_refund_however_often_it_comes(house: House) -> None:
    _, order = await bought(house, 0, 1)
    asked = (give_back(house, order.id, request="click", lines=(0,)) for _ in range(8))
    answers = await asyncio.gather(*asked)
    assert {each.nth for each in answers if isinstance(each, Refunding)} == {1}
    assert await at_provider(house, order.id) == 2150
    await sound(house)


async def test_of_two_at_once_one_has_the_line(house: House) -> None:
    _, order = await bought(house, 0, 1)
    answers = await asyncio.gather(*(give_back(house, order.id, lines=(0,)) for _ in range(4)))
    assert sum(isinstance(each, Refunding) for each in answers) == 1
    assert await at_provider(house, order.id) == 2150
    await sound(house)


async def test_sums_at_once_never_pass_what_was_paid(house: House) -> None:
    _, order = await bought(house, 0)
    answers = await asyncio.gather(*(give_back(house, order.id, amount=900) for _ in range(5)))
    assert sum(isinstance(each, Refunding) for each in answers) == 2
    assert await at_provider(house, order.id) == 1800
    await sound(house)


async def test_a_provider_that_is_away_is_asked_until_it_is_through(house: House) -> None:
    _, order = await bought(house, 0)
    provider(house).down = True
    refund = await given(house, order.id)
    assert refund.state is RefundState.DUE
    assert (await house.seat_states())[0] == SeatState.FREE, "the seat waits for no bank"
    assert await house.state_of(order.id) == "refunding"
    provider(house).down = False
    await house.engine.orders.finish(order_after_s=0.0)
    assert await house.state_of(order.id) == "refunded"
    assert await at_provider(house, order.id) == order.total
    await sound(house)


async def test_what_the_provider_does_not_give_back_waits_for_somebody(house: House) -> None:
    _, order = await bought(house, 0)
    await house.engine.db.execute("UPDATE sandbox_charge SET outcome = 'declined' WHERE order_id = $1", order.id)
    refund = await given(house, order.id)
    assert (refund.state, refund.failure) == (RefundState.FAILED, "not_captured")
    refunds = house.engine.orders.refunds
    assert await refunds.again(by(house), house.sale.id, order.id, 1, by_hand=False) is None
    assert [each.state for each in await refunds.of_order(house.sale.id, order.id)] == [RefundState.FAILED]
    assert await refunds.again(by(house), house.sale.id, order.id, 1, by_hand=True) is None
    assert await house.state_of(order.id) == "refunded"
    assert await refunds.again(by(house), house.sale.id, order.id, 1, by_hand=True) == Refused(Code.NOT_FOUND)
    assert await balances(house) == {}


async def test_a_sell_that_was_read_before_the_refund_takes_nothing(house: House) -> None:
    buyer, order = await bought(house, 0, 1)
    desk = house.engine.orders._desk
    stale = await desk.reader.rows(house.sale.id, order.id)
    assert stale is not None
    await given(house, order.id, lines=(0,))
    other = await house.buyer_holding(0)
    await lose(house)
    await desk.tell_rows(stale)
    assert (await house.seat_states())[:2] == [SeatState.HELD, SeatState.SOLD]
    assert (await house.cart(other)).seats == (0,)
    await given(house, order.id)
    await lose(house)
    assert await desk.tell_sold(stale) is None
    assert (await house.seat_states())[:2] == [SeatState.HELD, SeatState.FREE]
    assert isinstance(await house.sale.hold(SeatsHold(buyer, new_id("h"), (1,))), Held)
    await sound(house)


async def test_redis_hears_of_the_refund_before_it_hears_of_the_order(house: House) -> None:
    """Whoever sold it died before Redis was told; seats are the cart's until then."""
    buyer = await house.buyer_holding(0, 1)
    cart = await house.cart(buyer)
    made = await house.buy(buyer)
    assert isinstance(made, Bought)
    await given(house, made.order.id, lines=(1,))
    rows = await house.engine.orders._desk.reader.rows(house.sale.id, made.order.id)
    assert rows is not None
    await lose(house)
    assert cart.seats == (0, 1)
    assert await house.engine.orders._desk.tell_rows(rows)
    assert (await house.seat_states())[:2] == [SeatState.SOLD, SeatState.FREE]
    await sound(house)


@pytest.mark.parametrize("reached", ["decided", "told", "paid back"])
async def test_whoever_dies_after_any_step_leaves_it_to_the_finisher(house: House, reached: str) -> None:
    _, order = await bought(house, 0, 1)
    orders = house.engine.orders
    (decided,) = await orders.refunds.decide(by(house), house.sale.id, [RefundAsk(order.id, "one", lines=(0,))])
    assert isinstance(decided, Refunding)
    if reached != "decided":
        assert await orders._desk.tell_redis(house.sale.id, order.id)
    if reached == "paid back":
        said = await provider(house).refund(Refund(house.sale.id, order.id, f"{order.id}:1", decided.amount))
        assert isinstance(said, Refunded)
    await orders.finish(order_after_s=0.0)
    (refund,) = await orders.refunds.of_order(house.sale.id, order.id)
    assert refund.state is RefundState.DONE
    assert await at_provider(house, order.id) == decided.amount
    assert (await house.seat_states())[:2] == [SeatState.FREE, SeatState.SOLD]
    assert await house.engine.db.fetchval("SELECT settled_at IS NOT NULL FROM orders WHERE id = $1", order.id)
    await sound(house)


async def test_redis_that_is_lost_at_that_moment_knows_it_once_it_is_back(house: House) -> None:
    _, order = await bought(house, 0, 1, units={"gift": 1})
    await given(house, order.id, lines=(0, 2))
    await lose(house)
    await sound(house)
    await given(house, order.id, lines=(1,))
    assert (await house.seat_states())[:2] == [SeatState.FREE, SeatState.FREE]
    await sound(house)


async def lose(house: House) -> None:
    """Redis loses the sale, and it is rebuilt."""
    await house.engine.redis.delete(house.engine.onsale.calls(house.sale.id).keys.key("sale"))
    await house.engine.keeper.rebuild(house.sale.id)
