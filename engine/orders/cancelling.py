"""Cancelling: all that an event sold, or some of its sales, sections or pools, is given back, order by order.

Owns the tables cancellation and cancellation_order. Guarantees: what it would do is worked out by the rule that does
it, and nothing is written by that; each order is given back once, whoever dies when and whoever asks again; one order
that can't be given back holds up none of the others. Fails as Postgres does; every no is a Refused.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2s
from typing import Any

import asyncpg

from engine.audit import Act, ActorKind, write
from engine.limits import ORDERS_GIVEN_BACK_AT_ONCE_MAX, ORDERS_GIVEN_BACK_PER_STEP
from engine.orders import cancelling_sql as sql
from engine.orders.model import Line
from engine.orders.offering import MONEY_BACK, Choice, Offer, Offered
from engine.orders.price_books import PriceBooks
from engine.orders.pricing import PriceBook
from engine.orders.refund_model import Refunding, Way
from engine.orders.refund_plan import Owner, Plan, RefundAsk, invalid, plan_of
from engine.orders.refunds import Refunds
from engine.orders.topics import EVENT_GIVEN_BACK, EventGivenBack
from engine.outbox import Told, tell_many
from engine.refusals import Code, Refused
from engine.stores.turns import take_turn

log = logging.getLogger(__name__)

PLANNED_PER_PAGE = 1_000
ITSELF = "cancellations"
LOOK_AGAIN_S = 5.0  # at those that wait for whoever pays still


@dataclass(frozen=True, slots=True)
class Scope:
    """What of an event is given back."""

    event: str
    sales: tuple[str, ...]
    places: tuple[str, ...] = ()  # sections and pools; none: all of them
    fees: bool = True
    reason: str = ""
    offer: Offer = MONEY_BACK


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a cancellation would do, to the cent."""

    currency: str
    orders: int
    people: int
    lines: int  # that would end
    amounts: Mapping[Way, int]
    bonus: int  # on top of what is given as credit
    kept: int  # of what these orders paid, in fees and other lines
    refused: int  # orders that can't be given back so


@dataclass(frozen=True, slots=True)
class Cancellation:
    """A cancellation as far as it is."""

    id: str
    event: str
    sales: tuple[str, ...]
    places: tuple[str, ...]
    fees: bool
    reason: str
    state: str  # running, paused, done
    asked_by: str
    asked_at: datetime
    ended_at: datetime | None
    orders: int
    waiting: int
    refused: int
    amount: int  # of the refunds that were decided
    given_back: int  # of that, what is through
    failed: int  # refunds that the provider does not give back
    offer: Offer
    asked: int  # of the orders, whose buyers may choose still
    chosen: Mapping[Choice, int]  # by how many buyers


@dataclass(slots=True)
class Sums:
    orders: int = 0
    lines: int = 0
    refused: int = 0
    kept: int = 0
    people: set[str] = field(default_factory=set)
    amounts: Counter[Way] = field(default_factory=Counter)
    bonus: int = 0


class Cancelling:
    def __init__(self, db: asyncpg.Pool, refunds: Refunds, price_books: PriceBooks) -> None:
        self._db = db
        self._refunds = refunds
        self._price_books = price_books

    async def foresee(self, organizer: str, scope: Scope) -> Foreseen | Refused:
        """What it would do, worked out order by order: as for somebody who does not choose."""
        if scope.offer.mistake is not None:
            return invalid(*scope.offer.mistake)
        sums, currency = Sums(), ""
        for sale in scope.sales:
            book = await self._price_books.of(sale)
            if book is None or book.goods.organizer_id != organizer:
                return Refused(Code.UNKNOWN_SALE)
            currency, last = book.goods.currency, ""
            while rows := await self._db.fetch(sql.READ_OWING, sale, last, PLANNED_PER_PAGE):
                last = rows[-1]["id"]
                owners = await self._refunds.owners(sale, [row["id"] for row in rows])
                for owner in owners.values():
                    ask = ask_of(scope, book, owner, "", scope.offer.otherwise)
                    if ask is not None:
                        _add(sums, owner, plan_of(owner, ask, book.goods.companions))
        return Foreseen(
            *(currency, sums.orders, len(sums.people), sums.lines, sums.amounts, sums.bonus, sums.kept, sums.refused),
        )

    async def begin(self, by: Act, request: str, scope: Scope) -> Cancellation | Refused:
        """Write which orders are given back; a job does it. Repeating the request answers how it stands."""
        if scope.offer.mistake is not None:
            return invalid(*scope.offer.mistake)
        cancellation = id_of(by.organizer_id, request)
        for sale in scope.sales:
            book = await self._price_books.of(sale)
            if book is None or book.goods.organizer_id != by.organizer_id:
                return Refused(Code.UNKNOWN_SALE)
        said = (scope.event, list(scope.sales), list(scope.places), scope.fees, scope.reason, *_said(scope.offer))
        async with self._db.acquire() as connection, connection.transaction():
            for sale in sorted(
                scope.sales
            ):  # what is being placed is known then, and what is placed later sees the event
                await take_turn(connection, sale)
            new = await connection.fetchval(sql.INSERT, cancellation, by.organizer_id, *said, by.kind.value, by.actor)
            if new is not None:
                await connection.execute(sql.TAKE_IN, cancellation, list(scope.sales))
                choices = [each.value for each in scope.offer.choices]
                after = {"sales": list(scope.sales), "places": list(scope.places), "fees": scope.fees}
                after |= {"otherwise": scope.offer.otherwise.value, "choices": choices}
                await write(connection, by, "event.give_back", scope.event, after=after, detail={"id": cancellation})
                await _tell(connection, by.organizer_id, cancellation, scope)
        found = await self.one(by.organizer_id, scope.event, cancellation)
        return Refused(Code.CONFLICT) if found is None else found

    async def of_event(self, organizer: str, event: str) -> list[Cancellation]:
        return [_read(row) for row in await self._db.fetch(sql.READ, organizer, event, None)]

    async def one(self, organizer: str, event: str, cancellation: str) -> Cancellation | None:
        row = await self._db.fetchrow(sql.READ, organizer, event, cancellation)
        return None if row is None else _read(row)

    async def steer(self, by: Act, event: str, cancellation: str, how: str) -> Refused | None:
        """Let it stand still, go on, or try once more what was refused."""
        if await self.one(by.organizer_id, event, cancellation) is None:
            return Refused(Code.NOT_FOUND)
        state, stood = {
            "pause": ("paused", ["running"]),
            "resume": ("running", ["paused"]),
            "retry": ("running", ["running", "paused", "done"]),
        }[how]
        async with self._db.acquire() as connection, connection.transaction():
            if await connection.fetchval(sql.STEER, by.organizer_id, cancellation, state, stood) is None:
                return None  # it is so already
            if how == "retry":
                await connection.execute(sql.RETRY, cancellation)
            await write(connection, by, f"event.give_back_{how}", event, detail={"id": cancellation})
        return None

    async def plan_for(self, sale: str, order: str, offered: Offered, choice: Choice) -> Plan | None:
        """What this choice would give back of an order; None where that is nothing."""
        book = await self._price_books.of(sale)
        owner = (await self._refunds.owners(sale, [order])).get(order)
        if book is None or owner is None:
            return None
        scope = Scope("", (sale,), offered.places, offered.fees, offer=offered.offer)
        ask = ask_of(scope, book, owner, offered.cancellation, choice)
        plan = None if ask is None else plan_of(owner, ask, book.goods.companions)
        return plan if isinstance(plan, Plan) else None

    # ── doing it ──

    async def step(self) -> int:
        """Give some orders back of the oldest that runs; answers how many."""
        for running in await self._db.fetch(sql.RUNNING):
            await self._db.execute(sql.CHOOSE_NO_MORE, running["id"])
            rows = await self._db.fetch(sql.WAITING, running["id"], ORDERS_GIVEN_BACK_PER_STEP)
            if rows:
                return await self._some(running, rows)
            await self._end(running)
        return 0

    async def _some(self, running: Any, rows: Sequence[Any]) -> int:
        otherwise = Choice(running["otherwise"])
        by_sale: dict[str, dict[str, Choice]] = defaultdict(dict)
        for row in rows:
            by_sale[row["sale_id"]][row["order_id"]] = Choice(row["choice"]) if row["choice"] else otherwise
        for sale, orders in by_sale.items():
            await self._give_back(running, sale, orders)
        return len(rows)

    async def due_s(self) -> float | None:
        """None when nothing runs."""
        due_s: float | None = await self._db.fetchval(sql.RUNNING_DUE, LOOK_AGAIN_S)
        return due_s

    async def _end(self, running: Any) -> None:
        """Whoever paid meanwhile is given back as well; it ends once nobody pays, and nothing is moved, any more."""
        again = await self._db.execute(sql.WAIT_NO_MORE, running["id"])
        if again != "UPDATE 0" or await self._db.fetchval(sql.STILL_MOVING, running["id"]):
            return
        taken_in = await self._db.execute(sql.TAKE_IN, running["id"], running["sales"])
        if taken_in == "INSERT 0 0" and not await self._db.fetchval(sql.STILL_OPEN, running["id"], running["sales"]):
            await self._db.execute(sql.END, running["id"])
            log.info("cancellation %s is done", running["id"])

    async def _give_back(self, running: Any, sale: str, orders: Mapping[str, Choice]) -> None:
        by = Act(running["organizer_id"], ITSELF, ActorKind.ITSELF)
        book = await self._price_books.of(sale)
        owners = await self._refunds.owners(sale, list(orders))
        scope = Scope(
            *(running["event_id"], tuple(running["sales"]), tuple(running["places"]), running["fees"]),
            reason=running["reason"],
            offer=Offer.read(running),
        )
        wanted: dict[str, RefundAsk | None] = {}
        for order, choice in orders.items():
            owner = owners.get(order)
            wanted[order] = None if owner is None or book is None else ask_of(scope, book, owner, running["id"], choice)
        asks = [ask for ask in wanted.values() if ask is not None]
        decided = dict(zip((ask.order for ask in asks), await self._refunds.decide(by, sale, asks), strict=True))
        await self._mark(running["id"], sale, list(orders), decided)
        at_once = asyncio.Semaphore(ORDERS_GIVEN_BACK_AT_ONCE_MAX)

        async def go_on(order: str) -> None:
            async with at_once:
                try:
                    await self._refunds.go_on(sale, order)
                except Exception:  # the finisher goes on with it
                    log.exception("giving back order %s failed", order)

        await asyncio.gather(*(go_on(order) for order, each in decided.items() if isinstance(each, Refunding)))

    async def _mark(
        self, cancellation: str, sale: str, orders: Sequence[str], decided: Mapping[str, Refunding | Refused]
    ) -> None:
        said: list[tuple[str, int | None, str]] = []
        for order in orders:
            match decided.get(order):
                case None | Refused(Code.GIVEN_BACK) | Refused(Code.NOT_REFUNDABLE):
                    said.append(("done", None, ""))  # nothing of it is left to be given back
                case Refused(code):
                    said.append(("refused", None, code.word))
                case Refunding(nth):
                    said.append(("done", nth, ""))
        await self._db.execute(
            sql.MARK, cancellation, sale, list(orders), *(list(each) for each in zip(*said, strict=True))
        )


def id_of(organizer: str, request: str) -> str:
    """What an organizer calls a cancellation is nobody else's."""
    return f"cnl_{blake2s(f'{organizer} {request}'.encode(), digest_size=12).hexdigest()}"


def ask_of(scope: Scope, book: PriceBook, owner: Owner, cancellation: str, choice: Choice) -> RefundAsk | None:
    """What of an order is given back; None where it has nothing of what was cancelled, or is kept. Pure."""
    if choice is Choice.KEEP:
        return None
    lines = [at for at, line in enumerate(owner.lines) if owner.live[at] and _is_in(scope.places, book, line)]
    if not lines:
        return None
    whole = len(lines) == sum(owner.live)
    return RefundAsk(
        owner.id,
        f"cancellation {cancellation}",
        () if whole else tuple(lines),
        fees=scope.fees,
        reason=scope.reason,
        as_credit=scope.offer.as_credit(choice),
    )


def _is_in(places: Sequence[str], book: PriceBook, line: Line) -> bool:
    spot = None if line.seat is None else book.spot(line.seat)
    return not places or (line.pool if spot is None else spot.section) in places


def _add(sums: Sums, owner: Owner, plan: Plan | Refused) -> None:
    if isinstance(plan, Refused):
        sums.refused += 1
        return
    sums.orders += 1
    sums.people.add(owner.buyer)
    sums.lines += len(plan.ended)
    sums.amounts[plan.seen_as] += plan.money
    if returned := plan.amount - plan.money:
        sums.amounts[Way.CREDIT] += returned
    sums.bonus += plan.bonus
    sums.kept += owner.left - plan.amount


def _read(row: Any) -> Cancellation:
    return Cancellation(
        *(row["id"], row["event_id"], tuple(row["sales"]), tuple(row["places"]), row["fees"], row["reason"]),
        *(row["state"], row["asked_by"], row["asked_at"], row["ended_at"], row["orders"], row["waiting"]),
        *(row["refused"], row["amount"], row["given_back"], row["failed"], Offer.read(row), row["asked"]),
        {Choice(choice): number for choice, number in (row["chosen"] or {}).items()},
    )


def _said(offer: Offer) -> tuple[object, ...]:
    choices = [each.value for each in offer.choices]
    return choices, offer.otherwise.value, offer.until, offer.bonus_percent, offer.expires_at


async def _tell(connection: asyncpg.Connection, organizer: str, cancellation: str, scope: Scope) -> None:
    body: EventGivenBack = {
        "event": scope.event,
        "cancellation": cancellation,
        "sales": list(scope.sales),
        "places": list(scope.places),
        "choices": [each.value for each in scope.offer.choices],
        "otherwise": scope.offer.otherwise.value,
        "choose_until": scope.offer.until,
    }
    await tell_many(connection, EVENT_GIVEN_BACK, [Told(scope.event, organizer, body, once=cancellation)])
