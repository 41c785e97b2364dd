"""The words of what is owed: items and reductions, and what comes of them with the dues of a price list.

Pure. Guarantees: frozen values; money in integer minor units, rates in parts per million, so that nothing here is ever
a binary fraction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from engine.catalog.model import Fee, Per, Tax


@dataclass(frozen=True, slots=True)
class Item:
    """A ticket or a product, at the price its list has for it, or that its buyer chose."""

    type: str  # of a ticket; a product is its own
    place: str  # what it was priced for: a section, a zone, a pool
    price: int


@dataclass(frozen=True, slots=True)
class Scope:
    """Of which items something is; nothing said: of all."""

    types: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()

    def has(self, item: Item) -> bool:
        return (not self.types or item.type in self.types) and (not self.places or item.place in self.places)


EVERYTHING = Scope()


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
    reduced: Mapping[str, int] = field(default_factory=dict)  # off how many items each that counts took something

    @property
    def taxes(self) -> dict[Tax, tuple[int, int]]:
        """By tax, what it is of and what it comes to."""
        parts = [(line.tax, line.owed, line.taxed) for line in self.lines]
        return by_tax([*parts, *((fee.fee.tax, fee.owed, fee.taxed) for fee in self.fees)])


def by_tax(parts: Iterable[tuple[Tax | None, int, int]]) -> dict[Tax, tuple[int, int]]:
    """By tax, what it is of and what it comes to. Each part has its tax, what is owed, and how much of that is tax."""
    found: dict[Tax, tuple[int, int]] = {}
    for tax, owed, taxed in parts:
        if tax is not None and owed:
            net, sum_ = found.get(tax, (0, 0))
            found[tax] = (net + owed - taxed, sum_ + taxed)
    return found
