"""Security refusals, aggregated before they are written, so that a stranger can't fill the audit trail.

Owns: audit_tally, in which all processes count by minute, kind and network. A worker makes one row of each once its
minute is over. Guarantees: counting never waits; counters of a process and rows of a minute are bounded, with the
excess summed up. Counts that a process had not handed in when it died are lost.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from enum import Enum
from typing import Any

import asyncpg

from engine.audit import sql
from engine.audit.model import INSTALLATION, Actor, ActorKind
from engine.audit.writing import write
from engine.limits import AUDIT_REFUSALS_PER_MINUTE_MAX, AUDIT_TALLY_EVERY_S, AUDIT_TALLY_SETTLES_S

STRANGER = Actor("stranger", ActorKind.STRANGER)


class RefusalKind(Enum):
    KEY = "key.refused"
    PERMISSION = "permission.refused"
    FACTOR = "factor.refused"
    OUTSIDE = "outside.refused"
    LOGIN = "login.refused"


class Tally:
    """The counters of one process."""

    def __init__(self, db: asyncpg.Pool) -> None:
        self._db = db
        self._counts: dict[tuple[str, str | None], tuple[int, str]] = {}

    def note(self, kind: RefusalKind, network: str | None, subject: str = "") -> None:
        """Count a refusal; `subject` is what was refused, in words of ours, never what a stranger wrote."""
        which = (kind.value, network)
        if which not in self._counts and len(self._counts) >= AUDIT_REFUSALS_PER_MINUTE_MAX:
            which = (kind.value, None)
        times, first = self._counts.get(which, (0, subject))
        self._counts[which] = (times + 1, first or subject)

    async def hand_in(self) -> None:
        """Add what was counted here to what others counted; kept for the next time when Postgres is away."""
        if not self._counts:
            return
        counts, self._counts = self._counts, {}
        rows = [(act, network, subject, times) for (act, network), (times, subject) in counts.items()]
        try:
            await self._db.execute(sql.COUNT_REFUSALS, *map(list, zip(*rows, strict=True)))
        except BaseException:
            for (act, network), (times, subject) in counts.items():
                since, first = self._counts.get((act, network), (0, subject))
                self._counts[act, network] = (times + since, first)
            raise

    async def pulse(self) -> None:
        """Run for ever: hand in every few seconds."""
        while True:
            await asyncio.sleep(AUDIT_TALLY_EVERY_S)
            await self.hand_in()

    # ── the worker's part ──

    async def settle(self) -> int:
        """Make rows of the minutes that are over; answers how many."""
        count = 0
        while some := await self._settle_minute():
            count += some
        return count

    async def _settle_minute(self) -> int:
        async with self._db.acquire() as connection, connection.transaction():
            taken = await connection.fetch(sql.TAKE_MINUTE, float(60 + AUDIT_TALLY_SETTLES_S))
            rows = bounded(taken)
            for row in rows:
                by = replace(STRANGER, network=row["network"])
                detail = {"minute": row["minute"], "times": row["times"]}
                await write(connection, by, row["act"], row["subject"] or INSTALLATION, detail=detail)
        return len(rows)


def bounded(rows: list[Any]) -> list[dict[str, Any]]:
    """The networks that were refused most, one row each; all others in one row per kind, which names none."""
    ordered = sorted(map(dict, rows), key=lambda row: (row["network"] is None, -row["times"]))
    kept = [row for row in ordered[:AUDIT_REFUSALS_PER_MINUTE_MAX] if row["network"] is not None]
    rest: dict[str, dict[str, Any]] = {}
    for row in ordered:
        if row not in kept:
            together = rest.setdefault(row["act"], {**row, "network": None, "times": 0})
            together["times"] += row["times"]
    return [*kept, *rest.values()]
