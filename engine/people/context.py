"""How people describe themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import asyncpg

from engine.context import Context, Erasure, Floor, Section, Told, Violation
from engine.people import sql
from engine.progress import Bound
from engine.workers import Job

if TYPE_CHECKING:
    from engine.engine import Engine

ORDERS_EVERY_S = 1.0
SUPPRESSED_EVERY_S = 10.0


def jobs(engine: Engine) -> list[Job]:
    counts, suppression = engine.order_counts, engine.suppression
    return [
        counts.consumer.job(engine.db),
        Job("suppressed addresses", suppression.move, SUPPRESSED_EVERY_S, Bound(seconds=60), due_s=suppression.due_s),
        Job("people orders", counts.step, ORDERS_EVERY_S, Bound(seconds=60), due_s=counts.due_s),
    ]


async def forget(connection: asyncpg.Connection, erasure: Erasure) -> None:
    # What is noted about people goes with their data keys, by a trigger: the release before erases, too.
    for forgotten in (sql.FORGET_HOURS, sql.FORGET_YES):
        await connection.execute(forgotten, list(erasure.inboxes), erasure.organizer_id)
    await connection.execute(sql.FORGET_PROFILES, list(erasure.numbers), erasure.organizer_id)
    if erasure.organizer_id is not None:
        await connection.execute(sql.FORGET_RELATIONS, list(erasure.numbers), erasure.organizer_id)
        await connection.execute(sql.FORGET_RELATIONS_OF_BUYERS, list(erasure.buyers), erasure.organizer_id)


async def known(engine: Engine, connection: asyncpg.Connection, told: Told) -> list[Section]:
    """Where somebody is and what they want of anybody is their own; an organizer reads how it stands to them."""
    numbers, inboxes = list(told.numbers), list(told.inboxes)
    inboxes += [engine.vault.marks.inbox("push", str(number)) for number in numbers]
    own = {} if told.organizer_id is not None else {"profile": sql.KNOWN_PROFILES, "browsers": sql.KNOWN_BROWSERS}
    sections = [await Section.read(connection, name, text, numbers) for name, text in own.items()]
    for name, text, by in (
        ("relations", sql.KNOWN_RELATIONS, numbers),
        ("preferences", sql.KNOWN_PREFERENCES, inboxes),
        ("nothing is sent", sql.KNOWN_SILENCE, inboxes),
    ):
        sections.append(await Section.read(connection, name, text, by, told.organizer_id))
    # Of those alone who are surely whoever is told: what a team noted about somebody else is not theirs to read.
    return [*sections, await engine.notes.known(connection, told.people, told.organizer_id)]


async def invariants(engine: Engine) -> list[Violation]:
    return await engine.notes.violations()


async def refers(connection: asyncpg.Connection, people: Sequence[str], _: Sequence[str | None]) -> set[str]:
    """A note keeps nobody: it goes with them."""
    return {row["person_id"] for row in await connection.fetch(sql.REFERRED_TO, list(people))}


CONTEXT = Context(
    name="people",
    floor=Floor.WHO,
    owns="everybody we may write to, and how each organizer stands to them; where nothing is sent",
    source="Postgres",
    tables=(
        *("zone", "profile", "relation", "profile_order", "push_subscription", "suppression", "preference"),
        "person_note",
    ),
    jobs=jobs,
    forget=forget,
    known=known,
    refers=refers,
    invariants=invariants,
)
