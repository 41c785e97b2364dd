"""Preferences: what a reader wants of an organizer's messages that sell: on which channels, and at which hours.

Owns their writing; kept by the mark of the inbox, so that they hold whoever imports the address next. What a purchase
needs is no preference. Guarantees: whoever asks at one moment shares a look; hours are those of the reader's own clock,
also on the days it changes. Fails as Postgres does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import asyncpg

from engine.limits import PREFERENCES_PER_LOOK_MAX
from engine.messages import ANY_TIME, Addressed, Wish
from engine.people import sql
from engine.stores.batcher import Batcher

OFFERS = "offers"
HOUR_MIN = 60
DAY_MIN = 24 * HOUR_MIN


@dataclass(frozen=True, slots=True)
class Quiet:
    """From when until when nothing is to come, in minutes of the day; the end may be on the next one."""

    since: int
    until: int
    zone: str

    def ends(self, now: datetime) -> datetime | None:
        """When it is over; None when it is not quiet now."""
        here = now.astimezone(ZoneInfo(self.zone))
        minute = here.hour * HOUR_MIN + here.minute
        if (minute - self.since) % DAY_MIN >= (self.until - self.since) % DAY_MIN:
            return None
        day = here.date() if minute < self.until else here.date() + timedelta(days=1)
        end = datetime(day.year, day.month, day.day, self.until // HOUR_MIN, self.until % HOUR_MIN, tzinfo=here.tzinfo)
        # An hour that the clock leaves out is over when the clock has gone on.
        return max(end.astimezone(UTC), now + timedelta(minutes=1))


@dataclass(frozen=True, slots=True)
class Preference:
    """What was said for one inbox; nothing by most."""

    off: frozenset[str] = frozenset()
    quiet: Quiet | None = None

    def wish(self, topic: str, now: datetime) -> Wish:
        if topic in self.off:
            return Wish(is_wanted=False)
        return ANY_TIME if self.quiet is None else Wish(not_before=self.quiet.ends(now))


UNSAID = Preference()


class Preferences:
    def __init__(self, db: asyncpg.Pool) -> None:
        self._db = db
        self._looks: Batcher[Addressed, Preference] = Batcher(
            "preferences", self._look, items_max=PREFERENCES_PER_LOOK_MAX
        )

    async def wish(self, addressed: Addressed) -> Wish:
        """What the reader of an inbox wishes of offers now."""
        said = await self._looks.submit(addressed)
        return said.wish(OFFERS, datetime.now(UTC))

    async def of(self, addressed: Sequence[Addressed]) -> Mapping[Addressed, Preference]:
        """Those of them that said anything."""
        rows = await self._db.fetch(
            sql.PREFERENCES,
            [each.organizer_id for each in addressed],
            [each.channel for each in addressed],
            [each.inbox for each in addressed],
        )
        return {
            Addressed(row["organizer_id"], row["channel"], row["address_mark"]): Preference(
                frozenset(row["off"]),
                None if row["quiet_since"] is None else Quiet(row["quiet_since"], row["quiet_until"], row["zone"]),
            )
            for row in rows
        }

    async def _look(self, addressed: list[Addressed]) -> list[Preference]:
        said = await self.of(addressed)
        return [said.get(each, UNSAID) for each in addressed]

    async def put(self, connection: asyncpg.Connection, said: Mapping[Addressed, Preference]) -> None:
        """What a reader says replaces what they said before."""
        ordered = sorted(said.items(), key=lambda each: (each[0].organizer_id, each[0].channel, each[0].inbox))
        for each, preference in ordered:
            quiet = preference.quiet
            await connection.execute(
                sql.PREFER,
                *(each.organizer_id, each.channel, each.inbox, sorted(preference.off)),
                *(None, None, None) if quiet is None else (quiet.since, quiet.until, quiet.zone),
            )
