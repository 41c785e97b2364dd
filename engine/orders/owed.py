"""What is owed for an order besides what its lines say: fees, what coupons took off, and the taxes in all of it.

Pure. Guarantees: frozen values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.catalog.model import Tax, percent_of


@dataclass(frozen=True, slots=True)
class OrderFee:
    """What is asked besides the lines."""

    fee: str
    name: str
    price: int  # before a tax that is added
    tax: int  # in the price, or added to it
    owed: int
    by_line: tuple[int, ...] = ()  # the price for each line; none of one per order

    def wire(self) -> dict[str, Any]:
        return {"fee": self.fee, "name": self.name, "price": self.price, "tax": self.tax, "owed": self.owed}


@dataclass(frozen=True, slots=True)
class OrderCoupon:
    """What a coupon took off an order."""

    name: str
    code: str | None  # None: it counted without one
    off: int

    def wire(self) -> dict[str, Any]:
        return {"name": self.name, "code": self.code, "off": self.off}


@dataclass(frozen=True, slots=True)
class OrderCredit:
    """What a credit pays of an order."""

    kind: str  # "credit", or "voucher" with the end of its code
    code_end: str
    amount: int

    def wire(self) -> dict[str, Any]:
        return {"kind": self.kind, "code_end": self.code_end, "amount": self.amount}


@dataclass(frozen=True, slots=True)
class TaxSum:
    """What is owed of one tax, lines and fees together."""

    tax: Tax
    net: int  # of what it is
    amount: int

    def wire(self) -> dict[str, Any]:
        tax = self.tax
        said = {"tax": tax.id, "name": tax.name, "rate": percent_of(tax.ppm), "included": tax.included}
        return {**said, "net": self.net, "amount": self.amount}
