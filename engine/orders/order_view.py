"""An order as it is shown: to its buyer with what opens the gate, to its organizer without.

Pure. Guarantees: frozen values; what only the buyer may have is in no view of the organizer's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.catalog import Day
from engine.catalog.model import Tax
from engine.links import Source
from engine.onsale.model import FeedPosition
from engine.orders.making import BY_CARD, Making
from engine.orders.model import Answered, CartView, Line, OrderState, Spot
from engine.orders.owed import OrderCoupon, OrderCredit, OrderFee, TaxSum
from engine.orders.refund_model import Refunding
from engine.orders.tax_identity import TaxIdentity
from engine.vault import Contact


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
    credits: tuple[OrderCredit, ...] = ()  # what of the total they paid
    given_back: int = 0  # of its total, or on its way
    refunds: tuple[Refunding, ...] = ()
    pay_by: datetime | None = None  # of one that awaits its money …
    pay_with: Mapping[str, str] | None = None  # … and what its buyer has to do

    def wire(self) -> dict[str, Any]:
        """As its buyer sees it, with what opens the gate."""
        tickets = [{**each.listed(), "payload": each.payload} for each in self.tickets]
        vouchers = [
            {"refund": each.nth, "code": each.code, "amount": each.money + each.bonus}
            for each in self.refunds
            if each.code is not None
        ]
        vouchers += [
            {"refund": each.nth, "code": code, "amount": amount} for each in self.refunds for code, amount in each.told
        ]
        return {**self._facts(), "has_key": self.has_key, "tickets": tickets, "vouchers": vouchers}

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
            "credits": [each.wire() for each in self.credits],
            "due": self.total - sum(each.amount for each in self.credits),
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
