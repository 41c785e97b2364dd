"""Money by hand: a member says that the money of an order is there, that it is waited for no longer, or that what came
too late was sent back.

Guarantees: the money is noted and the order settled in one transaction, so that whoever dies, the finisher has nothing
but Redis to tell; saying it twice, or two members at once, is saying it once; no sum but what the order owes is taken.
Money that comes for an order that had failed is late money. Fails as Postgres does; every no is a Refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from engine.accounts import still_stands
from engine.audit import Act, write
from engine.limits import MONEY_LISTED_MAX
from engine.money import money
from engine.orders import late_sql, sql
from engine.orders.awaiting import Awaiting
from engine.orders.deadlines import let_go
from engine.orders.desk import Desk
from engine.orders.late import LateMoney
from engine.orders.model import OrderState
from engine.orders.refund_model import name_of_late
from engine.orders.refund_plan import invalid
from engine.orders.settling import Settlement
from engine.payments import Came, is_by_hand, money_came, refund_sent
from engine.refusals import Code, Refused

NOT_AWAITED = Refused(Code.NOT_AWAITED)
READ_OWED = """
SELECT o.state, o.total - o.credit AS due, o.currency, p.provider FROM orders o
JOIN payment p ON p.sale_id = o.sale_id AND p.order_id = o.id WHERE o.sale_id = $1 AND o.id = $2 FOR UPDATE OF o
"""
READ_AWAITED = """
SELECT o.sale_id AS sale, o.id AS order, o.code, o.total - o.credit AS amount, o.currency, o.placed_at, a.until,
       a.step ->> 'kind' AS method, a.step ->> 'reference' AS reference
FROM order_awaiting a JOIN orders o ON o.sale_id = a.sale_id AND o.id = a.order_id
JOIN payment p ON p.sale_id = a.sale_id AND p.order_id = a.order_id JOIN sale_terms s ON s.id = a.sale_id
WHERE a.look_at IS NOT NULL AND s.organizer_id = $1 AND p.provider LIKE 'hand:%'
ORDER BY a.until, a.order_id LIMIT $2
"""


@dataclass(frozen=True, slots=True)
class AwaitedMoney:
    """An order whose money a member is to see."""

    sale: str
    order: str
    code: str
    amount: int
    currency: str
    placed_at: datetime
    until: datetime
    method: str
    reference: str


class MoneyByHand:
    def __init__(self, desk: Desk, late: LateMoney) -> None:
        self._desk = desk
        self._db = desk.db
        self._late = late
        self._awaiting = Awaiting(desk, late)

    async def awaited(self, organizer: str) -> list[AwaitedMoney]:
        """Orders of an organizer that await money by hand, those first whose time is over first."""
        rows = await self._db.fetch(READ_AWAITED, organizer, MONEY_LISTED_MAX)
        return [AwaitedMoney(**dict(row)) for row in rows]

    async def came(self, by: Act, sale: str, order: str, came: Came) -> Refused | None:
        """The money of an order is there."""
        ledger = await self._desk.ledger(sale)
        async with self._db.acquire() as connection, connection.transaction():
            owed = await self._owed(connection, by, sale, order)
            if isinstance(owed, Refused):
                return owed
            if not is_by_hand(owed["provider"]):
                return NOT_AWAITED
            if came.amount != owed["due"]:
                return invalid("amount", f"the order owes {money(owed['due'], owed['currency'], 'en')}, and no less")
            noted = await money_came(connection, by, order, came)
            if noted is None:
                return NOT_AWAITED  # it is being placed
            settled = await ledger.settle_within(connection, Settlement(order, noted.captured))
            if noted.new:
                after = {"amount": came.amount, "on": came.on.isoformat(), "state": settled.state.value}
                await write(connection, by, "order.money_came", order, after=after, detail={"sale": sale})
        if settled.late:
            await self._late.take_in(sale, order, noted.captured)
        else:
            await self._desk.tell_redis(sale, order)
        return None

    async def let_go(self, by: Act, sale: str, order: str) -> Refused | None:
        """The money of an order is awaited no longer: its deadline is now, whichever provider was asked."""
        async with self._db.acquire() as connection, connection.transaction():
            owed = await self._owed(connection, by, sale, order)
            if isinstance(owed, Refused):
                return owed
            provider = await let_go(connection, sale, order)
            if provider is None:
                return None if owed["state"] == OrderState.FAILED.value else NOT_AWAITED
            await write(connection, by, "order.let_go", order, detail={"sale": sale})
        await self._awaiting.look(sale, order, provider, over=True)
        return None

    async def sent_back(self, by: Act, sale: str, order: str) -> Refused | None:
        """What came too late for an order was sent back."""
        async with self._db.acquire() as connection, connection.transaction():
            owed = await self._owed(connection, by, sale, order)
            if isinstance(owed, Refused):
                return owed
            if not await connection.fetchval(late_sql.LEFT_TO_MEMBERS, sale, order):
                return None if owed["state"] == OrderState.REFUNDED.value else NOT_AWAITED
            await refund_sent(connection, by, order, name_of_late(order))
            await connection.execute(late_sql.MARK_REFUNDED, sale, order)
            await write(connection, by, "order.refund_by_hand", order, detail={"sale": sale})
        return None

    @staticmethod
    async def _owed(connection: asyncpg.Connection, by: Act, sale: str, order: str) -> Any:
        """An order of theirs, with what it owes; whoever says something of it at once comes after this."""
        await still_stands(connection, by)
        if not await connection.fetchval(sql.OWNED_SALE, sale, by.organizer_id):
            return Refused(Code.UNKNOWN_SALE)
        row = await connection.fetchrow(READ_OWED, sale, order)
        return Refused(Code.NOT_FOUND) if row is None else row
