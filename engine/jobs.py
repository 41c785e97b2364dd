"""What workers do again and again: the jobs of every context, and the removal of what is kept for a while only."""

from __future__ import annotations

from engine.engine import Engine
from engine.progress import Bound
from engine.stores.old_rows import remove_old
from engine.workers import Job

OLD_ROWS_EVERY_S = 3_600.0


def jobs_of(engine: Engine) -> list[Job]:
    """Every job of an installation; each has one owner at a time."""

    async def remove_old_rows() -> None:
        await remove_old(engine.db, [kind for context in engine.contexts for kind in context.old_rows])

    jobs = [job for context in engine.contexts for job in context.jobs(engine)]
    return [*jobs, Job("old rows", remove_old_rows, OLD_ROWS_EVERY_S, Bound(seconds=600))]
