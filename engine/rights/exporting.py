"""Exporting: everything that is known of somebody, for themselves to read, or for an organizer that answers for it.

Each context says what it knows. Guarantees: that it is read stands in the audit trail before; an organizer gets what
concerns it alone; nothing of it opens anything. Fails as Postgres does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg

from engine.accounts import still_stands
from engine.audit import Act, Actor, write
from engine.context import Section, Whom
from engine.limits import KNOWN_ROWS_MAX
from engine.rights.choosing import Choosing
from engine.rights.looking import SUBJECTS_SHOWN_MAX
from engine.rights.model import Chosen

Ask = Callable[[Whom], Awaitable[Sequence[Section]]]


class Exporting:
    def __init__(self, db: asyncpg.Pool, choosing: Choosing) -> None:
        self._db = db
        self._choosing = choosing

    async def known(self, by: Act | Actor, chosen: Chosen, ask: Ask) -> Mapping[str, Any] | None:
        """A document of sections with rows; None: there is nobody, or nobody of this organizer's.

        `ask` has every context say what it knows.
        """
        whom = await self._choosing.whom(by.organizer_id if isinstance(by, Act) else None, chosen)
        if whom is None:
            return None
        subjects = [*whom.accounts, *whom.people]
        named = {"people": subjects[:SUBJECTS_SHOWN_MAX], "count": len(subjects)}
        async with self._db.acquire() as connection, connection.transaction():
            if isinstance(by, Act):
                await still_stands(connection, by)
            await write(connection, by, "person.export", subjects[0], after=named)
        sections = [section for section in await ask(whom) if section.rows]
        return {
            "made_at": datetime.now(UTC),
            "sections": [
                {
                    "name": section.name,
                    "rows": [dict(row) for row in section.rows],
                    "cut": len(section.rows) >= KNOWN_ROWS_MAX,
                }
                for section in sections
            ],
        }
