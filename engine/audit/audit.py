"""Audit: what processes and commands ask of the trail, put together from its parts.

Owns: the tables audit, audit_link, audit_horizon, audit_head and audit_tally. Rows are written by `write`, in the
transaction of what they tell of; a worker links them into chains, signs the ends, and tells them to a file.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path

import asyncpg

from engine.audit import reading, searching
from engine.audit.checking import Checked, Checker
from engine.audit.heads import HeadKeys, Heads
from engine.audit.linking import Linker
from engine.audit.model import Act, AuditView, Sought
from engine.audit.tally import Tally
from engine.audit.writing import write


class Audit:
    def __init__(self, db: asyncpg.Pool, head_keys: HeadKeys, folder: Path) -> None:
        self._head_keys = head_keys
        self.tally = Tally(db)
        self.linker = Linker(db)
        self.heads = Heads(db, head_keys, folder)
        self._checker = Checker(db, head_keys, folder)
        self._db = db

    @property
    def public_key(self) -> str:
        """Of the key that signs heads now, in hex."""
        return self._head_keys.signing().public.hex()

    @property
    def public_keys(self) -> list[str]:
        """Of all whose heads count, in hex."""
        return sorted(key.hex() for key in self._head_keys.counting())

    async def check(self, organizer: str | None = None) -> Checked:
        """Whether the trail is as it was written: every chain, or an organizer's."""
        return await self._checker.check(organizer)

    async def newest(self, sought: Sought, limit: int, before: int | None = None) -> list[AuditView]:
        """Newest first, of those before an act where one is given."""
        return await searching.newest(self._db, sought, limit, before)

    async def history(self, organizer: str, thing: str, limit: int, after: int = 0) -> list[AuditView]:
        """What was done to a thing, and to what names it: oldest first."""
        return await searching.history(self._db, organizer, thing, limit, after)

    async def acts(self, organizer: str) -> list[str]:
        """The words for acts that occur in an organizer's trail."""
        return await searching.words(self._db, organizer)

    async def export(self, by: Act, sought: Sought, form: str) -> AsyncIterator[AuditView]:
        """The acts of an organizer that are linked and fit, oldest first; that it was exported is one of them."""
        asked = {name: value for name, value in sorted(asdict(sought).items()) if value}
        async with self._db.acquire() as connection, connection.transaction():
            await write(connection, by, "audit.export", by.organizer_id, detail={"format": form, **asked})
        return searching.found(self._db, by.organizer_id, replace(sought, organizer_id=by.organizer_id))

    def exported(self, organizer: str | None = None, since: datetime | None = None) -> AsyncIterator[AuditView]:
        """What is linked, in the order of the chains."""
        return reading.exported(self._db, organizer, since)
