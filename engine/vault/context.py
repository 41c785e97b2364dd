"""How the vault describes itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

from engine.context import Context, Erasure, Floor, OldRows, Section, Violation, Whom
from engine.progress import Bound
from engine.vault.invariants import violations
from engine.vault.sql import ERASE, FORGET_KEPT
from engine.workers import Job

if TYPE_CHECKING:
    from engine.engine import Engine

REWRAP_EVERY_S = 5.0
MOVE_EVERY_S = 2.0


def jobs(engine: Engine) -> list[Job]:
    rewrapping, moving = engine.rewrapping, engine.moving
    return [
        Job("vault keys", rewrapping.step, REWRAP_EVERY_S, Bound(seconds=60), due_s=rewrapping.due_s),
        Job("vault moves", moving.step, MOVE_EVERY_S, Bound(seconds=60), due_s=moving.due_s),
    ]


async def forget(connection: asyncpg.Connection, erasure: Erasure) -> None:
    await connection.execute(ERASE, list(erasure.people))


async def invariants(engine: Engine) -> list[Violation]:
    return await violations(engine.db, engine.vault)


async def known(engine: Engine, whom: Whom) -> list[Section]:
    contacts = await engine.vault.contacts(whom.people)
    rows = [
        {"person": row["id"], "organizer": row["organizer_id"], **contacts[row["id"]].wire()}
        for row in await engine.vault.whose(whom.people)
        if row["id"] in contacts
    ]
    return [Section("names", rows)]


CONTEXT = Context(
    name="vault",
    floor=Floor.WHO,
    owns="what people are called and where they are reached, each under a key of their own",
    source="Postgres",
    tables=("vault_person",),
    jobs=jobs,
    old_rows=(OldRows("kept name", FORGET_KEPT, 0),),
    forget=forget,
    known=known,
    invariants=invariants,
)
