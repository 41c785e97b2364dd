"""The words of a sale as it is configured: its kind, its states, its stock, its rules.

Pure: imports neither stores nor asyncio. Guarantees: frozen values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any


class SaleKind(Enum):
    """What a sale is. It never changes, and nothing but this says it: an id says nothing."""

    EVENT = "event"  # tickets of an event
    PROMO = "promo"  # a window of a flash promo
    REHEARSAL = "rehearsal"  # the shadow of a sale, bought by a synthetic crowd with play money


class SaleState(Enum):
    """Where a sale stands; the word is also what Redis keeps and the wire says."""

    SCHEDULED = "scheduled"  # before the lobby
    LOBBY = "lobby"  # joining is possible, nothing is sold
    OPEN = "open"
    PAUSED = "paused"  # no admission, no new holds; carts and purchases go on
    CLOSED = "closed"  # closed early by hand
    ENDED = "ended"  # its time is over


@dataclass(frozen=True, slots=True)
class RowPlan:
    """A run of seats, and how remote each is. Where nobody knows, earlier rows are better, and their middle.

    `accessible` are positions in it: "best available" keeps those seats for who picks them. It never gives
    `companions`.
    """

    label: str
    first_seat: int
    seats: int
    remoteness: Sequence[int] = ()
    accessible: tuple[int, ...] = ()
    companions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SectionPlan:
    """Sections own runs of seat numbers; `rank` 0 is best."""

    id: str
    name: str
    rank: int
    rows: tuple[RowPlan, ...]


@dataclass(frozen=True, slots=True)
class PoolPlan:
    id: str
    name: str
    capacity: int  # units that may be sold
    draws_on: tuple[str, ...] = ()
    withheld: int = 0  # beside them

    @property
    def in_all(self) -> int:
        return self.capacity + self.withheld

    @property
    def kind(self) -> str | None:
        """The ticket type whose number it is; None for a pool whose units are sold."""
        return self.id.removeprefix(TYPE) if self.id.startswith(TYPE) else None

    @property
    def admits(self) -> bool:
        """Whether a unit of it is a ticket."""
        return is_stock(self.id)


# A ticket type that has a number is counted as a pool beside what is sold with it, and a product is sold as units of a
# pool that are no tickets. No id of any other pool has a colon.
TYPE = "type:"
PRODUCT = "product:"


def is_stock(pool: str) -> bool:
    """Whether units of a pool are tickets, which count for the sale and for the maximum of one person."""
    return ":" not in pool


@dataclass(frozen=True, slots=True)
class Product:
    """What is sold beside tickets: how many there are is the capacity of the pool of the same id."""

    id: str
    price: int
    per_person: int


def type_pool(kind: str) -> str:
    return TYPE + kind


def stock_units(units: Mapping[str, int]) -> int:
    """How many tickets these are together; products, and what counts ticket types, are none."""
    return sum(count for pool, count in units.items() if is_stock(pool))


@dataclass(frozen=True, slots=True)
class TypeRule:
    """What is said of a ticket type beside its name, its prices and its number."""

    per_person: int | None = None
    from_ms: int = 0  # 0: from the first
    until_ms: int = 0  # 0: to the last
    proof: str = ""  # what its holder has to show
    may_pay_more: bool = False  # the price is the least, and the buyer may pay more
    hidden: bool = False  # from everybody whom no code or phase shows it

    def wire(self) -> dict[str, Any]:
        """As it is stored: a release before hidden types reads rules that have none."""
        said = {name: getattr(self, name) for name in self.__slots__}
        return said if self.hidden else {name: each for name, each in said.items() if name != "hidden"}

    def limits(self, number: int | None) -> dict[str, Any]:
        """What buyers are told of it, and of how many there are; what is not said is left out."""
        said = {"number": number, **{name: getattr(self, name) for name in self.__slots__ if name != "hidden"}}
        found = {name: each for name, each in said.items() if each is not None and each not in (0, "", False)}
        return {**found, "hidden": True} if self.hidden else found

    def sold_at(self, instant_ms: int) -> bool:
        return self.from_ms <= instant_ms and not 0 < self.until_ms <= instant_ms


def hidden_types(rules: Mapping[str, TypeRule]) -> frozenset[str]:
    return frozenset(kind for kind, rule in rules.items() if rule.hidden)


@dataclass(frozen=True, slots=True)
class Unlock:
    """What whoever knows one of its codes is shown. `codes` are marks, not the codes themselves."""

    id: str
    codes: tuple[str, ...]
    types: tuple[str, ...] = ()
    allocations: tuple[str, ...] = ()  # on which it lets draw


def drawn_pools(pools: Iterable[PoolPlan]) -> dict[str, list[str]]:
    """For each pool, every pool that a unit of it counts in: itself first, then all it draws on, directly or not."""
    direct = {pool.id: pool.draws_on for pool in pools}
    drawn: dict[str, list[str]] = {}
    for pool in direct:
        found = [pool]
        for each in found:  # grows while it is walked
            found.extend(other for other in direct[each] if other not in found)
        drawn[pool] = found
    return drawn


def counted(units: Mapping[str, int], pools: Iterable[PoolPlan]) -> dict[str, int]:
    """How many units count in each pool, of units of some of them."""
    drawn = drawn_pools(pools)
    found: dict[str, int] = {}
    for pool, count in units.items():
        for each in drawn[pool]:
            found[each] = found.get(each, 0) + count
    return found


@dataclass(frozen=True, slots=True)
class RoomPlan:
    """How the room lets people in."""

    shoppers_max: int
    claim_ms: int = 60_000  # how long a called buyer may take to come in
    per_second_max: int = 200


class EventStatus(Enum):
    """Whether an event takes place as announced; the word is also what rows and wire say."""

    SCHEDULED = "scheduled"
    MOVED = "moved"  # to another date than the one announced before
    POSTPONED = "postponed"  # without a date
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class PriceZone:
    """Seats that cost something else than their section."""

    name: str
    runs: tuple[tuple[int, int], ...]  # first seat, seats; in order


# ── fees and taxes ──

PPM = 1_000_000  # the whole
PERCENT = PPM // 100


def percent_of(ppm: int) -> str:
    """88,750 → "8.875"."""
    return format(Decimal(ppm) / PERCENT, "f")


class Per(Enum):
    """What a sum is for."""

    TICKET = "ticket"  # or product: each item of a cart
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class Tax:
    id: str
    name: str  # as receipts say it: "IVA", "VAT"
    ppm: int
    included: bool  # in the price; else it is added to it


@dataclass(frozen=True, slots=True)
class Fee:
    """What is asked besides prices. What is free, by its price or by coupons, bears none unless it says so."""

    id: str
    name: str
    per: Per
    amount: int = 0
    ppm: int = 0  # of what the items cost after coupons
    types: frozenset[str] = frozenset()  # ticket types and products that bear it; none: all
    tax: Tax | None = None
    free_too: bool = False


@dataclass(frozen=True, slots=True)
class Dues:
    fees: tuple[Fee, ...] = ()
    taxes: Mapping[str, Tax] = field(default_factory=dict)  # by ticket type or product
    tax: Tax | None = None  # of what has none of its own

    @property
    def all_taxes(self) -> list[Tax]:
        """Each of them once."""
        all_ = (*self.taxes.values(), self.tax, *(fee.tax for fee in self.fees))
        return list({tax.id: tax for tax in all_ if tax is not None}.values())


NO_DUES = Dues()


@dataclass(frozen=True, slots=True)
class PriceList:
    """What a sale asks of carts that are opened while the list is the newest one."""

    number: int  # 1: what the sale began with
    from_ms: int  # by the clock that opens carts; 0: from the beginning
    prices: Mapping[str, Mapping[str, int]]  # section, pool or zone id → ticket type id → minor units
    zones: Mapping[str, PriceZone] = field(default_factory=dict)
    dues: Dues = NO_DUES


def list_at(lists: Sequence[PriceList], at_ms: int) -> PriceList:
    """The list of a cart that was opened then, of lists by number, one at least.

    Nobody knows when a cart was opened (0) that a release before lists opened: it saw the first list.
    """
    return next((each for each in reversed(lists) if each.from_ms <= at_ms), lists[0])


class EntryRule(Enum):
    """Who may have a place in a sale, or a cart where it has no room; the word is also what rows and wire say."""

    OPEN = "open"  # anybody: only networks are counted
    CHALLENGE = "challenge"  # whose device has solved a proof of work
    CONTACT = "contact"  # who has shown that an address is theirs; one buyer per inbox
    ACCOUNT = "account"  # who is signed in; one buyer per account
    CODE = "code"  # who knows one of the sale's codes
    SEGMENT = "segment"  # who is signed in, and in a segment of the organizer's; one buyer per account


@dataclass(frozen=True, slots=True)
class Entry:
    """The rule of a sale. `codes` are marks, not the codes themselves; `segment` is an id."""

    rule: EntryRule = EntryRule.OPEN
    codes: tuple[str, ...] = ()
    segment: str = ""


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of a sale with rules of its own. A cart keeps the phase it was opened in."""

    id: str
    name: str
    from_ms: int  # 0: when the sale opens
    until_ms: int  # 0: when the next one begins, or the sale closes
    entry: Entry = Entry()
    person_max: int | None = None  # None: as the sale says
    types: tuple[str, ...] = ()  # ticket types; none: all
    places: tuple[str, ...] = ()  # sections and pools; none: all
    allocations: tuple[str, ...] = ()  # on which it lets everybody draw

    def sells(self, kind: str) -> bool:
        """Whether it sells a ticket type. Products are sold in all of them."""
        return not self.types or kind in self.types or not is_stock(kind)


def phase_begun(phases: Sequence[Phase], at_ms: int) -> Phase | None:
    """The newest phase that had begun then: that of a cart that was opened then.

    None without phases, and where nobody knows when a cart was opened (0).
    """
    return next((each for each in reversed(phases) if each.from_ms <= at_ms), None) if at_ms else None


def phase_at(phases: Sequence[Phase], at_ms: int) -> Phase | None:
    """The phase that counts then; None between two, after the last, and without phases."""
    phase = phase_begun(phases, at_ms)
    return None if phase is None or 0 < phase.until_ms <= at_ms else phase


def phase_to_enter(phases: Sequence[Phase], at_ms: int) -> Phase | None:
    """The phase that a place is joined for: the one that counts, or the next."""
    return phase_at(phases, at_ms) or next((each for each in phases if each.from_ms > at_ms), None)


@dataclass(frozen=True, slots=True)
class SalePlan:
    """All a sale needs to run: read from the catalog, written to Redis at publication and rebuild."""

    id: str
    organizer_id: str
    currency: str
    seats: int
    sections: tuple[SectionPlan, ...]
    pools: tuple[PoolPlan, ...]
    prices: Mapping[str, Mapping[str, int]]  # section or pool id → ticket type id → minor units
    person_max: int
    cart_ms: int
    room: RoomPlan | None
    lobby_at: datetime | None
    opens_at: datetime
    closes_at: datetime
    draw_secret: bytes
    draw_commit: str
    kind: SaleKind = SaleKind.EVENT
    off_seats: tuple[int, ...] = ()
    opened_at: datetime | None = None  # what was done by hand …
    closed_at: datetime | None = None
    paused: bool = False
    entry: Entry = Entry()
    withheld: tuple[int, ...] = ()  # seats of allocations
    stock: int = 0  # number of the newest change of what is for sale
    list: int = 1  # the number of the newest price list, and from when it counts, by the clock of Redis
    list_from_ms: int = 0
    # The seat of a companion → the accessible seat that it is sold with.
    companions: Mapping[int, int] = field(default_factory=dict)
    phases: tuple[Phase, ...] = ()
    products: tuple[Product, ...] = ()
    unlocks: tuple[Unlock, ...] = ()
    hidden: frozenset[str] = frozenset()  # ticket types
    draws: Mapping[str, Sequence[int]] = field(default_factory=dict)  # allocations that buyers may draw on → seats

    @property
    def person_most(self) -> int:
        """The most that anybody may have, in whichever phase they bought."""
        return max(self.person_max, *(phase.person_max or 0 for phase in self.phases), 0)
