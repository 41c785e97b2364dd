"""Groups: what is reserved for one until a date is sold to it by invoice, or comes onto open maps."""

import asyncio

from engine.audit import Act
from engine.catalog import Allocation
from engine.engine import Engine
from engine.orders import Bought, Tender
from engine.orders.making import Channel, StaffOrder
from engine.refusals import Code, Refused, accept
from tests.orders.house import House
from tests.orders.test_draws import FREE, OFF, SOLD, left, sound, withhold
from tests.orders.test_staff_orders import asked, make

SCHOOL = {"name": "School of Arts", "purpose": "group", "staff": True, "release": "in 3 days"}
CLASSES = {**SCHOOL, "seats": {"stalls": ["A", "C 1-2"]}, "units": {"floor": 3}}


def whole(order: str = "inv-7") -> StaffOrder:
    return asked(order=order, allocation="school-of-arts", whole=True, tender=Tender.INVOICE, over_maximum=True)


async def test_a_group_gets_all_that_was_reserved(house: House) -> None:
    """Seats that are in no row together, and units: 15 in all, of the channel `group`, by invoice."""
    await withhold(house, CLASSES)
    assert (await house.seat_states())[:10] == [OFF] * 10
    sold = accept(await make(house, whole()))
    assert (sold.order.making.channel, sold.order.making.tender) == (Channel.GROUP, Tender.INVOICE)
    assert len(sold.order.tickets) == 15
    states = await house.seat_states()
    assert [states[seat] for seat in (*range(10), 20, 21)] == [SOLD] * 12
    there = await left(house)
    assert (list(there.seats), dict(there.units)) == ([], {})
    again = accept(await make(house, whole()))
    assert (again.order.id, again.again) == (sold.order.id, True)
    nothing = await make(house, whole("inv-8"))
    assert isinstance(nothing, Refused)
    assert nothing.code is Code.INVALID
    await sound(house)


async def test_who_has_not_paid_by_then_has_it_no_more(house: House, engine: Engine) -> None:
    await withhold(house, CLASSES)
    due = "UPDATE allocation SET release_at = now() - interval '1 s' WHERE sale_id = $1"
    await engine.db.execute(due, house.sale.id)
    await engine.catalog.allocations.step()
    assert (await house.seat_states())[:10] == [FREE] * 10
    assert isinstance(await make(house, whole()), Refused)
    await sound(house)


async def test_paying_and_the_end_of_the_time_race(house: House) -> None:
    """Either all of it is sold, or all of it is free."""
    await withhold(house, CLASSES)
    released, sold = await asyncio.gather(
        house.engine.catalog.allocations.release(Act(house.organizer, "test"), house.sale.id, "school-of-arts"),
        make(house, whole()),
    )
    states = await house.seat_states()
    found = {states[seat] for seat in (*range(10), 20, 21)}
    assert found == ({SOLD} if isinstance(sold, Bought) else {FREE})
    assert isinstance(released, Allocation | Refused)
    await sound(house)


async def test_only_what_was_reserved_for_a_group_is_a_groups(house: House) -> None:
    await withhold(house, {**CLASSES, "purpose": "sponsor"})
    sold = accept(await make(house, whole()))
    assert sold.order.making.channel is Channel.OFFICE
