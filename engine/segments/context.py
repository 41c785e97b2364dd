"""How segments describe themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.context import Context, Floor
from engine.progress import Bound
from engine.workers import Job

if TYPE_CHECKING:
    from engine.engine import Engine

# Not that of promos: a worker of the release before, which follows for itself, keeps nobody from it.
LEASE = "segments"
ALL_ANEW = Bound(seconds=300)  # once the audience has to be built anew
FOLLOW_EVERY_S = 1.0


def jobs(engine: Engine) -> list[Job]:
    return [Job("segments follow", engine.follower.step, FOLLOW_EVERY_S, ALL_ANEW, lease=LEASE)]


CONTEXT = Context(
    name="segments",
    floor=Floor.WHO,
    owns="rules over people, who fits them, and where people are",
    source="Postgres; bitmaps and positions in Redis, rebuilt from it",
    tables=("segment",),
    jobs=jobs,
)
