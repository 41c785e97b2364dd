"""The words of a running sale: what is asked of it and what it answers.

Owns: the dataclasses that every part shares. Pure: imports neither stores nor asyncio.
Guarantees: frozen values; a verdict that says no is a `Refused` (engine.refusals).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from engine.access.model import Proof
from engine.catalog.model import SaleKind, SaleState


class SeatState(IntEnum):
    """Two bits per seat, packed most significant bits first: seat n is bits 2n and 2n+1."""

    FREE = 0
    HELD = 1
    SOLD = 2
    OFF = 3  # exists in the layout, not for sale


# ── what a place costs: judged by the script that gives it, so that a proof is spent with the place ──


@dataclass(frozen=True, slots=True)
class Brought:
    """What an asker has for the entry of a sale."""

    waived: bool = False  # from a trusted network: no challenge
    proof: Proof | None = None
    code: str = ""  # the mark of the code that was typed
    contact: bool = False  # the place stands on an inbox of the asker's
    account: bool = False  # … on an account
    # Those of the sale's segments in which the asker's account is; None: nobody looked.
    segments: tuple[str, ...] | None = None

    def packed(self, *, counted: bool = True) -> tuple[Any, ...]:
        """As the scripts take it; `counted` says that the asker's network was."""
        looked = self.segments is not None
        if not (self.waived or self.proof or self.code or self.contact or self.account or looked):
            return (int(counted),)  # in a crowd every byte counts
        proof = ("", 0, "") if self.proof is None else (self.proof.id, self.proof.until_ms, self.proof.state)
        known = () if self.segments is None else (self.segments,)
        return (int(counted), int(self.waived), *proof, self.code, int(self.contact), int(self.account), *known)


NOTHING = Brought()

FeedPosition = tuple[str, int]  # epoch, seq


# ── what is asked ──


@dataclass(frozen=True, slots=True)
class SeatsHold:
    """Hold these seats, all or none. `hold` is the caller's own id: repeating it is harmless."""

    buyer: str
    hold: str
    seats: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BestHold:
    """Hold `seats` seats together, in one section or anywhere (None)."""

    buyer: str
    hold: str
    seats: int
    section: str | None = None


@dataclass(frozen=True, slots=True)
class PoolHold:
    buyer: str
    hold: str
    pool: str
    units: int


@dataclass(frozen=True, slots=True)
class Release:
    """Give back these seats and units; all of them when both are empty."""

    buyer: str
    release: str
    seats: tuple[int, ...] = ()
    units: Mapping[str, int] = field(default_factory=dict)


# ── what is answered ──


@dataclass(frozen=True, slots=True)
class Cart:
    """A cart as Redis knows it."""

    id: str
    buyer: str
    state: str  # "open" | "locked" | "ended"
    deadline_at_ms: int
    seats: tuple[int, ...]
    units: Mapping[str, int]
    bought: int  # seats and units this buyer already owns in this sale, or has reserved
    order: str  # the order it is locked for, or was bought by; "" when none
    end_reason: str = ""  # "bought" | "reserved" | "expired" | "left" | "gone" | "closed"
    now_ms: int = 0  # Redis' clock when it was read, so that a countdown never needs the client's clock
    opened_at_ms: int = 0  # 0 when an older release opened it
    new: bool = False  # the call that answers it opened it: nobody can have written anything into it
    types: Mapping[str, int] = field(default_factory=dict)  # tickets it counts, of types that have a number


@dataclass(frozen=True, slots=True)
class Held:
    """What this command added to the cart."""

    seats: tuple[int, ...]
    units: Mapping[str, int]
    deadline_at_ms: int
    again: bool = False  # this id was answered before
    cart: Cart | None = None  # as it stands then, when it was asked for


@dataclass(frozen=True, slots=True)
class Released:
    seats: tuple[int, ...]
    units: Mapping[str, int]
    again: bool = False
    cart: Cart | None = None


@dataclass(frozen=True, slots=True)
class Sold:
    """What the order paid for is marked as sold."""

    again: bool = False  # this order was marked before
    cart: Cart | None = field(default=None, compare=False)  # the buyer's, if there is one
    as_of: FeedPosition = field(default=("", 0), compare=False)  # the feed up to here says nothing newer of it


@dataclass(frozen=True, slots=True)
class CartEnd:
    """How a cart ended, and what it held then. A bought or reserved one holds nothing any more: its order has it."""

    id: str
    buyer: str
    reason: str
    at_ms: int
    order: str
    seats: tuple[int, ...]
    units: Mapping[str, int]
    has_held: bool
    opened_at_ms: int = 0  # 0 when nobody knows


@dataclass(frozen=True, slots=True)
class Uncounted:
    """A new cart in a sale without a room: count the network of the asker, and ask again."""


@dataclass(frozen=True, slots=True)
class LockedCart:
    """A cart that is kept while an order is paid."""

    id: str
    buyer: str
    order: str


@dataclass(frozen=True, slots=True)
class Joined:
    """A place in the room. Before the draw `place` is None and `number` is the lobby number."""

    number: int
    place: int | None
    token: str  # signed place: survives the loss of every store
    again: bool = False


@dataclass(frozen=True, slots=True)
class RoomState:
    """The public state of a room, the same for everyone: a client computes its own chances from it."""

    state: SaleState
    tail: int  # numbers handed out
    serving: int  # places below this one are admitted
    lobby: int  # N of the draw; 0 before it
    shopping: int  # carts inside
    shoppers_max: int
    left: int  # seats and units not sold
    free: int  # seats and units neither sold nor held
    rate: float  # admissions per second lately
    hopeless_from: int  # places from here on have no chance any more; 0 = nobody knows yet
    commit: str
    secret: str | None  # hex, shown after the draw
    digest: str | None  # roster digest, shown after the draw
    revision: int = 0  # how often its event has changed, as far as Redis knows
    list: int = 1  # number of the newest price list …
    list_from_ms: int = 0  # … and from when carts are opened under it


@dataclass(frozen=True, slots=True)
class Counters:
    viewers: int
    waiting: int
    shopping: int
    held: int
    sold: int
    revenue: int  # minor units
    orders: int
    reserved: int = 0  # of those that are sold: their orders await their money


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything a watcher starts from, read in one atomic step."""

    epoch: str
    seq: int
    state: SaleState
    seats: bytes  # 2 bits per seat
    seat_count: int
    pools: Mapping[str, int]  # free units
    room: RoomState
    counters: Counters
    now_ms: int
    kind: SaleKind | None = None  # None: written by a version that did not say


@dataclass(frozen=True, slots=True)
class Delta:
    """One item of the feed: what one script call changed."""

    epoch: str
    seq: int
    seats: Mapping[int, SeatState] = field(default_factory=dict)
    pools: Mapping[str, int] = field(default_factory=dict)
    room: Mapping[str, int | str | float] = field(default_factory=dict)  # changed RoomState fields
    counters: Mapping[str, int] = field(default_factory=dict)  # changed Counters fields
    carts: tuple[str, ...] = ()  # buyers whose cart changed by itself (expired, admitted, closed …)


# ── what Postgres knows, for a rebuild ──


@dataclass(frozen=True, slots=True)
class SoldOrder:
    """An order that was paid: its seats and units are sold."""

    order: str
    buyer: str
    revenue: int  # minor units
    seats: tuple[int, ...]
    units: Mapping[str, int]
    by_staff: bool = False  # its buyer did not make it


@dataclass(frozen=True, slots=True)
class FreedOrder:
    """An order of which something was given back, all of it up to this revision."""

    order: str
    buyer: str
    revision: int
    revenue: int  # what is left of it, minor units
    keeps: bool  # whether anything is left of what it bought
    seats: tuple[int, ...]
    units: Mapping[str, int]
    types: Mapping[str, int]  # tickets by their type


@dataclass(frozen=True, slots=True)
class PayingOrder:
    """An order whose payment runs: its cart stays locked until the finisher knows how it ended."""

    order: str
    buyer: str
    cart: str
    seats: tuple[int, ...]
    units: Mapping[str, int]
    cart_until_ms: int = 0  # deadline of the cart; 0 when not known
    opened_at_ms: int = 0  # of the cart, by which it is priced should the payment fail; 0 when not known
    unlocked: tuple[str, ...] = ()  # what codes showed the cart


@dataclass(frozen=True, slots=True)
class SoldFacts:
    paid: tuple[SoldOrder, ...] = ()
    paying: tuple[PayingOrder, ...] = ()
    freed: tuple[FreedOrder, ...] = ()
    awaiting: tuple[SoldOrder, ...] = ()  # their money is still to come
    in_vain: tuple[str, ...] = ()  # orders whose money did not come

    @property
    def taken(self) -> tuple[SoldOrder, ...]:
        """What nobody else can have: paid orders, and those that are awaited."""
        return self.paid + self.awaiting
