"""Retention: what is kept for a while only, for how long, why, and which job removes it, of all contexts in one table.

Owns no rows: each context declares its own in its `context.py`. Counting what is due reads only, and is bounded.
Whatever is in no rule stays: orders, payments, tickets, the audit trail; people until they are erased.
Fails as Postgres does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import asyncpg

from engine.context import Context, Kept
from engine.limits import RETENTION_DUE_SHOWN_MAX

OLD_ROWS_JOB = "old rows"


@dataclass(frozen=True, slots=True)
class Rule:
    context: str
    kept: Kept

    @property
    def how_long(self) -> str:
        """In words: `365 days after its sale closed`."""
        days, after = self.kept.kept_days, self.kept.after
        return f"{days} {'day' if days == 1 else 'days'} after {after}" if days else after


def rules(contexts: Iterable[Context]) -> list[Rule]:
    """The table, by what is kept."""
    found = []
    for context in contexts:
        found += [Rule(context.name, each) for each in context.kept]
        found += [
            Rule(context.name, Kept(old.name, old.kept_days, old.after, old.why, old.due, OLD_ROWS_JOB))
            for old in context.old_rows
        ]
    return sorted(found, key=lambda rule: rule.kept.name)


async def due(db: asyncpg.Pool, rule: Rule) -> int:
    """How many a step of its job would remove now; RETENTION_DUE_SHOWN_MAX where there are more."""
    count: int = await db.fetchval(rule.kept.due, rule.kept.kept_days, RETENTION_DUE_SHOWN_MAX)
    return count
