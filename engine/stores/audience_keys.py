"""The keys of the audience and of promos: who is where, in which segment, and was told on which day.

Owns their spelling; all of one installation carry one hash tag, so that a script may touch any of them.
Bitmaps are indexed by person number. `where` holds 20 bytes per person number: see lua/segments/_where.lua.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from datetime import date

# Small hashes are packed by the store: a known buyer costs some 24 bytes.
BUCKETS = 16_384


class AudienceKeys:
    def __init__(self, space: str) -> None:
        self._prefix = f"a1:{{{space}}}:"

    @property
    def ready(self) -> str:
        """hash: present once all else was built; how far it has followed Postgres."""
        return f"{self._prefix}followed"

    @property
    def where(self) -> str:
        return f"{self._prefix}where"

    @property
    def consent(self) -> str:
        """bitmap: who may be told by anybody at all; what the release before claims by, at once also from here."""
        return f"{self._prefix}consent"

    @property
    def worn(self) -> str:
        """set: cells somebody moved into since they were tidied."""
        return f"{self._prefix}worn"

    @property
    def moved(self) -> str:
        """set: persons whose position Postgres doesn't know yet."""
        return f"{self._prefix}moved"

    @property
    def pending(self) -> str:
        """hash: claim id → packed claim that Postgres may not have yet."""
        return f"{self._prefix}pending"

    @property
    def live(self) -> str:
        """hash: person number → server process that holds a socket of it."""
        return f"{self._prefix}live"

    @property
    def processes(self) -> str:
        """zset: server processes scored by the millisecond they were last heard of."""
        return f"{self._prefix}processes"

    @property
    def offered(self) -> str:
        """string: the windows that sell right now, packed."""
        return f"{self._prefix}offered"

    @property
    def built(self) -> str:
        """hash: key of a bitmap → mark of the rule that it was built by."""
        return f"{self._prefix}kept"

    def segment(self, number: int) -> str:
        """bitmap: who fits the rule of a segment."""
        return f"{self._prefix}members:{number}"

    def told(self, organizer_id: str) -> str:
        """bitmap: who may be told of an organizer's offers."""
        return f"{self._prefix}told:{organizer_id}"

    def older(self, segments: Iterable[int]) -> list[str]:
        """What releases before this one kept by other rules, under names that nobody else uses."""
        names = ("ready", "built", *(f"segment:{number}" for number in segments))
        return [f"{self._prefix}{name}" for name in names]

    def day(self, day: date) -> str:
        """bitmap: who was told something on this local day."""
        return f"{self._prefix}day:{day.isoformat()}"

    def cell(self, cell: int) -> str:
        """string: four bytes per person that came into this cell of the grid."""
        return f"{self._prefix}cell:{cell}"

    def buyers(self, buyer: str) -> str:
        """hash: buyer id → person number, for the buyers of one bucket."""
        return f"{self._prefix}buyers:{zlib.crc32(buyer.encode()) % BUCKETS}"

    def window(self, number: int) -> str:
        """hash: live counts of a window."""
        return f"{self._prefix}window:{number}"

    def viewed(self, number: int) -> str:
        """bitmap: who was shown a window."""
        return f"{self._prefix}viewed:{number}"

    def lease(self, job: str) -> str:
        return f"{self._prefix}lease:{job}"

    def notices(self, process: str) -> str:
        """channel: notices for the sockets of one server process."""
        return f"{self._prefix}notices:{process}"

    @property
    def feed(self) -> str:
        """channel: a promo appeared, changed or ended."""
        return f"{self._prefix}feed"
