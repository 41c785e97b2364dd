"""With what a buyer pays: whether that can be, how the order says it, and what the buyer is told of it. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from engine.orders.making import BY_CARD, Making, Tender
from engine.orders.model import Purchase
from engine.orders.pricing import Goods
from engine.payments import CARD, INVOICE, LATER, Asked, LookupAnswer, Till, offered
from engine.refusals import Code, Refused


def means_refusal(ask: Purchase, till: Till, goods: Goods) -> Refused | None:
    """Why nobody can be asked for money with what the buyer gave."""
    if not till.takes_money:
        return Refused(Code.PAYMENT_NOT_SET_UP)
    means = ask.means
    if means is None or (means.method == CARD and means.card is None and not means.token):
        return Refused(Code.INVALID, {"fields": [{"path": "card", "message": "A card is needed."}]})
    wrong = ""
    if means.method not in offered(till.provider.methods(), goods.currency, goods.begins, datetime.now(UTC)):
        wrong = "This method is not offered here."
    elif means.method in LATER and LATER[means.method].mandate and means.accepted is None:
        wrong = "A debit is agreed to in a browser."
    return Refused(Code.INVALID, {"fields": [{"path": "payment.method", "message": wrong}]}) if wrong else None


def making_of(ask: Purchase, due: int) -> Making:
    making = BY_CARD if ask.staff is None else ask.staff.making
    if ask.means is not None and ask.means.method in LATER:
        making = replace(making, tender=Tender.INVOICE if ask.means.method == INVOICE else Tender.TRANSFER)
    return making if due else replace(making, tender=Tender.NONE)


def changed_to(total: int, due: int) -> Refused:
    """What the buyer is told of a cart that costs, or leaves to pay, something else than they saw."""
    return Refused(Code.PRICE_CHANGED, {"total": total} if due == total else {"total": total, "due": due})


def pending(order: str, code: str, answer: LookupAnswer | None = None) -> Refused:
    """With what the buyer's bank asks, where it asks something."""
    said = {"order": order, "order_code": code}
    if not isinstance(answer, Asked):
        return Refused(Code.PAYMENT_PENDING, said)
    until_ms = round(answer.until.timestamp() * 1000)
    return Refused(Code.PAYMENT_PENDING, {**said, "step": dict(answer.step), "until_ms": until_ms})
