"""Permits: which notices of a group may be sent by e-mail or text message right now.

Owns: notice_inbox and sms_spent. Guarantees: one notice per inbox and day, whoever else has the address, which
the primary key of notice_inbox decides; text messages of an organizer stay below the day's bound. A permit is taken
before the message is sent, so a crash may leave one unused, never one used twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import asyncpg

from engine.promos import delivery_sql as q

TOLD_TODAY = "this address was told today"
NO_MORE_SMS = "no more text messages today"


@dataclass(frozen=True, slots=True)
class Way:
    """How a notice would reach its buyer; no channel: not at all."""

    number: int
    channel: str
    to: str
    inbox: str = ""  # whose reader it is for
    not_before: datetime | None = None


class Permits:
    def __init__(self, db: asyncpg.Pool, inbox: Callable[[str, str], bytes], sms_per_day: int) -> None:
        self._db = db
        self._inbox = inbox
        self._sms_per_day = sms_per_day

    async def refused(self, day: date, organizer_id: str, ways: Sequence[Way]) -> Mapping[int, str]:
        """Those that may not be sent: number → why."""
        written = [way for way in ways if way.channel in ("email", "sms")]
        if not written:
            return {}
        rows = await self._db.fetch(
            q.TAKE_INBOXES,
            day,
            [way.channel for way in written],
            [self._inbox(way.channel, way.to) for way in written],
            [way.number for way in written],
        )
        taken = {row["number"] for row in rows}
        refused = {way.number: TOLD_TODAY for way in written if way.number not in taken}
        texts = [way.number for way in written if way.channel == "sms" and way.number in taken]
        if texts:
            granted = await self._spend(organizer_id, len(texts))
            refused |= dict.fromkeys(texts[granted:], NO_MORE_SMS)
        return refused

    async def _spend(self, organizer_id: str, wanted: int) -> int:
        """Take text messages out of what is left of the day; answers how many there were."""
        async with self._db.acquire() as connection, connection.transaction():
            await connection.execute(q.SMS_BEGIN, organizer_id)
            spent: int = await connection.fetchval(q.SMS_SPENT, organizer_id)
            granted = max(0, min(wanted, self._sms_per_day - spent))
            await connection.execute(q.SMS_SPEND, organizer_id, granted)
        return granted
