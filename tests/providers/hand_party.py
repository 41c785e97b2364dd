"""The provider by hand, as the conformance suite meets it: members say at once that money came, and that they sent it.

Nothing of it can be declined, hidden or away: it is a table, and what people say.
"""

from __future__ import annotations

import asyncio
from datetime import date

import asyncpg
from typing_extensions import override

from engine.audit import Act, ActorKind
from engine.ids import new_id
from engine.payments import (
    BY_HAND,
    TRANSFER,
    Awaited,
    ByHand,
    Came,
    Captured,
    Charge,
    ChargeAnswer,
    Declined,
    Hand,
    Means,
    NotRefunded,
    Refund,
    RefundAnswer,
    money_came,
    refund_sent,
)
from tests.providers.party import AMOUNT, CURRENCY, SALE, Party

MEMBER = Act("org", "ana", ActorKind.OPERATOR)
TODAY = date(2026, 7, 1)
TOLD = ByHand("Teatro Sur", "ES91 2100 0418 4502 0005 1332", transfer_days=3)


class HandParty(Party):
    def __init__(self, db: asyncpg.Pool) -> None:
        self.hand = Hand(db, new_id("pac"), TOLD)
        super().__init__(self.hand, tells=False)
        self._db = db

    @override
    def means(self, kind: str) -> Means:
        assert kind == "good"
        return Means(TRANSFER)

    @override
    async def charge(self, order: str, kind: str = "good", amount: int = AMOUNT) -> ChargeAnswer:
        """With the money that comes at once."""
        answer = await self.hand.charge(Charge(SALE, order, amount, CURRENCY, self.means(kind)))
        if isinstance(answer, Awaited):
            await self.arrives(order)
        stands = await self.hand.lookup(order)
        assert isinstance(stands, Captured | Declined)
        return stands

    @override
    async def arrives(self, order: str) -> bool:
        async with self._db.acquire() as connection, connection.transaction():
            charge = "SELECT outcome, amount FROM hand_charge WHERE order_id = $1 FOR UPDATE"
            row = await connection.fetchrow(charge, order)
            awaited = row is not None and row["outcome"] == "awaiting"
            if awaited:
                await money_came(connection, MEMBER, order, Came(row["amount"], TODAY))
        return awaited

    @override
    async def refund(self, refund: Refund) -> RefundAnswer:
        """With a member who sends what is theirs to send."""
        answer = await self.hand.refund(refund)
        if answer != NotRefunded(BY_HAND):
            return answer
        await asyncio.gather(*(self._sends(refund) for _ in range(2)))
        return await self.hand.refund(refund)

    async def _sends(self, refund: Refund) -> None:
        async with self._db.acquire() as connection, connection.transaction():
            await refund_sent(connection, MEMBER, refund.order, refund.id)

    @override
    async def reveal(self, order: str) -> None:
        raise NotImplementedError

    @override
    def cut(self, *, down: bool = False, silent: bool = False) -> None:
        raise NotImplementedError
