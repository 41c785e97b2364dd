"""What pages and other contexts see of the catalog.

Owns: the values that the reading side answers. Frozen; instants carry UTC, prices are minor units.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from engine.access import OrganizerView
from engine.catalog.days import Day
from engine.catalog.layout import Section
from engine.catalog.model import (
    Entry,
    EventStatus,
    Phase,
    PoolPlan,
    PriceList,
    Product,
    RoomPlan,
    SaleKind,
    SaleState,
    TypeRule,
    Unlock,
    list_at,
    phase_to_enter,
)
from engine.catalog.questions import Question
from engine.catalog.schedule import state_at
from engine.pictures import Shown


@dataclass(frozen=True, slots=True)
class VenueView:
    id: str
    name: str  # "" when it was never named
    address: str
    zone: str
    latitude: float | None
    longitude: float | None
    country: str | None = None  # ISO 3166


@dataclass(frozen=True, slots=True)
class EventView:
    id: str
    name: str
    description: str
    kind: str
    zone: str
    starts_at: datetime
    ends_at: datetime | None
    picture: str  # the address that its organizer gave
    performers: tuple[str, ...]
    shown: Shown | None  # the picture, once it was fetched
    status: EventStatus = EventStatus.SCHEDULED
    revision: int = 0  # how often what is announced of it has changed
    starts_local: datetime | None = None  # what the clocks of its zone show then, as announced
    moved_from: datetime | None = None  # the date before
    series_id: str | None = None  # it is one date of it
    series_name: str = ""

    @property
    def clock_moved(self) -> bool:
        """Whether the rules of its zone changed after it was announced: its clocks will show something else then."""
        here = self.starts_at.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)
        return self.starts_local is not None and here != self.starts_local


@dataclass(frozen=True, slots=True)
class HeldEvent:
    """An event that a sale sells, and where it is held."""

    event: EventView
    venue: VenueView | None


@dataclass(frozen=True, slots=True)
class SaleReach:
    """Who may reach a sale by its id: its organizer always, everybody from when it is public, or when it is hidden."""

    organizer: str
    by_all: bool


@dataclass(frozen=True, slots=True)
class Times:
    """When a sale is shown, gathers, opens and closes, and what was done by hand."""

    visibility: str
    public_at: datetime | None
    lobby_at: datetime | None
    opens_at: datetime
    closes_at: datetime
    opened_at: datetime | None
    closed_at: datetime | None
    paused: bool

    def reachable(self, now: datetime) -> bool:
        """Whether anybody who knows its id may see the sale."""
        return self.visibility != "public_from" or (self.public_at is not None and self.public_at <= now)

    def shown(self, now: datetime) -> bool:
        """Whether the sale is listed for everybody."""
        return self.visibility != "hidden" and self.reachable(now)

    def state(self, now: datetime) -> SaleState:
        """The state that these times ask for; what the live side says counts more."""
        return state_at(self, now)


@dataclass(frozen=True, slots=True)
class SaleInfo:
    """One sale with everything its page shows, except what changes while it runs."""

    id: str
    organizer: OrganizerView
    event: EventView | None  # None for a promo, which sells a product
    venue: VenueView | None
    layout_version: int | None
    currency: str
    seats: int
    stock: int  # seats and units that can be sold at all
    sections: tuple[Section, ...]
    pools: tuple[PoolPlan, ...]
    types: Mapping[str, str]  # ticket type id → name, in order
    lists: tuple[PriceList, ...]  # by number
    person_max: int
    cart_ms: int
    room: RoomPlan | None
    times: Times
    draw_commit: str
    entry: Entry = field(default_factory=Entry)
    questions: tuple[Question, ...] = ()
    tax_identity: bool = False  # whether its buyers may have receipts made out to a company
    type_numbers: Mapping[str, int] = field(default_factory=dict)  # of those ticket types that have one
    type_rules: Mapping[str, TypeRule] = field(default_factory=dict)
    phases: tuple[Phase, ...] = ()
    products: tuple[Product, ...] = ()
    product_pools: tuple[PoolPlan, ...] = ()  # how many there are of each, and what it is called
    days: tuple[Day, ...] = ()
    admits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # section or pool id → ids of days
    unlocks: tuple[Unlock, ...] = ()
    draws: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)  # open allocations → runs of seats
    kind: SaleKind = SaleKind.EVENT

    @property
    def organizer_id(self) -> str:
        return self.organizer.id

    @property
    def admitted(self) -> dict[str, tuple[Day, ...]]:
        """The days to which tickets of sections and pools admit; where there are none, they admit to the event."""
        return {place: tuple(day for day in self.days if day.id in its) for place, its in self.admits.items()}

    @property
    def list_now(self) -> PriceList:
        """What is asked of who comes now, by this machine's clock."""
        return list_at(self.lists, time.time_ns() // 1_000_000)

    @property
    def prices(self) -> Mapping[str, Mapping[str, int]]:
        return self.list_now.prices

    @property
    def entry_now(self) -> Entry:
        """Who may join now, by this machine's clock."""
        phase = phase_to_enter(self.phases, time.time_ns() // 1_000_000)
        return self.entry if phase is None else phase.entry


@dataclass(frozen=True, slots=True)
class Lowest:
    """The lowest prices of a sale, in minor units; None when nothing has such a price.

    The standard price of a section or pool is that of its first ticket type in the sale's order: what a ticket costs
    until its buyer chooses another type. What is cheaper than all of those is a concession.
    """

    standard: int | None
    concession: int | None


def standard_type(prices: Mapping[str, int], types: Iterable[str]) -> str:
    """What a place with these prices (one at least) is sold as until another type is chosen."""
    return next((kind for kind in types if kind in prices), min(prices))


def lowest(
    prices: Mapping[str, Mapping[str, int]], types: Iterable[str], unseen: Collection[str] = frozenset()
) -> Lowest:
    """`prices` by section or pool, `types` in the sale's order; types that are `unseen` have none here."""
    order = tuple(types)
    seen = [{kind: price for kind, price in place.items() if kind not in unseen} for place in prices.values()]
    priced = [place for place in seen if place]
    standard = min((place[standard_type(place, order)] for place in priced), default=None)
    least = min((amount for place in priced for amount in place.values()), default=None)
    return Lowest(standard, None if least == standard else least)


@dataclass(frozen=True, slots=True)
class SaleCard:
    """One line of a list of sales."""

    id: str
    event_id: str
    name: str
    kind: str
    zone: str
    starts_at: datetime
    picture: str
    shown: Shown | None
    venue_name: str
    address: str
    latitude: float | None
    longitude: float | None
    distance_m: float | None
    currency: str
    price_from: int | None  # the lowest standard price, minor units
    concession_from: int | None  # the lowest of all, where that is less
    stock: int  # seats and units, sold or not
    times: Times
    status: EventStatus = EventStatus.SCHEDULED
    moved_from: datetime | None = None
    series_id: str | None = None


@dataclass(frozen=True, slots=True)
class SalePage:
    items: tuple[SaleCard, ...]
    next: str | None  # cursor of the next page


@dataclass(frozen=True, slots=True)
class SaleLine:
    """A sale of an event, as the office lists it."""

    id: str
    currency: str
    times: Times


@dataclass(frozen=True, slots=True)
class EventCard:
    """One line of the office's list of events."""

    id: str
    name: str
    kind: str
    zone: str
    starts_at: datetime
    ends_at: datetime | None
    status: EventStatus
    moved_from: datetime | None
    series_id: str | None
    series_name: str
    venue_name: str
    sales: tuple[SaleLine, ...]


@dataclass(frozen=True, slots=True)
class EventPage:
    items: tuple[EventCard, ...]
    next: str | None  # cursor of the next page


@dataclass(frozen=True, slots=True)
class EventShown:
    """An event for the office: with its sales, and the dates of its series, itself among them."""

    event: EventView
    venue_name: str
    sales: tuple[SaleLine, ...]
    dates: tuple[EventCard, ...]


@dataclass(frozen=True, slots=True)
class SeriesView:
    """A series as everybody may see it: the dates to come that are listed, soonest first."""

    id: str
    name: str
    description: str
    dates: tuple[SaleCard, ...]


@dataclass(frozen=True, slots=True)
class CreatedSale:
    id: str
    event_id: str
    venue_id: str | None
    layout_version: int | None


@dataclass(frozen=True, slots=True)
class Switches:
    """What was done to a sale by hand."""

    opened_at: datetime | None
    closed_at: datetime | None
    paused: bool
