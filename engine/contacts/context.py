"""How contacts describe themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

from engine.contacts.sql import (
    DUE_ASKED,
    DUE_CONFIRMED,
    DUE_USED,
    FORGET_ASKED,
    FORGET_CONFIRMED,
    FORGET_INBOXES,
    FORGET_USED,
    KNOWN,
)
from engine.context import Context, Erasure, Floor, OldRows, Section, Told
from engine.limits import LETTERS_PER_STEP_MAX, PROOF_ASKED_KEPT_DAYS, PROOF_KEPT_DAYS
from engine.progress import Bound
from engine.workers import Job

if TYPE_CHECKING:
    from engine.engine import Engine

ADOPT_EVERY_S = 0.5
OLD_ROWS = (
    OldRows(
        "unconfirmed proof",
        FORGET_ASKED,
        PROOF_ASKED_KEPT_DAYS,
        "it was asked for",
        "what is asked for is counted, per address and network",
        DUE_ASKED,
    ),
    OldRows(
        "confirmed proof",
        FORGET_CONFIRMED,
        PROOF_KEPT_DAYS,
        "it was confirmed",
        "shows that whoever is written to agreed",
        DUE_CONFIRMED,
    ),
    OldRows("inbox used for a sale", FORGET_USED, PROOF_KEPT_DAYS, "it was used", "one place per inbox", DUE_USED),
)


def jobs(engine: Engine) -> list[Job]:
    return [
        Job(
            "contacts letters of the release before",
            engine.proof_letters.adopt,
            ADOPT_EVERY_S,
            Bound(seconds=120, items=LETTERS_PER_STEP_MAX),
            due_s=engine.proof_letters.adopt_due_s,
        )
    ]


async def forget(connection: asyncpg.Connection, erasure: Erasure) -> None:
    if erasure.organizer_id is None:  # proofs belong to no organizer
        await connection.execute(FORGET_INBOXES, list(erasure.inboxes))


async def known(_: Engine, connection: asyncpg.Connection, told: Told) -> list[Section]:
    if told.organizer_id is not None:
        return []
    return [await Section.read(connection, "confirmations", KNOWN, list(told.inboxes))]


CONTEXT = Context(
    name="contacts",
    floor=Floor.WHO,
    owns="whose address it is",
    source="Postgres",
    tables=("contact_proof", "sale_contact"),
    jobs=jobs,
    old_rows=OLD_ROWS,
    forget=forget,
    known=known,
)
