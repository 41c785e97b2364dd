"""Members: which persons belong to which segment, by asking Postgres some rules at a time.

Guarantees: however many segments organizers have, no query grows without bound; a rule that can't be read or asked
finds nobody, is logged once, and leaves every other segment alone. Fails only with a store that is away.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

import asyncpg

from engine import limits
from engine.segments import sql
from engine.segments.rules import Rule, RuleMistake, as_sql, read
from engine.stores.batcher import store_is_away

log = logging.getLogger(__name__)

WRONG = (asyncpg.PostgresError, asyncpg.InterfaceError)


class Members:
    def __init__(self, db: asyncpg.Pool) -> None:
        self._db = db
        self._broken: dict[int, str] = {}

    async def segments(self) -> dict[int, Rule | None]:
        """Every segment by its number; None where the rule finds nobody because something is wrong with it."""
        return {row["number"]: self._rule(row["number"], row["rule"]) for row in await self._db.fetch(sql.SEGMENTS)}

    def _rule(self, number: int, text: str) -> Rule | None:
        if self._broken.get(number) == text:
            return None
        try:
            return read(text)
        except RuleMistake as mistake:
            self._broken[number] = text
            log.error("segment %d finds nobody: its rule can't be read: %s", number, mistake)
            return None

    async def among(
        self, segments: Mapping[int, Rule | None], numbers: Sequence[int], now: datetime
    ) -> dict[int, frozenset[int]]:
        """Segment → who of `numbers` belongs to it."""
        found: dict[int, frozenset[int]] = dict.fromkeys(segments, frozenset())
        rules = [(number, rule) for number, rule in segments.items() if rule is not None]
        for at in range(0, len(rules) if numbers else 0, limits.SEGMENTS_PER_QUERY_MAX):
            some = rules[at : at + limits.SEGMENTS_PER_QUERY_MAX]
            try:
                found |= await self._ask(some, numbers, now)
            except WRONG as fault:
                if store_is_away(fault):
                    raise
                found |= await self._ask_each(some, numbers, now)
        return found

    async def _ask(
        self, rules: Sequence[tuple[int, Rule]], numbers: Sequence[int], now: datetime
    ) -> dict[int, frozenset[int]]:
        parameters: list[object] = [now, list(numbers)]
        conditions = ", ".join(as_sql(rule, parameters) for _, rule in rules)
        rows = await self._db.fetch(sql.BELONG.format(rules=conditions), *parameters)
        return {
            segment: frozenset(row["number"] for row in rows if row["belongs"][at])
            for at, (segment, _) in enumerate(rules)
        }

    async def _ask_each(
        self, rules: Sequence[tuple[int, Rule]], numbers: Sequence[int], now: datetime
    ) -> dict[int, frozenset[int]]:
        """One of the rules can't be asked: the others are asked without it."""
        found: dict[int, frozenset[int]] = {}
        for rule in rules:
            try:
                found |= await self._ask([rule], numbers, now)
            except WRONG as fault:
                await self.spoiled(rule[0], fault)
        return found

    async def everybody_in(self, rule: Rule, now: datetime) -> AsyncIterator[list[int]]:
        """All members of a segment, some at a time, in no order; raises one of `WRONG` when the rule can't be asked."""
        parameters: list[object] = [now]
        query = sql.MEMBERS.format(rule=as_sql(rule, parameters))
        async with self._db.acquire() as connection, connection.transaction():
            cursor = await connection.cursor(query, *parameters)
            while rows := await cursor.fetch(limits.PERSONS_PER_COPY):
                yield [row["number"] for row in rows]

    async def spoiled(self, number: int, fault: Exception) -> None:
        """From now on, until its rule changes, this segment finds nobody; raises when it was the store's trouble."""
        if store_is_away(fault):
            raise fault
        self._broken[number] = str(await self._db.fetchval(sql.RULE_OF, number))
        log.error("segment %d finds nobody: its rule can't be asked: %s", number, type(fault).__name__)
