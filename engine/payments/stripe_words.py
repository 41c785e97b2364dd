"""What Stripe's amounts and declines are in our words.

Pure. Guarantees: an amount is never rounded: one that Stripe can't express is none. Stripe counts some currencies in
other units than ISO 4217 (docs.stripe.com/currencies): MGA without decimals, ISK and UGX with two that are always 00,
and of three decimals the last is always 0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from engine.money import decimals_of

# Stripe's decimals where they aren't those of ISO 4217.
STRIPE_DECIMALS = {"MGA": 0, "ISK": 2, "UGX": 2}
LAST4 = re.compile("[0-9]{4}")
LAST_DIGIT_IS_ZERO = 3  # decimals of a currency of which banks take two
DECLINES = {
    "insufficient_funds": "insufficient_funds",
    "expired_card": "expired_card",
    "incorrect_cvc": "incorrect_cvc",
    "invalid_cvc": "incorrect_cvc",
    "lost_card": "lost_card",
    "stolen_card": "stolen_card",
    "processing_error": "processing_error",
    "authentication_required": "authentication_failed",
    "payment_intent_authentication_failure": "authentication_failed",
    "payment_intent_payment_attempt_expired": "not_paid_in_time",
}
DECLINED = "card_declined"
DEBIT_REFUSED = "debit_refused"
NOT_PAYABLE = "amount_not_payable"


def theirs(amount: int, currency: str) -> int | None:
    """Our minor units in Stripe's; None where Stripe has none for so much."""
    ours_in, theirs_in = units_of(currency)
    units, rest = divmod(amount * theirs_in, ours_in)
    if rest:
        return None
    if decimals_of(currency) == LAST_DIGIT_IS_ZERO and units % 10:
        return None
    return units


def ours(units: int, currency: str) -> int | None:
    """Stripe's units in our minor units; None where we have none for so much."""
    ours_in, theirs_in = units_of(currency)
    amount, rest = divmod(units * ours_in, theirs_in)
    return None if rest else amount


def units_of(currency: str) -> tuple[int, int]:
    """How many of our minor units one of the currency has, and how many of Stripe's."""
    decimals = decimals_of(currency)
    return int(Decimal(10) ** decimals), int(Decimal(10) ** STRIPE_DECIMALS.get(currency, decimals))


def decline_of(error: Mapping[str, Any]) -> str:
    """Why a card was declined, as one of our words; what banks say more precisely than that stays with Stripe."""
    for said in (error.get("decline_code"), error.get("code")):
        if said in DECLINES:
            return DECLINES[said]
    return DECLINED


def last4_of(charge: object) -> str:
    """The last digits of the card that a charge took; "" where it was no card."""
    found = charge
    for part in ("payment_method_details", "card", "last4"):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found if isinstance(found, str) and LAST4.fullmatch(found) else ""
