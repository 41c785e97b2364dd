"""How payments describe themselves."""

from __future__ import annotations

from engine.context import Context, Floor

CONTEXT = Context(
    name="payments",
    floor=Floor.SELL,
    owns="payment providers, organizers' accounts there, PaymentIntents of orders, the sandbox's books, money by hand",
    source="the provider",
    tables=(
        "sandbox_charge",
        "sandbox_refund",
        "sandbox_dispute",
        "sandbox_payout",
        "stripe_charge",
        "payment_account",
        "hand_charge",
        "hand_refund",
    ),
)
