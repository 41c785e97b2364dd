"""The payment port: what Aforo asks of a payment provider, and what it may hear.

Owns the words of payments; a provider implements `Provider`. The order id is the idempotency key of every call.
Guarantees asked of a provider: a charge repeated with the same order id captures once; `lookup` is honest; after
`abandon` has answered `Declined`, no charge of that order ever captures.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from engine.orders.model import Card

ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class Charge:
    sale: str
    order: str
    amount: int  # minor units
    currency: str
    card: Card


@dataclass(frozen=True, slots=True)
class Captured:
    amount: int
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Declined:
    reason: str  # one of engine.orders.issues.DECLINE_SENTENCES


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can say yet. `silent`: the provider did not answer at all."""

    silent: bool = False


@dataclass(frozen=True, slots=True)
class Unheard:
    """The provider never heard of this order."""


@dataclass(frozen=True, slots=True)
class Down:
    """The provider could not be reached: the question was certainly not asked."""


@dataclass(frozen=True, slots=True)
class Refunded:
    amount: int


Outcome = Captured | Declined
ChargeAnswer = Captured | Declined | Unknown | Down
LookupAnswer = Captured | Declined | Refunded | Unknown | Unheard | Down


@dataclass(frozen=True, slots=True)
class PaymentNews:
    """What a provider tells by itself, perhaps late, perhaps twice."""

    sale: str
    order: str
    outcome: Outcome


Listener = Callable[[PaymentNews], Awaitable[None]]


class Provider(Protocol):
    name: str

    async def charge(self, charge: Charge) -> ChargeAnswer: ...

    async def lookup(self, order: str) -> LookupAnswer: ...

    async def abandon(self, order: str) -> LookupAnswer:
        """Make sure that no charge of this order captures from now on; answers what stands."""
        ...

    async def refund(self, order: str) -> LookupAnswer:
        """Give the money back, once however often it is asked; answers what stands."""
        ...

    def listen(self, listener: Listener) -> None:
        """Whom to tell what the provider learns by itself."""
        ...

    async def close(self) -> None: ...
