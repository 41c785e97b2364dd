"""An audit trail on a fresh database, with acts of two organizers in it, and hands that change it unseen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest

from engine.audit import Actor, ActorKind, Audit, HeadKeys, write

Tamper = Callable[..., Awaitable[None]]
ONE, OTHER = "org_one", "org_other"
SEED = bytes(range(32))


def audit_of(db: asyncpg.Pool, folder: Path, seed: bytes = SEED, older_keys: tuple[str, ...] = ()) -> Audit:
    return Audit(db, HeadKeys(lambda: [seed], older_keys), folder)


async def act(db: asyncpg.Pool, organizer: str | None = ONE, subject: str = "jazz", **values: object) -> None:
    """One act in a transaction of its own."""
    key = Actor("ak_1", ActorKind.KEY, "abc-1", "192.0.2.0/24")
    by = key if organizer is None else key.of(organizer)
    async with db.acquire() as connection, connection.transaction():
        await write(connection, by, "sale.change", subject, after=values or {"paused": True})


async def links_of(db: asyncpg.Pool, chain: str = ONE) -> list[str]:
    """The subjects of a chain, in its order."""
    rows = await db.fetch(
        "SELECT a.subject FROM audit_link l JOIN audit a ON a.id = l.audit_id WHERE l.chain = $1 ORDER BY l.number",
        chain,
    )
    return [row["subject"] for row in rows]


@pytest.fixture
def audit(db: asyncpg.Pool, tmp_path: Path) -> Audit:
    return audit_of(db, tmp_path / "audit")


@pytest.fixture
async def told(db: asyncpg.Pool, audit: Audit) -> Audit:
    """Six acts of each of two organizers and one of the installation, linked, signed and told to the file."""
    for number in range(6):
        await act(db, ONE, f"one-{number}", number=number)
        await act(db, OTHER, f"other-{number}", number=number)
    await act(db, None, "installation")
    await audit.linker.step()
    await audit.heads.step()
    checked = await audit.check()
    assert (checked.chains, checked.links, checked.heads, checked.broken) == (3, 13, 3, ())
    return audit


@pytest.fixture
def tamper(db: asyncpg.Pool) -> Tamper:
    """Change what can't be changed, as somebody who owns the database: without triggers and foreign keys."""

    async def change(*statements: str) -> None:
        async with db.acquire() as connection, connection.transaction():
            await connection.execute("SET LOCAL session_replication_role = replica")
            for statement in statements:
                await connection.execute(statement)

    return change
