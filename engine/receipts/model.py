"""The words of receipts. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class LegalIdentity:
    """Who an organizer is to the law, as a version says it."""

    name: str
    tax_id: str = ""
    address: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""
    note: str = ""
    prefix: str = ""
    zone: str = "UTC"

    @property
    def complete(self) -> bool:
        """Whether it was written; else it is no more than the organizer's name."""
        return self.tax_id != ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt that was issued."""

    number: str
    kind: str
    movement: int  # of the order
    issued_at: datetime
    currency: str
    total: int
    tax: int
    seller: LegalIdentity


@dataclass(frozen=True, slots=True)
class ListedReceipt:
    """A receipt among others, for whoever issued them."""

    number: str
    kind: str
    issued_at: datetime
    sale: str
    order: str
    code: str  # of the order
    currency: str
    total: int  # below zero on a credit note
    tax: int
    at: tuple[int, int]  # year and number, by which the list goes on


@dataclass(frozen=True, slots=True)
class Sum:
    currency: str
    receipts: int
    total: int
    tax: int


@dataclass(frozen=True, slots=True)
class MonthOfReceipts:
    """What was issued in a month. `gapless`: the numbers of each year follow one another."""

    month: str  # as 2026-11
    zone: str
    sums: tuple[Sum, ...]
    gapless: bool
    items: tuple[ListedReceipt, ...]
