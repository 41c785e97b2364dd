"""What members move for customers: to the cent what was shown, in one go, and nothing where that is not so any more."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from engine.audit import Act
from engine.ids import new_id
from engine.orders import BestSeats, Difference, Move, MoveWanted, OrderView, StaffOrder, Tender
from engine.orders.move_model import MoveState, Rest
from engine.orders.refund_model import Way
from engine.refusals import Code, Refused
from tests.orders.house import House
from tests.orders.moving import (
    FREE_BOTH,
    SOLD_BOTH,
    Dates,
    another_date,
    cash,
    old_seats,
    on_the_way,
    sound,
    two_dates,
)


def wanted(dates: Dates, *seats: int, tender: Tender = Tender.CASH, due: int | None = None, **said: Any) -> MoveWanted:
    instead = StaffOrder(said.pop("request", new_id("mv")), tender, seats, due=due, best=said.pop("best", None))
    return MoveWanted(dates.order.id, dates.new.sale.id, instead, **said)


async def preview(dates: Dates, ask: MoveWanted) -> Difference | Refused:
    return await dates.old.engine.orders.moved_by_staff.preview(dates.by.organizer_id, dates.old.sale.id, ask)


async def make(dates: Dates, ask: MoveWanted) -> tuple[Move, OrderView] | Refused:
    return await dates.old.engine.orders.moved_by_staff.make(Act(dates.by.organizer_id, "rosa"), dates.old.sale.id, ask)


@pytest.mark.parametrize(
    ("seats", "due", "rest"),
    [((0, 1, 2), 4500, 0), ((0, 1), 0, 0), ((40,), 0, 6000)],
    ids=["dearer", "same", "cheaper"],
)
async def test_it_comes_to_what_was_shown(house: House, seats: tuple[int, ...], due: int, rest: int) -> None:
    dates = await two_dates(house)
    shown = await preview(dates, wanted(dates, *seats))
    assert isinstance(shown, Difference)
    assert (shown.old.amount, shown.due, shown.rest) == (9000, due, rest)
    assert (shown.old.way, shown.old.money) == (Way.PROVIDER if rest else Way.MOVE, rest)
    made = await make(dates, wanted(dates, *seats, due=due))
    assert not isinstance(made, Refused), made
    move, order = made
    assert (move.state, move.to_order) == (MoveState.DONE, order.id)
    assert (order.contact.email, len(order.tickets)) == ("ana@example.org", len(seats))
    assert order.making.tender is (Tender.CASH if due else Tender.NONE)
    assert await old_seats(dates) == FREE_BOTH
    assert await cash(dates) == 9000 - rest, "the difference is in a member's hand"
    assert await on_the_way(dates) == 0
    await sound(dates)


async def test_seats_that_are_to_be_found(house: House) -> None:
    dates = await two_dates(house)
    ask = wanted(dates, best=BestSeats(2, "circle"), rest=Rest.VOUCHER)
    shown = await preview(dates, ask)
    assert isinstance(shown, Difference)
    assert (shown.total, shown.rest, shown.old.way) == (6000, 3000, Way.VOUCHER)
    made = await make(dates, replace(ask, instead=replace(ask.instead, due=0)))
    assert not isinstance(made, Refused), made
    assert made[1].total == 6000
    await sound(dates)


async def test_a_request_that_is_repeated_moves_once(house: House) -> None:
    dates = await two_dates(house)
    ask = wanted(dates, 0, 1, due=0)
    first = await make(dates, ask)
    assert not isinstance(first, Refused), first
    again = await asyncio.gather(*(make(dates, ask) for _ in range(3)))
    assert all(not isinstance(each, Refused) and each[1].id == first[1].id for each in again)
    await sound(dates)


async def test_what_costs_something_else_by_now_moves_nothing(house: House) -> None:
    dates = await two_dates(house)
    refused = await make(dates, wanted(dates, 0, 1, 2, due=0))
    assert refused == Refused(Code.PRICE_CHANGED, {"total": 13500, "due": 4500})
    untold = await make(dates, wanted(dates, 0, 1, 2, tender=Tender.NONE))
    assert isinstance(untold, Refused)
    assert untold.code is Code.INVALID
    assert (await old_seats(dates), await on_the_way(dates)) == (SOLD_BOTH, 0)
    await sound(dates)


async def test_seats_that_somebody_has_move_nothing(house: House) -> None:
    dates = await two_dates(house)
    await dates.new.buyer_holding(5)
    refused = await make(dates, wanted(dates, 4, 5, due=0))
    assert isinstance(refused, Refused)
    assert refused.code is Code.SEAT_TAKEN
    assert (await old_seats(dates), await on_the_way(dates)) == (SOLD_BOTH, 0)
    assert await house.engine.orders.moving.of_order(house.sale.id, dates.order.id) == []
    assert not isinstance(await make(dates, wanted(dates, 6, 7, due=0)), Refused)
    await sound(dates)


async def test_what_is_refused_once_it_has_begun_is_undone_at_once(house: House) -> None:
    """Here by somebody who may not sell there any more, which is looked at as the order is placed."""
    dates = await two_dates(house)
    ask, gone = wanted(dates, 0, 1, due=0), dates.by
    moves = house.engine.orders.moved_by_staff
    refused = await moves.make(Act(dates.by.organizer_id, "rosa"), dates.old.sale.id, ask, gone)
    assert isinstance(refused, Refused)
    assert refused.code is Code.FORBIDDEN
    (move,) = await house.engine.orders.moving.of_order(house.sale.id, dates.order.id)
    assert move.state is MoveState.UNDONE
    assert (await old_seats(dates), await on_the_way(dates)) == (SOLD_BOTH, 0)
    await sound(dates)
    assert not isinstance(await make(dates, ask), Refused), "the same request may be tried again"
    await sound(dates)


@pytest.mark.parametrize(
    ("instead", "code"),
    [
        ({}, Code.INVALID),
        ({"seats": (400,)}, Code.UNKNOWN_SEAT),
        ({"units": {"nowhere": 1}}, Code.UNKNOWN_POOL),
        ({"best": BestSeats(2, "nowhere")}, Code.UNKNOWN_SECTION),
        ({"seats": (0,), "types": {"seat:0": "nothing"}}, Code.CART_INCOMPLETE),
    ],
)
async def test_what_is_not_sold_there_is_refused_before_anything_is_held(
    house: House, instead: dict[str, Any], code: Code
) -> None:
    dates = await two_dates(house)
    ask = MoveWanted(dates.order.id, dates.new.sale.id, StaffOrder("one", Tender.CASH, **instead))
    for does in (preview, make):
        refused = await does(dates, ask)
        assert isinstance(refused, Refused)
        assert refused.code is code
    unknown = replace(wanted(dates, 0), order="ord_nobody")
    assert await preview(dates, unknown) == Refused(Code.NOT_FOUND)
    assert await house.engine.orders.moving.of_order(house.sale.id, dates.order.id) == []


async def test_only_within_one_organizer_and_one_currency(house: House) -> None:
    dates = await two_dates(house)
    dollars = replace(dates, new=await another_date(house, "USD"))
    for ask in (wanted(dollars, 0), replace(wanted(dates, 0), to="s-nowhere")):
        assert isinstance(await preview(dates, ask), Refused)
        assert isinstance(await make(dates, ask), Refused)
    strange = await house.engine.orders.moved_by_staff.preview("org_other", dates.old.sale.id, wanted(dates, 0))
    assert strange == Refused(Code.UNKNOWN_SALE)
    assert await on_the_way(dates) == 0


async def test_of_two_members_at_once_one_moves_it(house: House) -> None:
    dates = await two_dates(house)
    made = await asyncio.gather(make(dates, wanted(dates, 0, 1)), make(dates, wanted(dates, 4, 5)))
    assert [isinstance(each, Refused) for each in made].count(True) == 1
    await sound(dates)
