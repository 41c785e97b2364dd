"""Whoever bought chooses what becomes of their order, until a date; whoever does not is given what was said."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import replace

import pytest

from engine.engine import Engine
from engine.ids import new_id
from engine.onsale.model import SeatState
from engine.orders import Choice, Offer, Scope
from engine.orders.cancelling import Cancellation, Foreseen
from engine.orders.refund_model import Way
from engine.refusals import Code, Refused
from tests.orders.crediting import bearing, in_days, pay, sound
from tests.orders.house import House, open_house
from tests.orders.test_cancelling import begin, finish, stands
from tests.orders.test_giving_back import at_provider, bought, by, given

ALL = (Choice.KEEP, Choice.ORIGIN, Choice.CREDIT, Choice.VOUCHER)
OVER = "UPDATE cancellation SET choose_until = now() WHERE id = $1"


def offering(house: House, *choices: Choice, otherwise: Choice = Choice.ORIGIN, **said: int) -> Scope:
    offer = Offer(otherwise, choices or ALL, in_days(10), **said)
    return Scope(f"evt of {house.sale.id}", (house.sale.id,), offer=offer)


async def choose(house: House, order: str, choice: Choice) -> Refused | None:
    return await house.engine.orders.offering.choose(house.sale.id, order, choice)


async def over(house: House, begun: Cancellation) -> Cancellation:
    """The last day of choosing passes."""
    await house.engine.db.execute(OVER, begun.id)
    return await finish(house, begun)


async def codes(house: House, order: str) -> list[str]:
    view = await house.engine.orders.one(house.sale.id, order)
    assert view is not None
    return [each["code"] for each in view.wire()["vouchers"]]


async def test_each_has_what_they_chose_and_the_others_what_was_said(house: House) -> None:
    orders = [(await bought(house, seat))[1].id for seat in range(5)]
    begun = await begin(house, offering(house, otherwise=Choice.ORIGIN, bonus_percent=20))
    for order, choice in zip(orders, ALL, strict=False):
        assert await choose(house, order, choice) is None
    for _ in range(3):
        await house.engine.orders.cancelling.step()
    told = await stands(house, begun)
    assert (told.state, told.orders, told.asked, told.waiting) == ("running", 5, 1, 0)
    assert told.chosen == dict.fromkeys(ALL, 1)
    states = [await house.state_of(order) for order in orders]
    assert states == ["paid", "refunded", "refunded", "refunded", "paid"], "what was chosen is done at once"
    assert [await at_provider(house, order) for order in orders] == [0, 4500, 0, 0, 0]
    (credit,) = await house.engine.credit.all_of(house.organizer, email="ana@example.org")
    assert (credit.credit.balance, credit.given) == (5400, 5400)
    (code,) = await codes(house, orders[3])
    spent = await bearing(house, code, seat=9)
    assert not isinstance(await pay(house, spent, None), Refused)
    # One who bought with it is not part of what was cancelled before.
    done = await over(house, begun)
    assert (done.state, done.asked) == ("done", 0)
    assert await at_provider(house, orders[4]) == 4500
    assert await house.state_of(orders[0]) == "paid", "it is kept"
    await sound(house)


async def test_a_choice_is_made_once_and_repeating_it_is_harmless(house: House) -> None:
    _, order = await bought(house, 0)
    await begin(house, offering(house))
    answers = await asyncio.gather(*(choose(house, order.id, choice) for choice in (Choice.ORIGIN, Choice.VOUCHER) * 4))
    assert sum(answer is None for answer in answers) >= 4
    offered = await house.engine.orders.offering.of_order(house.sale.id, order.id)
    assert offered is not None
    assert offered.chosen in (Choice.ORIGIN, Choice.VOUCHER)
    other = Choice.VOUCHER if offered.chosen is Choice.ORIGIN else Choice.ORIGIN
    for _ in range(2):
        assert await choose(house, order.id, offered.chosen) is None
        assert await choose(house, order.id, other) == Refused(Code.CHOICE_CLOSED)
        await house.engine.orders.cancelling.step()
    refunds = await house.engine.orders.refunds.of_order(house.sale.id, order.id)
    assert [each.amount for each in refunds] == [4500]
    await sound(house)


async def test_who_keeps_it_may_think_again_until_the_last_day(house: House) -> None:
    _, order = await bought(house, 0)
    begun = await begin(house, offering(house, otherwise=Choice.KEEP))
    assert await choose(house, order.id, Choice.KEEP) is None
    await house.engine.orders.cancelling.step()
    assert await house.state_of(order.id) == "paid"
    assert await choose(house, order.id, Choice.ORIGIN) is None
    await house.engine.orders.cancelling.step()
    assert await house.state_of(order.id) == "refunded"
    assert (await over(house, begun)).chosen == {Choice.ORIGIN: 1}
    await sound(house)


async def test_after_the_last_day_nothing_is_chosen(house: House) -> None:
    _, order = await bought(house, 0)
    begun = await begin(house, offering(house, otherwise=Choice.KEEP))
    await house.engine.db.execute(OVER, begun.id)
    assert await choose(house, order.id, Choice.ORIGIN) == Refused(Code.CHOICE_CLOSED)
    assert (await finish(house, begun)).asked == 0
    assert await house.state_of(order.id) == "paid"
    assert (await house.seat_states())[0] == SeatState.SOLD
    await sound(house)


async def test_who_buys_meanwhile_knows_and_is_not_asked(house: House) -> None:
    """An event was moved, and is on sale still: later buyers bought what it is now."""
    _, order = await bought(house, 0)
    begun = await begin(house, offering(house, Choice.KEEP, Choice.ORIGIN, otherwise=Choice.ORIGIN))
    _, later = await bought(house, 1)
    done = await over(house, begun)
    assert done.orders == 1
    assert [await house.state_of(each.id) for each in (order, later)] == ["refunded", "paid"]
    await sound(house)


async def test_what_was_not_offered_is_refused_and_so_is_what_was_never_asked(house: House) -> None:
    _, order = await bought(house, 0)
    assert await choose(house, order.id, Choice.ORIGIN) == Refused(Code.CHOICE_CLOSED)
    await begin(house, offering(house, Choice.ORIGIN, Choice.KEEP))
    refused = await choose(house, order.id, Choice.VOUCHER)
    assert isinstance(refused, Refused)
    assert refused.code is Code.INVALID
    await house.engine.orders.cancelling.step()
    assert await house.state_of(order.id) == "paid"


async def test_it_stands_still_while_it_is_paused_and_nobody_loses_a_choice(house: House) -> None:
    _, order = await bought(house, 0)
    begun = await begin(house, offering(house))
    cancelling = house.engine.orders.cancelling
    await cancelling.steer(by(house), begun.event, begun.id, "pause")
    assert await choose(house, order.id, Choice.ORIGIN) is None
    assert await cancelling.step() == 0
    assert await house.state_of(order.id) == "paid"
    await cancelling.steer(by(house), begun.event, begun.id, "resume")
    await cancelling.step()
    assert await house.state_of(order.id) == "refunded"
    await sound(house)


async def test_what_it_would_do_is_said_for_somebody_who_does_not_choose(house: House) -> None:
    _, order = await bought(house, 0, 1)
    await given(house, order.id, amount=500)
    scope = offering(house, otherwise=Choice.VOUCHER, bonus_percent=10)
    foreseen = await house.engine.orders.cancelling.foresee(house.organizer, scope)
    assert isinstance(foreseen, Foreseen)
    assert (foreseen.orders, dict(foreseen.amounts), foreseen.bonus) == (1, {Way.VOUCHER: 8500}, 850)
    keeping = replace(scope, offer=replace(scope.offer, otherwise=Choice.KEEP))
    foreseen = await house.engine.orders.cancelling.foresee(house.organizer, keeping)
    assert isinstance(foreseen, Foreseen)
    assert foreseen.orders == 0


@pytest.mark.parametrize(
    ("offer", "path"),
    [
        (Offer(choices=ALL), "choose_until"),
        (Offer(until=in_days(2)), "choose_until"),
        (Offer(choices=ALL, until=in_days(-1)), "choose_until"),
        (Offer(choices=(Choice.ORIGIN,), until=in_days(2)), "choices"),
        (Offer(choices=(Choice.ORIGIN, Choice.ORIGIN), until=in_days(2)), "choices"),
        (Offer(Choice.KEEP, (Choice.ORIGIN, Choice.VOUCHER), in_days(2)), "otherwise"),
        (Offer(Choice.KEEP), "otherwise"),
        (Offer(Choice.VOUCHER, expires_at=in_days(-1)), "credit_expires_at"),
        (Offer(Choice.VOUCHER, ALL, in_days(9), expires_at=in_days(3)), "credit_expires_at"),
        (Offer(Choice.VOUCHER, bonus_percent=101), "bonus_percent"),
    ],
)
async def test_an_offer_that_cannot_be_is_refused_and_nothing_is_written(house: House, offer: Offer, path: str) -> None:
    await bought(house, 0)
    scope = replace(offering(house), offer=offer)
    for said in (
        await house.engine.orders.cancelling.foresee(house.organizer, scope),
        await house.engine.orders.cancelling.begin(by(house), new_id("cnl"), scope),
    ):
        assert isinstance(said, Refused)
        assert said.detail["fields"][0]["path"] == path
    assert await house.engine.orders.cancelling.of_event(house.organizer, scope.event) == []


async def test_without_a_choice_all_are_given_vouchers(engine: Engine) -> None:
    house = await open_house(engine, f"all-vouchers-{secrets.token_hex(4)}")
    orders = [(await bought(house, seat))[1].id for seat in range(3)]
    scope = replace(offering(house), offer=Offer(Choice.VOUCHER, bonus_percent=10, expires_at=in_days(99)))
    done = await finish(house, await begin(house, scope))
    assert (done.amount, done.given_back, done.failed) == (13500, 13500, 0)
    assert len({code for order in orders for code in await codes(house, order)}) == 3
    await sound(house)
