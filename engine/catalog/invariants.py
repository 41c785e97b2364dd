"""What must hold of the catalog: nothing is sold of an event that was cancelled."""

from __future__ import annotations

import asyncpg

from engine.context import Violation

INVARIANT = 26
STILL_SOLD = """
SELECT s.id, e.id AS event FROM sale s JOIN event e ON e.id = s.event_id
WHERE e.status = 'cancelled' AND s.kind = 'event' AND s.closed_at IS NULL AND s.closes_at > now()
"""


async def violations(db: asyncpg.Pool) -> list[Violation]:
    rows = await db.fetch(STILL_SOLD)
    return [
        Violation(INVARIANT, f"sale {row['id']}", f"sells event {row['event']}, which was cancelled") for row in rows
    ]
