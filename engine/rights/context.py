"""How rights describe themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.context import Context, Floor
from engine.progress import Bound
from engine.workers import Job

if TYPE_CHECKING:
    from engine.engine import Engine

CLEAR_EVERY_S = 2.0


def jobs(engine: Engine) -> list[Job]:
    erasing = engine.erasing
    return [Job("erasures", erasing.step, CLEAR_EVERY_S, Bound(seconds=60), due_s=erasing.due_s)]


CONTEXT = Context(
    name="rights",
    floor=Floor.TELL,
    owns="who was erased, in a list outside the database too",
    source="Postgres, and the list beside it",
    tables=("erasure",),
    jobs=jobs,
)
