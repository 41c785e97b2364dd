"""Segments of organizers, in Postgres: their names and rules, and how many a rule finds.

Guarantees: a rule that is stored can be read; an organizer has at most SEGMENTS_MAX, the built-in ones apart. Writing
is part of the caller's transaction. Fails as Postgres does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from engine.access import lock_organizer
from engine.audit import Act, write
from engine.ids import new_id
from engine.limits import SEGMENTS_MAX
from engine.segments import sql
from engine.segments.rules import BUILT_IN, OWN, as_sql, read
from engine.stores.office import Office


class TooManySegments(Exception):
    """An organizer would have more segments than there may be."""


@dataclass(frozen=True, slots=True)
class Preview:
    """Whom a segment's rule finds."""

    members: int
    consenting: int
    reachable: int  # consenting, with a known position


class Segments:
    def __init__(self, db: asyncpg.Pool, office: Office) -> None:
        self._db = db
        self._office = office

    async def of_organizer(self, organizer_id: str) -> list[Mapping[str, Any]]:
        """The organizer's segments, with the built-in ones."""
        rows = {row["name"]: dict(row) for row in await self._office.fetch(organizer_id, sql.LIST, organizer_id)}
        for name, rule in BUILT_IN.items():
            rows.setdefault(name, {"id": None, "number": None, "name": name, "rule": rule})
        return list(rows.values())

    async def preview(self, organizer_id: str, rule: str, now: datetime) -> Preview:
        """How many of an organizer's people a rule finds right now; raises `RuleMistake` for one that can't be read."""
        parameters: list[object] = [now, organizer_id]
        condition = as_sql(read(rule), parameters)
        row = await self._db.fetchrow(sql.COUNT_MEMBERS.format(own=OWN, rule=condition), *parameters)
        return Preview(row["members"], row["consenting"], row["reachable"])


async def write_segments(db: asyncpg.Connection, by: Act, segments: Mapping[str, str]) -> list[str]:
    """Make segments or change them; their ids. Raises `TooManySegments`, after which the transaction is of no use."""
    await lock_organizer(db, by.organizer_id)
    before = dict(await db.fetch(sql.RULES_OF, by.organizer_id, list(segments)))
    rows = [await db.fetchrow(sql.PUT, new_id("seg"), by.organizer_id, name, rule) for name, rule in segments.items()]
    is_more = any(row["is_new"] for row in rows)
    if is_more and await db.fetchval(sql.COUNT, by.organizer_id, list(BUILT_IN)) > SEGMENTS_MAX:
        raise TooManySegments
    for row, (name, rule) in zip(rows, segments.items(), strict=True):
        old = None if name not in before else {"name": name, "rule": before[name]}
        await write(db, by, "segment.put", row["id"], before=old, after={"name": name, "rule": rule})
    return [row["id"] for row in rows]


async def keep_built_in(db: asyncpg.Connection, organizer_id: str) -> None:
    for name, rule in BUILT_IN.items():
        await db.execute(sql.KEEP, new_id("seg"), organizer_id, name, rule)


async def own_segments(db: asyncpg.Connection, organizer_id: str) -> dict[str, str]:
    """The ids of an organizer's segments by name, the built-in ones among them, which are there from then on."""
    await keep_built_in(db, organizer_id)
    return {row["name"]: row["id"] for row in await db.fetch(sql.LIST, organizer_id)}


async def segment_ids(db: asyncpg.Connection, organizer_id: str, names: Sequence[str]) -> list[str]:
    return [row["id"] for row in await db.fetch(sql.IDS, organizer_id, list(names))]
