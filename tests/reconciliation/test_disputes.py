"""Disputes: opened once, ended once, however often, late or out of order they are told; and the tickets meanwhile."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from engine.audit import Act
from engine.ids import new_id
from engine.orders import AsCredit, OwnRefundRule, RefundAsk, Refunding
from engine.payments import DisputeSaid, DisputeState, open_dispute
from engine.refusals import Code, Refused
from tests.eventually import until
from tests.orders.house import House
from tests.orders.moving import begin, begun, stands, two_dates
from tests.orders.moving import bought as goes_on
from tests.reconciliation.playing import (
    FEE,
    all_right,
    bought,
    by,
    dispute_of,
    disputed,
    ended,
    ledger,
    reconciled,
    refunded,
    told,
)

BLOCKED = "SELECT count(*) FROM ticket WHERE order_id = $1 AND blocked_at IS NOT NULL"


async def said_of(house: House, dispute: str) -> DisputeSaid:
    books = dict(await house.engine.orders.shelf.of(house.organizer))["sandbox"]
    assert books is not None
    said = await books.dispute(dispute)
    assert isinstance(said, DisputeSaid)
    return said


async def test_a_dispute_moves_money_once_however_often_it_is_told(house: House) -> None:
    order = await bought(house, 0)
    dispute = await disputed(house, order)
    await asyncio.gather(*(told(house, dispute) for _ in range(8)))
    await reconciled(house)
    await reconciled(house)
    assert await ledger(house.engine) == {"clearing": -2 * FEE, "provider_fee": 2 * FEE, "dispute": 4500}
    found = await dispute_of(house, dispute)
    assert (found.state, found.order, found.code, found.amount) == (DisputeState.OPEN, order.id, order.code, 4500)
    assert found.due_at > found.opened_at
    count = "SELECT count(*) FROM outbox_told WHERE topic = 'dispute.opened'"
    assert await house.engine.db.fetchval(count) == 1
    await all_right(house)


@pytest.mark.parametrize("state", [DisputeState.WON, DisputeState.LOST])
async def test_a_dispute_ends_once(house: House, state: DisputeState) -> None:
    order = await bought(house, 0)
    dispute = await disputed(house, order)
    await ended(house, order, state)
    await asyncio.gather(*(told(house, dispute) for _ in range(8)))
    await reconciled(house)
    won = {"clearing": 4500 - 2 * FEE, "provider_fee": 2 * FEE}
    lost = {"clearing": -2 * FEE, "provider_fee": 2 * FEE, "dispute_lost": 4500}
    assert await ledger(house.engine) == (won if state is DisputeState.WON else lost)
    assert (await dispute_of(house, dispute)).state is state
    count = "SELECT count(*) FROM outbox_told WHERE topic = 'dispute.ended'"
    assert await house.engine.db.fetchval(count) == 1
    await all_right(house)


@pytest.mark.parametrize("state", [DisputeState.WON, DisputeState.LOST])
async def test_what_is_told_first_of_its_end_is_opened_and_ended_at_once(house: House, state: DisputeState) -> None:
    order = await bought(house, 0)
    opened = await open_dispute(house.engine.db, order.id)
    assert opened is not None
    early = await said_of(house, opened)
    await ended(house, order, state)
    assert (await dispute_of(house, opened)).state is state
    moved = await ledger(house.engine)
    # Word of how it stood before comes late.
    await house.engine.reconciliation.disputes.take("sandbox", house.organizer, early)
    assert (await dispute_of(house, opened)).state is state
    assert await ledger(house.engine) == moved
    await reconciled(house)
    await all_right(house)


async def test_a_dispute_is_not_won_before_its_money_is_back(house: House) -> None:
    order = await bought(house, 0)
    dispute = await disputed(house, order)
    said = await said_of(house, dispute)
    await house.engine.reconciliation.disputes.take("sandbox", house.organizer, replace(said, state=DisputeState.WON))
    assert (await dispute_of(house, dispute)).state is DisputeState.OPEN
    await all_right(house)
    await ended(house, order, DisputeState.WON)
    assert (await dispute_of(house, dispute)).state is DisputeState.WON
    await all_right(house)


async def test_a_dispute_nobody_told_of_is_found_by_reconciling(house: House) -> None:
    order = await bought(house, 0)
    dispute = await open_dispute(house.engine.db, order.id)
    assert dispute is not None
    await reconciled(house)
    assert (await dispute_of(house, dispute)).order == order.id
    assert (await ledger(house.engine))["dispute"] == 4500
    await all_right(house)


async def test_its_tickets_open_nothing_meanwhile_where_its_organizer_wants_that(house: House) -> None:
    disputes = house.engine.reconciliation.disputes
    assert not await disputes.blocks(house.organizer)
    order, other = await bought(house, 0, 1), await bought(house, 2)
    await disputed(house, order)
    assert await house.engine.db.fetchval(BLOCKED, order.id) == 0, "nobody asked for it"
    await disputes.choose(by(house), blocks=True)
    dispute = await disputed(house, other)
    view = await house.engine.orders.one(other.sale, other.id)
    assert view is not None
    assert [ticket.blocked for ticket in view.tickets] == [True]
    assert (await dispute_of(house, dispute)).blocks
    await all_right(house)
    await disputes.choose(by(house), blocks=False)
    await ended(house, other, DisputeState.WON)
    assert await house.engine.db.fetchval(BLOCKED, other.id) == 0
    await all_right(house)


async def test_tickets_of_a_lost_dispute_stay_blocked_though_another_is_won(house: House) -> None:
    await house.engine.reconciliation.disputes.choose(by(house), blocks=True)
    order = await bought(house, 0)
    await disputed(house, order)
    await ended(house, order, DisputeState.WON)
    assert await house.engine.db.fetchval(BLOCKED, order.id) == 0
    await disputed(house, order)
    await ended(house, order, DisputeState.LOST)
    assert await house.engine.db.fetchval(BLOCKED, order.id) == 1
    await all_right(house)


async def test_what_is_disputed_is_not_given_back_too(house: House) -> None:
    order = await bought(house, 0)
    await disputed(house, order)
    await refunded(house, order)
    (refund,) = await house.engine.orders.refunds.of_order(order.sale, order.id)
    assert (refund.state.value, refund.failure) == ("failed", "disputed")
    await all_right(house)


async def test_what_is_disputed_is_no_credit_besides(house: House) -> None:
    """The bank takes the money, and its buyer would have a voucher for it."""
    refunds = house.engine.orders.refunds
    order, won = await bought(house, 0, 1), await bought(house, 2)
    assert await house.engine.own_refunds.set_rule(by(house), OwnRefundRule(1)) is None
    for each in (order, won):
        await disputed(house, each)
    for ended_as in (None, DisputeState.LOST):
        if ended_as is not None:
            await ended(house, order, ended_as)
        for as_credit in (AsCredit(), AsCredit(voucher=True)):
            ask = RefundAsk(order.id, new_id("rfd"), (0,), as_credit=as_credit)
            assert await refunds.give_back(by(house), order.sale, ask) == Refused(Code.DISPUTED)
        assert await house.engine.own_refunds.give_back(order, (0,), "own") == Refused(Code.DISPUTED)
    assert await house.engine.credit.all_of(house.organizer) == []
    await ended(house, won, DisputeState.WON)
    ask = RefundAsk(won.id, new_id("rfd"), (0,), as_credit=AsCredit(voucher=True))
    assert isinstance(await refunds.give_back(by(house), won.sale, ask), Refunding)
    await all_right(house)


SOMEBODY_WAITS = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"


async def test_a_dispute_that_is_heard_of_while_a_buyer_gives_back_counts(house: House) -> None:
    order = await bought(house, 0, 1)
    assert await house.engine.own_refunds.set_rule(by(house), OwnRefundRule(1)) is None
    async with house.engine.db.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM orders WHERE id = $1 FOR UPDATE", order.id)
        asked = asyncio.create_task(house.engine.own_refunds.give_back(order, (0,), "own"))
        await until("the refund waits for the order", partial(connection.fetchval, SOMEBODY_WAITS))
        await connection.execute("UPDATE payment SET disputed = true WHERE order_id = $1", order.id)
    assert await asked == Refused(Code.DISPUTED)


async def test_what_is_disputed_is_not_moved_and_what_is_being_moved_is_moved_all_the_same(house: House) -> None:
    """Else the buyer would have both; and the bank has the money of one."""
    dates = await two_dates(house)
    await disputed(house, dates.order)
    assert await begin(dates, 3) == Refused(Code.DISPUTED)
    await ended(house, dates.order, DisputeState.WON)
    move = await begun(dates, 3, 4)
    await house.engine.db.execute("UPDATE payment SET disputed = true WHERE order_id = $1", dates.order.id)
    await goes_on(dates)
    assert (await stands(dates, move)).state.value == "done"
    assert await house.state_of(dates.order.id) == "refunded"


async def test_a_provider_that_names_an_order_of_somebody_elses_blocks_nothing(house: House) -> None:
    await house.engine.reconciliation.disputes.choose(by(house), blocks=True)
    order = await bought(house, 0)
    dispute = await open_dispute(house.engine.db, order.id)
    assert dispute is not None
    said = await said_of(house, dispute)
    stranger = await house.engine.access.create_organizer("Vecinos")
    await house.engine.reconciliation.disputes.choose(Act(stranger, "test"), blocks=True)
    for provider, organizer in (("stripe:pac_other", house.organizer), ("sandbox", stranger)):
        foreign = replace(said, id=f"dp_{len(provider)}", entries=())
        await house.engine.reconciliation.disputes.take(provider, organizer, foreign)
        assert await house.engine.db.fetchval(BLOCKED, order.id) == 0
        assert await house.engine.reconciliation.disputes.of_order(organizer, order.id) == []


async def test_a_dispute_waits_for_somebody_until_it_is_answered_or_over(house: House) -> None:
    order = await bought(house, 0)
    dispute = await disputed(house, order)
    (task,) = await house.engine.reconciliation.tasks.of(house.organizer)
    assert (task.kind.value, task.id, task.order, task.amount) == ("dispute", dispute, order.id, 4500)
    assert task.due_at - task.opened_at == timedelta(days=7)
    stranger = await house.engine.access.create_organizer("Vecinos")
    assert isinstance(await house.engine.reconciliation.disputes.answered(Act(stranger, "test"), dispute), Refused)
    assert await house.engine.reconciliation.disputes.answered(by(house), dispute) is None
    assert await house.engine.reconciliation.tasks.of(house.organizer) == []
    await ended(house, order, DisputeState.LOST)
    assert isinstance(await house.engine.reconciliation.disputes.answered(by(house), dispute), Refused)
