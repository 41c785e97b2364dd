"""What the server-rendered parts of a page need to know about a sale, whatever the catalog calls it.

Pure dataclasses; `sources` fills them from the engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from engine.catalog import Day
from engine.catalog.model import EventStatus


@dataclass(frozen=True, slots=True)
class Offer:
    """One price of a sale: a section or pool, for one ticket type."""

    name: str
    price: int  # minor units
    left: bool
    standard: bool = True  # what is asked of who chooses no other ticket type


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a seat is, as the signs in the house call it."""

    section: str
    row: str
    seat: str


@dataclass(frozen=True, slots=True)
class Names:
    """Names for the ids in an order."""

    types: Mapping[str, str] = field(default_factory=dict)
    pools: Mapping[str, str] = field(default_factory=dict)
    spots: Mapping[int, Spot] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SaleFacts:
    """A sale as a page head, a calendar or a picture tells it."""

    id: str
    name: str
    description: str
    venue: str
    address: str
    latitude: float | None
    longitude: float | None
    zone: str
    starts_at: datetime
    ends_at: datetime | None
    opens_at: datetime
    closes_at: datetime
    currency: str
    state: str  # a word of SaleState
    left: bool  # whether anything is still to be had
    offers: tuple[Offer, ...]
    organizer: str
    listed: bool  # whether search engines and lists may show it
    kind: str = "concert"
    performers: tuple[str, ...] = ()
    status: EventStatus = EventStatus.SCHEDULED
    moved_from: datetime | None = None
    revision: int = 0
    days: tuple[Day, ...] = ()
    picture: str = ""  # the address of the widest one, as served from here

    @property
    def from_price(self) -> int | None:
        return min((offer.price for offer in self.offers if offer.standard), default=None)
