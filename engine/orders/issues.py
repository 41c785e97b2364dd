"""Issues: what stands between a cart and a purchase.

Pure. Owns the codes a cart's list may carry besides those of pricing, and what a usable contact looks like.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from engine.catalog import Phase, TypeRule
from engine.coupons import Said, Why
from engine.orders.model import Issue
from engine.vault import Contact

EMPTY = "empty"
CONTACT_MISSING = "contact_missing"
CONTACT_INVALID = "contact_invalid"
KEY_MISSING = "key_missing"
TYPE_MAXIMUM = "type_maximum"
TYPE_CLOSED = "type_closed"
TYPE_NOT_IN_PHASE = "type_not_in_phase"
COMPANION_ALONE = "companion_alone"
COUPON = "coupon_"  # and why a code does not count
ANSWER_MISSING = "answer_missing"
ANSWER_INVALID = "answer_invalid"
PAYMENT_DECLINED = "payment_declined"
PAYMENT_UNAVAILABLE = "payment_unavailable"
PAYMENT_NOT_SET_UP = "payment_not_set_up"
# What a member may leave out who sells to somebody standing there.
NOT_ASKED_BY_STAFF = (CONTACT_MISSING, KEY_MISSING, ANSWER_MISSING, TYPE_NOT_IN_PHASE)

# An address is proven by a message that arrives; here only what can't be one is turned away.
EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\.]+(\.[^\s@<>,;:\"()\[\]\\.]+)+")
PHONE = re.compile(r"\+?[0-9][0-9 ().\-]{4,30}")

DECLINE_SENTENCES = {
    "card_declined": "The bank declined the card.",
    "insufficient_funds": "The card has not enough funds.",
    "expired_card": "The card has expired.",
    "incorrect_cvc": "The security code is wrong.",
    "lost_card": "The bank declined the card.",
    "stolen_card": "The bank declined the card.",
    "processing_error": "The bank could not process the payment.",
    "authentication_failed": "The bank could not make sure that it was you.",
    "amount_not_payable": "This amount can't be paid here.",
    "abandoned": "The purchase was interrupted; nothing was charged.",
    "not_paid_in_time": "The money did not come in time.",
    "debit_refused": "The bank did not let the account be debited.",
}

WHY_SENTENCES = {
    Why.UNKNOWN: "There is no such coupon.",
    Why.MISTYPED: "This code has a wrong character in it; look at it again.",
    Why.NOT_YET: "This coupon does not count yet.",
    Why.OVER: "This coupon no longer counts.",
    Why.USED_UP: "This coupon is used up.",
    Why.ELSEWHERE: "This coupon is not for this event.",
    Why.NOTHING: "Nothing in the cart is what this coupon is for.",
    Why.TOO_LITTLE: "The cart is below this coupon's minimum.",
    Why.NEEDS_ACCOUNT: "Log in to use this coupon.",
    Why.NOT_FOR_YOU: "This coupon is for other people.",
    Why.NEEDS_EMAIL: "This coupon counts once per person: write your e-mail address first.",
    Why.NEEDS_PROOF: "This coupon counts once per person: confirm your e-mail address first.",
    Why.USED_BY_YOU: "You have used this coupon already.",
    Why.STANDS_ALONE: "This coupon counts with no other, and the others take off as much.",
    Why.STANDS_BACK: "Another coupon of the cart counts alone.",
    Why.TOO_MANY: "A cart takes three coupons at most, and each of them once.",
}


def cart_issues(*, filled: bool, contact: Contact, has_key: bool) -> list[Issue]:
    """What is still missing, in the order a person fills it in."""
    found = []
    if not filled:
        found.append(Issue(EMPTY, "items", "Choose at least one seat or unit."))
    if not contact.name.strip():
        found.append(Issue(CONTACT_MISSING, "contact.name", "A name is needed."))
    if not contact.email.strip():
        found.append(Issue(CONTACT_MISSING, "contact.email", "An e-mail address is needed."))
    elif not EMAIL.fullmatch(contact.email.strip()):
        found.append(Issue(CONTACT_INVALID, "contact.email", "This does not look like an e-mail address."))
    if contact.phone.strip() and not PHONE.fullmatch(contact.phone.strip()):
        found.append(Issue(CONTACT_INVALID, "contact.phone", "This does not look like a telephone number."))
    if not has_key:
        found.append(Issue(KEY_MISSING, "key", "Choose a key to open the order with."))
    return found


def type_issues(tickets: Mapping[str, int], rules: Mapping[str, TypeRule], now_ms: int) -> list[Issue]:
    """What ticket types don't allow; `tickets` are counted by type."""
    found: list[Issue] = []
    if not rules:
        return found
    for kind in tickets.keys() & rules.keys():
        rule = rules[kind]
        if rule.per_person is not None and tickets[kind] > rule.per_person:
            said = f"One person gets {rule.per_person} of this ticket type at most."
            found.append(Issue(TYPE_MAXIMUM, "types", said))
        if not rule.sold_at(now_ms):
            found.append(Issue(TYPE_CLOSED, "types", "This ticket type isn't sold now; choose another one."))
    return sorted(found, key=lambda issue: issue.code)


def phase_issues(tickets: Iterable[str], phase: Phase | None, shown: Collection[str]) -> list[Issue]:
    """Ticket types that the phase of the cart doesn't sell; `tickets` are types, `shown` those that codes showed it."""
    said = "This ticket type isn't sold in this phase of the sale; choose another one."
    sold = phase is None or all(phase.sells(kind) or kind in shown for kind in tickets)
    return [] if sold else [Issue(TYPE_NOT_IN_PHASE, "types", said)]


def companions_alone(seats: Collection[int], companions: Mapping[int, int]) -> list[Issue]:
    """A rebuild may have taken an accessible seat from a cart: its companion's is not sold without it."""
    said = "A companion's seat is sold with the wheelchair space beside it."
    alone = [seat for seat in seats if seat in companions and companions[seat] not in seats]
    return [Issue(COMPANION_ALONE, f"items.seat:{seat}", said) for seat in alone]


def coupon_issues(coupons: Iterable[Said]) -> list[Issue]:
    """A code that was typed is never passed over: it counts, or is taken out."""
    return [
        Issue(f"{COUPON}{each.why.value}", "coupon", WHY_SENTENCES[each.why])
        for each in coupons
        if each.code is not None and each.why is not None
    ]


def failed_payment(failure: str) -> Issue:
    """The issue an order that failed leaves on its cart; `failure` is the provider's decline code."""
    if failure == PAYMENT_UNAVAILABLE:
        return payments_down()
    return Issue(PAYMENT_DECLINED, "card", DECLINE_SENTENCES.get(failure, "The card was declined."))


def payments_down() -> Issue:
    return Issue(PAYMENT_UNAVAILABLE, "card", "Payments are unavailable right now; what you hold is kept for you.")


def payment_not_set_up() -> Issue:
    return Issue(PAYMENT_NOT_SET_UP, "card", "Payments are not set up here; only what is free can be bought.")
