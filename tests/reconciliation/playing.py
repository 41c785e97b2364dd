"""What tests of reconciliation do: buy, give back, dispute at the sandbox, compare, and look at the ledger."""

from __future__ import annotations

from collections import Counter

from engine.audit import Act
from engine.engine import Engine
from engine.ids import new_id
from engine.orders import Bought, OrderView, RefundAsk
from engine.payments import BookNews, DisputeState, end_dispute, open_dispute
from engine.reconciliation import Disagreement, Dispute, Run
from engine.refusals import Refused
from engine.verify import verify, verify_contexts
from tests.orders.house import House

FEE = 68  # of 45.00
MOVED = """
SELECT e.account, sum(e.amount)::bigint AS amount FROM (
    SELECT accounts, amounts FROM ledger_movement UNION ALL SELECT accounts, amounts FROM provider_entry
) AS m, unnest(m.accounts, m.amounts) AS e (account, amount) GROUP BY e.account
"""


async def bought(house: House, *seats: int) -> OrderView:
    found = await house.buy(await house.buyer_holding(*seats))
    assert isinstance(found, Bought), found
    return found.order


async def refunded(house: House, order: OrderView, amount: int | None = None) -> None:
    ask = RefundAsk(order.id, new_id("rfd"), (), amount)
    assert not isinstance(await house.engine.orders.refunds.give_back(by(house), order.sale, ask), Refused)


async def disputed(house: House, order: OrderView) -> str:
    """A buyer's bank disputes an order, and the sandbox tells."""
    found = await open_dispute(house.engine.db, order.id)
    assert found is not None
    await told(house, found)
    return found


async def ended(house: House, order: OrderView, state: DisputeState) -> None:
    found = await end_dispute(house.engine.db, order.id, state)
    assert found is not None
    await told(house, found)


async def told(house: House, dispute: str = "") -> None:
    assert await house.engine.reconciliation.heard(BookNews("sandbox", house.organizer, dispute))


async def reconciled(house: House) -> Run:
    run = await house.engine.reconciliation.run(by(house))
    assert run.done
    return run


async def open_ones(house: House) -> dict[str, Disagreement]:
    """What differs, by its kind."""
    found = await house.engine.reconciliation.disagreements(house.organizer, state="open")
    assert len({each.kind for each in found}) == len(found)
    return {each.kind.value: each for each in found}


async def dispute_of(house: House, dispute: str) -> Dispute:
    (found,) = (
        each for each in await house.engine.reconciliation.disputes.all_of(house.organizer) if each.id == dispute
    )
    return found


async def ledger(engine: Engine) -> Counter[str]:
    """What is in each account that has something, revenue and the like left out."""
    moved = {row["account"]: row["amount"] for row in await engine.db.fetch(MOVED)}
    kept = ("clearing", "provider_fee", "dispute", "dispute_lost", "payout", "elsewhere", "refund_due")
    return Counter({account: amount for account, amount in moved.items() if account in kept and amount})


async def all_right(house: House) -> None:
    assert await verify(house.engine, house.sale.id, grace_s=0) == []
    found = await verify_contexts(house.engine, grace_s=0)
    assert {name: each for name, each in found.items() if each and name in ("orders", "reconciliation")} == {}


def by(house: House) -> Act:
    return Act(house.organizer, "test")
