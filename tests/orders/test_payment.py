"""Payments that do not simply go through: unknown, silent, down, twice, late."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from engine.engine import Engine
from engine.onsale.model import Held, SeatsHold, SeatState
from engine.orders import Bought, Orders, OrderState, Purchase, purchase
from engine.orders.ledger import Settlement
from engine.orders.purchase import clock_ms
from engine.payments import Captured, Declined, NoProvider, PaymentNews, Sandbox
from engine.payments.breaker import FAILURES_TO_OPEN
from engine.payments.sandbox import CardBehaviour
from engine.refusals import Code, Refused
from engine.verify import verify
from tests.orders.house import GOOD, House, card

NOW = {"order_after_s": 0.0, "cart_after_ms": 0.0, "abandon_after_s": 0.0}
UNKNOWN_THEN_PAID = "4000000000000093"
UNKNOWN_THEN_DECLINED = "4000000000000101"
UNKNOWN_FOR_EVER = "4000000000000143"
SILENT_AND_CHARGED = "4000000000000077"
SILENT_AND_LOST = "4000000000000085"
TWICE = "4000000000000150"
DOWN = "4000000000000168"


@pytest.fixture
def patience_s(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    return lambda seconds: monkeypatch.setattr(purchase, "CHARGE_S_MAX", seconds)


def order_of(house: House, buyer: str, order: str = "one") -> str:
    return house.engine.signer.order_id(house.sale.id, buyer, order)


async def test_an_unknown_payment_keeps_the_cart_locked_until_the_provider_knows(house: House) -> None:
    paid, declined, never = [await house.buyer_holding(seat) for seat in range(3)]
    cards = {paid: UNKNOWN_THEN_PAID, declined: UNKNOWN_THEN_DECLINED, never: UNKNOWN_FOR_EVER}
    for buyer, number in cards.items():
        refused = await house.buy(buyer, number)
        assert isinstance(refused, Refused)
        assert refused.code is Code.PAYMENT_PENDING
        assert refused.detail["order"] == order_of(house, buyer)
    await house.engine.orders.finish(**NOW)
    assert {(await house.cart(buyer)).state for buyer in cards} == {"locked"}
    await house.engine.db.execute("UPDATE sandbox_charge SET visible_at = now() WHERE visible_at < now() + '1 hour'")
    orders = house.engine.orders
    orders._finisher._ask_at.clear()
    await orders.finish(**NOW)
    assert [await house.state_of(order_of(house, buyer)) for buyer in cards] == ["paid", "failed", "paying"]
    assert [(await house.cart(buyer)).state for buyer in cards] == ["ended", "open", "locked"]
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


@pytest.mark.parametrize(("number", "state"), [(SILENT_AND_CHARGED, "paid"), (SILENT_AND_LOST, "failed")])
async def test_a_provider_that_never_answers_is_asked_what_became_of_it(
    house: House, patience_s: Callable[[float], None], number: str, state: str
) -> None:
    patience_s(0.2)
    buyer = await house.buyer_holding(3)
    refused = await house.buy(buyer, number)
    assert isinstance(refused, Refused)
    assert refused.code is Code.PAYMENT_PENDING
    await house.engine.orders.finish(**NOW)
    assert await house.state_of(order_of(house, buyer)) == state
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


@pytest.mark.parametrize("outcome", [Captured(4500, "late word"), Declined("card_declined")])
async def test_a_payment_settled_while_the_provider_was_silent_is_answered_as_it_stands(
    house: House, patience_s: Callable[[float], None], outcome: Captured | Declined
) -> None:
    patience_s(1.0)
    buyer = await house.buyer_holding(3)
    buying = asyncio.create_task(house.buy(buyer, SILENT_AND_CHARGED))
    async with asyncio.timeout(10):
        while True:
            if await house.state_of(order_of(house, buyer)) == "paying":
                break
            await asyncio.sleep(0.01)
    await house.engine.orders.payment_answered(PaymentNews(house.sale.id, order_of(house, buyer), outcome))
    answer = await buying
    if isinstance(outcome, Captured):
        assert isinstance(answer, Bought)
        assert (answer.order.state, answer.again) == (OrderState.PAID, False)
    else:
        assert isinstance(answer, Refused)
        assert answer.code is Code.PAYMENT_DECLINED


async def test_an_order_the_provider_never_heard_of_is_not_given_up_at_once(
    house: House, patience_s: Callable[[float], None]
) -> None:
    patience_s(0.2)
    buyer = await house.buyer_holding(3)
    await house.buy(buyer, SILENT_AND_LOST)
    await house.engine.orders.finish(order_after_s=0.0)
    assert await house.state_of(order_of(house, buyer)) == "paying"


async def test_an_answer_that_comes_three_times_pays_once(house: House) -> None:
    buyer = await house.buyer_holding(3, 4)
    assert isinstance(await house.buy(buyer, TWICE), Bought)
    await house.engine.orders.close()
    assert (await house.count("tickets"), await house.count("told")) == (2, 1)
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def test_while_the_provider_is_down_carts_keep_their_holds_and_say_so(house: House, impatient: Orders) -> None:
    buyers = [await house.buyer_holding(seat) for seat in range(7)]
    orders = house.engine.orders
    provider = orders._till.provider
    assert isinstance(provider, Sandbox)
    provider.down = True
    for buyer in buyers[:5]:
        assert await house.buy(buyer, GOOD) == Refused(Code.PAYMENT_UNAVAILABLE)
    provider.down = False
    assert orders.payments_are_down()
    # The breaker is open: nothing is placed or asked any more.
    assert await house.buy(buyers[5], GOOD) == Refused(Code.PAYMENT_UNAVAILABLE)
    assert await house.state_of(order_of(house, buyers[5])) is None
    for buyer in buyers:
        cart = await house.cart(buyer)
        assert (cart.state, len(cart.seats)) == ("open", 1)
        view = await orders.cart_view(house.sale.id, buyer)
        assert not isinstance(view, Refused)
        assert [issue.code for issue in view.issues] == ["payment_unavailable"]
    # What costs nothing needs no provider.
    guest = await house.buyer_holding(units={"gift": 2})
    view = await orders.cart_view(house.sale.id, guest)
    assert not isinstance(view, Refused)
    assert view.issues == ()
    assert isinstance(await house.buy(guest), Bought)
    # A worker, which charges nothing itself, hears of it, so that rooms slow down.
    await impatient.finish(order_after_s=3600.0)
    assert impatient.payments_are_down()
    # Repeating what failed answers the same, and a new try after the pause goes through.
    assert await house.buy(buyers[0], GOOD) == Refused(Code.PAYMENT_UNAVAILABLE)
    orders._till.breaker.went_well()
    assert isinstance(await house.buy(buyers[0], GOOD, order="two"), Bought)
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


@pytest.mark.parametrize("number", [DOWN, SILENT_AND_CHARGED, SILENT_AND_LOST])
async def test_a_card_that_plays_an_outage_plays_it_for_its_buyer_alone(
    house: House, patience_s: Callable[[float], None], number: str
) -> None:
    """Anybody may type it, as often as they like."""
    patience_s(0.2)
    for seat in range(FAILURES_TO_OPEN + 1):
        assert isinstance(await house.buy(await house.buyer_holding(seat), number), Refused)
    assert not house.engine.orders.payments_are_down()
    assert isinstance(await house.buy(await house.buyer_holding(20)), Bought)
    # Nor does it end an outage, or take the place of the purchase that finds out whether it is over.
    breaker = house.engine.orders._till.breaker
    for _ in range(FAILURES_TO_OPEN):
        breaker.went_badly(clock_ms() - breaker.pause_ms)
    assert isinstance(await house.buy(await house.buyer_holding(21), number), Refused)
    assert isinstance(await house.buy(await house.buyer_holding(22)), Bought)


@pytest.fixture
async def nobody(engine: Engine) -> AsyncIterator[Orders]:
    """Orders of an installation that has no provider."""
    orders = Orders(
        db=engine.db,
        onsale=engine.onsale,
        read_sale=engine.catalog.sale_info,
        vault=engine.vault,
        kind_of=engine.catalog.kinds.of,
        bring=engine.catalog.allocations.bring,
        meeting=engine.orders.meeting,
        own_credit=engine.orders.own_credit,
        signer=engine.signer,
        sealer=engine.sealer,
        provider=NoProvider(),
    )
    yield orders
    await orders.close()


async def test_without_a_provider_only_what_costs_nothing_can_be_had(house: House, nobody: Orders) -> None:
    sale = house.sale.id
    buyer = await house.buyer_holding(3)
    assert await nobody.purchase(Purchase(sale, buyer, "one", card())) == Refused(Code.PAYMENT_NOT_SET_UP)
    assert await nobody.purchase(Purchase(sale, buyer, "two", None)) == Refused(Code.PAYMENT_NOT_SET_UP)
    assert (await house.cart(buyer)).state == "open"
    assert await house.count("charges") == 0
    view = await nobody.cart_view(sale, buyer)
    assert not isinstance(view, Refused)
    assert [issue.code for issue in view.issues] == ["payment_not_set_up"]
    free = await house.buyer_holding(units={"gift": 2})
    view = await nobody.cart_view(sale, free)
    assert not isinstance(view, Refused)
    assert view.issues == ()
    assert isinstance(await nobody.purchase(Purchase(sale, free, "one", None)), Bought)
    assert await verify(house.engine, sale, grace_s=0) == []


async def test_what_the_sandbox_was_asked_is_finished_there_after_it_was_switched_off(
    house: House, nobody: Orders
) -> None:
    buyer = await house.buyer_holding(3)
    assert isinstance(await house.buy(buyer, UNKNOWN_THEN_PAID), Refused)
    order = order_of(house, buyer)
    await house.engine.db.execute("UPDATE sandbox_charge SET visible_at = now() WHERE order_id = $1", order)
    await nobody.finish(**NOW)
    assert await house.state_of(order) == "paid"
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


@pytest.fixture
async def impatient(engine: Engine) -> AsyncIterator[Orders]:
    """Orders over a provider whose cards this test decides."""
    cards = {GOOD: CardBehaviour(), "4000000000000002": CardBehaviour(decline="card_declined")}
    orders = Orders(
        db=engine.db,
        onsale=engine.onsale,
        read_sale=engine.catalog.sale_info,
        vault=engine.vault,
        kind_of=engine.catalog.kinds.of,
        bring=engine.catalog.allocations.bring,
        meeting=engine.orders.meeting,
        own_credit=engine.orders.own_credit,
        signer=engine.signer,
        sealer=engine.sealer,
        provider=Sandbox(engine.db, cards),
    )
    yield orders
    await orders.close()


async def failed_order(house: House, buyer: str) -> str:
    """An order that failed, whose money the provider captures all the same, later."""
    assert isinstance(await house.buy(buyer, "4000000000000002"), Refused)
    order = order_of(house, buyer)
    await house.engine.db.execute("UPDATE sandbox_charge SET outcome = 'captured' WHERE order_id = $1", order)
    return order


async def pay_late(house: House, order: str, amount: int) -> None:
    news = PaymentNews(house.sale.id, order, Captured(amount, "late"))
    await asyncio.gather(*(house.engine.orders.payment_answered(news) for _ in range(3)))
    await house.engine.orders.finish(**NOW)


async def acts_on(house: House, order: str) -> list[tuple[str, str, str, dict[str, Any]]]:
    """What the audit trail has of an order; all of it by the installation itself, for the sale's organizer."""
    rows = await house.engine.db.fetch("SELECT * FROM audit WHERE subject = $1 ORDER BY id", order)
    assert {(row["organizer_id"], row["detail"]["sale"]) for row in rows} == {(house.organizer, house.sale.id)}
    return [(row["actor_kind"], row["actor"], row["act"], row["after"]) for row in rows]


async def test_late_money_gets_the_same_seats_when_they_are_free(house: House) -> None:
    buyer = await house.buyer_holding(3, 4, units={"early": 2})
    order = await failed_order(house, buyer)
    await pay_late(house, order, 2 * 4500 + 2 * 1500)
    view = (await house.engine.orders.of_buyer(house.sale.id, buyer))[0]
    assert view.state is OrderState.PAID
    assert [ticket.item for ticket in view.tickets] == ["seat:3", "seat:4", "pool:early", "pool:early"]
    assert (await house.seat_states())[3:5] == [SeatState.SOLD, SeatState.SOLD]
    after = {"state": "paid", "seats": [3, 4, None, None]}
    assert await acts_on(house, order) == [("itself", "worker", "order.revive", after)]
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def test_late_money_gets_seats_like_those_when_they_are_taken(house: House) -> None:
    buyer = await house.buyer_holding(3)
    order = await failed_order(house, buyer)
    await house.sale.leave(buyer)
    other = await house.buyer_holding(3)
    await pay_late(house, order, 4500)
    view = (await house.engine.orders.of_buyer(house.sale.id, buyer))[0]
    assert (view.state, [ticket.item for ticket in view.tickets]) == (OrderState.PAID, ["seat:2"])
    assert isinstance(await house.buy(other), Bought)
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def test_late_money_goes_back_once_when_nothing_alike_is_left(house: House) -> None:
    buyer = await house.buyer_holding(40)
    order = await failed_order(house, buyer)
    await house.sale.leave(buyer)
    for first in range(40, 60, 5):
        other = await house.buyer_holding(*range(first, first + 5))
        assert isinstance(await house.buy(other), Bought)
    await pay_late(house, order, 3000)
    assert await house.state_of(order) == "refunded"
    assert await house.engine.db.fetchval("SELECT outcome FROM sandbox_charge WHERE order_id = $1", order) == "refunded"
    told = "SELECT count(*) FROM outbox_told WHERE topic = 'order.refunding' AND subject = $1"
    assert await house.engine.db.fetchval(told, order) == 1
    after = {"state": "refunding", "amount": 3000}
    assert await acts_on(house, order) == [("itself", "worker", "order.refund", after)]
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def test_late_money_for_a_cart_that_was_bought_again_goes_back(house: House) -> None:
    buyer = await house.buyer_holding(3)
    order = await failed_order(house, buyer)
    assert isinstance(await house.buy(buyer, order="two"), Bought)
    await pay_late(house, order, 4500)
    assert await house.state_of(order) == "refunded"
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def test_money_for_an_order_that_never_was_goes_back(house: House) -> None:
    order = "ord_never-heard-of-it"
    await house.engine.db.execute(
        "INSERT INTO sandbox_charge (order_id, amount, currency, outcome) VALUES ($1, 700, 'EUR', 'captured')", order
    )
    await pay_late(house, order, 700)
    assert await house.state_of(order) == "refunded"
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def test_money_in_another_amount_than_the_order_goes_back(house: House, impatient: Orders) -> None:
    buyer = await house.buyer_holding(3)
    await house.buy(buyer, UNKNOWN_THEN_PAID)
    order = order_of(house, buyer)
    await house.engine.db.execute("UPDATE sandbox_charge SET amount = 1, visible_at = now() WHERE order_id = $1", order)
    await impatient.finish(**NOW)
    await impatient.finish(**NOW)
    assert await house.state_of(order) == "refunded"
    assert (await house.cart(buyer)).state == "open"
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def test_late_news_of_a_crashed_process_is_taken_up_by_the_finisher(house: House, impatient: Orders) -> None:
    """The ledger has noted the money, and the process died before it was given anything."""
    buyer = await house.buyer_holding(3)
    order = await failed_order(house, buyer)
    ledger = await house.engine.orders._desk.ledger(house.sale.id)
    assert (await ledger.settle(Settlement(order, Captured(4500, "late")))).late
    await impatient.finish(**NOW)
    assert await house.state_of(order) == "paid"
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def test_a_decline_reported_after_the_capture_changes_nothing(house: House) -> None:
    buyer = await house.buyer_holding(3)
    bought = await house.buy(buyer)
    assert isinstance(bought, Bought)
    news = PaymentNews(house.sale.id, bought.order.id, Declined("card_declined"))
    await house.engine.orders.payment_answered(news)
    assert await house.state_of(bought.order.id) == "paid"


async def test_a_buyer_whose_socket_closed_is_bought_for_all_the_same(house: House) -> None:
    buyer = await house.buyer_holding(3)
    asking = asyncio.create_task(house.engine.orders.purchase(Purchase(house.sale.id, buyer, "one", card())))
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await house.engine.orders.drained()
    assert await house.state_of(order_of(house, buyer)) == "paid"


async def test_a_seat_given_late_is_gone_for_others(house: House) -> None:
    buyer = await house.buyer_holding(3)
    order = await failed_order(house, buyer)
    await house.sale.leave(buyer)
    await pay_late(house, order, 4500)
    refused = await house.sale.hold(SeatsHold("o" * 16, "h", (3,)))
    assert not isinstance(refused, Held)
