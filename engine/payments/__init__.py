"""Payments: what is asked of payment providers, and the providers there are."""

from engine.payments.accounts import AccountKeys, AccountView, Health, PaymentAccounts
from engine.payments.breaker import Breaker
from engine.payments.cards import card_mistakes, read_card
from engine.payments.context import CONTEXT
from engine.payments.port import (
    ABANDONED,
    Asked,
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
from engine.payments.till import Till, asks_back
from engine.payments.tills import Tills, Told

__all__ = [
    "ABANDONED",
    "CONTEXT",
    "AccountKeys",
    "AccountView",
    "Asked",
    "Breaker",
    "Captured",
    "Card",
    "Charge",
    "ChargeAnswer",
    "Declined",
    "Down",
    "Health",
    "LookupAnswer",
    "Means",
    "NoProvider",
    "Outcome",
    "PaymentAccounts",
    "PaymentNews",
    "Provider",
    "Refund",
    "RefundAnswer",
    "Refunded",
    "Sandbox",
    "Till",
    "Tills",
    "Told",
    "Unheard",
    "Unknown",
    "asks_back",
    "card_mistakes",
    "forget_charges",
    "read_card",
]
