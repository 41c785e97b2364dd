"""How contacts describe themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.contacts.old_rows import OLD_ROWS
from engine.context import Context, Floor
from engine.limits import LETTERS_PER_STEP_MAX
from engine.progress import Bound
from engine.workers import Job

if TYPE_CHECKING:
    from engine.engine import Engine

LETTERS_EVERY_S = 0.5


def jobs(engine: Engine) -> list[Job]:
    return [
        Job(
            "contacts letters",
            engine.letters.step,
            LETTERS_EVERY_S,
            Bound(seconds=120, items=LETTERS_PER_STEP_MAX),
            due_s=engine.letters.due_s,
        )
    ]


CONTEXT = Context(
    name="contacts",
    floor=Floor.WHO,
    owns="whose address it is",
    source="Postgres",
    tables=("contact_proof", "sale_contact"),
    jobs=jobs,
    old_rows=OLD_ROWS,
)
