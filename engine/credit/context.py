"""How credit describes itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

from engine.context import Context, Erasure, Floor, Section, Told, Violation
from engine.coupons import persons_of
from engine.credit import sql
from engine.credit.giving import expire
from engine.limits import CREDIT_EXPIRED_PER_STEP_MAX
from engine.progress import Bound
from engine.workers import Job

if TYPE_CHECKING:
    from engine.engine import Engine

EXPIRY_EVERY_S = 60.0
LATE_H = 1
CREDIT = 29  # the invariant, as the docs count them


def jobs(engine: Engine) -> list[Job]:
    async def step() -> int:
        return await expire(engine.db)

    async def due_s() -> float | None:
        due: float | None = await engine.db.fetchval(sql.EXPIRES_S)
        return None if due is None else max(0.0, due)

    bound = Bound(seconds=30, items=CREDIT_EXPIRED_PER_STEP_MAX)
    return [Job("credit expiry", step, EXPIRY_EVERY_S, bound, due_s=due_s)]


async def invariants(engine: Engine) -> list[Violation]:
    """Balances that their entries don't come to, and credit that should have expired."""
    said = "its balance is {balance}, and its entries come to {amount}"
    found = [
        Violation(CREDIT, f"credit {row['id']}", said.format(**dict(row)))
        for row in await engine.db.fetch(sql.OFF_ITS_ENTRIES)
    ]
    late = await engine.db.fetch(sql.UNEXPIRED, LATE_H)
    return found + [Violation(CREDIT, f"credit {row['id']}", f"ended, and still has {row['balance']}") for row in late]


async def forget(connection: asyncpg.Connection, erasure: Erasure) -> None:
    """Whose it was; what is owed stays owed, to nobody, until it ends or is revoked."""
    await connection.execute(sql.FORGET, persons_of(erasure), erasure.organizer_id)


async def known(_: Engine, connection: asyncpg.Connection, told: Told) -> list[Section]:
    return [await Section.read(connection, "credit", sql.KNOWN, persons_of(told), told.organizer_id)]


CONTEXT = Context(
    name="credit",
    floor=Floor.SELL,
    owns="credit of people, vouchers, and every change of what is left of them",
    source="Postgres, whose constraints keep every balance",
    tables=("credit", "credit_entry"),
    jobs=jobs,
    forget=forget,
    known=known,
    invariants=invariants,
)
