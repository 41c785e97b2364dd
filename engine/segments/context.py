"""How segments describe themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.context import Context, Floor
from engine.workers import Job

if TYPE_CHECKING:
    from engine.engine import Engine

# Of the jobs of promos too: who follows persons is also who claims notices of them, as in the release before.
LEASE = "promos"
FOLLOW_EVERY_S = 1.0


def jobs(engine: Engine) -> list[Job]:
    return [Job("segments follow", engine.follower.step, FOLLOW_EVERY_S, lease=LEASE)]


CONTEXT = Context(
    name="segments",
    floor=Floor.WHO,
    owns="rules over people, who fits them, and where people are",
    source="Postgres; bitmaps and positions in Redis, rebuilt from it",
    tables=("segment",),
    jobs=jobs,
)
