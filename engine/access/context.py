"""How access describes itself."""

from __future__ import annotations

import asyncpg

from engine.access.answers import OLD_ANSWERS, forget_answers
from engine.context import Context, Erasure, Floor


async def forget(connection: asyncpg.Connection, erasure: Erasure) -> None:
    await forget_answers(connection, [*erasure.buyers, *erasure.accounts])


CONTEXT = Context(
    name="access",
    floor=Floor.WHO,
    owns="organizers and their terms, API keys, answers kept for repeats; signatures, allowances, tries at secrets",
    source="Postgres; counts in Redis, which may be lost",
    tables=("organizer", "organizer_terms", "api_key", "http_answer"),
    old_rows=(OLD_ANSWERS,),
    forget=forget,
)
