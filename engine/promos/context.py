"""How promos describe themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.context import Context, Floor, Violation
from engine.progress import Bound
from engine.promos.invariants import violations
from engine.promos.old_rows import OLD_ROWS
from engine.workers import Job

if TYPE_CHECKING:
    from engine.engine import Engine

LEASE = "promos"
ACTIVATE_EVERY_S = 0.5
DELIVER_EVERY_S = 0.25
AUDIENCE = Bound(seconds=300)  # all of it, once it has to be built anew
DELIVERY = Bound(seconds=3_600)  # of a batch, as slowly as a channel may send


def jobs(engine: Engine) -> list[Job]:
    promos = engine.promos
    return [
        Job(
            "promos activate",
            promos.promoter.step,
            ACTIVATE_EVERY_S,
            AUDIENCE,
            lease=LEASE,
            due_s=promos.promoter.due_s,
        ),
        Job(
            "promos deliver",
            promos.delivery.step,
            DELIVER_EVERY_S,
            DELIVERY,
            lease=LEASE,
            due_s=promos.delivery.due_s,
        ),
    ]


async def invariants(engine: Engine) -> list[Violation]:
    return await violations(engine.db, engine.promos.audience, engine.promos.ledger)


CONTEXT = Context(
    name="promos",
    floor=Floor.TELL,
    owns="stores, products, promos and their windows, notices",
    source="Postgres; day ledgers in Redis, rebuilt from it",
    tables=(
        *("store", "product", "promo", "promo_window"),
        *("notice", "notice_batch", "notice_inbox", "notice_attempt", "sms_spent"),
    ),
    jobs=jobs,
    old_rows=OLD_ROWS,
    invariants=invariants,
)
