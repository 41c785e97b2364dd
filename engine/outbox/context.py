"""How the outbox describes itself."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from engine.context import Context, Floor
from engine.limits import OUTBOX_PAGES_PER_STEP, OUTBOX_ROWS_PER_PAGE
from engine.outbox.old_rows import OLD_ROWS
from engine.progress import Bound
from engine.workers import Job

if TYPE_CHECKING:
    from engine.engine import Engine

CONSUMER_EVERY_S = 0.25
DAYS_EVERY_S = 600.0
PAGES = Bound(seconds=30, items=OUTBOX_ROWS_PER_PAGE * OUTBOX_PAGES_PER_STEP)


def jobs(engine: Engine) -> list[Job]:
    """Each consumer by itself: none waits for another."""
    consumers = engine.outbox.consumers
    each = [
        Job(
            f"outbox {one.name}",
            partial(one.step, engine.db),
            CONSUMER_EVERY_S,
            PAGES,
            due_s=partial(one.due_s, engine.db),
        )
        for one in consumers
    ]
    return [*each, Job("outbox days", engine.outbox.days.step, DAYS_EVERY_S, Bound(seconds=30))]


CONTEXT = Context(
    name="outbox",
    floor=Floor.GROUND,
    owns="what others must be told, who hears of it and how far, and their work",
    source="Postgres",
    tables=("outbox_told", "outbox_told_default", "outbox_once", "outbox_cursor", "outbox_work"),
    jobs=jobs,
    old_rows=OLD_ROWS,
)
