"""What is moved is in one of two orders, or on its way back: to the cent, whatever the new one costs, and once."""

from __future__ import annotations

import pytest

from engine.onsale.model import SeatState
from engine.orders import Bought, CartChange
from engine.orders.move_model import MoveState, Rest
from engine.orders.refund_model import Refunding, RefundState, Way
from engine.refusals import Refused
from tests.orders.crediting import accounts, balance, in_days, voucher
from tests.orders.house import House
from tests.orders.moving import (
    FREE_BOTH,
    NOW,
    SOLD_BOTH,
    Dates,
    another_date,
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

DECLINED = "4000000000000002"
DOWN = "4000000000000168"
UNKNOWN_FOR_NOW = "4000000000000093"


# ── the difference ──


@pytest.mark.parametrize(
    ("seats", "total", "due"),
    [((0, 1), 9000, 0), ((0, 1, 2), 13500, 4500), ((40, 41), 6000, 0), ((41,), 3000, 0)],
    ids=["same", "dearer", "cheaper", "one of them"],
)
async def test_the_difference_is_charged_or_goes_back(
    house: House, seats: tuple[int, ...], total: int, due: int
) -> None:
    dates = await two_dates(house)
    move = await begun(dates, *seats)
    assert (move.amount, move.state, move.lines) == (9000, MoveState.OPEN, (0, 1))
    view = await dates.new.engine.orders.cart_view(dates.new.sale.id, dates.buyer)
    assert not isinstance(view, Refused)
    assert (view.total, view.due) == (total, due)
    assert await old_seats(dates) == SOLD_BOTH
    assert await on_the_way(dates) == 9000
    await sound(dates)
    new = (await bought(dates, "4242424242424242" if due else None)).order
    assert (new.total, len(new.tickets)) == (total, len(seats))
    move = await stands(dates, move)
    assert (move.state, move.to_order, move.refund) == (MoveState.DONE, new.id, 1)
    (back,) = await refunds_of(dates)
    spent = min(9000, total)
    assert (back.amount, back.moved, back.money, back.state) == (9000, spent, 9000 - spent, RefundState.DONE)
    assert back.way is (Way.MOVE if spent == 9000 else Way.PROVIDER)
    assert await old_seats(dates) == FREE_BOTH
    assert await house.state_of(dates.order.id) == "refunded"
    assert await cash(dates) == total
    assert await on_the_way(dates) == 0
    assert {account: each for account, each in (await accounts(dates.old)).items() if each} == {
        key: each for key, each in {"clearing": spent, "moved": -spent}.items() if each
    }
    await sound(dates)


async def test_one_line_moves_and_the_other_stays(house: House) -> None:
    dates = await two_dates(house)
    await begun(dates, 3, lines=(1,))
    new = (await bought(dates)).order
    assert (await cash(dates), new.total) == (9000, 4500)
    view = await house.engine.orders.one(house.sale.id, dates.order.id)
    assert view is not None
    assert ([line.live for line in view.lines], len(view.tickets)) == ([True, False], 1)
    assert await old_seats(dates) == [SeatState.SOLD, SeatState.FREE]
    # What stays may still go back, to the card.
    last = await refund(dates, dates.old, dates.order.id)
    assert isinstance(last, Refunding)
    assert (last.amount, last.way, last.state) == (4500, Way.PROVIDER, RefundState.DONE)
    assert await cash(dates) == 4500
    await sound(dates)


async def test_other_seats_of_the_same_sale(house: House) -> None:
    dates = await two_dates(house)
    same = Dates(dates.old, dates.old, dates.buyer, dates.order)
    move = await begun(same, 40, 41)
    new = await pays(same.old, dates.buyer, None, "two")
    assert isinstance(new, Bought)
    assert (await stands(same, move)).state is MoveState.DONE
    states = await dates.old.seat_states()
    assert (states[:2], states[40:42]) == (FREE_BOTH, SOLD_BOTH)
    assert await cash(dates) == 6000
    await sound(same)


async def test_what_costs_nothing_moves_too(house: House) -> None:
    buyer = await house.buyer_holding(units={"gift": 2})
    made = await pays(house, buyer, None)
    assert isinstance(made, Bought)
    dates = Dates(house, await another_date(house), buyer, made.order)
    move = await begun(dates, units={"gift": 2})
    assert (move.amount, move.credit) == (0, None)
    await bought(dates)
    await dates.new.engine.orders.finish(**NOW)
    assert (await stands(dates, move)).state is MoveState.DONE
    assert await house.state_of(dates.order.id) == "refunded"
    await sound(dates)


async def test_the_new_order_may_cost_nothing_at_all(house: House) -> None:
    """Then all of it goes back, and the voucher is of no use any more."""
    dates = await two_dates(house)
    move = await begun(dates, units={"gift": 1})
    await bought(dates)
    await dates.new.engine.orders.finish(**NOW)
    assert (await stands(dates, move)).state is MoveState.DONE
    (back,) = await refunds_of(dates)
    assert (back.amount, back.moved, back.way) == (9000, 0, Way.PROVIDER)
    assert await cash(dates) == 0
    await sound(dates)


# ── what had been paid by credit, and what goes back later ──


async def test_what_credit_had_paid_moves_first_so_that_a_card_is_given_back_what_can_be(house: House) -> None:
    codes = [await voucher(house, 3000, expires_at=in_days(9)), await voucher(house, 2000)]
    dates = await two_dates(house, codes=codes)
    await begun(dates, 40)  # of 30 euros, with 50 of credit and 40 of a card
    await bought(dates)
    (back,) = await refunds_of(dates)
    assert (back.amount, back.moved, back.returned, back.money) == (9000, 3000, 2000, 4000)
    assert sum([await balance(house, code) for code in codes]) == 2000
    assert await cash(dates) == 0
    await sound(dates)


async def test_an_order_that_credit_paid_whole_moves_line_by_line(house: House) -> None:
    code = await voucher(house, 10000)
    dates = await two_dates(house, codes=[code], number=None)
    assert await balance(house, code) == 1000
    await begun(dates, 40, lines=(0,))
    await bought(dates)
    assert await balance(house, code) == 2500
    (back,) = await refunds_of(dates)
    assert (back.moved, back.returned, back.money, back.way) == (3000, 1500, 0, Way.MOVE)
    last = await refund(dates, dates.old, dates.order.id)
    assert isinstance(last, Refunding)
    assert (last.amount, last.returned) == (4500, 4500)
    assert await balance(house, code) == 7000
    await sound(dates)


async def test_the_rest_is_credit_where_that_was_asked_for(house: House) -> None:
    dates = await two_dates(house)
    await begun(dates, 40, rest=Rest.CREDIT)
    await bought(dates)
    (back,) = await refunds_of(dates)
    assert (back.moved, back.money, back.way) == (3000, 6000, Way.CREDIT)
    credits_ = await house.engine.credit.all_of(house.organizer, email="ana@example.org")
    assert [each.credit.balance for each in credits_] == [6000]
    assert await cash(dates) == 9000
    await sound(dates)


async def test_an_order_that_gave_something_back_moves_what_is_left(house: House) -> None:
    dates = await two_dates(house)
    assert isinstance(await refund(dates, dates.old, dates.order.id, amount=1500), Refunding)
    move = await begun(dates, 40, 41)
    assert move.amount == 7500
    await bought(dates)
    assert await cash(dates) == 6000
    await sound(dates)


async def test_what_the_new_order_gives_back_is_a_voucher_that_its_page_tells(house: House) -> None:
    dates = await two_dates(house)
    await begun(dates, 0, 1)
    new = (await bought(dates)).order
    assert new.wire()["vouchers"] == []
    back = await refund(dates, dates.new, new.id, lines=(0,))
    assert isinstance(back, Refunding)
    assert (back.returned, back.money) == (4500, 0)
    view = await dates.new.engine.orders.one(dates.new.sale.id, new.id)
    assert view is not None
    (told,) = view.wire()["vouchers"]
    assert (told["refund"], told["amount"]) == (1, 4500)
    assert "vouchers" not in view.listed(in_full=True)
    assert await balance(house, told["code"]) == 4500
    await sound(dates)
    # It may be spent in any sale of this organizer, the old one too.
    buyer = await dates.old.buyer_holding(7)
    put = await house.engine.orders.change_cart(house.sale.id, buyer, CartChange(voucher=told["code"]))
    assert not isinstance(put, Refused)
    assert put.due == 0
    assert isinstance(await pays(dates.old, buyer, None), Bought)
    await sound(dates)


async def test_a_move_is_moved_again(house: House) -> None:
    dates = await two_dates(house)
    await begun(dates, 0, 1)
    new = (await bought(dates)).order
    on = Dates(dates.new, await another_date(house), dates.buyer, new)
    await begun(on, 5, 6)
    assert isinstance(await pays(on.new, dates.buyer, None), Bought)
    assert await cash(dates) == 9000
    for each in (dates, on):
        await sound(each)
