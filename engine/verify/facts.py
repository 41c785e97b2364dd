"""What verify looks at: a sale as Redis has it, and as Postgres has it.

Pure: the words only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.catalog.model import stock_units

ORDER_PREFIX = "o:"


@dataclass(frozen=True, slots=True)
class LiveCart:
    buyer: str
    id: str
    state: str
    deadline_at_ms: int
    order: str
    seats: tuple[int, ...]
    units: Mapping[str, int]
    by_staff: bool = False  # a member of the organizer opened it

    @property
    def live(self) -> bool:
        return self.state != "ended"

    @property
    def size(self) -> int:
        return len(self.seats) + stock_units(self.units)


@dataclass(frozen=True, slots=True)
class LiveFacts:
    """A sale as Redis has it, read in one atomic step (but for the places)."""

    now_ms: int
    counters: Mapping[str, int]
    seats: bytes
    owners: Mapping[int, str]
    pools: Mapping[str, int]
    carts: Mapping[str, LiveCart]
    due: Mapping[str, int]
    locked: Mapping[str, int]
    buyers: Mapping[str, int]
    sold: Mapping[str, int]  # order → what it paid
    freed: Mapping[str, int]  # order that gave something back → its revision
    awaiting: Mapping[str, int]  # order → seats and units that are reserved for it
    room: Mapping[str, str]
    stock: int = 0  # number of the newest change of what is for sale
    kind: str | None = None  # None: written by a version that did not say
    lent: int = 0  # seats of open allocations that somebody has
    total: int = 0  # what is for sale beside these

    def seat_state(self, seat: int) -> int:
        at = seat // 4
        return self.seats[at] >> (6 - 2 * (seat % 4)) & 3 if at < len(self.seats) else 0
