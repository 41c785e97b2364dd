"""What must hold of the catalog: nothing of a cancelled event is sold, tickets admit to days that there are, and
who may enter is in a segment of the organizer that sells.
"""

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


ENTERED_BY_NOBODY = """
SELECT s.id, n.segment
FROM sale s, LATERAL (
    SELECT s.entry_segment AS segment WHERE s.entry = 'segment'
    UNION SELECT p ->> 'entry_segment' FROM jsonb_array_elements(s.phases) AS p WHERE p ->> 'entry' = 'segment') AS n
WHERE NOT EXISTS (SELECT FROM named_segment g WHERE g.id = n.segment AND g.organizer_id = s.organizer_id)
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
    found += [
        Violation(INVARIANT, f"sale {row['id']}", f"is for segment {row['segment']}, which its organizer has not")
        for row in await db.fetch(ENTERED_BY_NOBODY)
    ]
    return found
