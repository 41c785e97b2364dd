"""How promos describe themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

from engine.context import Context, Floor, OldRows, Section, Told, Violation
from engine.limits import NOTICE_BATCH_KEPT_DAYS, NOTICE_INBOX_KEPT_DAYS, NOTICE_KEPT_DAYS
from engine.progress import Bound
from engine.promos.invariants import violations
from engine.promos.sql import (
    DUE_ATTEMPTS,
    DUE_BATCHES,
    DUE_INBOXES,
    DUE_NOTICES,
    DUE_SMS,
    FORGET_ATTEMPTS,
    FORGET_BATCHES,
    FORGET_INBOXES,
    FORGET_NOTICES,
    FORGET_SMS,
    KNOWN,
)
from engine.workers import Job

if TYPE_CHECKING:
    from engine.engine import Engine

LEASE = "promos"
ACTIVATE_EVERY_S = 0.5
DELIVER_EVERY_S = 0.25
AUDIENCE = Bound(seconds=300)  # all of it, once it has to be built anew
DELIVERY = Bound(seconds=3_600)  # of a batch, as slowly as a channel may send
OLD_ROWS = (
    OldRows("notice", FORGET_NOTICES, NOTICE_KEPT_DAYS, "its day", "one a day, and what became of it", DUE_NOTICES),
    OldRows("notice_attempt", FORGET_ATTEMPTS, NOTICE_KEPT_DAYS, "its day", "as notices", DUE_ATTEMPTS),
    OldRows(
        "notice_inbox", FORGET_INBOXES, NOTICE_INBOX_KEPT_DAYS, "its day", "one notice a day per inbox", DUE_INBOXES
    ),
    OldRows("sms_spent", FORGET_SMS, NOTICE_BATCH_KEPT_DAYS, "its day", "the budget of text messages", DUE_SMS),
    OldRows(
        "notice_batch",
        FORGET_BATCHES,
        NOTICE_BATCH_KEPT_DAYS,
        "it was delivered",
        "a batch is delivered once",
        DUE_BATCHES,
    ),
)


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


async def known(_: Engine, connection: asyncpg.Connection, told: Told) -> list[Section]:
    who = (list(told.numbers), NOTICE_KEPT_DAYS, told.organizer_id)
    return [await Section.read(connection, "offers", KNOWN, *who)]


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
    known=known,
    invariants=invariants,
)
