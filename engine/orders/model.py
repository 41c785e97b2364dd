"""The words of orders: what is asked, what is answered, how an order stands.

Owns: the dataclasses other parts share. Pure: imports neither stores nor asyncio.
Guarantees: frozen values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from engine.catalog import Day
from engine.catalog.model import Tax, is_stock
from engine.coupons import Said
from engine.links import Source
from engine.onsale.model import FeedPosition
from engine.orders.making import BY_CARD, ByStaff, Making, TypeChoice
from engine.orders.owed import OrderCoupon, OrderFee, TaxSum
from engine.orders.refund_model import Refunding
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
    total: int | None = None  # what the buyer was told that it costs
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


@dataclass(frozen=True, slots=True)
class TicketView:
    id: str
    item: str
    sign: Callable[[], str] = field(repr=False, compare=False)
    days: tuple[Day, ...] = ()  # to which it admits, each of which is an admission; none: to the event
    blocked: bool = False  # it opens nothing while its payment is disputed

    @property
    def payload(self) -> str:
        """The text of its QR code. Signed when it is looked at: a signature costs as much as writing the order did."""
        return self.sign()

    def listed(self) -> dict[str, Any]:
        admits = [day.wire() for day in self.days]
        return {"id": self.id, "item": self.item, "admits": admits, "blocked": self.blocked}


@dataclass(frozen=True, slots=True)
class OrderLine:
    line: Line
    spot: Spot | None
    taxed: Tax | None = None  # of which it has some
    live: bool = True  # else it was given back, or its order came to nothing

    def wire(self) -> dict[str, Any]:
        line = self.line
        said: dict[str, Any] = {"item": line.item, "type": line.type, "price": line.price}
        said |= {"list_price": line.list_price, "tax": line.tax, "owed": line.owed, "live": self.live}
        if self.line.pool is not None:
            said["pool"] = self.line.pool
        else:
            said["seat"] = self.line.seat
        if self.spot is not None:
            said |= {"section": self.spot.section, "row": self.spot.row, "label": self.spot.label}
        return said


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order as its buyer, or its organizer, sees it."""

    id: str
    sale: str
    code: str
    state: OrderState
    total: int
    currency: str
    lines: tuple[OrderLine, ...]
    tickets: tuple[TicketView, ...]
    contact: Contact
    placed_at: datetime
    paid_at: datetime | None
    card_last4: str
    failure: str
    making: Making = BY_CARD
    allocation: str | None = None  # out of which its seats and units came
    reason: str = ""  # why it cost nothing, where a member gave it away …
    full_price: int | None = None  # … and what it would have cost
    terms: int | None = None  # version of its organizer's terms that its buyer accepted
    has_key: bool = True  # whether a key opens it
    key_changes: int = 0  # how often that was chosen anew
    answers: tuple[Answered, ...] = ()  # where they were asked for
    tax_identity: TaxIdentity | None = None  # of its receipt, where it was asked for
    source: Source | None = None  # by which links its buyer came
    fees: tuple[OrderFee, ...] = ()
    taxes: tuple[TaxSum, ...] = ()
    coupons: tuple[OrderCoupon, ...] = ()
    given_back: int = 0  # of its total, or on its way
    refunds: tuple[Refunding, ...] = ()
    pay_by: datetime | None = None  # of one that awaits its money …
    pay_with: Mapping[str, str] | None = None  # … and what its buyer has to do

    def wire(self) -> dict[str, Any]:
        """As its buyer sees it, with what opens the gate."""
        tickets = [{**each.listed(), "payload": each.payload} for each in self.tickets]
        return {**self._facts(), "has_key": self.has_key, "tickets": tickets}

    def listed(self, *, in_full: bool) -> dict[str, Any]:
        """As its organizer sees it: tickets by their ids alone, since whoever has a payload can come in with it.

        Who bought is masked unless it is shown `in_full`, and so is what they answered.
        """
        identity = self.tax_identity
        return {
            **self._facts(),
            "contact": (self.contact if in_full else self.contact.masked).wire(),
            "issuer": self.making.issuer,
            "allocation": self.allocation,
            "reason": self.reason or None,
            "full_price": self.full_price,
            "source": None if self.source is None else self.source.wire(),
            "tickets": [each.listed() for each in self.tickets],
            "answers": [each.wire() for each in self.answers] if in_full else [],
            "tax_identity": None if identity is None else (identity if in_full else identity.masked).wire(),
        }

    def _facts(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "sale": self.sale,
            "code": self.code,
            "state": self.state.value,
            "total": self.total,
            "given_back": self.given_back,
            "refunds": [each.wire() for each in self.refunds],
            "currency": self.currency,
            "channel": self.making.channel.value,
            "tender": self.making.tender.value,
            "lines": [line.wire() for line in self.lines],
            "coupons": [each.wire() for each in self.coupons],
            "fees": [fee.wire() for fee in self.fees],
            "taxes": [tax.wire() for tax in self.taxes],
            "contact": self.contact.wire(),
            "placed_at_ms": round(self.placed_at.timestamp() * 1000),
            "paid_at_ms": None if self.paid_at is None else round(self.paid_at.timestamp() * 1000),
            "card_last4": self.card_last4,
            "failure": self.failure or None,
            "pay_by_ms": None if self.pay_by is None else round(self.pay_by.timestamp() * 1000),
            "pay_with": None if self.pay_with is None else dict(self.pay_with),
            "terms": self.terms,
        }


@dataclass(frozen=True, slots=True)
class Bought:
    """The purchase went through."""

    order: OrderView
    again: bool = False  # somebody else's asking placed this order, or an earlier one
    cart: CartView | None = None  # what became of the cart, when that is in hand
    as_of: FeedPosition = ("", 0)  # the feed up to here says nothing newer of it
