"""Whoever bought gives tickets back by themselves, where their organizer lets them: until when, how, and once."""

from __future__ import annotations

import asyncio

import pytest

from engine.audit import Act
from engine.engine import Engine
from engine.ids import new_id
from engine.orders import OrderView, OwnRefundRule
from engine.orders.refund_model import Refunding, Way
from engine.refusals import Code, Refused
from tests.orders.crediting import sound
from tests.orders.house import House, open_sale
from tests.orders.test_dues import SALE
from tests.orders.test_giving_back import at_provider, bought

SOON = "UPDATE event SET starts_at = now() + interval '20 hours' WHERE id = (SELECT event_id FROM sale WHERE id = $1)"
NO = Refused(Code.NOT_REFUNDABLE)


@pytest.fixture
async def house(engine: Engine) -> House:
    return await open_sale(engine, SALE)


async def allowed(house: House, rule: OwnRefundRule | None) -> None:
    assert await house.engine.own_refunds.set_rule(Act(house.organizer, "test"), rule) is None


async def give_back(house: House, order: OrderView, *lines: int, request: str = "") -> Refunding | Refused:
    return await house.engine.own_refunds.give_back(order, lines, request or new_id("own"))


async def test_without_a_rule_nobody_gives_anything_back_by_themselves(house: House) -> None:
    _, order = await bought(house, 0)
    assert await house.engine.own_refunds.of_order(order) is None
    assert await give_back(house, order, 0) == NO
    await allowed(house, OwnRefundRule(24))
    assert await house.engine.own_refunds.of_order(order) is not None
    await allowed(house, None)
    assert await give_back(house, order, 0) == NO
    assert await house.state_of(order.id) == "paid"


async def test_a_ticket_goes_back_and_fees_stay_unless_the_rule_says_otherwise(house: House) -> None:
    await allowed(house, OwnRefundRule(24))
    _, order = await bought(house, 0, 1)
    plan = await house.engine.own_refunds.plan(order, (0,))
    assert not isinstance(plan, Refused)
    refund = await give_back(house, order, 0)
    assert isinstance(refund, Refunding)
    assert (refund.amount, refund.ended, refund.way) == (plan.amount, (0,), Way.PROVIDER)
    assert refund.amount == 2000
    await allowed(house, OwnRefundRule(24, fees=True, give_as="voucher"))
    refund = await give_back(house, order, 1)
    assert isinstance(refund, Refunding)
    assert (refund.amount, refund.way) == (2150 + 100, Way.VOUCHER)
    assert await at_provider(house, order.id) == 2000
    await sound(house)


async def test_so_many_hours_before_it_starts_it_is_too_late(house: House) -> None:
    _, order = await bought(house, 0)
    await allowed(house, OwnRefundRule(24))
    await house.engine.db.execute(SOON, house.sale.id)
    assert await give_back(house, order, 0) == NO
    await allowed(house, OwnRefundRule(12))
    assert isinstance(await give_back(house, order, 0), Refunding)


async def test_whoever_presses_twice_is_given_once(house: House) -> None:
    await allowed(house, OwnRefundRule(0))
    _, order = await bought(house, 0, 1)
    answers = await asyncio.gather(*(give_back(house, order, 0, request="one") for _ in range(6)))
    assert all(isinstance(each, Refunding) and each.nth == 1 for each in answers)
    await allowed(house, None)
    again = await give_back(house, order, 0, request="one")
    assert isinstance(again, Refunding), "a lost reply is asked for once more, whatever the rule is by now"
    assert await at_provider(house, order.id) == again.amount
    assert await give_back(house, order, 1) == NO
    await sound(house)


async def test_what_is_no_line_of_the_order_is_refused(house: House) -> None:
    await allowed(house, OwnRefundRule(0))
    _, order = await bought(house, 0)
    for lines in ((), (7,), (0, 0)):
        refused = await give_back(house, order, *lines)
        assert isinstance(refused, Refused)
        assert refused.code is Code.INVALID
    assert isinstance(await give_back(house, order, 0), Refunding)
    gone = await house.engine.orders.one(house.sale.id, order.id)
    assert gone is not None
    assert await give_back(house, gone, 0) == NO


@pytest.mark.parametrize("rule", [OwnRefundRule(-1), OwnRefundRule(9_000), OwnRefundRule(1, give_as="cash")])
async def test_a_rule_that_cannot_be_is_refused(house: House, rule: OwnRefundRule) -> None:
    refused = await house.engine.own_refunds.set_rule(Act(house.organizer, "test"), rule)
    assert isinstance(refused, Refused)
    assert await house.engine.own_refunds.rule(house.organizer) is None
