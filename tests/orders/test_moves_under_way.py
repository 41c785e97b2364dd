"""A move under way: it is done or undone, and whoever asks for something else at the same time is refused."""

from __future__ import annotations

import asyncio

import pytest

from engine.audit import Act
from engine.orders import Bought, CartChange, Purchase
from engine.orders.cancelling import Cancellation, Scope
from engine.orders.move_model import Move, MoveAsk, MoveState
from engine.orders.refund_model import Refunding, RefundState
from engine.payments import TRANSFER, Captured, Means, PaymentNews
from engine.refusals import Code, Refused
from tests.orders.crediting import balance, voucher
from tests.orders.house import House, open_house
from tests.orders.moving import (
    FREE_BOTH,
    NOW,
    SOLD_BOTH,
    Dates,
    another_date,
    begin,
    begun,
    bought,
    cash,
    old_seats,
    on_the_way,
    pays,
    refund,
    refunds_of,
    sound,
    stands,
    two_dates,
)
from tests.orders.test_giving_back import provider

DECLINED = "4000000000000002"
DOWN = "4000000000000168"
UNKNOWN_FOR_NOW = "4000000000000093"


# ── while it is open, and undone ──


async def test_meanwhile_nothing_goes_back(house: House) -> None:
    dates = await two_dates(house)
    move = await begun(dates, 3)
    refused = await refund(dates, dates.old, dates.order.id)
    assert refused == Refused(Code.MOVING, {"move": move.id})
    again = await begin(dates, into=await another_date(house))
    assert again == Refused(Code.MOVING, {"move": move.id})
    undone = await house.engine.orders.moving.undo(move.id, dates.by)
    assert isinstance(undone, Move)
    assert undone.state is MoveState.UNDONE
    assert await old_seats(dates) == SOLD_BOTH
    assert await on_the_way(dates) == 0
    view = await house.engine.orders.cart_view(dates.new.sale.id, dates.buyer)
    assert not isinstance(view, Refused)
    assert (view.due, view.credits, view.issues) == (4500, (), ())
    await sound(dates)
    assert isinstance(await refund(dates, dates.old, dates.order.id), Refunding)
    await sound(dates)


async def test_a_cart_that_ends_leaves_the_lines_as_they_were(house: House) -> None:
    dates = await two_dates(house)
    move = await begun(dates, 3)
    await house.engine.orders.finish(**NOW)
    assert (await stands(dates, move)).state is MoveState.OPEN
    await dates.new.sale.leave(dates.buyer)
    await house.engine.orders.note_ended_carts()
    await house.engine.orders.finish(**NOW)
    assert (await stands(dates, move)).state is MoveState.UNDONE
    assert await old_seats(dates) == SOLD_BOTH
    assert await refunds_of(dates) == []
    await sound(dates)


async def test_a_cart_that_redis_lost_ends_it_too(house: House) -> None:
    dates = await two_dates(house)
    move = await begun(dates, 3)
    await dates.new.sale.leave(dates.buyer)  # and nobody writes that down
    assert not isinstance(await dates.new.sale.enter(dates.buyer), Refused)
    await house.engine.db.execute("UPDATE order_move SET look_at = now() WHERE id = $1", move.id)
    await house.engine.orders.finish(**NOW)
    assert (await stands(dates, move)).state is MoveState.UNDONE
    await sound(dates)


async def test_a_declined_card_leaves_both_as_they_were_and_another_one_pays(house: House) -> None:
    dates = await two_dates(house)
    move = await begun(dates, 0, 1, 2)
    declined = await pays(dates.new, dates.buyer, DECLINED)
    assert isinstance(declined, Refused)
    assert declined.code is Code.PAYMENT_DECLINED
    await house.engine.orders.finish(**NOW)
    assert (await stands(dates, move)).state is MoveState.OPEN
    assert await old_seats(dates) == SOLD_BOTH
    await sound(dates)
    await bought(dates, "4242424242424242", order="two")
    assert (await stands(dates, move)).state is MoveState.DONE
    assert await cash(dates) == 13500
    await sound(dates)


async def test_a_provider_that_is_down_charges_nothing_and_moves_nothing(house: House) -> None:
    dates = await two_dates(house)
    move = await begun(dates, 0, 1, 2)
    refused = await pays(dates.new, dates.buyer, DOWN)
    assert isinstance(refused, Refused)
    await house.engine.orders.finish(**NOW)
    assert (await stands(dates, move)).state is MoveState.OPEN
    assert (await cash(dates), await old_seats(dates)) == (9000, SOLD_BOTH)
    await sound(dates)


async def test_what_goes_back_waits_for_a_provider_that_is_down(house: House) -> None:
    dates = await two_dates(house)
    await begun(dates, 40)
    provider(house).down = True
    await bought(dates)
    (back,) = await refunds_of(dates)
    assert (back.state, back.moved, back.money) == (RefundState.DUE, 3000, 6000)
    assert await old_seats(dates) == FREE_BOTH
    await sound(dates)
    provider(house).down = False
    await house.engine.orders.finish(**NOW)
    assert await cash(dates) == 3000
    await sound(dates)


async def test_while_a_payment_is_under_way_nobody_undoes_it(house: House) -> None:
    dates = await two_dates(house)
    move = await begun(dates, 0, 1, 2)
    pending = await pays(dates.new, dates.buyer, UNKNOWN_FOR_NOW)
    assert isinstance(pending, Refused)
    assert pending.code is Code.PAYMENT_PENDING
    assert await house.engine.orders.moving.undo(move.id, dates.by) == Refused(Code.CART_LOCKED)
    await house.engine.db.execute("UPDATE sandbox_charge SET visible_at = now()")
    for _ in range(2):
        await house.engine.orders.finish(**NOW)
    assert (await stands(dates, move)).state is MoveState.DONE
    assert await cash(dates) == 13500
    await sound(dates)


@pytest.mark.parametrize("arrives", [True, False])
async def test_money_that_is_awaited_keeps_it_open(house: House, *, arrives: bool) -> None:
    dates = await two_dates(house)
    move = await begun(dates, 0, 1, 2)
    made = await pays(dates.new, dates.buyer, means=Means(TRANSFER))
    assert isinstance(made, Bought), made
    await house.engine.orders.note_ended_carts()
    await house.engine.orders.finish(**NOW)
    assert (await stands(dates, move)).state is MoveState.OPEN
    assert (await old_seats(dates), await on_the_way(dates)) == (SOLD_BOTH, 9000)
    await sound(dates)
    if arrives:
        assert await house.engine.orders.transfer_arrives(made.order.id)
    else:
        passes = "UPDATE order_awaiting SET until = now(), look_at = now() WHERE order_id = $1"
        await house.engine.db.execute(passes, made.order.id)
    for _ in range(2):
        await house.engine.orders.finish(**NOW)
    state = MoveState.DONE if arrives else MoveState.UNDONE
    assert (await stands(dates, move)).state is state
    assert await old_seats(dates) == (FREE_BOTH if arrives else SOLD_BOTH)
    assert await cash(dates) == (13500 if arrives else 9000)
    await sound(dates)


# ── who asks at the same time, or for what can't be ──


async def test_a_request_that_is_repeated_begins_once(house: House) -> None:
    dates = await two_dates(house)
    await dates.new.fill(dates.buyer, (3,), {})
    answers = await asyncio.gather(*(begin(dates, request="one") for _ in range(6)))
    (one,) = set(answers)
    assert isinstance(one, Move)
    assert await on_the_way(dates) == 9000
    await bought(dates)
    asked = MoveAsk(dates.order.id, "one", one.to)
    assert await house.engine.orders.moving.begin(dates.by, dates.old.sale.id, asked) == await stands(dates, one)
    again = await begin(dates, request="one", into=await another_date(house))
    assert isinstance(again, Move)
    assert (again.id, again.state) == (one.id, MoveState.DONE)
    await sound(dates)


async def test_of_two_moves_at_once_one_begins(house: House) -> None:
    dates = await two_dates(house)
    third = await another_date(house)
    answers = await asyncio.gather(begin(dates, 3), begin(dates, 3, into=third))
    assert sorted(isinstance(each, Move) for each in answers) == [False, True]
    assert [each.code for each in answers if isinstance(each, Refused)] == [Code.MOVING]
    assert await on_the_way(dates) == 9000
    await sound(dates)


async def test_of_a_move_and_a_refund_at_once_one_is_done(house: House) -> None:
    for _ in range(3):
        dates = await two_dates(await open_house(house.engine, f"{house.sale.id}-{_}"))
        move, back = await asyncio.gather(begin(dates, 3), refund(dates, dates.old, dates.order.id))
        assert isinstance(move, Move) != isinstance(back, Refunding)
        await sound(dates)


async def test_buying_and_undoing_at_once_leaves_one_of_both(house: House) -> None:
    for nth in range(3):
        dates = await two_dates(await open_house(house.engine, f"{house.sale.id}-{nth}"))
        move = await begun(dates, 0, 1)
        made, _ = await asyncio.gather(
            pays(dates.new, dates.buyer, None), house.engine.orders.moving.undo(move.id, dates.by)
        )
        await house.engine.orders.finish(**NOW)
        state = (await stands(dates, move)).state
        assert (isinstance(made, Bought), state) in ((True, MoveState.DONE), (False, MoveState.UNDONE))
        assert await old_seats(dates) == (FREE_BOTH if state is MoveState.DONE else SOLD_BOTH)
        await sound(dates)


async def test_a_cart_takes_one_move(house: House) -> None:
    dates = await two_dates(house)
    await begun(dates, 3)
    other = await dates.old.buyer_holding(5)
    made = await pays(dates.old, other)
    assert isinstance(made, Bought)
    refused = await begin(Dates(dates.old, dates.new, dates.buyer, made.order))
    assert isinstance(refused, Refused)
    assert refused.code is Code.CONFLICT
    await sound(dates)


async def test_a_move_stays_within_an_organizer_and_a_currency(house: House) -> None:
    dates = await two_dates(house)
    stranger = await open_house(house.engine, f"{house.sale.id}-other")
    for into in (stranger, await another_date(house, "USD")):
        refused = await begin(dates, 3, into=into)
        assert isinstance(refused, Refused)
        assert refused.code is Code.INVALID
    assert await on_the_way(dates) == 0


async def test_what_is_typed_takes_no_move_out_of_its_cart(house: House) -> None:
    dates = await two_dates(house)
    await begun(dates, 0, 1, 2)
    code = await voucher(house, 1000)
    for typed, due in ((code, 3500), ("", 4500)):
        view = await house.engine.orders.change_cart(dates.new.sale.id, dates.buyer, CartChange(voucher=typed))
        assert not isinstance(view, Refused)
        assert view.due == due
    await sound(dates)


async def test_a_cancellation_waits_for_what_is_being_moved(house: House) -> None:
    for undone in (True, False):
        dates = await two_dates(await open_house(house.engine, f"{house.sale.id}-{int(undone)}"))
        move, cancelling = await begun(dates, 0, 1), house.engine.orders.cancelling
        scope = Scope(f"evt of {dates.old.sale.id}", (dates.old.sale.id,))
        began = await cancelling.begin(dates.by, "all", scope)
        assert isinstance(began, Cancellation)
        for _ in range(3):
            await cancelling.step()
        stood = await cancelling.one(dates.by.organizer_id, scope.event, began.id)
        assert stood is not None
        assert (stood.state, stood.refused, await refunds_of(dates)) == ("running", 1, [])
        due_s = await cancelling.due_s()
        assert due_s is not None
        assert due_s > 0
        if undone:
            await house.engine.orders.moving.undo(move.id, dates.by)
        else:
            await bought(dates)
        for _ in range(4):
            await cancelling.step()
        stood = await cancelling.one(dates.by.organizer_id, scope.event, began.id)
        assert stood is not None
        assert (stood.state, stood.refused) == ("done", 0)
        assert [each.amount for each in await refunds_of(dates)] == [9000]
        assert await cash(dates) == (0 if undone else 9000)
        await sound(dates)


async def test_nobody_revokes_what_stands_for_lines(house: House) -> None:
    dates = await two_dates(house)
    move = await begun(dates, 3)
    assert move.credit is not None
    by = Act(house.organizer, "test")
    assert await house.engine.credit.revoke(by, move.credit) == Refused(Code.MOVING)
    assert await on_the_way(dates) == 9000
    await bought(dates)
    # What is left of it belongs to whoever has its code, as any voucher does.
    assert not isinstance(await house.engine.credit.revoke(by, move.credit), Refused)
    await sound(dates)


async def test_a_new_order_that_gives_something_back_before_the_old_lines_end(house: House) -> None:
    """Whoever placed it died, and a member was quicker than the finisher."""
    dates = await two_dates(house)
    move = await begun(dates, 40, 41)
    made = await house.engine.orders._purchases.purchase(
        Purchase(dates.new.sale.id, dates.buyer, "one", None)
    )  # and nobody completes the move
    assert isinstance(made, Bought), made
    assert (await stands(dates, move)).state is MoveState.OPEN
    back = await refund(dates, dates.new, made.order.id, lines=(0,))
    assert isinstance(back, Refunding)
    assert (back.returned, await old_seats(dates)) == (3000, SOLD_BOTH)
    await sound(dates)
    await house.engine.orders.finish(**NOW)
    assert (await stands(dates, move)).state is MoveState.DONE
    view = await house.engine.orders.one(dates.new.sale.id, made.order.id)
    assert view is not None
    (told,) = view.wire()["vouchers"]
    assert await balance(house, told["code"]) == 3000
    assert await cash(dates) == 6000
    await sound(dates)


async def test_money_that_comes_after_its_move_was_undone_goes_back(house: House) -> None:
    dates = await two_dates(house)
    move = await begun(dates, 0, 1, 2)
    made = await pays(dates.new, dates.buyer, means=Means(TRANSFER))
    assert isinstance(made, Bought), made
    await house.engine.db.execute(
        "UPDATE order_awaiting SET until = now(), look_at = now() WHERE order_id = $1", made.order.id
    )
    for _ in range(2):
        await house.engine.orders.finish(**NOW)
    await house.engine.orders.note_ended_carts()
    await house.engine.orders.finish(**NOW)
    assert (await stands(dates, move)).state is MoveState.UNDONE
    statement = "UPDATE sandbox_charge SET outcome = 'captured' WHERE order_id = $1"
    await house.engine.db.execute(statement, made.order.id)
    news = PaymentNews(dates.new.sale.id, made.order.id, Captured(4500, "late"))
    await house.engine.orders.payment_answered(news)
    await house.engine.orders.finish(**NOW)
    assert await house.state_of(made.order.id) == "refunded"
    assert (await old_seats(dates), await cash(dates)) == (SOLD_BOTH, 9000)
    await sound(dates)
