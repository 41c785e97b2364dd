"""Payments: what is asked of payment providers, and the providers there are."""

from engine.payments.breaker import Breaker
from engine.payments.cards import card_mistakes, read_card
from engine.payments.context import CONTEXT
from engine.payments.port import (
    ABANDONED,
    CARD,
    TRANSFER,
    WALLET,
    Awaited,
    Captured,
    Card,
    Charge,
    ChargeAnswer,
    Declined,
    Down,
    LookupAnswer,
    Means,
    NoProvider,
    Outcome,
    PaymentNews,
    Provider,
    Refund,
    RefundAnswer,
    Refunded,
    Unheard,
    Unknown,
)
from engine.payments.sandbox import Sandbox, forget_charges
from engine.payments.till import Till

__all__ = [
    "ABANDONED",
    "CARD",
    "CONTEXT",
    "TRANSFER",
    "WALLET",
    "Awaited",
    "Breaker",
    "Captured",
    "Card",
    "Charge",
    "ChargeAnswer",
    "Declined",
    "Down",
    "LookupAnswer",
    "Means",
    "NoProvider",
    "Outcome",
    "PaymentNews",
    "Provider",
    "Refund",
    "RefundAnswer",
    "Refunded",
    "Sandbox",
    "Till",
    "Unheard",
    "Unknown",
    "card_mistakes",
    "forget_charges",
    "read_card",
]
