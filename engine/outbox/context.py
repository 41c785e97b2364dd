"""How the outbox describes itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.context import Context, Floor, Kept, OldRows
from engine.limits import OUTBOX_KEPT_DAYS, OUTBOX_ONCE_KEPT_DAYS
from engine.outbox.sql import DUE_DAYS, DUE_ONCE, FORGET_ONCE
from engine.progress import Bound
from engine.workers import Job

if TYPE_CHECKING:
    from engine.engine import Engine

DAYS_EVERY_S = 600.0
OLD_ROWS = (
    OldRows(
        "told once", FORGET_ONCE, OUTBOX_ONCE_KEPT_DAYS, "it was told", "the same thing is not told again", DUE_ONCE
    ),
)
DAYS_KEPT = Kept(
    "day of the outbox",
    OUTBOX_KEPT_DAYS,
    "it was told, and every hearer passed it",
    "a hearer that was away catches up",
    DUE_DAYS,
    job="outbox days",
)


def jobs(engine: Engine) -> list[Job]:
    """Its own; each consumer is a job of the context that hears."""
    return [Job("outbox days", engine.outbox.days.step, DAYS_EVERY_S, Bound(seconds=30))]


CONTEXT = Context(
    name="outbox",
    floor=Floor.GROUND,
    owns="what others must be told, who hears of it and how far, and their work",
    source="Postgres",
    tables=("outbox_told", "outbox_told_default", "outbox_once", "outbox_cursor", "outbox_work"),
    jobs=jobs,
    old_rows=OLD_ROWS,
    kept=(DAYS_KEPT,),
)
