"""Orders that members make: nobody sells a seat twice, pays it twice, or keeps what comes to nothing."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from engine.access import OrganizerChange
from engine.audit import Act, Actor, ActorKind
from engine.catalog.model import RoomPlan
from engine.engine import Engine
from engine.ids import new_id
from engine.onsale.model import Held, PoolHold, SeatsHold
from engine.orders import BestSeats, Bought, Channel, Contact, Making, StaffOrder, Step, Tender
from engine.orders.model import OrderState
from engine.refusals import Code, Refused, accept
from engine.verify import verify
from tests.orders.house import House, open_sale
from tests.orders.test_ticket_types import SALE as WITH_TYPES
from tests.orders.test_ticket_types import sold_as

CASH = Making(Channel.OFFICE, "rosa", Tender.CASH)
NOW = {"order_after_s": 0.0, "cart_after_ms": 0.0, "abandon_after_s": 0.0}
PAYMENTS = "SELECT provider, state, amount, reference FROM payment WHERE sale_id = $1"
ACTS = "SELECT count(*) FROM audit WHERE act = 'order.issue' AND subject = $1"


class Died(BaseException):
    """The process that made the order is no more."""


def rosa(house: House) -> Act:
    return Act(house.organizer, "rosa")


def asked(*seats: int, order: str = "one", **more: Any) -> StaffOrder:
    wanted = StaffOrder(order, Tender.CASH, seats, type="general")
    return replace(wanted, **more)


async def make(house: House, ask: StaffOrder, by: Act | None = None) -> Bought | Refused:
    return await house.engine.orders.by_staff.make(by or rosa(house), house.sale.id, ask)


async def sound(house: House) -> bool:
    return await verify(house.engine, house.sale.id, grace_s=0) == []


async def test_a_member_sells_for_cash(house: House) -> None:
    contact = Contact("Ana Núñez", "ana@example.org")
    sold = accept(await make(house, asked(3, 4, units={"floor": 2}, contact=contact)))
    order = sold.order
    assert (order.state, order.total, order.making, order.contact) == (OrderState.PAID, 13_000, CASH, contact)
    assert len(order.tickets) == 4
    (payment,) = await house.engine.db.fetch(PAYMENTS, house.sale.id)
    assert tuple(payment) == ("by_hand", "captured", 13_000, "")
    assert await house.engine.db.fetchval(ACTS, order.id) == 1
    assert await house.count("charges") == 0
    assert [(await house.seat_states())[seat] for seat in (2, 3, 4)] == [0, 2, 2]
    assert await sound(house)


async def test_the_best_seats_are_found_and_a_transfer_keeps_its_reference(house: House) -> None:
    ask = asked(best=BestSeats(3, "circle"), tender=Tender.TRANSFER, reference="TR 77")
    order = accept(await make(house, ask)).order
    assert [each.spot.section for each in order.lines if each.spot] == ["circle"] * 3
    (payment,) = await house.engine.db.fetch(PAYMENTS, house.sale.id)
    assert tuple(payment) == ("by_hand", "captured", 9_000, "TR 77")


async def test_what_is_free_is_paid_in_nothing(house: House) -> None:
    order = accept(await make(house, asked(units={"gift": 1}))).order
    assert (order.total, order.making.tender) == (0, Tender.NONE)
    assert await sound(house)


async def test_repeating_an_order_sells_nothing_more(house: House) -> None:
    ask = asked(units={"floor": 2})
    first, *others = await asyncio.gather(*(make(house, ask) for _ in range(5)))
    later = accept(await make(house, ask))
    assert later.again
    sold = [each for each in (first, *others) if isinstance(each, Bought)]
    assert {each.order.id for each in sold} == {later.order.id}
    assert sum(not each.again for each in sold) == 1
    assert await house.count("tickets") == 2
    assert await sound(house)
    accept(await make(house, ask, Act(house.organizer, "tomas")))
    assert await house.count("tickets") == 4, "what another member calls so is another order"


async def test_members_and_buyers_race_for_one_seat(house: House) -> None:
    async def buys() -> Bought | Refused:
        buyer = await house.buyer_holding()
        held = await house.sale.hold(SeatsHold(buyer, new_id("h"), (7,)))
        return await house.buy(buyer) if isinstance(held, Held) else held

    members = (make(house, asked(7, order=f"o{nth}")) for nth in range(4))
    answers = await asyncio.gather(*(buys() for _ in range(4)), *members)
    assert sum(isinstance(each, Bought) for each in answers) == 1, answers
    assert await sound(house)


async def test_what_comes_to_nothing_gives_all_back(house: House) -> None:
    buyer = await house.buyer_holding(5)
    refused = await make(house, asked(4, 5, units={"floor": 1}))
    assert isinstance(refused, Refused)
    assert refused.code is Code.SEAT_TAKEN
    mistyped = await make(house, asked(4, type="senior"))
    assert isinstance(mistyped, Refused)
    assert mistyped.code is Code.CART_INCOMPLETE
    assert (await house.seat_states())[4] == 0
    await house.sale.leave(buyer)
    assert isinstance(await make(house, asked(4, 5, units={"floor": 1})), Bought), "the same order, tried again"
    assert await sound(house)


async def test_it_is_said_of_which_pool_too_little_is_left(house: House) -> None:
    ask = asked(4, units={"floor": 1, "early": 11}, over_maximum=True)
    assert await make(house, ask) == Refused(Code.SHORT, {"left": 10, "short": {"early": 10}})
    assert (await house.seat_states())[4] == 0
    assert await sound(house)


async def test_the_maximum_holds_but_for_who_may_pass_it(house: House) -> None:
    ask = asked(units={"floor": 7})
    refused = await make(house, ask)
    assert isinstance(refused, Refused)
    assert refused.code is Code.OVER_MAXIMUM
    sold = accept(await make(house, replace(ask, over_maximum=True)))
    assert len(sold.order.tickets) == 7
    assert await sound(house)


async def test_a_member_waits_for_no_turn_and_needs_no_entry(house: House) -> None:
    full = await house.engine.catalog.plan(house.sale.id)
    assert full is not None
    assert full.room is not None
    await house.engine.onsale.update(full)  # now it has a room, in which nobody was called
    assert isinstance(await house.sale.enter("x" * 16), Refused)
    assert isinstance(await make(house, asked(0)), Bought)
    assert await sound(house)


async def test_terms_are_for_buyers(house: House) -> None:
    change = OrganizerChange("Sala Norte", "No dogs.")
    accept(await house.engine.organizers.change(rosa(house), change))
    assert accept(await make(house, asked(0))).order.terms is None


async def test_nobody_sells_what_is_anothers(house: House) -> None:
    other = await house.engine.access.create_organizer("Sala Sur")
    assert await make(house, asked(0), Act(other, "rosa")) == Refused(Code.UNKNOWN_SALE)
    assert (await house.seat_states())[0] == 0


async def test_who_may_not_any_more_sells_nothing(house: House) -> None:
    """A key that is none, as one that was revoked between the question and the order."""
    refused = await make(house, asked(0), Act(house.organizer, "key_gone", ActorKind.KEY))
    assert isinstance(refused, Refused)
    assert refused.code is Code.FORBIDDEN
    assert (await house.seat_states())[0] == 0
    assert await house.count("paid") == 0


@pytest.mark.parametrize("step", [Step.LOCKED, Step.PLACED, Step.SOLD])
async def test_whatever_step_a_process_dies_at_it_ends_well(
    engine: Engine, house: House, step: Step, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(at: Step) -> None:
        if at is step:
            raise Died

    monkeypatch.setattr(engine.orders._purchases, "_at_step", dies)
    with pytest.raises(Died):
        await make(house, asked(3, units={"early": 1}))
    monkeypatch.undo()
    await engine.orders.finish(**NOW)
    again = await make(house, asked(3, units={"early": 1}))
    if step is Step.LOCKED:
        assert again == Refused(Code.CONFLICT), "it can never be placed any more"
        assert isinstance(await make(house, asked(3, order="two", units={"early": 1})), Bought)
    else:
        assert isinstance(again, Bought)
        assert again.again
    assert await house.count("tickets") == 2
    assert await sound(house)


async def test_a_rebuild_keeps_more_than_the_maximum_where_a_member_may(house: House) -> None:
    cart = accept(await house.sale.enter_by_staff("m" * 16, 8))
    assert isinstance(await house.sale.hold(PoolHold(cart.buyer, "h", "floor", 8)), Held)
    await house.engine.onsale.client.delete(house.engine.onsale.calls(house.sale.id).keys.key("sale"))
    await house.engine.keeper.rebuild(house.sale.id)
    assert (await house.cart(cart.buyer)).units == {"floor": 8}
    assert await sound(house)


async def test_a_type_with_a_number_is_counted_at_the_counter_too(engine: Engine) -> None:
    """Of children there are three, and one order has two at most."""
    house = await open_sale(engine, WITH_TYPES)
    orders = (make(house, asked(2 * nth, 2 * nth + 1, order=f"o{nth}", type="child")) for nth in range(3))
    answers = await asyncio.gather(*orders)
    refused = [each for each in answers if isinstance(each, Refused)]
    assert [each.code for each in refused] == [Code.TYPE_SHORT] * 2, answers
    over = await make(house, asked(10, 11, 12, order="many", type="child", over_maximum=True))
    assert isinstance(over, Refused)
    assert over.code in (Code.TYPE_MAXIMUM, Code.TYPE_SHORT)
    assert isinstance(await make(house, asked(10, order="last", type="child")), Bought)
    assert await sold_as(house, "child") == 3
    assert await house.buyer_holding(11, 12), "what was refused holds nothing"
    assert await sound(house)


async def test_a_rehearsal_is_not_sold_by_members(house: House) -> None:
    shadow = await house.engine.rehearsals.make(Actor("ana"), house.sale.id, RoomPlan(10, 1_000, 10))
    assert shadow is not None
    assert await house.engine.orders.by_staff.make(rosa(house), shadow, asked(0)) == Refused(Code.UNKNOWN_SALE)
    await house.engine.rehearsals.remove(shadow)
