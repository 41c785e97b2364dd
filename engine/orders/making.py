"""How orders come about: by which channel, by whom, paid in what; and what members ask for.

Pure. Guarantees: frozen values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from engine.audit import Act
from engine.vault import Contact

TypeChoice = str | Mapping[str, int]  # a seat's type; a pool's units by type


class Channel(Enum):
    """By which way an order was sold."""

    ONLINE = "online"  # its buyer made it
    OFFICE = "office"  # a member of the organizer made it for a customer
    COMPLIMENTARY = "complimentary"
    GROUP = "group"


class Tender(Enum):
    """In what an order is paid."""

    CARD = "card"
    CASH = "cash"
    TRANSFER = "transfer"
    INVOICE = "invoice"
    NONE = "none"  # there is nothing to pay


@dataclass(frozen=True, slots=True)
class Making:
    """How an order came about."""

    channel: Channel = Channel.ONLINE
    issuer: str | None = None  # who made it for its buyer; None: the buyer did
    tender: Tender = Tender.CARD


# The organizer gets the money itself, and notes it.
TENDERS_BY_HAND = (Tender.CASH, Tender.TRANSFER, Tender.INVOICE)
BY_CARD = Making()


@dataclass(frozen=True, slots=True)
class ByStaff:
    """A member of the organizer makes the order, and has the money, or will not have any."""

    by: Act
    making: Making
    seats: frozenset[int]  # what its cart was filled with: no more and no less is sold
    units: Mapping[str, int]
    most: int | None = None  # how many seats and units, instead of the maximum of the sale
    reference: str = ""  # of the transfer, as the member notes it
    types: Mapping[str, TypeChoice] = field(default_factory=dict)
    allocation: str | None = None  # out of which it has them; its cart holds nothing before the order is placed
    reason: str = ""  # why it costs nothing
    over_quota: bool = False  # the member may give any number away


@dataclass(frozen=True, slots=True)
class BestSeats:
    """Seats together, in one section or anywhere (None)."""

    seats: int
    section: str | None = None


@dataclass(frozen=True, slots=True)
class StaffOrder:
    """Sell to a customer who stands there, or telephoned. Repeating `order`, the member's own id, is harmless."""

    order: str
    tender: Tender
    seats: tuple[int, ...] = ()
    best: BestSeats | None = None
    units: Mapping[str, int] = field(default_factory=dict)
    type: str = ""  # of whatever `types` does not name
    types: Mapping[str, TypeChoice] = field(default_factory=dict)
    contact: Contact | None = None
    locale: str = ""
    reference: str = ""
    allocation: str | None = None  # out of which its seats and units come; None: they are for sale
    whole: bool = False  # all that the allocation has
    for_group: bool = False  # that was withheld for a group
    reason: str = ""  # why it costs nothing; "" where it is sold
    over_quota: bool = False  # the member may give any number away
    over_maximum: bool = False  # the member may sell more than the maximum of the sale
    due: int | None = None  # what the member was told that is left to pay, where something else pays too

    @property
    def size(self) -> int:
        return len(self.seats) + (self.best.seats if self.best else 0) + sum(self.units.values())

    @property
    def channel(self) -> Channel:
        if self.reason:
            return Channel.COMPLIMENTARY
        return Channel.GROUP if self.for_group else Channel.OFFICE
