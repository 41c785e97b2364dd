"""An organizer's account at Stripe: its books beside ours, and what it tells by itself, late, twice and out of order.

Charges are made at the stand-in for Stripe's books alone; the orders that they name were paid as orders are.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from engine.engine import Engine
from engine.orders import OrderView
from engine.payments import AccountKeys, Told
from engine.settings import Settings
from tests.orders.house import House, open_house
from tests.providers.stripe_events import header_of
from tests.providers.stripe_ledger import StripeLedger
from tests.providers.stripe_wire import SECRET
from tests.reconciliation.playing import all_right, bought, by, ledger, open_ones, reconciled, refunded

HOOK_SECRET = "whsec_c2VjcmV0"
# What is paid with test cards, as if it had been paid into the account.
MOVE = "UPDATE payment SET provider = $2 WHERE order_id = $1"
NO_CHARGE = "DELETE FROM sandbox_charge WHERE order_id = $1"


@pytest.fixture
async def there() -> AsyncIterator[StripeLedger]:
    books = StripeLedger(per_page=2)
    await books.server.start_server()
    yield books
    await books.server.close()
    assert books.refused == []


@pytest.fixture
async def house(
    redis_url: str, database_url: str, there: StripeLedger, sale_id: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    monkeypatch.setattr("engine.reconciliation.runs.RECONCILIATION_GRACE_S", -3_600)
    values = {"redis_url": redis_url, "database_url": database_url, "secret": "s" * 32, "stripe_url": there.url}
    async with Engine.open(Settings.model_validate(values)) as engine:
        yield await open_house(engine, sale_id)


@pytest.fixture
async def account(house: House) -> str:
    made = await house.engine.payment_accounts.create(
        by(house), AccountKeys("Ours", "pk_test_ofNobody", SECRET, HOOK_SECRET)
    )
    assert isinstance(made, str)
    return made


async def paid(house: House, there: StripeLedger, account: str, seat: int, *, charged: bool = True) -> OrderView:
    order = await bought(house, seat)
    await house.engine.db.execute(MOVE, order.id, f"stripe:{account}")
    await house.engine.db.execute(NO_CHARGE, order.id)
    if charged:
        there.charged(order.id, order.sale, 4500, 100)
    return order


async def tells(house: House, account: str, about: dict[str, Any], secret: str = HOOK_SECRET) -> Told:
    body = json.dumps({"id": "evt_1", "object": "event", "type": "x", "data": {"object": about}}).encode()
    return await house.engine.orders.provider_told(account, header_of(body, secret, int(time.time())), body)


async def test_books_and_orders_agree_in_both_directions(house: House, there: StripeLedger, account: str) -> None:
    for seat in range(5):
        await paid(house, there, account, seat)
    missing = await paid(house, there, account, 5, charged=False)
    there.charged("ord_nobodys", house.sale.id, 700)
    there.charged("ord_of_a_shop", "", 900, source={"metadata": {}})
    run = await reconciled(house)
    assert (run.entries, run.found, run.unreached) == (7, 2, ())
    found = await open_ones(house)
    assert {kind: (each.order, each.provider) for kind, each in found.items()} == {
        "missing_charge": (missing.id, f"stripe:{account}"),
        "unknown_charge": ("ord_nobodys", f"stripe:{account}"),
    }
    moved = await ledger(house.engine)
    assert (moved["provider_fee"], moved["elsewhere"]) == (500, -900), "what a shop takes in besides is no order's"
    await all_right(house)


async def test_an_account_that_does_not_answer_is_left_out_and_read_the_next_time(
    house: House, there: StripeLedger, account: str
) -> None:
    await paid(house, there, account, 0)
    there.broken = True
    run = await reconciled(house)
    assert (run.unreached, run.found, run.compared) == ((f"stripe:{account}",), 0, 0)
    there.broken = False
    run = await reconciled(house)
    assert (run.unreached, run.found, run.compared, run.since.year) == ((), 0, 1, 1970)


async def test_an_entry_that_can_not_be_read_waits_for_somebody_and_stops_nothing(
    house: House, there: StripeLedger, account: str
) -> None:
    await paid(house, there, account, 0)
    odd = there.moved("charge", "charge", 100)
    odd |= {"currency": "?!", "broken": True}
    await paid(house, there, account, 1)
    run = await reconciled(house)
    assert (run.compared, run.found) == (2, 1)
    (found,) = (await open_ones(house)).values()
    assert (found.kind.value, found.subject, found.order) == ("unread", odd["id"], None)
    odd |= {"currency": "eur"}
    run = await reconciled(house)
    assert (run.found, run.settled) == (0, 1)
    assert (await ledger(house.engine))["elsewhere"] == -100
    await all_right(house)


async def test_a_dispute_that_is_told_moves_money_once_whenever_and_however_often(
    house: House, there: StripeLedger, account: str
) -> None:
    order = await paid(house, there, account, 0)
    dispute = there.disputed(order.id, order.sale, 4500, 1500)
    about = {"object": "dispute", "id": dispute, "status": "won", "amount": 1}  # nothing but its id is believed
    for _ in range(3):
        assert await tells(house, account, about) is Told.TAKEN
    await reconciled(house)
    assert await ledger(house.engine) == {"clearing": -1600, "provider_fee": 1600, "dispute": 4500}
    there.ends(dispute, "won", money=False)
    assert await tells(house, account, about) is Told.TAKEN
    (found,) = await house.engine.reconciliation.disputes.all_of(house.organizer)
    assert (found.state.value, found.order) == ("open", order.id), "its money is not back"
    there.disputes[dispute]["balance_transactions"].append(
        there.moved("adjustment", "dispute_reversal", 4500, source=dispute)
    )
    await reconciled(house)
    (found,) = await house.engine.reconciliation.disputes.all_of(house.organizer)
    assert found.state.value == "won"
    assert await tells(house, account, about) is Told.TAKEN
    assert await ledger(house.engine) == {"clearing": 4500 - 1600, "provider_fee": 1600}
    await all_right(house)


async def test_what_is_told_while_it_can_not_be_asked_is_to_be_told_again(
    house: House, there: StripeLedger, account: str
) -> None:
    order = await paid(house, there, account, 0)
    dispute = there.disputed(order.id, order.sale, 4500)
    there.broken = True
    assert await tells(house, account, {"object": "dispute", "id": dispute}) is Told.LATER
    there.broken = False
    assert await tells(house, account, {"object": "dispute", "id": "dp_none"}) is Told.TAKEN
    assert await tells(house, account, {"object": "dispute", "id": dispute}) is Told.TAKEN
    assert len(await house.engine.reconciliation.disputes.all_of(house.organizer)) == 1


async def test_a_forged_word_of_a_dispute_asks_nobody(house: House, there: StripeLedger, account: str) -> None:
    order = await paid(house, there, account, 0)
    dispute = there.disputed(order.id, order.sale, 4500)
    assert await tells(house, account, {"object": "dispute", "id": dispute}, "whsec_forged") is Told.FORGED
    assert there.asked == []
    assert await house.engine.reconciliation.disputes.all_of(house.organizer) == []


async def test_word_of_a_payout_has_the_books_read_soon(house: House, there: StripeLedger, account: str) -> None:
    await paid(house, there, account, 0)
    there.moved("payout", "payout", -4400)
    for _ in range(3):
        assert await tells(house, account, {"object": "payout", "id": "po_1"}) is Told.TAKEN
    assert len(await house.engine.reconciliation.all_of(house.organizer)) == 1
    while await house.engine.reconciliation.step():
        pass
    assert await ledger(house.engine) == {"provider_fee": 100, "payout": 4400}
    await all_right(house)


async def test_a_refund_that_fails_later_is_owed_again_whenever_and_however_often_that_is_told(
    house: House, there: StripeLedger, account: str
) -> None:
    order = await bought(house, 0)
    await refunded(house, order, 1000)
    await house.engine.db.execute(MOVE, order.id, f"stripe:{account}")
    await house.engine.db.execute(NO_CHARGE, order.id)
    there.charged(order.id, order.sale, 4500, 100)
    there.refunded(order.id, order.sale, f"{order.id}:1", 1000)
    about = {"object": "refund", "id": "re_1", "payment_intent": "pi_1", "status": "succeeded"}
    for _ in range(2):
        assert await tells(house, account, about) is Told.TAKEN
        while await house.engine.reconciliation.step():
            pass
    assert await ledger(house.engine) == {"clearing": 3400, "provider_fee": 100}
    there.refunded(order.id, order.sale, f"{order.id}:1", 1000, failed=True)
    for _ in range(3):
        assert await tells(house, account, about) is Told.TAKEN
        while await house.engine.reconciliation.step():
            pass
    assert await ledger(house.engine) == {"clearing": 4400, "provider_fee": 100, "refund_due": -1000}
    (refund,) = await house.engine.orders.refunds.of_order(order.sale, order.id)
    assert (refund.state.value, refund.failure) == ("failed", "returned")
    assert await open_ones(house) == {}
    await all_right(house)


async def test_an_account_that_names_anothers_order_has_no_say_in_it(
    house: House, there: StripeLedger, account: str
) -> None:
    """Whoever owns an account writes what they like onto its charges."""
    await house.engine.reconciliation.disputes.choose(by(house), blocks=True)
    elsewhere = await bought(house, 0)  # at the sandbox
    there.charged(elsewhere.id, elsewhere.sale, 4500)
    there.refunded(elsewhere.id, elsewhere.sale, f"{elsewhere.id}:all", 4500, failed=True)
    dispute = there.disputed(elsewhere.id, elsewhere.sale, 4500)
    assert await tells(house, account, {"object": "dispute", "id": dispute}) is Told.TAKEN
    await reconciled(house)
    assert await house.state_of(elsewhere.id) == "paid"
    view = await house.engine.orders.one(elsewhere.sale, elsewhere.id)
    assert view is not None
    assert [ticket.blocked for ticket in view.tickets] == [False]
    assert list(await open_ones(house)) == ["unknown_charge"]
    await all_right(house)
