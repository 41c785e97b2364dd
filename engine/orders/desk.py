"""Desk: what a purchase and the finisher both need: ledgers, provider, and telling Redis how an order ended.

Guarantees: telling Redis is repeatable; an order counts as settled only after Redis has taken it in.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

import asyncpg
from redis.exceptions import RedisError

from engine.access import Signer
from engine.catalog import Drawn, draw_bought
from engine.catalog.model import SaleKind
from engine.limits import LEDGERS_PER_PROCESS_MAX, ORDERS_PER_COMMIT_MAX
from engine.onsale import Onsale
from engine.onsale.model import FreedOrder, Sold
from engine.orders import sql
from engine.orders.ledger import SaleLedger
from engine.orders.model import OrderState
from engine.orders.reading import OrderReader, OrderRef, OrderRows
from engine.payments import NoProvider, Served, Serves, Till, Tills, tills_for
from engine.refusals import Code, Refused
from engine.stores.batcher import Batcher, BatchHook
from engine.stores.keys import payments_down_key
from engine.stores.turns import take_turn

log = logging.getLogger(__name__)

# An unlock that is refused so has nothing to unlock any more.
DRAW_TRIES = 3  # somebody else may change the stock of the sale meanwhile
NOTHING_LOCKED = (Code.NO_CART, Code.CART_LOCKED, Code.CART_ENDED)

EVERYTHING, NOBODY = Serves(), Till(NoProvider())
Mark = tuple[str, str, OrderState]  # sale, order, and the state that Redis was told of
KindOf = Callable[[str], Awaitable[SaleKind | None]]
Bring = Callable[[str], Awaitable[Refused | None]]


class Desk:
    def __init__(
        self,
        *,
        db: asyncpg.Pool,
        onsale: Onsale,
        reader: OrderReader,
        kind_of: KindOf,
        till: Till,
        sandbox_till: Till,
        tills: Tills,
        signer: Signer,
        bring: Bring,
        on_batch: BatchHook | None = None,
    ) -> None:
        """`bring(sale)` has Redis follow what a sale has to sell."""
        self.db = db
        self.bring = bring
        self.onsale = onsale
        self.reader = reader
        self.signer = signer
        self._kind_of = kind_of
        self._till = till
        self._sandbox_till = sandbox_till
        self._tills = tills
        self.down_elsewhere = False  # another process has stopped asking the provider
        self._on_batch = on_batch
        self._ledgers: dict[str, SaleLedger] = {}
        self._marks: Batcher[Mark, None] = Batcher(
            "orders marked", self._mark, items_max=ORDERS_PER_COMMIT_MAX, on_batch=on_batch
        )

    async def ledger(self, sale: str) -> SaleLedger:
        ledger = self._ledgers.get(sale)
        if ledger is None:
            provider = (await self.till(sale)).provider.name
            if len(self._ledgers) >= LEDGERS_PER_PROCESS_MAX:
                self._ledgers = {name: each for name, each in self._ledgers.items() if not each.idle}
            ledger = self._ledgers[sale] = SaleLedger(self.db, sale, provider, self._on_batch)
        return ledger

    async def is_rehearsal(self, sale: str) -> bool:
        return await self._kind_of(sale) is SaleKind.REHEARSAL

    async def tills(self, sale: str) -> Served:
        """Where a sale is paid: into its organizer's accounts, each with what it serves, else to the installation's
        provider. A rehearsal pays at the sandbox, whatever else there is.
        """
        if await self.is_rehearsal(sale):
            return [(EVERYTHING, self._sandbox_till)]
        served = await self._tills.of_sale(sale)
        return [(EVERYTHING, self._till)] if served is None else served

    async def till(self, sale: str, total: int | None = None, method: str = "") -> Till:
        """Where so much is paid by a method; without a sum, whoever is asked first. One that takes nothing where no
        account of its organizer serves it: it is for nobody else to take.
        """
        tills = tills_for(await self.tills(sale), total) or [NOBODY]
        return next((till for till in tills if method in till.provider.methods()), tills[0])

    async def till_asked(self, sale: str, provider: str | None) -> Till:
        """Where an order was asked to be paid, which may be another provider or account than the one asked today."""
        account = await self._tills.named(provider)
        if account is not None:
            return account
        till = self._sandbox_till if await self.is_rehearsal(sale) else self._till
        asked_sandbox = provider == self._sandbox_till.provider.name
        return self._sandbox_till if asked_sandbox and till.provider.name != provider else till

    async def tell_redis(self, sale: str, order: str) -> bool:
        """Bring Redis to how an order stands, and mark it settled; False when it has to be tried again."""
        rows = await self.reader.rows(sale, order)
        return rows is not None and await self.tell_rows(rows)

    async def tell_rows(self, rows: OrderRows) -> bool:
        """The same for an order that was just read."""
        if rows.order["revision"] and not await self._free(rows):
            return False
        match rows.state:
            case OrderState.PAYING:
                return False
            case OrderState.PAID:
                return await self.tell_sold(rows) is not None
            case _ if rows.order["revision"] and rows.order["given_back"] < rows.order["total"]:
                return await self.tell_sold(rows) is not None  # what is left of its money
            case OrderState.AWAITING:
                told = await self._reserve(rows)
            case _:
                told = await self.let_go(rows) and await self._unlock(rows)
        if told:
            await self._marks.submit(mark_of(rows))
        return told

    async def tell_sold(self, rows: OrderRows) -> Sold | None:
        """The same for an order that is paid; None when it has to be tried again."""
        sold = await self._sell(rows)
        if sold is not None:
            await self._marks.submit(mark_of(rows))
        return sold

    async def mark_given_back(self, sale: str, order: str) -> None:
        """Redis has been told what an order gave back: it counts as settled, unless money of it is due still."""
        states = (OrderState.PAID, OrderState.REFUNDING, OrderState.REFUNDED)
        await asyncio.gather(*(self._marks.submit((sale, order, state)) for state in states))

    async def let_go(self, rows: OrderRows) -> bool:
        """Have Redis free what was reserved for an order that came to nothing; False when it has to be tried again."""
        order = rows.order
        if order["pay_by"] is None:
            return True  # its money was never awaited
        refused = await self.onsale.sale(order["sale_id"]).release_order(order["buyer_id"], order["id"])
        return refused is None

    async def give_to_owners(self, sale: str, seats: Sequence[int]) -> None:
        """Redis took these seats for free, and Postgres knows them sold: let Redis know too."""
        for row in await self.db.fetch(sql.OWNERS_OF, sale, list(seats)):
            await self.tell_redis(sale, row["order_id"])

    async def tell_payments_down(self, till: Till) -> None:
        """Let the other processes know that this one has stopped asking the installation's provider for a while."""
        if till is not self._till:
            return
        try:
            await self.onsale.client.set(payments_down_key(), 1, px=self._till.breaker.pause_ms)
        except (RedisError, OSError):
            log.warning("Redis could not be told that payments are down")

    async def look_whether_payments_are_down(self) -> None:
        self.down_elsewhere = bool(await self.onsale.client.exists(payments_down_key()))

    async def bury(self, sale: str, order: str, *, cart: str, buyer: str) -> None:
        """Write a tombstone, so that an order which was begun and never placed can't be placed any more."""
        async with self.db.acquire() as connection, connection.transaction():
            await take_turn(connection, sale)
            await connection.execute(sql.INSERT_TOMBSTONE, sale, order, cart, buyer)

    async def _sell(self, rows: OrderRows) -> Sold | None:
        order = rows.order
        seats, units, types = taken_by_rows(rows)
        if order["allocation"] is not None and not await self._drawn(order, seats):
            return None  # what it has is nobody's there before that
        verdict = await self.onsale.sale(order["sale_id"]).sell(
            *(order["buyer_id"], order["id"], order["total"] - order["given_back"], seats, units),
            types=types,
            revision=order["revision"],
        )
        if isinstance(verdict, Refused):
            log.warning("order %s is paid, and Redis answers %s", order["id"], verdict.code.word)
            return None
        return verdict

    async def _free(self, rows: OrderRows) -> bool:
        """Have Redis know what an order gave back, in all its refunds together."""
        order, gone = rows.order, [row for row in rows.lines if not row["live"]]
        freed = FreedOrder(
            *(order["id"], order["buyer_id"], order["revision"], order["total"] - order["given_back"]),
            keeps=len(gone) < len(rows.lines),
            seats=tuple(row["seat"] for row in gone if row["seat"] is not None),
            units=Counter(row["pool_id"] for row in gone if row["pool_id"] is not None),
            types=Counter(row["ticket_type"] for row in gone),
        )
        refused = await self.onsale.sale(order["sale_id"]).free(freed)
        if refused is not None:
            log.warning("order %s gave something back, and Redis answers %s", order["id"], refused.code.word)
        return refused is None

    async def _reserve(self, rows: OrderRows) -> bool:
        """What is drawn on an allocation stays in it until it is paid."""
        order = rows.order
        seats, units, types = taken_by_rows(rows)
        verdict = await self.onsale.sale(order["sale_id"]).reserve(order["buyer_id"], order["id"], seats, units, types)
        if isinstance(verdict, Refused):
            log.warning("order %s awaits its money, and Redis answers %s", order["id"], verdict.code.word)
        return not isinstance(verdict, Refused)

    async def _drawn(self, order: Any, seats: Sequence[int]) -> bool:
        """Have Redis know that what an order has left its allocation; what a buyer has leaves it now."""
        sale, drawn = order["sale_id"], Drawn(order["buyer_id"], order["cart_id"], order["id"])
        for _ in range(DRAW_TRIES):
            done = order["issuer"] is not None
            if not done:
                async with self.db.acquire() as connection, connection.transaction():
                    done = await draw_bought(connection, sale, seats, drawn)
            if isinstance(await self.bring(sale), Refused):
                return False
            if done:
                return True
        return False

    async def _unlock(self, rows: OrderRows) -> bool:
        order = rows.order
        verdict = await self.onsale.sale(order["sale_id"]).unlock(order["buyer_id"], order["id"])
        return not isinstance(verdict, Refused) or verdict.code in NOTHING_LOCKED

    async def _mark(self, marks: Iterable[Mark]) -> Sequence[None]:
        by_state: dict[OrderState, list[OrderRef]] = defaultdict(list)
        for sale, order, state in marks:
            by_state[state].append((sale, order))
        for state, refs in by_state.items():
            sales = list({sale for sale, _ in refs})
            await self.db.execute(sql.MARK_SETTLED, sales, [order for _, order in refs], state.value)
        return [None] * sum(map(len, by_state.values()))


def mark_of(rows: OrderRows) -> Mark:
    return rows.order["sale_id"], rows.order["id"], rows.state


def taken_by_rows(rows: OrderRows) -> tuple[list[int], Counter[str], Counter[str]]:
    """Seats, units by pool, and tickets by type that an order has."""
    live = [row for row in rows.lines if row["live"]]
    seats = [row["seat"] for row in live if row["seat"] is not None]
    units = Counter(row["pool_id"] for row in live if row["pool_id"] is not None)
    return seats, units, Counter(row["ticket_type"] for row in live)
