"""How access describes itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.context import Context, Floor
from engine.workers import Job

if TYPE_CHECKING:
    from engine.engine import Engine

OLD_ANSWERS_EVERY_S = 3_600.0


def jobs(engine: Engine) -> list[Job]:
    return [Job("old answers", engine.answers.forget_old, OLD_ANSWERS_EVERY_S)]


CONTEXT = Context(
    name="access",
    floor=Floor.WHO,
    owns="organizers, API keys, answers kept for repeats; signatures, allowances, tries at secrets",
    source="Postgres; counts in Redis, which may be lost",
    tables=("organizer", "api_key", "http_answer"),
    jobs=jobs,
)
