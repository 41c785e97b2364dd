"""Security refusals, aggregated before they are written, so that nobody can fill the audit trail by being refused.

Owns: audit_tally, in which all processes count by minute, kind and network; where an organizer is concerned, also by
it and by who was refused. A worker makes one row of each once its minute is over. Guarantees: counting never waits;
counters of a process and rows of a minute are bounded, with the excess summed up; no organizer's refusals take
the place of another's. Counts that a process had not handed in when it died are lost.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import asyncpg

from engine.audit import sql
from engine.audit.model import INSTALLATION, Actor, ActorKind
from engine.audit.writing import write
from engine.limits import (
    AUDIT_REFUSALS_COUNTED_MAX,
    AUDIT_REFUSALS_PER_MINUTE_MAX,
    AUDIT_REFUSALS_PER_ORGANIZER_MAX,
    AUDIT_TALLY_EVERY_S,
    AUDIT_TALLY_SETTLES_S,
)

STRANGER = Actor("stranger", ActorKind.STRANGER)


class RefusalKind(Enum):
    LOGIN = "login.refused"
    FACTOR = "factor.refused"  # a second factor
    KEY = "key.refused"
    SIGNATURE = "signature.refused"  # of a token
    PERMISSION = "permission.refused"
    OUTSIDE = "outside.refused"  # a login at an outside provider
    HOOK = "hook.refused"  # what a payment provider is said to have told


@dataclass(frozen=True, slots=True)
class Which:
    """What is counted apart. Of strangers the subject is not: they could make up any number of them."""

    act: str
    network: str | None
    organizer: str | None = None
    subject: str = ""


class Tally:
    """The counters of one process."""

    def __init__(self, db: asyncpg.Pool) -> None:
        self._db = db
        self._counts: dict[Which, tuple[int, str]] = {}
        self._of: Counter[str | None] = Counter()  # counters by organizer

    def note(self, kind: RefusalKind, network: str | None, subject: str = "", organizer: str | None = None) -> None:
        """Count a refusal; `subject` is who or what was refused, in words of ours, never what a stranger wrote.

        With an organizer it goes into that one's trail: only for who has shown to belong to it, or to have its key.
        """
        which = Which(kind.value, network, organizer, "" if organizer is None else subject)
        if which not in self._counts and self._full(organizer):
            which = Which(kind.value, None, organizer)
            if len(self._counts) >= AUDIT_REFUSALS_COUNTED_MAX and which not in self._counts:
                which = Which(kind.value, None)
        self._add(which, 1, subject)

    def _full(self, organizer: str | None) -> bool:
        allowed = AUDIT_REFUSALS_PER_MINUTE_MAX if organizer is None else AUDIT_REFUSALS_PER_ORGANIZER_MAX
        return self._of[organizer] >= allowed or len(self._counts) >= AUDIT_REFUSALS_COUNTED_MAX

    def _add(self, which: Which, times: int, subject: str) -> None:
        if which not in self._counts:
            self._of[which.organizer] += 1
        so_far, first = self._counts.get(which, (0, ""))
        self._counts[which] = (so_far + times, first or subject)

    async def hand_in(self) -> None:
        """Add what was counted here to what others counted; kept for the next time when Postgres is away."""
        if not self._counts:
            return
        counts, self._counts, self._of = self._counts, {}, Counter()
        rows = [
            (which.act, which.network, which.organizer, which.subject or subject, times)
            for which, (times, subject) in counts.items()
        ]
        try:
            await self._db.execute(sql.COUNT_REFUSALS, *map(list, zip(*rows, strict=True)))
        except BaseException:
            for which, (times, subject) in counts.items():
                self._add(which, times, subject)
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
                whose = by if row["organizer_id"] is None else by.of(row["organizer_id"])
                detail = {"minute": row["minute"], "times": row["times"]}
                subject = row["subject"] or row["organizer_id"] or INSTALLATION
                await write(connection, whose, row["act"], subject, detail=detail)
        return len(rows)


def bounded(rows: list[Any]) -> list[dict[str, Any]]:
    """What was refused most, one row each; of each organizer and of strangers the rest in one row per kind."""
    together: dict[Which, dict[str, Any]] = {}
    for row in sorted(map(dict, rows), key=lambda row: -row["times"]):
        _sum(together, Which(row["act"], row["network"], row["organizer_id"], _apart(row)), row)
    kept: list[dict[str, Any]] = []
    rest: dict[Which, dict[str, Any]] = {}
    told: Counter[str | None] = Counter()
    for row in sorted(together.values(), key=lambda row: (row["network"] is None, -row["times"])):
        organizer = row["organizer_id"]
        allowed = AUDIT_REFUSALS_PER_MINUTE_MAX if organizer is None else AUDIT_REFUSALS_PER_ORGANIZER_MAX
        if row["network"] is not None and told[organizer] < allowed:
            told[organizer] += 1
            kept.append(row)
        else:
            _sum(rest, Which(row["act"], None, organizer), {**row, "network": None})
    return [*kept, *rest.values()]


def _apart(row: dict[str, Any]) -> str:
    subject: str = row["subject"]
    return "" if row["organizer_id"] is None else subject


def _sum(rows: dict[Which, dict[str, Any]], which: Which, row: dict[str, Any]) -> None:
    if which in rows:
        rows[which]["times"] += row["times"]
        rows[which]["subject"] = rows[which]["subject"] or row["subject"]
    else:
        rows[which] = dict(row)
