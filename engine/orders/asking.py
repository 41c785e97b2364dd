"""Asking: how the payment of an order that is `paying` went, by the provider that was asked for it.

Guarantees: may be asked by anybody, at any time, as often; an order ends only by what its provider says. What a
provider never heard of is given up when the caller says so; what the buyer's bank asked, when its time is over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from engine.orders.desk import Desk
from engine.orders.late import LateMoney
from engine.orders.settling import Settlement
from engine.payments import ABANDONED, Asked, Awaited, Captured, Declined, LookupAnswer, Refunded, Unheard


@dataclass(frozen=True, slots=True)
class Pending:
    """An order whose money is on its way, and who was asked for it."""

    sale: str
    order: str
    provider: str | None
    due: int


@dataclass(frozen=True, slots=True)
class Looked:
    """`answer` is what the provider says now. `done`: the order has ended by it, and Redis knows."""

    answer: LookupAnswer
    done: bool = False

    @property
    def known(self) -> bool:
        return isinstance(self.answer, Captured | Declined | Awaited)


class Asking:
    def __init__(self, desk: Desk, late: LateMoney) -> None:
        self._desk = desk
        self._late = late

    async def ask(self, pending: Pending, *, give_up: bool = False) -> Looked:
        """Money that came late has found a use by then."""
        sale, order = pending.sale, pending.order
        provider = (await self._desk.till_asked(sale, pending.provider)).provider
        answer: LookupAnswer = Captured(0, "free") if pending.due == 0 else await provider.lookup(order)
        over = isinstance(answer, Asked) and answer.until <= datetime.now(UTC)
        if over or (isinstance(answer, Unheard) and give_up):
            answer = await provider.abandon(order)
        if isinstance(answer, Refunded):
            answer = Declined(ABANDONED)
        if not isinstance(answer, Captured | Declined | Awaited):
            return Looked(answer)
        settled = await (await self._desk.ledger(sale)).settle(Settlement(order, answer))
        if settled.late and isinstance(answer, Captured):
            await self._late.take_in(sale, order, answer)
            return Looked(answer, done=True)
        return Looked(answer, await self._desk.tell_redis(sale, order))
