"""Comparing with the books: what differs is found in both directions, once, and is over once it is right."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from engine.audit import Act
from engine.payments import pay_out, refunds_come_back
from engine.reconciliation import Disagreement
from engine.refusals import Refused
from tests.orders.house import House
from tests.reconciliation.playing import (
    FEE,
    all_right,
    bought,
    by,
    ledger,
    open_ones,
    reconciled,
    refunded,
    told,
)

# What somebody does to the books of the sandbox, or to ours, and what is found then.
CHARGE = """
INSERT INTO sandbox_charge (order_id, amount, currency, outcome, sale_id)
VALUES ('ord_unheard', 999, 'EUR', 'captured', $2)
"""
WRONG = {
    "unknown_charge": (
        f"WITH gone AS (SELECT $1::text) {CHARGE}",
        "DELETE FROM sandbox_charge WHERE order_id = 'ord_unheard' AND $1 <> '' AND $2 <> ''",
        (0, 999),
    ),
    "missing_charge": (
        "UPDATE sandbox_charge SET sale_id = NULL WHERE order_id = $1 AND $2 <> ''",
        "UPDATE sandbox_charge SET sale_id = $2 WHERE order_id = $1",
        (4500, 0),
    ),
    "amount_differs": (
        "UPDATE sandbox_charge SET amount = 4400 WHERE order_id = $1 AND $2 <> ''",
        "UPDATE payment SET amount = 4400 WHERE order_id = $1 AND sale_id = $2",
        (4500, 4400),
    ),
    "currency_differs": (
        "UPDATE sandbox_charge SET currency = 'USD' WHERE order_id = $1 AND $2 <> ''",
        "UPDATE orders SET currency = 'USD' WHERE id = $1 AND sale_id = $2",
        (4500, 4500),
    ),
}


@pytest.mark.parametrize("kind", WRONG)
async def test_what_differs_is_found_once_and_is_over_once_it_is_right(house: House, kind: str) -> None:
    order, other = await bought(house, 0), await bought(house, 1)
    wrong, right, (ours, theirs) = WRONG[kind]
    await house.engine.db.execute(wrong, order.id, order.sale)
    first = await reconciled(house)
    assert first.found == 1
    (found,) = (await open_ones(house)).values()
    assert found.kind.value == kind
    assert (found.facts["ours"], found.facts["theirs"]) == (ours, theirs)
    assert found.order == (order.id if kind != "unknown_charge" else "ord_unheard")
    assert found.due_at - found.opened_at == timedelta(days=7)
    again = await reconciled(house)
    assert (again.found, again.settled) == (0, 0)
    assert list(await open_ones(house)) == [kind], "the same one, and no second"
    if kind == "unknown_charge":
        return  # what stands in books stays there
    await house.engine.db.execute(right, order.id, order.sale)
    after = await reconciled(house)
    assert (after.found, after.settled) == (0, 1)
    assert await open_ones(house) == {}
    (over,) = await house.engine.reconciliation.disagreements(house.organizer)
    assert (over.open, over.by_member, over.order) == (False, False, order.id)
    assert other.id != order.id


async def test_what_went_back_there_is_compared_with_what_we_say(house: House) -> None:
    less, more, alike = await bought(house, 0), await bought(house, 1), await bought(house, 2)
    for order in (less, more, alike):
        await refunded(house, order, 1000)
    await house.engine.db.execute("DELETE FROM sandbox_refund WHERE order_id = $1", less.id)
    await house.engine.db.execute(
        "INSERT INTO sandbox_refund (order_id, id, amount) VALUES ($1, 'of a stranger', 500)", more.id
    )
    await reconciled(house)
    found = await open_ones(house)
    said = {kind: (each.order, each.facts["ours"], each.facts["theirs"]) for kind, each in found.items()}
    assert said == {"missing_refund": (less.id, 1000, 0), "unknown_refund": (more.id, 1000, 1500)}


async def test_what_is_all_right_is_found_to_be_so(house: House) -> None:
    orders = [await bought(house, seat) for seat in range(4)]
    await refunded(house, orders[0])
    await refunded(house, orders[1], 700)
    run = await reconciled(house)
    assert (run.compared, run.found, run.settled, run.unreached) == (4, 0, 0, ())
    assert run.entries == 6
    await all_right(house)


async def test_fees_are_booked_once_however_often_the_books_are_read(house: House) -> None:
    await bought(house, 0)
    await asyncio.gather(*(reconciled(house) for _ in range(4)))
    await reconciled(house)
    assert await ledger(house.engine) == {"clearing": 4500 - FEE, "provider_fee": FEE}
    await all_right(house)


async def test_a_payout_takes_what_is_left_and_clearing_is_nothing_then(house: House) -> None:
    await refunded(house, await bought(house, 0))
    await bought(house, 1)
    (paid,) = await pay_out(house.engine.db, house.organizer)
    assert (paid.amount, paid.currency) == (4500 - 2 * FEE, "EUR")
    assert await pay_out(house.engine.db, house.organizer) == []
    await reconciled(house)
    await reconciled(house)
    assert await ledger(house.engine) == {"provider_fee": 2 * FEE, "payout": 4500 - 2 * FEE}
    await all_right(house)


async def test_a_refund_that_comes_back_is_owed_again_and_waits_for_somebody(house: House) -> None:
    order = await bought(house, 0)
    await refunded(house, order)
    assert await house.state_of(order.id) == "refunded"
    assert await refunds_come_back(house.engine.db, order.id) == 1
    await told(house)
    while await house.engine.reconciliation.step():
        pass
    assert await house.state_of(order.id) == "refunding"
    (refund,) = await house.engine.orders.refunds.of_order(order.sale, order.id)
    assert (refund.state.value, refund.failure) == ("failed", "returned")
    (task,) = await house.engine.reconciliation.tasks.of(house.organizer)
    assert (task.kind.value, task.order, task.why, task.amount) == ("refund", order.id, "returned", 4500)
    assert await ledger(house.engine) == {"clearing": 4500 - FEE, "provider_fee": FEE, "refund_due": -4500}
    await reconciled(house)
    assert await open_ones(house) == {}
    await all_right(house)
    # It is asked for anew, by another name: what came back is not the same as what goes now.
    assert await house.engine.orders.refunds.again(by(house), order.sale, order.id, 1, by_hand=False) is None
    assert await house.state_of(order.id) == "refunded"
    await reconciled(house)
    assert await ledger(house.engine) == {"clearing": -FEE, "provider_fee": FEE}
    assert await house.engine.reconciliation.tasks.of(house.organizer) == []
    await all_right(house)


async def test_what_a_member_resolved_stays_so_until_either_side_says_something_else(house: House) -> None:
    order = await bought(house, 0)
    await house.engine.db.execute("UPDATE sandbox_charge SET amount = 4400 WHERE order_id = $1", order.id)
    await reconciled(house)
    (found,) = (await open_ones(house)).values()
    stranger = await house.engine.access.create_organizer("Vecinos")
    assert isinstance(await house.engine.reconciliation.resolve(Act(stranger, "x"), found.id, "mine"), Refused)
    resolved = await house.engine.reconciliation.resolve(by(house), found.id, "the bank took a euro")
    assert isinstance(resolved, Disagreement)
    assert (resolved.open, resolved.by_member, resolved.reason) == (False, True, "the bank took a euro")
    assert isinstance(await house.engine.reconciliation.resolve(by(house), found.id, "again"), Refused)
    assert (await reconciled(house)).found == 0
    assert await open_ones(house) == {}
    await house.engine.db.execute("UPDATE payment SET amount = 4450 WHERE order_id = $1", order.id)
    assert (await reconciled(house)).found == 1
    acts = "SELECT act FROM audit WHERE organizer_id = $1 AND act = 'disagreement.resolve'"
    assert len(await house.engine.db.fetch(acts, house.organizer)) == 1


async def test_pages_are_read_to_their_end(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("engine.payments.sandbox_books.SANDBOX_BOOK_ENTRIES_PER_PAGE",):
        monkeypatch.setattr(name, 2)
    for name in ("ORDERS_COMPARED_PER_STEP", "DISPUTES_ASKED_PER_STEP"):
        monkeypatch.setattr(f"engine.reconciliation.runs.{name}", 2)
    orders = [await bought(house, seat) for seat in range(7)]
    for order in orders[:5]:
        await refunded(house, order, 100)
    await house.engine.db.execute("UPDATE sandbox_charge SET sale_id = NULL WHERE order_id = ANY ($1)", [orders[6].id])
    run = await reconciled(house)
    assert (run.entries, run.compared, run.found) == (11, 7, 1)
    assert [each.order for each in (await open_ones(house)).values()] == [orders[6].id]


async def test_a_run_that_dies_goes_on_where_it_was(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between any two steps, and in the middle of each: nothing is booked twice, and nothing is left out."""
    monkeypatch.setattr("engine.payments.sandbox_books.SANDBOX_BOOK_ENTRIES_PER_PAGE", 2)
    monkeypatch.setattr("engine.reconciliation.runs.ORDERS_COMPARED_PER_STEP", 2)
    orders = [await bought(house, seat) for seat in range(5)]
    await house.engine.db.execute("UPDATE sandbox_charge SET amount = 1 WHERE order_id = $1", orders[4].id)
    runs = house.engine.reconciliation._runs
    run = await house.engine.reconciliation.request(by(house))
    steps = 0
    while not run.done:
        with pytest.raises(Dying):
            monkeypatch.setattr("engine.reconciliation.runs.Run.read", die)
            await runs.advance(run)
        monkeypatch.undo()
        monkeypatch.setattr("engine.payments.sandbox_books.SANDBOX_BOOK_ENTRIES_PER_PAGE", 2)
        monkeypatch.setattr("engine.reconciliation.runs.ORDERS_COMPARED_PER_STEP", 2)
        monkeypatch.setattr("engine.reconciliation.runs.RECONCILIATION_GRACE_S", -60)
        again = await runs.read(run.id)
        assert again is not None
        # It was written, though whoever wrote it never knew: doing it once more from before changes nothing.
        assert await runs.advance(run) is None
        run = again
        steps += 1
    assert steps > 8
    assert (run.entries, run.compared, run.found) == (5, 5, 1)
    assert (await ledger(house.engine))["provider_fee"] == 4 * FEE
    await all_right_but_for_the_charge(house)


class Dying(Exception):
    pass


def die(_: object) -> None:
    raise Dying


async def all_right_but_for_the_charge(house: House) -> None:
    found = await house.engine.reconciliation.tasks.of(house.organizer)
    assert [each.why for each in found] == ["amount_differs"]


async def test_two_that_do_the_same_run_do_each_step_once(house: House) -> None:
    for seat in range(5):
        await bought(house, seat)
    one, other = await asyncio.gather(*(house.engine.reconciliation.run(by(house)) for _ in range(2)))
    assert (one.done, other.done) == (True, True)
    for run in {one.id: one, other.id: other}.values():
        assert run.compared == 5
    assert (await ledger(house.engine))["provider_fee"] == 5 * FEE


async def test_each_organizer_is_compared_daily_by_itself(house: House) -> None:
    await bought(house, 0)
    reconciliation = house.engine.reconciliation
    assert await reconciliation.due_s() == 0
    while await reconciliation.step():
        pass
    (run,) = await reconciliation.all_of(house.organizer)
    assert (run.done, run.compared, run.since) == (True, 1, datetime.fromtimestamp(0, UTC))
    due_s = await reconciliation.due_s()
    assert due_s is not None
    assert due_s > 0
    reconciliation._looked_at -= 1e6
    assert await reconciliation.step() == 0, "its day has not come"
    await house.engine.db.execute("UPDATE reconciliation SET asked_at = asked_at - interval '25 hours'")
    reconciliation._looked_at -= 1e6
    while await reconciliation.step():
        pass
    newest, before = await reconciliation.all_of(house.organizer)
    assert before.asked_at - newest.since == timedelta(hours=48)


async def test_rehearsals_and_what_is_free_are_no_business_of_it(house: House) -> None:
    found = await house.buy(await house.buyer_holding(units={"gift": 1}))
    assert not isinstance(found, Refused)
    run = await reconciled(house)
    assert (run.compared, run.found) == (0, 0)
