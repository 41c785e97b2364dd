"""Orders whose buyers send the money by themselves, and a member says that it came."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from engine.audit import Act, ActorKind
from engine.engine import Engine
from engine.orders import Bought, Foreseen, OrderState, Purchase, RefundAsk, RefundState, Scope, Way, open_refunds
from engine.orders.settling import Settlement
from engine.payments import Captured, Declined, Means, Serves
from engine.refusals import Code, Refused
from engine.settings import Settings
from engine.verify import verify
from tests.absent import ROOT
from tests.orders.by_hand import IBAN, KEYS, TOLD, act, came, ordered, switched_on
from tests.orders.house import House, card, open_house
from tests.orders.test_awaiting import NOW, PASSES, counters, deadline, sound
from tests.orders.test_stripe import forget_tills, provider_of

SEAT = 4_500


@pytest.fixture
async def house(settings: Settings, sale_id: str) -> AsyncIterator[House]:
    async with Engine.open(settings.model_copy(update={"provider": "sandbox"})) as engine:
        yield await open_house(engine, sale_id)


@pytest.fixture
async def account(house: House) -> str:
    return await switched_on(house, KEYS)


async def standing(house: House, order: str) -> OrderState:
    view = await house.engine.orders.one(house.sale.id, order)
    assert view is not None
    return view.state


async def acts(house: House, order: str) -> list[str]:
    rows = await house.engine.db.fetch("SELECT act FROM audit WHERE subject = $1 ORDER BY at", order)
    return [row["act"] for row in rows]


async def test_a_buyer_is_told_the_account_and_the_code_of_the_order(house: House, account: str) -> None:
    order = await ordered(house, 1)
    view = await house.engine.orders.one(house.sale.id, order)
    assert view is not None
    assert view.pay_with is not None
    assert dict(view.pay_with) == {
        "kind": "transfer",
        "holder": "Teatro Sur",
        "account": IBAN,
        "bank": "Banco Sur",
        "reference": view.code,
        "note": "Thank you.",
    }
    assert await provider_of(house, order) == f"hand:{account}"
    assert await counters(house) == (0, 1, 1, 0, 0)
    assert await sound(house)


async def test_the_money_is_there_and_the_order_has_its_tickets(house: House, account: str) -> None:
    order = await ordered(house, 1, 2)
    assert await came(house, order, 2 * SEAT, note="TR 77") is None
    view = await house.engine.orders.one(house.sale.id, order)
    assert view is not None
    assert (view.state, len(view.tickets)) == (OrderState.PAID, 2)
    assert await counters(house) == (0, 2, 0, 2 * SEAT, 1)
    said = await house.engine.db.fetchrow("SELECT reference, amount FROM payment WHERE order_id = $1", order)
    assert tuple(said) == ("TR 77", 2 * SEAT)
    assert await acts(house, order) == ["order.money_came"]
    assert await sound(house)


@pytest.mark.parametrize("amount", [SEAT - 1, SEAT + 1, 1])
async def test_another_amount_is_refused_with_what_is_owed(house: House, account: str, amount: int) -> None:
    order = await ordered(house, 1)
    refused = await came(house, order, amount)
    assert isinstance(refused, Refused)
    assert refused.code is Code.INVALID
    assert "€45" in refused.detail["fields"][0]["message"]
    assert await standing(house, order) is OrderState.AWAITING
    assert await acts(house, order) == []
    assert await sound(house)


async def test_members_who_say_it_at_once_say_it_once(house: House, account: str) -> None:
    order = await ordered(house, 1)
    ana, eva = (Act(house.organizer, who, ActorKind.OPERATOR) for who in ("ana", "eva"))
    answers = await asyncio.gather(*(came(house, order, SEAT, by) for by in (ana, eva) * 5))
    assert set(answers) == {None}
    assert await came(house, order, SEAT) is None
    assert await acts(house, order) == ["order.money_came"]
    assert await house.count("tickets") == 1
    assert await counters(house) == (0, 1, 0, SEAT, 1)
    assert await sound(house)


async def dies(settings: Settings, house: House, order: str, when: str) -> None:
    """A member says that the money came, in a process of its own that is killed."""
    environment = os.environ | {
        "AFORO_REDIS_URL": settings.redis_url or "",
        "AFORO_DATABASE_URL": settings.database_url or "",
        "AFORO_SECRET": "s" * 32,
        "PYTHONPATH": str(ROOT),
    }
    said = (when, house.organizer, house.sale.id, order, str(SEAT))
    command = [sys.executable, "-m", "tests.orders.dying_member", *said]
    process = await asyncio.create_subprocess_exec(*command, env=environment, cwd=ROOT)
    async with asyncio.timeout(60):
        assert await process.wait() == -signal.SIGKILL


@pytest.mark.faults
async def test_a_process_that_dies_before_it_is_written_leaves_nothing_said(
    house: House, settings: Settings, account: str
) -> None:
    order = await ordered(house, 1)
    await dies(settings, house, order, "before")
    assert await standing(house, order) is OrderState.AWAITING
    assert await acts(house, order) == []
    assert await sound(house)
    assert await came(house, order, SEAT) is None
    assert await standing(house, order) is OrderState.PAID
    assert await sound(house)


@pytest.mark.faults
async def test_a_process_that_dies_once_it_is_written_leaves_redis_to_be_told(
    house: House, settings: Settings, account: str
) -> None:
    """There is no step between the money and the order: both are one transaction."""
    order = await ordered(house, 1)
    await dies(settings, house, order, "after")
    assert await standing(house, order) is OrderState.PAID
    assert (await counters(house))[2] == 1, "Redis was not told"
    await house.engine.orders.finish(**NOW)
    assert await counters(house) == (0, 1, 0, SEAT, 1)
    assert await sound(house)


@pytest.mark.faults
async def test_late_money_that_nobody_got_to_is_seen_to_by_the_finisher(
    house: House, settings: Settings, account: str
) -> None:
    order = await ordered(house, 1)
    await deadline(house, order)
    await dies(settings, house, order, "after")
    assert await standing(house, order) is OrderState.FAILED
    await house.engine.orders.finish(**NOW)
    assert await standing(house, order) is OrderState.PAID
    assert await sound(house)


async def test_what_was_never_by_hand_is_not_confirmed(house: House) -> None:
    bought = await house.engine.orders.purchase(
        Purchase(house.sale.id, await house.buyer_holding(1), "one", Means("transfer"))
    )
    assert isinstance(bought, Bought)
    for order, code in ((bought.order.id, Code.NOT_AWAITED), ("ord_of_nobody", Code.NOT_FOUND)):
        refused = await came(house, order, SEAT)
        assert isinstance(refused, Refused)
        assert refused.code is code
    assert await standing(house, bought.order.id) is OrderState.AWAITING


async def test_an_order_of_another_organizer_is_not_found(house: House, account: str) -> None:
    order = await ordered(house, 1)
    stranger = Act("org_of_others", "ana", ActorKind.OPERATOR)
    hand = house.engine.orders.money_by_hand
    for refused in (
        await came(house, order, SEAT, stranger),
        await hand.let_go(stranger, house.sale.id, order),
        await hand.sent_back(stranger, house.sale.id, order),
    ):
        assert isinstance(refused, Refused)
        assert refused.code is Code.UNKNOWN_SALE
    assert await standing(house, order) is OrderState.AWAITING
    assert [each.order for each in await hand.awaited(house.organizer)] == [order]
    assert await hand.awaited("org_of_others") == []


# ── the deadline ──


async def test_an_invoice_has_its_own_time(house: House, account: str) -> None:
    soon, order = await ordered(house, 2), await ordered(house, 1, method="invoice")
    first, second = await house.engine.orders.money_by_hand.awaited(house.organizer)
    assert [(each.order, each.method, each.amount) for each in (first, second)] == [
        (soon, "transfer", SEAT),
        (order, "invoice", SEAT),
    ]
    assert second.until > first.until
    assert await came(house, order, SEAT) is None
    assert await house.engine.db.fetchval("SELECT tender FROM orders WHERE id = $1", order) == "invoice"
    assert await sound(house)


async def test_at_its_deadline_it_is_free_and_nothing_is_confirmed_by_itself(house: House, account: str) -> None:
    order = await ordered(house, 1)
    await deadline(house, order)
    assert await standing(house, order) is OrderState.FAILED
    assert await counters(house) == (0, 0, 0, 0, 0)
    assert await house.engine.orders.money_by_hand.awaited(house.organizer) == []
    assert await sound(house)


async def test_money_after_the_deadline_has_the_same_seats_while_they_are_free(house: House, account: str) -> None:
    order = await ordered(house, 1)
    await deadline(house, order)
    assert await came(house, order, SEAT) is None
    assert await standing(house, order) is OrderState.PAID
    assert (await acts(house, order))[0] == "order.money_came"
    assert await sound(house)


async def late(house: House) -> str:
    """Money of an order that nothing is left for."""
    order = await ordered(house, buyer=await house.buyer_holding(units={"early": 6}))
    await deadline(house, order)
    other = await house.buyer_holding(units={"early": 6})
    taken = await house.engine.orders.purchase(Purchase(house.sale.id, other, "one", Means("transfer")))
    assert isinstance(taken, Bought)
    assert await came(house, order, 6 * 1500) is None
    return order


async def test_money_that_nothing_is_left_for_waits_for_a_member_who_sends_it(house: House, account: str) -> None:
    order = await late(house)
    assert await standing(house, order) is OrderState.REFUNDING
    await house.engine.orders.finish(**NOW)
    assert await sound(house)
    (task,) = [each for each in await house.engine.reconciliation.tasks.of(house.organizer) if each.order == order]
    assert (task.kind.value, task.id, task.why, task.amount) == ("refund", "0", "by_hand", 6 * 1500)
    sent = house.engine.orders.money_by_hand.sent_back
    assert set(await asyncio.gather(*(sent(act(house), house.sale.id, order) for _ in range(5)))) == {None}
    assert await standing(house, order) is OrderState.REFUNDED
    assert (await acts(house, order)).count("order.refund_by_hand") == 1
    assert await came(house, order, 6 * 1500) is None, "it is the same money"
    await house.engine.orders.finish(**NOW)
    assert await standing(house, order) is OrderState.REFUNDED
    assert await house.engine.reconciliation.tasks.of(house.organizer) == []
    assert await sound(house)


async def test_of_the_deadline_and_the_money_at_once_nothing_is_lost(house: House, account: str) -> None:
    """Whichever comes first: the money finds its seats free, or never lost them."""
    orders = [await ordered(house, seat) for seat in range(10)]
    for order in orders:
        assert await house.engine.db.fetchval(PASSES, order)
    saying = [came(house, order, SEAT) for order in orders]
    assert set((await asyncio.gather(*saying, *(house.engine.orders.finish(**NOW) for _ in range(3))))[:10]) == {None}
    await house.engine.orders.finish(**NOW)
    assert {await standing(house, order) for order in orders} == {OrderState.PAID}
    assert await counters(house) == (0, 10, 0, 10 * SEAT, 10)
    assert await sound(house)


async def test_money_between_giving_up_and_writing_it_down_keeps_the_seats(house: House, account: str) -> None:
    order = await ordered(house, 1)
    till = await house.engine.orders._desk.till_asked(house.sale.id, f"hand:{account}")
    assert isinstance(await till.provider.abandon(order), Declined)
    assert await came(house, order, SEAT) is None
    ledger = await house.engine.orders._desk.ledger(house.sale.id)
    await ledger.settle(Settlement(order, Declined("not_paid_in_time")))
    assert await standing(house, order) is OrderState.PAID
    assert await sound(house)


# ── let go ──


async def test_it_is_let_go_at_once(house: House, account: str) -> None:
    order = await ordered(house, 1)
    let_go = house.engine.orders.money_by_hand.let_go
    assert set(await asyncio.gather(*(let_go(act(house), house.sale.id, order) for _ in range(3)))) == {None}
    assert await standing(house, order) is OrderState.FAILED
    assert await counters(house) == (0, 0, 0, 0, 0)
    assert set(await acts(house, order)) == {"order.let_go"}
    assert await sound(house)


async def test_what_is_paid_is_not_let_go(house: House, account: str) -> None:
    order = await ordered(house, 1)
    assert await came(house, order, SEAT) is None
    refused = await house.engine.orders.money_by_hand.let_go(act(house), house.sale.id, order)
    assert isinstance(refused, Refused)
    assert refused.code is Code.NOT_AWAITED
    assert await standing(house, order) is OrderState.PAID


async def test_of_letting_go_and_the_money_at_once_the_money_counts(house: House, account: str) -> None:
    orders = [await ordered(house, seat) for seat in range(10)]
    let_go = house.engine.orders.money_by_hand.let_go
    asked = [each for order in orders for each in (let_go(act(house), house.sale.id, order), came(house, order, SEAT))]
    await asyncio.gather(*asked)
    await house.engine.orders.finish(**NOW)
    assert {await standing(house, order) for order in orders} == {OrderState.PAID}
    assert await sound(house)


# ── given back ──


async def test_what_is_given_back_waits_for_a_member_who_sends_it(house: House, account: str) -> None:
    order, refunds = await ordered(house, 1, 2), house.engine.orders.refunds
    assert await came(house, order, 2 * SEAT) is None
    given = await refunds.give_back(act(house), house.sale.id, RefundAsk(order, "r1", lines=(0,)))
    assert not isinstance(given, Refused)
    assert (given.state, given.failure, given.amount) == (RefundState.FAILED, "by_hand", SEAT)
    (waiting,) = await open_refunds(house.engine.db, house.organizer, 10)
    assert (waiting.order, waiting.nth, waiting.amount) == (order, 1, SEAT)
    assert await sound(house)
    said = await asyncio.gather(*(refunds.again(act(house), house.sale.id, order, 1, by_hand=True) for _ in range(5)))
    assert said.count(None) == 1
    assert await open_refunds(house.engine.db, house.organizer, 10) == []
    till = await house.engine.orders._desk.till_asked(house.sale.id, f"hand:{account}")
    assert await till.provider.lookup(order) == Captured(2 * SEAT, "", SEAT)
    assert await sound(house)
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def test_an_event_that_is_cancelled_leaves_a_task_for_each_order(house: House, account: str) -> None:
    orders = [await ordered(house, seat) for seat in (1, 2)]
    for order in orders:
        assert await came(house, order, SEAT) is None
    foreseen = await house.engine.orders.cancelling.foresee(house.organizer, Scope("", (house.sale.id,)))
    assert isinstance(foreseen, Foreseen)
    assert foreseen.amounts == {Way.BY_HAND: 2 * SEAT}, "members are told that they send it themselves"
    for order in orders:
        await house.engine.orders.refunds.give_back(act(house), house.sale.id, RefundAsk(order, "all"))
    tasks = await house.engine.reconciliation.tasks.of(house.organizer)
    assert {(each.order, each.amount) for each in tasks} == {(order, SEAT) for order in orders}
    for order in orders:
        assert await house.engine.orders.refunds.again(act(house), house.sale.id, order, 1, by_hand=True) is None
        assert await standing(house, order) is OrderState.REFUNDED
    assert await sound(house)


# ── which account ──


async def test_it_serves_beside_an_account_that_takes_cards(house: House, account: str) -> None:
    """A buyer chooses by the method; each finds its own account."""
    forget_tills(house)
    refused = await house.engine.orders.purchase(Purchase(house.sale.id, await house.buyer_holding(9), "one", card()))
    assert isinstance(refused, Refused), "no account of theirs takes cards"


async def test_a_sum_chooses_an_account_by_hand_like_any_other(house: House) -> None:
    small = await switched_on(house, replace(KEYS, serves=Serves(("EUR",), (), None, SEAT)))
    large = await switched_on(house, replace(KEYS, serves=Serves(("EUR",), (), SEAT + 1, None)))
    assert await provider_of(house, await ordered(house, 1)) == f"hand:{small}"
    assert await provider_of(house, await ordered(house, 2, 3)) == f"hand:{large}"


async def test_an_account_that_was_switched_off_is_still_asked(house: House, account: str) -> None:
    order = await ordered(house, 1)
    assert await house.engine.payment_accounts.switch(act(house), account, on=False) is None
    forget_tills(house)
    assert await came(house, order, SEAT) is None
    assert await standing(house, order) is OrderState.PAID
    assert await sound(house)


async def test_what_an_account_tells_later_changes_nothing_of_what_was_told(house: House, account: str) -> None:
    order = await ordered(house, 1)
    changed = replace(KEYS, by_hand=replace(TOLD, account="another"))
    assert not isinstance(
        await house.engine.payment_accounts.change(act(house), account, changed, None), list | Refused
    )
    view = await house.engine.orders.one(house.sale.id, order)
    assert view is not None
    assert view.pay_with is not None
    assert view.pay_with["account"] == IBAN


async def test_books_know_of_no_money_by_hand(house: House, account: str) -> None:
    order = await ordered(house, 1)
    assert await came(house, order, SEAT) is None
    run = await house.engine.reconciliation.run(act(house))
    assert (run.found, tuple(run.unreached)) == (0, ())
    assert await house.engine.reconciliation.disagreements(house.organizer) == []
