"""Moving: contacts that releases from before the vault kept elsewhere go into it, some at a time, while sales run.

Owns nothing: each context says by its own SQL what of it is to be moved. Guarantees: a step is bounded and may be
repeated, cut short or run twice at once; a contact is in one place or the other at every moment; nothing is moved while
the release before may still look for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from engine.limits import MOVED_PER_STEP_MAX, MOVED_PER_WRITE
from engine.vault.model import Contact
from engine.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class Plain:
    """Contacts that are still in the open, in one table.

    `read` locks at most $1 rows and answers `keys`, organizer_id, buyer_id, name, email, phone; `write` takes lists of
    the keys, the people, and where `with_marks` of the marks of their addresses; `left` counts what is there.
    """

    name: str
    keys: tuple[str, ...]
    read: str
    write: str
    left: str
    with_marks: bool = False


class Moving:
    def __init__(self, db: asyncpg.Pool, vault: Vault, parts: Sequence[Plain]) -> None:
        self._db = db
        self._vault = vault
        self._parts = parts

    async def step(self) -> int:
        """Move for a while; answers how many."""
        count = 0
        if not self._vault.in_use:
            return count
        for part in self._parts:
            while count < MOVED_PER_STEP_MAX and (moved := await self._some(part)):
                count += moved
        return count

    async def left(self) -> dict[str, int]:
        """How many contacts are still elsewhere, by what they are of."""
        return {part.name: await self._db.fetchval(part.left) for part in self._parts}

    async def due_s(self) -> float | None:
        """None when nothing is to be moved, or may be yet."""
        return 0.0 if self._vault.in_use and any((await self.left()).values()) else None

    async def _some(self, part: Plain) -> int:
        async with self._db.acquire() as connection, connection.transaction():
            rows = await connection.fetch(part.read, MOVED_PER_WRITE)
            if not rows:
                return 0
            filed = [
                self._vault.filed(
                    Contact(row["name"] or "", row["email"] or "", row["phone"] or ""),
                    row["organizer_id"],
                    row["buyer_id"],
                )
                for row in rows
            ]
            people = await self._vault.put(connection, filed)
            marks = [[each.found.email for each in filed], [each.found.phone for each in filed]]
            keys = [[row[key] for row in rows] for key in part.keys]
            await connection.execute(part.write, *keys, people, *(marks if part.with_marks else ()))
        return len(rows)
