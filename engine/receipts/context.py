"""How receipts describe themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.context import Context, Floor, Violation
from engine.progress import Bound
from engine.receipts.invariants import sale_violations, violations
from engine.workers import Job

if TYPE_CHECKING:
    from engine.engine import Engine

ISSUE_EVERY_S = 0.5  # somebody may look at the page of the order


def jobs(engine: Engine) -> list[Job]:
    issuing = engine.receipts.issuing
    return [
        issuing.consumer.job(engine.db),
        Job("receipts", issuing.step, ISSUE_EVERY_S, Bound(seconds=60), due_s=issuing.due_s),
    ]


async def invariants(engine: Engine) -> list[Violation]:
    return await violations(engine.db)


async def sale_invariants(engine: Engine, sale: str) -> list[Violation]:
    return await sale_violations(engine.db, sale)


CONTEXT = Context(
    name="receipts",
    floor=Floor.SELL,
    owns="receipts, their numbers, who organizers are to the law",
    source="Postgres, whose constraints leave no gap",
    tables=("legal_identity", "receipt_series", "receipt", "receipt_due", "credit_note_due"),
    jobs=jobs,
    invariants=invariants,
    sale_invariants=sale_invariants,
)
