"""How pictures describe themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.context import Context, Floor
from engine.limits import PICTURE_STEP_S_MAX, PICTURES_AT_ONCE_MAX
from engine.progress import Bound
from engine.workers import Job

if TYPE_CHECKING:
    from engine.engine import Engine

FETCH_EVERY_S = 1.0


def jobs(engine: Engine) -> list[Job]:
    pictures, bound = engine.pictures, Bound(seconds=PICTURE_STEP_S_MAX, items=PICTURES_AT_ONCE_MAX)
    return [Job("pictures fetch", pictures.step, FETCH_EVERY_S, bound, lease="pictures", due_s=pictures.due_s)]


CONTEXT = Context(
    name="pictures",
    floor=Floor.WHAT,
    owns="pictures that organizers name: fetched, drawn anew, kept",
    source="Postgres",
    tables=("picture", "picture_file"),
    jobs=jobs,
)
