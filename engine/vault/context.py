"""How the vault describes itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

from engine.context import Context, Erasure, Floor, Kept, OldRows, Section, Told, Violation
from engine.limits import KNOWN_ROWS_MAX, LET_GO_KEPT_DAYS
from engine.progress import Bound
from engine.vault.invariants import violations
from engine.vault.model import NOBODY
from engine.vault.sql import DUE_KEPT, DUE_LET_GO, FORGET_KEPT
from engine.vault.vault import destroy
from engine.workers import Job

if TYPE_CHECKING:
    from engine.engine import Engine

REWRAP_EVERY_S = 5.0
MOVE_EVERY_S = 2.0
PEOPLE_LET_GO = Kept(
    "person nothing refers to",
    LET_GO_KEPT_DAYS,
    "the last cart, order or profile let go of them",
    "whatever is on its way may still refer to them",
    DUE_LET_GO,
    job="people let go",
)
LET_GO_EVERY_S, LOOK_OVER_EVERY_S = 60.0, 3_600.0


def jobs(engine: Engine) -> list[Job]:
    rewrapping, moving, letting_go = engine.rewrapping, engine.moving, engine.letting_go
    return [
        Job("vault keys", rewrapping.step, REWRAP_EVERY_S, Bound(seconds=60), due_s=rewrapping.due_s),
        Job("vault moves", moving.step, MOVE_EVERY_S, Bound(seconds=60), due_s=moving.due_s),
        Job("people let go", letting_go.step, LET_GO_EVERY_S, Bound(seconds=60), due_s=letting_go.due_s),
        Job("people looked over", letting_go.look_over, LOOK_OVER_EVERY_S, Bound(seconds=60)),
    ]


async def forget(connection: asyncpg.Connection, erasure: Erasure) -> None:
    await destroy(connection, erasure.people)


async def invariants(engine: Engine) -> list[Violation]:
    return await violations(engine.db, engine.vault)


async def known(engine: Engine, connection: asyncpg.Connection, told: Told) -> list[Section]:
    people = told.people[:KNOWN_ROWS_MAX]
    contacts = await engine.vault.contacts(people, connection)
    rows = [
        {"person": row["id"], "organizer": row["organizer_id"], **contacts[row["id"]].wire()}
        for row in await engine.vault.whose(people, connection)
        if contacts.get(row["id"])  # who has no name stands for what a cart was answered
    ]
    return [Section("names", ("person", "organizer", *NOBODY.wire()), rows)]


CONTEXT = Context(
    name="vault",
    floor=Floor.WHO,
    owns="what people are called and where they are reached, each under a key of their own",
    source="Postgres",
    tables=("vault_person", "vault_let_go"),
    jobs=jobs,
    old_rows=(OldRows("kept name", FORGET_KEPT, 0, "AFORO_TAX_YEARS after the last payment", "tax law", DUE_KEPT),),
    kept=(PEOPLE_LET_GO,),
    forget=forget,
    known=known,
    invariants=invariants,
)
