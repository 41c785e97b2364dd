"""Members: who fits which rule of which organizer, by asking Postgres some rules at a time.

Guarantees: no query grows without bound, however many segments there are; a rule that can't be read or run matches
nobody, is logged once, and does not affect the others. Fails only with a store that is away.
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from engine import limits
from engine.segments import sql
from engine.segments.rules import Kept, MayBeTold, Rule, RuleMistake, as_sql, read
from engine.stores.audience_keys import AudienceKeys
from engine.stores.batcher import store_is_away

log = logging.getLogger(__name__)

WRONG = (asyncpg.PostgresError, asyncpg.InterfaceError)


@dataclass(frozen=True, slots=True)
class Bitmap:
    """Who fits a rule of an organizer; a broken rule matches nobody."""

    key: str
    organizer_id: str
    rule: Kept | None
    name: str  # in the log
    text: str  # of the rule

    @property
    def mark(self) -> bytes:
        """Differs when another rule is to be built."""
        return b"%d" % zlib.crc32(repr(self.rule or ("broken", self.text)).encode())


class Members:
    def __init__(self, db: asyncpg.Pool, keys: AudienceKeys) -> None:
        self._db = db
        self._keys = keys
        self._broken: dict[str, str] = {}  # key of a bitmap → text of its rule

    async def bitmaps(self) -> list[Bitmap]:
        """One for every segment, and one of those who may be told for each organizer that has any."""
        rows = await self._db.fetch(sql.SEGMENTS)
        found = [self._bitmap(row["number"], row["organizer_id"], row["rule"]) for row in rows]
        for organizer_id in dict.fromkeys(row["organizer_id"] for row in rows):
            found.append(Bitmap(self._keys.told(organizer_id), organizer_id, MayBeTold(), f"told {organizer_id}", ""))
        return found

    async def of(self, segments: Collection[str]) -> dict[str, Bitmap]:
        """Those of some segments, by their ids."""
        rows = await self._db.fetch(sql.BY_ID, list(segments)) if segments else []
        return {row["id"]: self._bitmap(row["number"], row["organizer_id"], row["rule"]) for row in rows}

    def _bitmap(self, number: int, organizer_id: str, text: str) -> Bitmap:
        key, name = self._keys.segment(number), f"segment {number}"
        return Bitmap(key, organizer_id, self._rule(key, name, text), name, text)

    def _rule(self, key: str, name: str, text: str) -> Rule | None:
        if self._broken.get(key) == text:
            return None
        try:
            return read(text)
        except RuleMistake as mistake:
            self._broken[key] = text
            log.error("%s finds nobody: its rule can't be read: %s", name, mistake)
            return None

    async def among(
        self, bitmaps: Sequence[Bitmap], numbers: Sequence[int], now: datetime
    ) -> dict[str, frozenset[int]]:
        """Key of a bitmap → who of `numbers` belongs into it."""
        found: dict[str, frozenset[int]] = {each.key: frozenset() for each in bitmaps}
        asked = [each for each in bitmaps if each.rule is not None]
        for at in range(0, len(asked) if numbers else 0, limits.SEGMENTS_PER_QUERY_MAX):
            some = asked[at : at + limits.SEGMENTS_PER_QUERY_MAX]
            try:
                found |= await self._ask(some, numbers, now)
            except WRONG as fault:
                if store_is_away(fault):
                    raise
                found |= await self._ask_each(some, numbers, now)
        return found

    async def _ask(self, bitmaps: Sequence[Bitmap], numbers: Sequence[int], now: datetime) -> dict[str, frozenset[int]]:
        parameters: list[object] = [now, list(numbers)]
        conditions = ", ".join(_of_organizer(each, parameters) for each in bitmaps)
        rows = await self._db.fetch(sql.BELONG.format(rules=conditions), *parameters)
        return {
            each.key: frozenset(row["number"] for row in rows if row["belongs"][at]) for at, each in enumerate(bitmaps)
        }

    async def _ask_each(
        self, bitmaps: Sequence[Bitmap], numbers: Sequence[int], now: datetime
    ) -> dict[str, frozenset[int]]:
        """One of the rules can't be asked: the others are asked without it."""
        found: dict[str, frozenset[int]] = {}
        for each in bitmaps:
            try:
                found |= await self._ask([each], numbers, now)
            except WRONG as fault:
                await self.spoiled(each, fault)
        return found

    async def everybody_in(self, bitmap: Bitmap, now: datetime) -> AsyncIterator[list[int]]:
        """All who belong into it, some at a time, in no order; raises one of `WRONG` when its rule can't be asked."""
        if bitmap.rule is None:
            return
        parameters: list[object] = [now, bitmap.organizer_id]
        query = sql.MEMBERS.format(rule=as_sql(bitmap.rule, parameters))
        async with self._db.acquire() as connection, connection.transaction(readonly=True):
            cursor = await connection.cursor(query, *parameters)
            while rows := await cursor.fetch(limits.PERSONS_PER_COPY):
                yield [row["number"] for row in rows]

    async def spoiled(self, bitmap: Bitmap, fault: Exception) -> None:
        """Mark this rule as broken: it matches nobody until it changes. Raises when the store failed, not the rule."""
        if store_is_away(fault):
            raise fault
        self._broken[bitmap.key] = bitmap.text
        log.error("%s finds nobody: its rule can't be asked: %s", bitmap.name, type(fault).__name__)


def _of_organizer(bitmap: Bitmap, parameters: list[object]) -> str:
    """A rule as one of many, each asked for its own organizer."""
    if bitmap.rule is None:
        return "false"
    parameters.append(bitmap.organizer_id)
    organizer = f"${len(parameters)}"
    return f"({sql.OF_ORGANIZER.format(rule=as_sql(bitmap.rule, parameters), organizer=organizer)})"
