"""How rehearsals describe themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.context import Context, Floor
from engine.progress import Bound
from engine.workers import Job

if TYPE_CHECKING:
    from engine.engine import Engine

OLD_REHEARSALS_EVERY_S = 5.0


def jobs(engine: Engine) -> list[Job]:
    rehearsals, bound = engine.rehearsals, Bound(seconds=60)
    return [Job("old rehearsals", rehearsals.remove_left, OLD_REHEARSALS_EVERY_S, bound, due_s=rehearsals.due_s)]


CONTEXT = Context(
    name="rehearsals",
    floor=Floor.PROVE,
    owns="shadow sales, in which a synthetic crowd tries a sale",
    source="-",
    jobs=jobs,
)
