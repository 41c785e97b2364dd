"""Orders that cost nothing: what they would have cost is kept, and no member gives away more than they may."""

import asyncio
from typing import Any

import pytest

from engine.accounts import Policy
from engine.audit import Act
from engine.engine import Engine
from engine.limits import REASON_CHARS_MAX
from engine.orders import Bought, Channel, GivenAway, Making, StaffOrder, Step, Tender
from engine.orders.model import OrderState
from engine.refusals import Code, Refused, accept
from engine.verify import verify
from tests.orders.house import House, open_sale
from tests.orders.test_draws import SOME, withhold
from tests.orders.test_staff_orders import NOW, PAYMENTS, Died, asked, make, rosa
from tests.orders.test_ticket_types import SALE as WITH_TYPES
from tests.orders.test_ticket_types import sold_as

GIVEN = Making(Channel.COMPLIMENTARY, "rosa", Tender.NONE)


def given(*seats: int, order: str = "one", **more: Any) -> StaffOrder:
    return asked(*seats, order=order, **{"tender": Tender.NONE, "reason": "Friends of the house"} | more)


async def allow(house: House, most: int) -> None:
    policies = house.engine.accounts.policies
    version = (await policies.of(house.organizer)).version
    assert await policies.write(rosa(house), Policy(complimentary_max=most, version=version)) is None


async def sound(house: House) -> None:
    await house.engine.orders.note_ended_carts()
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def figures(house: House, by: Act | None = None) -> GivenAway:
    found = await house.engine.orders.by_staff.given_away(by or rosa(house), house.sale.id)
    assert found is not None
    return found


def over(answer: Bought | Refused, issued: int, quota: int) -> bool:
    return answer == Refused(Code.OVER_QUOTA, {"quota": quota, "issued": issued})


async def test_it_costs_nothing_and_says_what_it_would_have(house: House) -> None:
    await allow(house, 5)
    order = accept(await make(house, given(3, 4, units={"floor": 1}))).order
    assert (order.state, order.total, order.making, len(order.tickets)) == (OrderState.PAID, 0, GIVEN, 3)
    assert (order.reason, order.full_price) == ("Friends of the house", 11_000)
    prices = "SELECT price, full_price FROM order_line WHERE sale_id = $1 ORDER BY line"
    assert [tuple(row) for row in await house.engine.db.fetch(prices, house.sale.id)] == [(0, 4500)] * 2 + [(0, 2000)]
    (payment,) = await house.engine.db.fetch(PAYMENTS, house.sale.id)
    assert tuple(payment) == ("by_hand", "captured", 0, "")
    counters = accept(await house.sale.snapshot()).counters
    assert (counters.revenue, counters.sold, counters.orders) == (0, 3, 1)
    accept(await make(house, asked(5, order="sold")))
    assert await figures(house) == GivenAway(orders=1, tickets=3, full_price=11_000, issued=3, quota=5)
    assert (await figures(house, Act(house.organizer, "tomas"))).issued == 0
    for channel, found in ((Channel.COMPLIMENTARY, 1), (Channel.OFFICE, 1), (None, 2)):
        page = accept(await house.engine.orders.page(house.organizer, house.sale.id, channel=channel))
        assert len(page.items) == found
    await sound(house)


async def test_nobody_gives_anything_away_unless_they_may(house: House) -> None:
    assert over(await make(house, given(3)), 0, 0)
    assert (await house.seat_states())[3] == 0
    assert isinstance(await make(house, given(3, over_quota=True)), Bought), "tried again by somebody who may"
    await sound(house)


async def test_each_member_has_a_quota_in_each_sale(house: House) -> None:
    await allow(house, 3)
    assert isinstance(await make(house, given(0, 1)), Bought)
    assert over(await make(house, given(2, 3, order="two")), 2, 3)
    assert isinstance(await make(house, given(2, order="two")), Bought)
    assert over(await make(house, given(units={"gift": 1}, order="three")), 3, 3), "what is free anyway, too"
    assert isinstance(await make(house, asked(3, order="three")), Bought), "what is paid is not counted"
    assert isinstance(await make(house, given(4, 5, 6), Act(house.organizer, "tomas")), Bought)
    assert accept(await make(house, given(0, 1))).again, "a repeat gives nothing more away"
    await sound(house)


async def test_a_race_does_not_pass_the_quota(house: House) -> None:
    await allow(house, 3)
    async with Engine.open(house.engine.settings) as another:
        asks = [
            each.orders.by_staff.make(rosa(house), house.sale.id, given(nth, order=f"o{nth}", units={"floor": 1}))
            for nth in range(4)
            for each in (house.engine, another)
        ]
        asks += [make(house, given(10 + nth, order=f"p{nth}")) for nth in range(4)]
        answers = await asyncio.gather(*asks)
        await another.orders.finish(**NOW)
    assert {each.code for each in answers if isinstance(each, Refused)} >= {Code.OVER_QUOTA}
    assert 2 <= await house.count("tickets") <= 3
    issued = (await figures(house)).issued
    assert issued == await house.count("tickets")
    assert isinstance(await make(house, given(20, order="last")), Bought) is (issued < 3)
    await sound(house)


async def test_what_was_given_back_is_not_counted(house: House) -> None:
    await allow(house, 2)
    order = accept(await make(house, given(0, 1))).order
    assert over(await make(house, given(2, order="two")), 2, 2)
    await house.engine.db.execute("UPDATE order_line SET live = false WHERE order_id = $1", order.id)
    assert (await figures(house)).issued == 0
    assert isinstance(await make(house, given(2, order="two")), Bought)


async def test_it_may_come_out_of_an_allocation(house: House) -> None:
    await allow(house, 2)
    await withhold(house, SOME)
    assert over(await make(house, given(0, 1, 2, allocation="sponsor")), 0, 2)
    order = accept(await make(house, given(0, units={"early": 1}, allocation="sponsor"))).order
    assert (order.total, order.full_price, order.allocation) == (0, 6_000, "sponsor")
    (left,) = await house.engine.catalog.allocations.of(house.organizer, house.sale.id)
    assert (left.seats, left.units) == ([1, 2, 3], {"early": 2})
    await sound(house)


async def test_a_number_of_a_ticket_type_holds_for_what_is_given_away(engine: Engine) -> None:
    house = await open_sale(engine, WITH_TYPES)
    await withhold(house, {"name": "Sponsor", "purpose": "sponsor", "staff": True, "seats": {"stalls": "A 1-4"}})
    await allow(house, 9)
    assert isinstance(await make(house, given(0, 1, type="child", allocation="sponsor")), Bought)
    refused = await make(house, given(2, 3, order="two", type="child", allocation="sponsor"))
    assert isinstance(refused, Refused)
    assert refused.code is Code.TYPE_SHORT
    assert isinstance(await make(house, given(2, order="two", type="child", allocation="sponsor")), Bought)
    assert await sold_as(house, "child") == 3
    await sound(house)


async def test_a_reason_has_a_length(house: House) -> None:
    refused = await make(house, given(0, reason="x" * (REASON_CHARS_MAX + 1), over_quota=True))
    assert isinstance(refused, Refused)
    assert refused.code is Code.INVALID


@pytest.mark.parametrize("step", [Step.LOCKED, Step.PLACED, Step.SOLD])
async def test_whatever_step_a_process_dies_at_it_is_counted_once(
    engine: Engine, house: House, step: Step, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(at: Step) -> None:
        if at is step:
            raise Died

    await allow(house, 2)
    monkeypatch.setattr(engine.orders._purchases, "_at_step", dies)
    with pytest.raises(Died):
        await make(house, given(0, 1))
    monkeypatch.undo()
    await engine.orders.finish(**NOW)
    placed = step is not Step.LOCKED
    assert (await figures(house)).issued == (2 if placed else 0)
    assert over(await make(house, given(2, order="two")), 2, 2) is placed
    await sound(house)
