"""Audit: what processes and commands ask of the trail, put together from its parts.

Owns: the tables audit, audit_link, audit_horizon, audit_head and audit_tally. Rows are written by `write`, in the
transaction of what they tell of; a worker links them into chains, signs the ends, and tells them to a file.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import asyncpg

from engine.audit import reading
from engine.audit.checking import Checked, Checker
from engine.audit.heads import HeadKeys, Heads
from engine.audit.linking import Linker
from engine.audit.model import AuditView, Sought
from engine.audit.tally import Tally


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

    async def newest(self, sought: Sought, limit: int) -> list[AuditView]:
        return await reading.newest(self._db, sought, limit)

    def exported(self, organizer: str | None = None, since: datetime | None = None) -> AsyncIterator[AuditView]:
        """What is linked, in the order of the chains."""
        return reading.exported(self._db, organizer, since)
