"""The words of coupons: a rule, its limits, the codes that are its faces, and why one does not count.

Pure. Guarantees: frozen values; a code is compared as it is folded, so that capitals, spaces and hyphens make no
difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from engine.catalog.model import Per
from engine.pricing import EVERYTHING, Effect, Scope


class Person(Enum):
    """By what a limit per person knows a person."""

    BUYER = "buyer"  # the browser
    CONTACT = "contact"  # an e-mail address that was shown to be theirs
    ACCOUNT = "account"


class Why(Enum):
    """Why a coupon does not count."""

    UNKNOWN = "unknown"
    MISTYPED = "mistyped"  # its check digit says so
    NOT_YET = "not_yet"
    OVER = "over"
    USED_UP = "used_up"
    ELSEWHERE = "elsewhere"  # it is for other sales
    NOTHING = "nothing"  # nothing in the cart is what it is for
    TOO_LITTLE = "too_little"  # the cart is below its minimum
    NEEDS_ACCOUNT = "needs_account"
    NOT_FOR_YOU = "not_for_you"
    NEEDS_EMAIL = "needs_email"
    NEEDS_PROOF = "needs_proof"  # the address is not yet shown to be theirs
    USED_BY_YOU = "used_by_you"
    STANDS_ALONE = "stands_alone"
    STANDS_BACK = "stands_back"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a coupon does, and on what conditions."""

    effect: Effect | None = None  # None: it takes off nothing, and only unlocks
    amount: int = 0  # of a fixed sum, or a price
    ppm: int = 0
    cap: int | None = None
    per: Per = Per.ORDER
    scope: Scope = EVERYTHING
    items_max: int | None = None
    alone: bool = False
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    sum_min: int = 0
    tickets_min: int = 0
    segment: str = ""
    account: bool = False
    orders_min: int = 0
    person_max: int | None = None
    person: Person = Person.CONTACT
    sales: tuple[str, ...] = ()  # none: all
    currency: str = ""  # of its sums; "" where it has none
    unlocks: tuple[str, ...] = ()

    @property
    def asks_account(self) -> bool:
        by_account = self.person_max is not None and self.person is Person.ACCOUNT
        return self.account or bool(self.orders_min) or bool(self.segment) or by_account


@dataclass(frozen=True, slots=True)
class Limits:
    """How often it may be used in all; None: as often as anybody likes."""

    uses: int | None = None
    tickets: int | None = None
    money: int | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """How much of a coupon is used."""

    uses: int = 0
    tickets: int = 0
    money: int = 0


@dataclass(frozen=True, slots=True)
class Coupon:
    id: str
    key: str
    name: str
    rule: Rule
    limits: Limits
    revision: int
    automatic: bool
    sale_id: str | None = None  # None: of all its organizer's sales
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A coupon as a cart meets it: by a code, or by itself."""

    coupon: Coupon
    counted: Counted
    code: str | None = None
    code_left: int | None = None  # how often the code may still be used; None: as often as the coupon
    revoked: bool = False


class Use(NamedTuple):
    """What a coupon does in an order. A tuple, as every order with coupons makes some."""

    coupon: str
    revision: int
    name: str
    code: str | None
    person: str | None  # by whom it is counted; None: by nobody
    person_max: int | None
    tickets: int  # how many items it took something off
    discount: int


@dataclass(frozen=True, slots=True)
class Said:
    """What a cart is told of a code that was typed, or of a benefit that it has."""

    code: str | None
    name: str
    off: int = 0
    why: Why | None = None
    detail: Mapping[str, object] = field(default_factory=dict)

    def wire(self) -> dict[str, object]:
        why = None if self.why is None else self.why.value
        return {"code": self.code, "name": self.name, "off": self.off, "why": why, **self.detail}
