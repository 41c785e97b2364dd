"""Owning: which credit is a buyer's own: of their account, or of an address that they showed to be theirs.

Owns nothing. Guarantees: an address that was merely typed owns nothing. Fails as its stores do.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Protocol

from engine.credit.credits import Credits
from engine.credit.model import Credit
from engine.limits import CREDITS_PER_ORDER_MAX


class BuyersAccountLike(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def email(self) -> str: ...


AccountsOf = Callable[[Collection[str]], Awaitable[Mapping[str, BuyersAccountLike]]]
Proven = Callable[[str, str], Awaitable[bool]]
OwnerOf = Callable[[str], str]


class OwnCredit:
    def __init__(self, credit: Credits, accounts_of: AccountsOf, proven: Proven, owner_of: OwnerOf) -> None:
        self.credit = credit
        self._accounts_of = accounts_of
        self._proven = proven
        self.owner_of = owner_of

    async def of(self, organizer: str, currency: str, buyer: str, email: str) -> list[Credit]:
        """What a buyer may spend of their own; `email` is the address of their cart."""
        account = (await self._accounts_of([buyer])).get(buyer)
        owners = []
        if account is not None:
            owners += [f"account {account.id}", self.owner_of(account.email)]
        if email.strip() and self.owner_of(email) not in owners and await self._proven(buyer, email.strip()):
            owners.append(self.owner_of(email))
        if not owners:
            return []
        return await self.credit.of_owners(organizer, owners, currency, CREDITS_PER_ORDER_MAX)
