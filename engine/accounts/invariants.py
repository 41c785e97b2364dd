"""Whether accounts are as they must be: organizers with members have an owner, and nobody is logged in to a closed
account.
"""

from __future__ import annotations

import asyncpg

from engine.accounts import login_sql as sql
from engine.context import Violation

INVARIANT = 15
RULES = (
    (sql.WITHOUT_OWNER, "organizer", "has members, but no owner"),
    (sql.OPEN_AND_CLOSED, "session", "is open, and its account is closed"),
    (sql.GRANT_OF_NOBODY, "grant", "is in force, and its member has left"),
)


async def violations(db: asyncpg.Pool) -> list[Violation]:
    return [
        Violation(INVARIANT, f"{what} {row[0]}", said)
        for statement, what, said in RULES
        for row in await db.fetch(statement)
    ]
