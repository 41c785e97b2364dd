"""The jobs of every context, and one for all of them: rows that are kept for a while only are removed.

Guarantees: a step removes at most ROWS_PER_DELETE_MAX at a time, so that no lock is held for long, and may be repeated.
"""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from engine.context import OldRows
from engine.engine import Engine
from engine.limits import ROWS_PER_DELETE_MAX
from engine.progress import Bound
from engine.retention import OLD_ROWS_JOB
from engine.workers import Job

OLD_ROWS_EVERY_S = 3_600.0


def jobs_of(engine: Engine) -> list[Job]:
    """Every job of an installation; each has one owner at a time."""

    async def remove_old_rows() -> None:
        await remove_old(engine.db, [kind for context in engine.contexts for kind in context.old_rows])

    jobs = [job for context in engine.contexts for job in context.jobs(engine)]
    return [*jobs, Job(OLD_ROWS_JOB, remove_old_rows, OLD_ROWS_EVERY_S, Bound(seconds=600))]


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
