"""The words of orders: what is asked, what is answered, how an order stands.

Owns: the dataclasses other parts share. Pure: imports neither stores nor asyncio.
Guarantees: frozen values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Self

from engine.catalog.model import is_stock
from engine.coupons import Said
from engine.credit import CreditSaid
from engine.links import Source
from engine.orders.making import ByStaff, TypeChoice
from engine.orders.owed import OrderFee, TaxSum
from engine.orders.tax_identity import TaxIdentity
from engine.payments import Means
from engine.vault import Contact


class OrderState(Enum):
    PAYING = "paying"  # placed: its seats and units are its own; the money is asked for
    AWAITING = "awaiting"  # its seats and units are reserved; the money is to come until a deadline
    PAID = "paid"
    FAILED = "failed"  # no money moved; its seats and units are free again
    VOID = "void"  # tombstone: an id that was begun and can't be placed any more
    REFUNDING = "refunding"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class CartRef:
    sale: str
    cart: str
    buyer: str


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer with the question as it was asked; of a consent the answer is the words themselves."""

    question: str
    ticket: str | None  # `seat:12`, `pool:floor:0`; None: the whole order's
    ask: str
    kind: str
    answer: str = field(repr=False)
    at_ms: int

    def wire(self) -> dict[str, Any]:
        return {
            "question": self.question,
            "ticket": self.ticket,
            "ask": self.ask,
            "kind": self.kind,
            "answer": self.answer,
            "at_ms": self.at_ms,
        }


@dataclass(frozen=True, slots=True)
class Sealed:
    person: str  # for whom it is sealed, in the vault
    value: bytes = field(repr=False)


# ── what is asked ──


@dataclass(frozen=True, slots=True)
class Purchase:
    """Buy what the cart holds. `order` is the buyer's own id: repeating it never buys twice."""

    sale: str
    buyer: str
    order: str
    means: Means | None  # None buys only what costs nothing
    terms: int | None = None  # version of the organizer's terms that the buyer accepted
    locale: str = ""  # the language the buyer reads; "" when nobody knows
    total: int | None = None  # what the buyer was told that it costs …
    due: int | None = None  # … and what of that is left to pay
    staff: ByStaff | None = None  # None: the buyer asks
    source: Source | None = None  # how the buyer came; None: by no link that anybody knows of


@dataclass(frozen=True, slots=True)
class CartChange:
    """What a buyer writes into the cart; None leaves a part as it is."""

    contact: Contact | None = None
    key: str | None = field(default=None, repr=False)
    types: Mapping[str, TypeChoice] | None = None
    coupon: str | None = None
    # What is paid for each ticket of an item, where its type lets buyers pay more; minor units.
    amounts: Mapping[str, int] | None = None
    answers: Mapping[str, str] | None = field(default=None, repr=False)  # by question, or question and ticket
    source: Source | None = None  # how the buyer came; None: by no link that anybody knows of
    code: str | None = None  # the mark of one that shows more of the sale …
    typed: str | None = None  # … and the same as it was typed, since it may be that of a coupon
    tax_identity: TaxIdentity | None = None  # an empty one takes out what was there
    voucher: str | None = field(default=None, repr=False)  # the code of one more; "" takes out those that are there
    own_credit: bool | None = None  # whether the buyer pays with what is theirs


# ── what is answered ──


@dataclass(frozen=True, slots=True)
class Issue:
    """Something that stands between the cart and a purchase."""

    code: str
    field: str
    message: str

    def wire(self) -> dict[str, str]:
        return {"code": self.code, "field": self.field, "message": self.message}


@dataclass(frozen=True, slots=True)
class Line:
    """One seat or one unit of a pool, with what it costs."""

    seat: int | None
    pool: str | None
    type: str
    price: int  # what is left of its list's, before a tax that is added
    full_price: int | None = None  # its list's, where that is not what is left
    tax: int = 0  # in the price, or added to it
    added: int = 0  # of the tax: what is owed besides the price

    @classmethod
    def read(cls, row: Any) -> Self:
        price, owed = row["price"], row["owed"]
        added = 0 if owed is None else owed - price
        return cls(row["seat"], row["pool_id"], row["ticket_type"], price, row["full_price"], row["tax"] or 0, added)

    @property
    def owed(self) -> int:
        return self.price + self.added

    @property
    def list_price(self) -> int:
        return self.price if self.full_price is None else self.full_price

    @property
    def item(self) -> str:
        return f"pool:{self.pool}" if self.seat is None else f"seat:{self.seat}"

    @property
    def admits(self) -> bool:
        """Whether it is a ticket, and no product."""
        return self.pool is None or is_stock(self.pool)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a seat is, as people call it."""

    section: str
    row: str
    label: str


@dataclass(frozen=True, slots=True)
class CartItem:
    """A seat, or all units of one pool, of a cart."""

    item: str
    price: int
    seat: int | None = None
    spot: Spot | None = None
    type: str = ""
    pool: str | None = None
    units: int = 0
    types: Mapping[str, int] = field(default_factory=dict)

    def wire(self) -> dict[str, Any]:
        if self.pool is not None:
            said: dict[str, Any] = {"item": self.item, "pool": self.pool, "units": self.units, "price": self.price}
            return said | {"types": dict(self.types)}
        said = {"item": self.item, "seat": self.seat, "type": self.type, "price": self.price}
        if self.spot is not None:
            said |= {"section": self.spot.section, "row": self.spot.row, "label": self.spot.label}
        return said


@dataclass(frozen=True, slots=True)
class CartView:
    """A cart as its buyer sees it."""

    id: str
    state: str
    deadline_at_ms: int
    now_ms: int
    items: tuple[CartItem, ...]
    total: int
    list: int  # the number of the price list that it keeps
    phase: str | None  # of the sale, in which it was opened
    currency: str
    person_max: int
    bought: int
    contact: Contact
    has_key: bool
    coupon: str  # the code that was typed; "" when none
    order: str | None
    issues: tuple[Issue, ...]
    end_reason: str = ""
    discount: int = 0  # taken off its items' prices
    coupons: tuple[Said, ...] = ()  # what each code that was typed does, or why not; and benefits that count
    has_codes: bool = False  # there are coupons whose codes it may have
    fees: tuple[OrderFee, ...] = ()
    taxes: tuple[TaxSum, ...] = ()
    questions: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)  # what it is asked, with what was answered
    unlocked: Mapping[str, Any] | None = None  # what codes showed it of the sale
    tax_identity: TaxIdentity | None = None  # of its receipt; None: the sale has none made out to others
    credits: tuple[CreditSaid, ...] = ()  # with which its buyer wants to pay
    has_vouchers: bool = False  # there are some that it may be paid with

    @property
    def due(self) -> int:
        """What is left to pay."""
        return self.total - sum(each.used for each in self.credits)

    def wire(self) -> dict[str, Any]:
        said: dict[str, Any] = {
            "id": self.id,
            "state": self.state,
            "deadline_at_ms": self.deadline_at_ms,
            "now_ms": self.now_ms,
            "items": [item.wire() for item in self.items],
            "discount": self.discount,
            "coupons": [each.wire() for each in self.coupons],
            "has_codes": self.has_codes,
            "fees": [fee.wire() for fee in self.fees],
            "taxes": [tax.wire() for tax in self.taxes],
            "total": self.total,
            "credits": [each.wire() for each in self.credits],
            "has_vouchers": self.has_vouchers,
            "due": self.due,
            "list": self.list,
            "phase": self.phase,
            "currency": self.currency,
            "person_max": self.person_max,
            "bought": self.bought,
            "contact": self.contact.wire(),
            "has_key": self.has_key,
            "coupon": self.coupon,
            "order": self.order,
            "issues": [issue.wire() for issue in self.issues],
            "questions": [dict(each) for each in self.questions],
        }
        if self.unlocked:
            said["unlocked"] = dict(self.unlocked)
        if self.tax_identity is not None:
            said["tax_identity"] = self.tax_identity.wire() if self.tax_identity else None
        return {**said, "end_reason": self.end_reason} if self.end_reason else said
