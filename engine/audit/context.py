"""How the audit trail describes itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.context import Context, Floor, Violation
from engine.progress import Bound
from engine.workers import Job

if TYPE_CHECKING:
    from engine.engine import Engine

LINK_EVERY_S = 1.0
SIGN_EVERY_S = 30.0
REFUSALS_EVERY_S = 10.0
INVARIANT = 9


def jobs(engine: Engine) -> list[Job]:
    audit = engine.audit
    return [
        Job("audit links", audit.linker.step, LINK_EVERY_S, Bound(seconds=60), due_s=audit.linker.due_s),
        Job("audit heads", audit.heads.step, SIGN_EVERY_S, Bound(seconds=60)),
        Job("audit refusals", audit.tally.settle, REFUSALS_EVERY_S, Bound(seconds=30)),
    ]


async def invariants(engine: Engine) -> list[Violation]:
    found = await engine.audit.check()
    return [Violation(INVARIANT, each.subject, each.text) for each in found.broken]


CONTEXT = Context(
    name="audit",
    floor=Floor.GROUND,
    owns="who did what, in chains with signed ends",
    source="Postgres; signed ends in a file too",
    tables=("audit", "audit_link", "audit_horizon", "audit_head", "audit_tally"),
    jobs=jobs,
    invariants=invariants,
)
