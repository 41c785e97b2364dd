"""How reconciliation describes itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.context import Context, Floor, OldRows, Violation
from engine.limits import RECONCILIATION_KEPT_DAYS, RECONCILING_S_MAX
from engine.progress import Bound
from engine.reconciliation import sql
from engine.reconciliation.invariants import violations
from engine.workers import Job

if TYPE_CHECKING:
    from engine.engine import Engine

EVERY_S = 1.0


def jobs(engine: Engine) -> list[Job]:
    its = engine.reconciliation
    return [Job("reconciliation", its.step, EVERY_S, Bound(seconds=3 * RECONCILING_S_MAX), due_s=its.due_s)]


async def invariants(engine: Engine) -> list[Violation]:
    return await violations(engine.db)


CONTEXT = Context(
    name="reconciliation",
    floor=Floor.SELL,
    owns="what providers' books say, where ours differ, disputes",
    source="the provider",
    tables=("provider_entry", "dispute", "dispute_policy", "reconciliation", "disagreement"),
    jobs=jobs,
    old_rows=(
        OldRows(
            "reconciliation",
            sql.FORGET_RUNS,
            RECONCILIATION_KEPT_DAYS,
            "it ended",
            "its organizer may ask when money was last compared; what it found and booked stays",
            sql.RUNS_TO_FORGET,
        ),
    ),
    invariants=invariants,
)
