"""What is kept for a while and then removed, rows mostly: which, and for how long, each context says of its own tables.

Guarantees: a step removes at most ROWS_PER_DELETE_MAX at a time, so that no lock is held for long, and may be repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from engine.limits import ROWS_PER_DELETE_MAX


@dataclass(frozen=True, slots=True)
class OldRows:
    """`statement` removes at most $2 of these that are older than $1, in days."""

    name: str
    statement: str
    kept_days: int


async def remove_old(db: asyncpg.Pool, kinds: Sequence[OldRows]) -> dict[str, int]:
    """Remove what is too old; answers how many of each."""
    removed = {}
    for kind in kinds:
        count = 0
        while True:
            done = await db.execute(kind.statement, kind.kept_days, ROWS_PER_DELETE_MAX)
            count += (some := int(done.split()[-1]))
            if some < ROWS_PER_DELETE_MAX:
                break
        removed[kind.name] = count
    return removed
