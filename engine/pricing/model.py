"""The words of what is owed: items, fees, taxes and reductions, and what comes of them.

Pure. Guarantees: frozen values; money in integer minor units, rates in parts per million, so that nothing here is ever
a binary fraction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import NamedTuple

PPM = 1_000_000  # the whole
PERCENT = PPM // 100
RATE_DECIMALS_MAX = 4  # 8.875 % is 88,750 parts per million


def ppm_of(percent: Decimal) -> int:
    """10 → 100,000. A `ValueError` says of a rate that it has too many decimals, or is below zero."""
    scaled = percent * PERCENT
    if not scaled.is_finite() or scaled < 0:
        raise ValueError("must be zero or more")
    if scaled != int(scaled):
        raise ValueError(f"has more than {RATE_DECIMALS_MAX} decimals")
    return int(scaled)


@dataclass(frozen=True, slots=True)
class Item:
    """A ticket or a product, at the price its list has for it, or that its buyer chose."""

    type: str  # of a ticket; a product is its own
    place: str  # what it was priced for: a section, a zone, a pool
    price: int


class Per(Enum):
    """What a fee or a fixed sum is for."""

    ITEM = "ticket"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class Scope:
    """Of which items something is; nothing said: of all."""

    types: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()

    def has(self, item: Item) -> bool:
        return (not self.types or item.type in self.types) and (not self.places or item.place in self.places)


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class Tax:
    id: str
    name: str  # as receipts say it: "IVA", "VAT"
    ppm: int
    included: bool  # in the price; else it is added to it


@dataclass(frozen=True, slots=True)
class Fee:
    """What is asked besides prices. One that is free by its coupons bears none, unless it says so."""

    id: str
    name: str
    per: Per
    amount: int = 0
    ppm: int = 0  # of what the items cost after coupons
    scope: Scope = EVERYTHING
    tax: Tax | None = None
    on_free: bool = False  # also for what costs nothing


class Effect(Enum):
    """What a reduction does, in the order in which those of a cart are taken."""

    PRICE = "price"  # each item costs so much, where it cost more
    FREE = "free"
    PERCENT = "percent"
    FIXED = "fixed"


@dataclass(frozen=True, slots=True)
class Reduction:
    """What a coupon takes off, once its conditions are met."""

    id: str
    effect: Effect
    amount: int = 0  # of PRICE and FIXED
    ppm: int = 0  # of PERCENT
    cap: int | None = None  # PERCENT: at most this sum of an order
    per: Per = Per.ORDER  # FIXED: once, or for each item
    scope: Scope = EVERYTHING
    items_max: int | None = None  # of how many items of an order, the dearest first; None: of all
    exclusive: bool = False  # stands alone


EFFECT_RANKS = {effect: rank for rank, effect in enumerate(Effect)}


@dataclass(frozen=True, slots=True)
class Rules:
    """What applies to whatever a sale sells, besides its prices."""

    fees: tuple[Fee, ...] = ()
    taxes: Mapping[str, Tax] = field(default_factory=dict)  # by ticket type or product
    tax: Tax | None = None  # of what has none of its own

    def tax_of(self, item: Item) -> Tax | None:
        return self.taxes.get(item.type, self.tax)


NO_RULES = Rules()


class OwedLine(NamedTuple):
    """What is owed for an item. A tuple, as every price of every cart makes one per item."""

    discount: int  # taken off its price
    tax: Tax | None
    taxed: int  # the tax in it, or on it
    owed: int


@dataclass(frozen=True, slots=True)
class OwedFee:
    """What is owed for a fee, all items of the order together."""

    fee: Fee
    by_item: tuple[int, ...]  # what it is for each item, before a tax that is added; none of a fee per order
    amount: int  # before a tax that is added
    taxed: int
    owed: int


class Idle(Enum):
    """Why a reduction took off nothing."""

    NOTHING = "nothing"  # none of the items is one of those it is for, or nothing is left to take off
    STANDS_ALONE = "stands_alone"  # it counts with no other, and the others take off as much
    STANDS_BACK = "stands_back"  # another one stands alone
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Owed:
    lines: tuple[OwedLine, ...]  # one per item, in their order
    fees: tuple[OwedFee, ...]
    off: Mapping[str, int]  # what each reduction that counts took off
    idle: Mapping[str, Idle]  # why each of the others did not
    total: int

    @property
    def taxes(self) -> dict[Tax, tuple[int, int]]:
        """By tax, what it is of and what it comes to."""
        found: dict[Tax, tuple[int, int]] = {}
        parts = [(line.tax, line.owed, line.taxed) for line in self.lines]
        parts += [(fee.fee.tax, fee.owed, fee.taxed) for fee in self.fees]
        for tax, owed, taxed in parts:
            if tax is not None:
                net, sum_ = found.get(tax, (0, 0))
                found[tax] = (net + owed - taxed, sum_ + taxed)
        return found
