"""Exporting: everything that is known of somebody, for themselves to read, or for an organizer that answers for it.

Each context says what it knows. Guarantees: that it is read stands in the audit trail before; all of it is from one
moment, with no half of a purchase or an erasure; an organizer gets what concerns it alone, and an account nothing that
may be somebody else's; nothing of it opens anything. Fails as Postgres does, also when a statement takes too long.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

import asyncpg

from engine.accounts import still_stands
from engine.audit import Act, Actor, write
from engine.context import Section, Told
from engine.limits import KNOWN_STATEMENT_S_MAX
from engine.refusals import Code, Refused
from engine.rights.choosing import Choosing
from engine.rights.looking import SUBJECTS_SHOWN_MAX
from engine.rights.model import Chosen, Export

Ask = Callable[[asyncpg.Connection, Told], Awaitable[Sequence[Section]]]
BOUND = f"SET LOCAL statement_timeout = '{KNOWN_STATEMENT_S_MAX}s'"


class Exporting:
    def __init__(self, db: asyncpg.Pool, choosing: Choosing) -> None:
        self._db = db
        self._choosing = choosing

    async def known(self, by: Act | Actor, chosen: Chosen, asked: Sequence[Ask]) -> Export | Refused:
        """What each of those who are asked knows; refused where there is nobody, or nobody of this organizer's."""
        organizer = by.organizer_id if isinstance(by, Act) else None
        async with self._db.acquire() as connection:
            if not await self._note(connection, by, organizer, chosen):
                return Refused(Code.NOT_FOUND)
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                await connection.execute(BOUND)
                told = await self._choosing.told(connection, organizer, chosen)
                if told is None:  # erased since
                    return Refused(Code.NOT_FOUND)
                said = [section for each in asked for section in await each(connection, told)]
        return Export(datetime.now(UTC), [section for section in said if section.rows])

    async def _note(
        self, connection: asyncpg.Connection, by: Act | Actor, organizer: str | None, chosen: Chosen
    ) -> bool:
        """Who is about to be read, in the audit trail; False when there is nobody."""
        told = await self._choosing.told(connection, organizer, chosen)
        if told is None:
            return False
        subjects = [*told.accounts, *told.people]
        named = {"people": subjects[:SUBJECTS_SHOWN_MAX], "count": len(subjects)}
        async with connection.transaction():
            if isinstance(by, Act):
                await still_stands(connection, by)
            await write(connection, by, "person.export", subjects[0], after=named)
        return True
