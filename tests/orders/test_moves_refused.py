"""What can't be moved is refused, and what fails by itself holds up nothing else."""

from __future__ import annotations

from dataclasses import replace

from engine.audit import Act
from engine.credit import CreditKind
from engine.ids import new_buyer
from engine.orders import Bought, Purchase
from engine.orders.model import CartRef
from engine.orders.move_model import Move, MoveAsk, MoveState, Rest
from engine.orders.moving import misfit
from engine.orders.refund_model import Way
from engine.refusals import Code, Refused
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
    old_seats,
    on_the_way,
    pays,
    refunds_of,
    sound,
    stands,
    two_dates,
)

NOBODY = "UPDATE orders SET person_id = NULL, contact = '{}' WHERE id = $1"


def ask_of(dates: Dates, cart: str, buyer: str) -> MoveAsk:
    return MoveAsk(dates.order.id, "one", CartRef(dates.new.sale.id, cart, buyer))


async def test_a_cart_that_is_not_there_takes_nothing(house: House) -> None:
    dates = await two_dates(house)
    moving, sale = house.engine.orders.moving, dates.old.sale.id
    assert await moving.begin(dates.by, sale, ask_of(dates, "none", new_buyer())) == Refused(Code.NO_CART)
    cart = await dates.new.fill(dates.buyer, (3,), {})
    assert await moving.begin(dates.by, sale, ask_of(dates, "another", dates.buyer)) == Refused(Code.CART_ENDED)
    await dates.new.sale.lock(dates.buyer, "ord_else")
    assert await moving.begin(dates.by, sale, ask_of(dates, cart.id, dates.buyer)) == Refused(Code.CART_LOCKED)
    assert await on_the_way(dates) == 0


async def test_only_its_organizer_moves_an_order_or_undoes_that(house: House) -> None:
    dates = await two_dates(house)
    neighbour, moving = Act("org_other", "eva"), house.engine.orders.moving
    cart = await dates.new.fill(dates.buyer, (3,), {})
    asked = ask_of(dates, cart.id, dates.buyer)
    assert await moving.begin(neighbour, dates.old.sale.id, asked) == Refused(Code.UNKNOWN_SALE)
    move = await begun(dates)
    assert await moving.undo(move.id, neighbour) == Refused(Code.NOT_FOUND)
    assert await moving.undo("mov_none") == Refused(Code.NOT_FOUND)
    assert not await moving.complete("mov_none")
    assert not await moving.complete(move.id), "nothing is bought yet"
    assert (await stands(dates, move)).state is MoveState.OPEN


async def test_nothing_is_moved_in_a_rehearsal(house: House) -> None:
    own = await house.engine.orders.refunds.own(house.sale.id)
    assert own is not None
    plays = replace(own, kind="rehearsal")
    assert misfit(own, own) is None
    for here, there in ((plays, own), (own, plays), (own, None)):
        refused = misfit(here, there)
        assert refused is not None
        assert refused.code is Code.INVALID


async def test_what_cost_nothing_is_undone_as_well(house: House) -> None:
    buyer = await house.buyer_holding(units={"gift": 1})
    made = await pays(house, buyer, None)
    assert isinstance(made, Bought)
    dates = Dates(house, await another_date(house), buyer, made.order)
    move = await begun(dates, units={"gift": 1})
    undone = await house.engine.orders.moving.undo(move.id, dates.by)
    assert isinstance(undone, Move)
    assert undone.state is MoveState.UNDONE
    assert await house.state_of(dates.order.id) == "paid"
    await sound(dates)


async def test_credit_is_for_somebody_and_a_voucher_where_nobody_is_known_any_more(house: House) -> None:
    dates = await two_dates(house)
    move = await begun(dates, 40, rest=Rest.CREDIT)
    await house.engine.db.execute(NOBODY, dates.order.id)
    await bought(dates)
    assert (await stands(dates, move)).state is MoveState.DONE
    (back,) = await refunds_of(dates)
    assert (back.way, back.money) == (Way.VOUCHER, 6000)
    kinds = [each.credit.kind for each in await house.engine.credit.all_of(house.organizer)]
    assert kinds == [CreditKind.VOUCHER] * 2
    await sound(dates)
    other = await two_dates(await open_house(house.engine, f"{house.sale.id}-2"))
    await house.engine.db.execute(NOBODY, other.order.id)
    assert isinstance(await begin(other, 40, rest=Rest.CREDIT), Refused)


async def test_a_buyer_who_has_no_cart_at_all_any_more(house: House) -> None:
    dates = await two_dates(house)
    move = await begun(dates, 3)
    forgets = "UPDATE order_move SET to_buyer = $2, look_at = now() WHERE id = $1"
    await house.engine.db.execute(forgets, move.id, new_buyer())
    await house.engine.orders.finish(**NOW)
    assert (await stands(dates, move)).state is MoveState.UNDONE
    assert await old_seats(dates) == SOLD_BOTH
    await sound(dates)


async def test_one_that_can_not_be_ended_holds_up_none_of_the_others(house: House) -> None:
    """Its order says another sum than was promised: somebody has to look, and verify names it."""
    wrong = await two_dates(await open_house(house.engine, f"{house.sale.id}-2"))
    right = await two_dates(house)
    moves = []
    for dates in (wrong, right):
        moves.append(await begun(dates, 40))
        made = await house.engine.orders._purchases.purchase(
            Purchase(dates.new.sale.id, dates.buyer, "one", None)
        )  # and nobody completes the move
        assert isinstance(made, Bought), made
    promised = "UPDATE order_move SET amount = amount + $2 WHERE id = $1"
    await house.engine.db.execute(promised, moves[0].id, 1)
    await house.engine.orders.finish(**NOW)
    assert [(await stands(right, move)).state for move in moves] == [MoveState.OPEN, MoveState.DONE]
    assert (await old_seats(wrong), await old_seats(right)) == (SOLD_BOTH, FREE_BOTH)
    await house.engine.db.execute(promised, moves[0].id, -1)
    await house.engine.orders.finish(**NOW)
    assert (await stands(wrong, moves[0])).state is MoveState.DONE
    for dates in (wrong, right):
        await sound(dates)
