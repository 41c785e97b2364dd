"""Awaiting: orders whose money comes later, until it is there or their deadline has passed.

Guarantees: seats that were reserved are free again only once the provider has made sure that it takes no money for
them; money that came in the last minute keeps them. A step is bounded, and may be repeated or run twice at once; a
provider that can't be reached is asked again, and the seats stay reserved meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from engine.limits import ORDERS_FINISHED_PER_STEP_MAX
from engine.orders.deadlines import ask_later, to_ask
from engine.orders.desk import Desk
from engine.orders.late import LateMoney
from engine.orders.settling import Settlement
from engine.payments import ABANDONED, Captured, Declined, LookupAnswer, Refunded

log = logging.getLogger(__name__)

NOT_PAID_IN_TIME = "not_paid_in_time"  # why an order failed whose money was awaited


class Awaiting:
    def __init__(self, desk: Desk, late: LateMoney) -> None:
        self._desk = desk
        self._late = late

    async def step(self) -> int:
        """Ask about some orders that are due to be asked about; answers how many came to their end."""
        rows = await to_ask(self._desk.db, ORDERS_FINISHED_PER_STEP_MAX)
        return sum(await asyncio.gather(*(self._look_safely(row) for row in rows)))

    async def _look_safely(self, row: Any) -> bool:
        try:
            return await self.look(row["sale_id"], row["id"], row["provider"], over=row["over"])
        except Exception:  # an order that fails must not stop the others
            log.exception("order %s, which awaits its money, could not be looked at", row["id"])
            await ask_later(self._desk.db, row["sale_id"], row["id"])
            return False

    async def look(self, sale: str, order: str, provider_name: str, *, over: bool) -> bool:
        """Ask about one, which is called off where its time is `over`; whether it came to its end."""
        provider = (await self._desk.till_asked(sale, provider_name)).provider
        answer: LookupAnswer = await provider.lookup(order)
        if over and not isinstance(answer, Captured | Declined | Refunded):
            answer = await provider.abandon(order)
        if isinstance(answer, Refunded) or answer == Declined(ABANDONED):
            answer = Declined(NOT_PAID_IN_TIME)
        if not isinstance(answer, Captured | Declined):
            await ask_later(self._desk.db, sale, order)
            return False
        settled = await (await self._desk.ledger(sale)).settle(Settlement(order, answer))
        if settled.late and isinstance(answer, Captured):
            await self._late.take_in(sale, order, answer)
            return True
        return await self._desk.tell_redis(sale, order)
