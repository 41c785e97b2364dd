"""Till: a payment provider, and the breaker that stops asking it when it does not answer.

Owns nothing else. Two of them stand side by side: rehearsals have one of their own, so that play charges reach no
real provider, and cards that hang in a rehearsal don't slow down real sales.
"""

from __future__ import annotations

from engine.payments.breaker import Breaker
from engine.payments.port import NoProvider, Provider

# What begins the name of an organizer's account; its id follows.
STRIPE = "stripe:"


def asks_back(provider: str | None) -> bool:
    """Whether a charge there may wait for its buyer's bank, which asks the buyer something first."""
    return provider is not None and provider.startswith(STRIPE)


class Till:
    def __init__(self, provider: Provider, public_key: str = "") -> None:
        """`public_key`: with what a page collects means there, where it does."""
        self.provider = provider
        self.public_key = public_key
        self.breaker = Breaker()

    @property
    def takes_money(self) -> bool:
        """Whether anything that costs something can be bought here."""
        return not isinstance(self.provider, NoProvider)
