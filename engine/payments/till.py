"""Till: a payment provider, and the breaker that stops asking it when it does not answer.

Owns nothing else. Two of them stand side by side: rehearsals have one of their own, so that play charges reach no
real provider, and cards that hang in a rehearsal don't slow down real sales.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.payments.breaker import Breaker
from engine.payments.port import NoProvider, Provider

# What begins the name of an organizer's account; its id follows. Of one by hand, members say that money came.
STRIPE = "stripe:"
HAND = "hand:"


def asks_back(provider: str | None) -> bool:
    """Whether a charge there may wait for its buyer's bank, which asks the buyer something first."""
    return provider is not None and provider.startswith(STRIPE)


def is_by_hand(provider: str | None) -> bool:
    """Whether members say that its money came, and send what goes back."""
    return provider is not None and provider.startswith(HAND)


@dataclass(frozen=True, slots=True)
class Collecting:
    """How a buyer's page collects what it pays with at the provider itself."""

    key: str  # publishable: whose page it is
    script: str  # address of the provider's program


class Till:
    def __init__(self, provider: Provider, collecting: Collecting | None = None) -> None:
        """`collecting`: None where nothing is collected at the provider."""
        self.provider = provider
        self.collecting = collecting
        self.breaker = Breaker()

    @property
    def by_hand(self) -> bool:
        """Whether it serves beside an account that takes money by itself."""
        return is_by_hand(self.provider.name)

    @property
    def takes_money(self) -> bool:
        """Whether anything that costs something can be bought here."""
        return not isinstance(self.provider, NoProvider)
