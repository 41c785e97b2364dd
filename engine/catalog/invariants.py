"""What must hold of the catalog: nothing of a cancelled event is sold, and tickets admit to days that there are."""

from __future__ import annotations

import asyncpg

from engine.context import Violation

INVARIANT = 26
STILL_SOLD = """
SELECT s.id, e.id AS event FROM sale s JOIN event e ON e.id = s.event_id
WHERE e.status = 'cancelled' AND s.kind = 'event' AND s.closed_at IS NULL AND s.closes_at > now()
"""


# Few sales have days.
ADMIT_TO_NONE = """
SELECT s.id, a.place, d.day
FROM sale s, jsonb_each(s.admits) AS a (place, days), jsonb_array_elements_text(a.days) AS d (day)
WHERE s.admits <> '{}' AND NOT s.days @> jsonb_build_array(jsonb_build_object('id', d.day))
"""


async def violations(db: asyncpg.Pool) -> list[Violation]:
    found = [
        Violation(INVARIANT, f"sale {row['id']}", f"sells event {row['event']}, which was cancelled")
        for row in await db.fetch(STILL_SOLD)
    ]
    found += [
        Violation(INVARIANT, f"sale {row['id']}", f"says that {row['place']} admits to {row['day']}, a day it has not")
        for row in await db.fetch(ADMIT_TO_NONE)
    ]
    return found
