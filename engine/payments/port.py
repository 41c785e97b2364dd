"""The payment port: what Aforo asks of a payment provider, and what it may hear.

Owns the words of payments; a provider implements `Provider`. The order id is the idempotency key of every call.
Guarantees asked of a provider: a charge repeated captures once; `lookup` is honest; after `abandon` has answered
`Declined`, nothing of that order is ever captured; a refund repeated with the same id gives back once, and all refunds
of an order together no more than was captured. tests/providers asks each of them for all of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from typing_extensions import override

from engine.payments.books import Books

ABANDONED = "abandoned"
CARD = "card"  # the method of a card whose number is typed here: the sandbox's alone
WALLET = "wallet"  # one press pays
TRANSFER = "transfer"  # the buyer's bank sends it, which takes days
INVOICE = "invoice"  # the same, and there is longer for it
PIX = "pix"  # a code for the buyer's bank in Brazil, which sends it at once
BOLETO = "boleto"  # a slip that is paid in Brazil at a bank, a shop, or on a phone
SEPA_DEBIT = "sepa_debit"  # the buyer's bank in Europe is told to pay, and says days later whether it does


@dataclass(frozen=True, slots=True)
class Card:
    number: str = field(repr=False)
    expires: str = field(repr=False)  # MM/YY
    cvc: str = field(repr=False)

    @property
    def last4(self) -> str:
        return self.number[-4:]


@dataclass(frozen=True, slots=True)
class Accepted:
    """From where a buyer agreed that their account is debited, which a mandate has to name. It is stored nowhere."""

    address: str = field(repr=False)
    agent: str = field(repr=False)  # the browser, as it names itself


@dataclass(frozen=True, slots=True)
class Means:
    """With what a buyer pays."""

    method: str  # one that the provider offers
    card: Card | None = None
    token: str = field(default="", repr=False)  # for what the provider's own page collected, which we never see
    accepted: Accepted | None = None  # of a debit alone

    @classmethod
    def by(cls, card: Card) -> Means:
        return cls(CARD, card)

    @property
    def last4(self) -> str:
        return "" if self.card is None else self.card.last4


@dataclass(frozen=True, slots=True)
class Charge:
    sale: str
    order: str
    amount: int  # minor units
    currency: str
    means: Means
    begins: datetime | None = None  # what it is for: money that comes later has to be there by then
    code: str = ""  # by which the buyer knows the order


@dataclass(frozen=True, slots=True)
class Refund:
    """So much of what an order paid, to be given back. By its id a repeat is the same."""

    sale: str
    order: str
    id: str
    amount: int  # minor units


@dataclass(frozen=True, slots=True)
class Captured:
    amount: int
    reference: str = ""
    given_back: int = 0  # of the amount, in parts
    last4: str = ""  # of the card, where only the provider has seen it


@dataclass(frozen=True, slots=True)
class Declined:
    reason: str  # one of engine.orders.issues.DECLINE_SENTENCES


@dataclass(frozen=True, slots=True)
class Awaited:
    """The buyer has been told how to pay, and the money counts when it comes before `until`."""

    until: datetime
    step: Mapping[str, str]  # what the buyer has to do, for the page: {"kind": "transfer", "account": …}


@dataclass(frozen=True, slots=True)
class Unknown:
    """Not known yet. `silent`: the provider did not answer at all."""

    silent: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """The buyer's bank wants something of the buyer before it says: until then; afterwards it is to be given up."""

    until: datetime
    step: Mapping[str, str] = field(repr=False)  # for the buyer's page alone


@dataclass(frozen=True, slots=True)
class Unheard:
    """The provider has no record of this order."""


@dataclass(frozen=True, slots=True)
class Down:
    """The provider could not be reached: the question was certainly not asked."""


@dataclass(frozen=True, slots=True)
class Refunded:
    """So much went back; as what stands of a charge: all of it did."""

    amount: int


@dataclass(frozen=True, slots=True)
class NotRefunded:
    """Nothing went back, and asking again changes nothing."""

    reason: str


NOT_CAPTURED = "not_captured"
MORE_THAN_LEFT = "more_than_left"
ANOTHER_AMOUNT = "another_amount"  # than the same refund had before
DISPUTED = "disputed"  # its bank has taken the money, or wants to
RETURNED = "returned"  # it had gone, and came back
BY_HAND = "by_hand"  # a person has to send it

Outcome = Captured | Declined
ChargeAnswer = Captured | Declined | Asked | Awaited | Unknown | Down
LookupAnswer = Captured | Declined | Asked | Awaited | Refunded | Unknown | Unheard | Down
RefundAnswer = Refunded | NotRefunded | Unknown | Unheard | Down


@dataclass(frozen=True, slots=True)
class PaymentNews:
    """A notification from a provider, perhaps late, perhaps repeated."""

    sale: str
    order: str
    outcome: Outcome
    provider: str = ""  # the account that it comes from, which may speak of its own orders only


Listener = Callable[[PaymentNews], Awaitable[None]]


class Provider(Protocol):
    name: str

    def methods(self) -> tuple[str, ...]:
        """By which methods it can be paid, in the order in which buyers should see them."""
        ...

    def plays(self, means: Means) -> bool:
        """Whether these stand for a provider in trouble: how their charge goes says nothing of the provider's own
        health, so a stranger who has them stops nobody else's payments.
        """
        ...

    async def charge(self, charge: Charge) -> ChargeAnswer: ...

    async def lookup(self, order: str) -> LookupAnswer: ...

    async def abandon(self, order: str) -> LookupAnswer:
        """Make sure that no charge of this order captures from now on; answers what stands. What is still `Awaited`
        then could not be called off yet.
        """
        ...

    async def refund(self, refund: Refund) -> RefundAnswer:
        """Give money back, once however often it is asked, and never more than was captured."""
        ...

    def listen(self, listener: Listener) -> None:
        """Register who gets the provider's notifications."""
        ...

    def books(self, organizer: str) -> Books | None:
        """What moved in the account of this organizer; None where it keeps no books."""
        ...

    async def close(self) -> None: ...


class NoProvider(Provider):
    """Where no provider was asked for: orders that cost nothing go through, and no other is placed."""

    name = "none"

    @override
    def methods(self) -> tuple[str, ...]:
        return ()

    @override
    def plays(self, means: Means) -> bool:
        return False

    @override
    async def charge(self, charge: Charge) -> ChargeAnswer:
        return Down()

    @override
    async def lookup(self, order: str) -> LookupAnswer:
        return Down()

    @override
    async def abandon(self, order: str) -> LookupAnswer:
        return Down()

    @override
    async def refund(self, refund: Refund) -> RefundAnswer:
        return Down()

    @override
    def listen(self, listener: Listener) -> None:
        """It sends no notifications."""

    @override
    def books(self, organizer: str) -> Books | None:
        return None

    async def close(self) -> None:
        """There is nothing to close."""
