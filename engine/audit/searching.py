"""Searching the audit trail: acts by who, what, about what, when, and the words in them.

Reads only. Guarantees: a page reads a bounded number of rows of each block of acts, however many acts there are and
however often a term occurs; an organizer's search finds nothing of another. Fails as Postgres does.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from engine.audit import sql
from engine.audit.model import FIRST_PREVIOUS, AuditView, Sought, said_of
from engine.audit.reading import acts
from engine.limits import AUDIT_ROWS_PER_PAGE

ID_MAX = 2**63 - 1
Db = Any  # a pool, or a connection in its transaction


async def newest(db: Db, sought: Sought, limit: int, before: int | None = None) -> list[AuditView]:
    """The newest acts that fit, newest first; of those before an act, where one is given."""
    first, last = await bounds(db, sought)
    last = last if before is None else min(last, before - 1)
    if last < first:
        return []
    asked = (sought.organizer_id, first, last, sought.since, sought.until, limit)
    if sought.is_narrow:
        rows = await db.fetch(sql.FOUND_NEWEST, *asked, await terms(db, sought))
    else:
        rows = await db.fetch(sql.NEWEST_OF_ALL if sought.organizer_id is None else sql.NEWEST_OF, *asked)
    return await views(db, [row["id"] for row in rows])


async def history(db: Db, organizer: str, thing: str, limit: int, after: int = 0) -> list[AuditView]:
    """What was done to a thing and to what names it, oldest first; of the acts after one, where it is given."""
    first, last = await bounds(db, Sought(organizer))
    first = max(first, after + 1)
    if last < first:
        return []
    named = [f"o{organizer}", *await db.fetchval(sql.TERMS_OF, thing)]
    rows = await db.fetch(sql.HISTORY, organizer, first, last, limit, named, thing)
    return await views(db, [row["id"] for row in rows])


async def found(db: Db, organizer: str, sought: Sought) -> AsyncIterator[AuditView]:
    """All linked acts of an organizer that fit, oldest first; a page of them in memory."""
    first, last = await bounds(db, sought)
    while first <= last:
        asked = (organizer, first, last, sought.since, sought.until, AUDIT_ROWS_PER_PAGE)
        if sought.is_narrow:
            rows = await db.fetch(sql.FOUND_OLDEST, *asked, await terms(db, sought))
        else:
            rows = await db.fetch(sql.OLDEST_OF, *asked)
        if not rows:
            return
        for view in await views(db, [row["id"] for row in rows]):
            if view.hash is not None:
                yield view
        first = rows[-1]["id"] + 1


async def words(db: Db, organizer: str) -> list[str]:
    """Which acts occur."""
    return [row["act"] for row in await db.fetch(sql.WORDS_OF_ACTS, organizer)]


async def bounds(db: Db, sought: Sought) -> tuple[int, int]:
    """Between which ids they lie."""
    row = await db.fetchrow(sql.BOUNDS, sought.organizer_id, sought.since, sought.until, ID_MAX)
    return max(row["first"], 0), row["last"]


async def terms(db: Db, sought: Sought) -> list[str]:
    """What a row must have, as the index has it."""
    fields = (("o", sought.organizer_id), ("a", sought.actor), ("s", sought.subject), ("d", sought.act))
    named = [f"{kind}{value}" for kind, value in fields if value]
    return named + (await db.fetchval(sql.TERMS_OF, sought.words) if sought.words else [])


async def views(db: Db, ids: Sequence[int]) -> list[AuditView]:
    """Acts with their links, in this order."""
    rows = await acts(db, ids)
    places = await db.fetch(sql.PLACES, ids)
    return [
        AuditView(said_of(rows[each["audit_id"]], each["number"]), previous_of(each), each["hash"]) for each in places
    ]


def previous_of(place: Any) -> bytes | None:
    previous: bytes | None = FIRST_PREVIOUS if place["number"] == 1 else place["previous"]
    return previous
