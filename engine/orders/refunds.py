"""Refunds: some lines of an order, a sum of it, or all of it go back to whoever paid.

Owns the tables refund and refund_part. Guarantees: what is decided is one transaction: lines end, their seats and units
are free, the ledger says so; a request that is repeated is the same refund; the provider is asked until it has given
the money back or says that it does not, whoever dies when. Fails as Postgres does; every no is a Refused.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from engine.audit import Act, write
from engine.catalog.model import SaleKind
from engine.credit import OwnerOf
from engine.limits import CHARGE_S_MAX, ORDERS_GIVEN_BACK_PER_STEP
from engine.orders import refunds_sql as sql
from engine.orders.desk import Desk
from engine.orders.price_books import PriceBooks
from engine.orders.refund_model import Refunding, RefundState, Way, name_of_refund
from engine.orders.refund_plan import Owner, Plan, RefundAsk, invalid, owner_of, plan_of
from engine.orders.refund_writing import OwnSale, note_refunds, write_refunds
from engine.orders.refunded_credit import Giving
from engine.payments import NotRefunded, Refund, Refunded, refund_sent
from engine.pricing import Part
from engine.refusals import Code, Refused
from engine.stores.batcher import Batcher
from engine.stores.turns import take_turn

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """A refund that somebody asks for."""

    by: Act
    sale: str
    ask: RefundAsk

    @property
    def order(self) -> str:
        return self.ask.order


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a refund that was due; or of one that had failed, which a member gave back."""

    sale: str
    order: str
    nth: int
    failure: str | None = None
    by_hand: bool = False


class Refunds:
    def __init__(self, desk: Desk, price_books: PriceBooks, owner_of: OwnerOf) -> None:
        self._desk = desk
        self._owner_of = owner_of
        self._db = desk.db
        self._price_books = price_books
        self._deciding: Batcher[Asked, Refunding | Refused] = Batcher(
            "refunds decided", self._decide_some, items_max=ORDERS_GIVEN_BACK_PER_STEP
        )
        self._ending: Batcher[Ended, bool] = Batcher(
            "refunds ended", self._end_some, items_max=ORDERS_GIVEN_BACK_PER_STEP
        )

    async def plan(self, organizer: str, sale: str, ask: RefundAsk) -> Plan | Refused:
        """What giving this back would do; nothing is written."""
        own = await self.own(sale, organizer)
        if own is None:
            return Refused(Code.UNKNOWN_SALE)
        async with self._db.acquire() as connection:
            (plan,) = await planned(connection, own, [ask])
        return plan

    async def give_back(self, by: Act, sale: str, ask: RefundAsk) -> Refunding | Refused:
        """Decide it, let others have the seats, and ask the provider; repeating the request answers how it stands."""
        decided = await self._deciding.submit(Asked(by, sale, ask))
        if isinstance(decided, Refused):
            return decided
        await self.go_on(sale, ask.order)
        return next(each for each in await self.of_order(sale, ask.order) if each.request == ask.request)

    async def owners(self, sale: str, orders: Sequence[str]) -> dict[str, Owner]:
        """These orders as they stand, with what is left of each."""
        book = await self._price_books.of(sale)
        rows = [] if book is None else await self._db.fetch(sql.READ_OWNERS, sale, list(orders))
        return {} if book is None else {row["id"]: owner_of(row, book) for row in rows}

    async def decide(self, by: Act, sale: str, asks: Sequence[RefundAsk]) -> list[Refunding | Refused]:
        """Write these refunds, of an order each, in one transaction; one that is refused leaves the others alone.

        They are done for one act, which its own doer notes in the trail.
        """
        return await self._decide(sale, [Asked(by, sale, ask) for ask in asks], noted=False)

    async def of_order(self, sale: str, order: str) -> list[Refunding]:
        return [Refunding.read(row) for row in await self._db.fetch(sql.OF_ORDER, sale, order)]

    async def parts_of(self, sale: str, order: str, nth: int) -> list[Part]:
        """Which lines and fees a refund gave back, and how much of each."""
        return [Part(**row) for row in await self._db.fetch(sql.PARTS_OF, sale, order, nth)]

    async def go_on(self, sale: str, order: str) -> bool:
        """Whatever remains to be done for an order of which something was given back; False when it is tried again."""
        told = await self._desk.tell_redis(sale, order)
        if await self._pay_back(sale, order) and told:
            await self._desk.mark_given_back(sale, order)  # nothing is due any more
        return told

    async def again(self, by: Act, sale: str, order: str, nth: int, *, by_hand: bool) -> Refused | None:
        """Of a refund that the provider does not give back: ask it once more, or note that a member gave it back."""
        if await self.own(sale, by.organizer_id) is None:
            return Refused(Code.UNKNOWN_SALE)
        async with self._db.acquire() as connection, connection.transaction():
            await connection.fetch(sql.LOCK_OWNERS, sale, [order])
            if by_hand:
                done = bool(await _end(connection, sale, [Ended(sale, order, nth, by_hand=True)]))
                row = await connection.fetchrow(sql.READ_NAMED, sale, order, nth) if done else None
                if row is not None:
                    await refund_sent(connection, by, order, _name_of(order, row))
            else:
                done = await connection.fetchval(sql.ASK_AGAIN, sale, order, nth) is not None
                await connection.execute(sql.UNSETTLE, sale, order)
            if not done:
                return Refused(Code.NOT_FOUND)
            act = "order.refund_by_hand" if by_hand else "order.refund_again"
            await write(connection, by, act, order, detail={"sale": sale, "refund": nth})
        await self.go_on(sale, order)
        return None

    async def own(self, sale: str, organizer: str | None = None) -> OwnSale | None:
        """None where there is no such sale, or it is not the one of `organizer`."""
        book = await self._price_books.of(sale)
        row = await self._db.fetchrow(sql.SALE_OF, sale)
        if book is None or row is None or organizer not in (None, row["organizer_id"]):
            return None
        return OwnSale(sale, row["organizer_id"], row["kind"], book)

    async def _pay_back(self, sale: str, order: str) -> bool:
        """Ask the provider for what is due; whether anything came of it."""
        moved = False
        for row in await self._db.fetch(sql.READ_DUE, sale, order):
            till, answer = await self._desk.till_asked(sale, row["provider"]), None
            try:
                async with asyncio.timeout(CHARGE_S_MAX):
                    answer = await till.provider.refund(Refund(sale, order, _name_of(order, row), row["amount"]))
            except TimeoutError:
                log.warning("the provider did not answer about refund %d of order %s", row["nth"], order)
            match answer:
                case Refunded():
                    moved |= await self._ending.submit(Ended(sale, order, row["nth"]))
                case NotRefunded(reason):
                    log.warning("refund %d of order %s is not given back: %s", row["nth"], order, reason)
                    moved |= await self._ending.submit(Ended(sale, order, row["nth"], reason))
                case _:
                    log.info("refund %d of order %s is not through yet: %s", row["nth"], order, answer)
        return moved

    # ── what is asked at the same moment, in one transaction for each sale ──

    async def _decide_some(self, batch: list[Asked]) -> Sequence[Refunding | Refused]:
        said: dict[int, Refunding | Refused] = {}
        for sale, some in in_turns(batch):
            answers = await self._decide(sale, [batch[at] for at in some], noted=True)
            said |= dict(zip(some, answers, strict=True))
        return [said[at] for at in range(len(batch))]

    async def _decide(self, sale: str, batch: Sequence[Asked], *, noted: bool) -> list[Refunding | Refused]:
        """`batch` names each order once."""
        own = await self.own(sale)
        if own is None:
            return [Refused(Code.UNKNOWN_SALE) for _ in batch]
        asks = [each.ask for each in batch]
        giving = await self.giving(own, asks)
        async with self._db.acquire() as connection, connection.transaction():
            await take_turn(connection, sale)
            await connection.fetch(sql.LOCK_OWNERS, sale, [ask.order for ask in asks])
            stood = await _asked(connection, sale, asks)
            decided = [
                may_be(each, own, giving) if asked.by.organizer_id == own.organizer else Refused(Code.UNKNOWN_SALE)
                for asked, each in zip(batch, await planned(connection, own, asks), strict=True)
            ]
            plans = [
                (asked.by, each)
                for asked, each in zip(batch, decided, strict=True)
                if isinstance(each, Plan) and _key(asked.ask) not in stood
            ]
            if plans:
                await write_refunds(connection, own, plans, giving)
                if noted:
                    await note_refunds(connection, sale, plans)
                stood = await _asked(connection, sale, asks)
        return [
            stood.get(_key(ask)) or _refusal(each) if each != Refused(Code.UNKNOWN_SALE) else each
            for each, ask in zip(decided, asks, strict=True)
        ]

    async def giving(self, own: OwnSale, asks: Sequence[RefundAsk]) -> Giving:
        return Giving(own.organizer, own.id, self._desk.signer, self._owner_of, await self._emails(own.id, asks))

    async def _emails(self, sale: str, asks: Sequence[RefundAsk]) -> Mapping[str, str]:
        """Who bought, of those that are given credit."""
        orders = [ask.order for ask in asks if ask.as_credit is not None and not ask.as_credit.voucher]
        found = await asyncio.gather(*(self._desk.reader.email(sale, order) for order in orders))
        return dict(zip(orders, found, strict=True))

    async def _end_some(self, batch: list[Ended]) -> Sequence[bool]:
        said: dict[int, bool] = {}
        for sale, some in in_turns(batch):
            ended = [batch[at] for at in some]
            async with self._db.acquire() as connection, connection.transaction():
                await connection.fetch(sql.LOCK_OWNERS, sale, [each.order for each in ended])
                done = await _end(connection, sale, ended)
            said |= {at: each.order in done for at, each in zip(some, ended, strict=True)}
        return [said[at] for at in range(len(batch))]


def in_turns(batch: Sequence[Asked | Ended]) -> Iterator[tuple[str, list[int]]]:
    """What of a batch goes into one transaction: of one sale, and each order once. Pure."""
    turns: dict[tuple[str, int], list[int]] = {}
    before: Counter[tuple[str, str]] = Counter()
    for at, each in enumerate(batch):
        turns.setdefault((each.sale, before[each.sale, each.order]), []).append(at)
        before[each.sale, each.order] += 1
    for sale, nth in sorted(turns, key=lambda turn: turn[1]):
        yield sale, turns[sale, nth]


async def planned(connection: asyncpg.Connection, own: OwnSale, asks: Sequence[RefundAsk]) -> list[Plan | Refused]:
    rows = await connection.fetch(sql.READ_OWNERS, own.id, [ask.order for ask in asks])
    owners = {row["id"]: owner_of(row, own.book) for row in rows}
    companions = own.book.goods.companions
    return [
        plan_of(owners[ask.order], ask, companions) if ask.order in owners else Refused(Code.NOT_FOUND) for ask in asks
    ]


def may_be(planned: Plan | Refused, own: OwnSale, giving: Giving) -> Plan | Refused:
    """What may not be given as credit, is not."""
    if isinstance(planned, Refused) or planned.ask.as_credit is None:
        return planned
    if own.kind == SaleKind.REHEARSAL.value:
        return invalid("as", "a rehearsal gives no credit")
    if not planned.ask.as_credit.voucher and not giving.emails.get(planned.owner.id):
        return invalid("as", "nobody is known whose credit it would be: give a voucher")
    return planned


async def _end(connection: asyncpg.Connection, sale: str, batch: Sequence[Ended]) -> set[str]:
    """Note which refunds are through, or which the provider does not give back; answers those that had not ended."""
    rows = await connection.fetch(
        sql.END_REFUNDS,
        sale,
        [each.order for each in batch],
        [each.nth for each in batch],
        [(RefundState.FAILED if each.failure else RefundState.DONE).value for each in batch],
        [each.failure for each in batch],
        [(Way.BY_HAND if each.by_hand else Way.PROVIDER).value for each in batch],
        [(RefundState.FAILED if each.by_hand else RefundState.DUE).value for each in batch],
    )
    done = [row for row in rows if row["state"] == RefundState.DONE.value]
    if done:
        orders = [row["order_id"] for row in done]
        await connection.execute(sql.INSERT_PAYBACKS, sale, orders, [row["amount"] for row in done])
        await connection.execute(sql.MARK_ALL_GIVEN_BACK, sale, orders)
    return {row["order_id"] for row in rows}


async def _asked(
    connection: asyncpg.Connection, sale: str, asks: Sequence[RefundAsk]
) -> Mapping[tuple[str, str], Refunding]:
    orders, requests = [ask.order for ask in asks], [ask.request for ask in asks]
    rows = await connection.fetch(sql.READ_ASKED, sale, orders, requests)
    return {(row["order_id"], row["request"]): Refunding.read(row) for row in rows}


def _name_of(order: str, row: Any) -> str:
    return name_of_refund(order, row["nth"], whole=row["amount"] == row["paid"], came_back=row["came_back"])


def _key(ask: RefundAsk) -> tuple[str, str]:
    return ask.order, ask.request


def _refusal(planned: Plan | Refused) -> Refused:
    return planned if isinstance(planned, Refused) else Refused(Code.INTERNAL)
