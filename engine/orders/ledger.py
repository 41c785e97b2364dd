"""Ledger: orders as Postgres knows them, written in group commits, one batch per sale at a time.

Guarantees: an order is placed once, and ends once; placing takes its seats and units, failing gives them back; an
order that meets a guard is refused alone and whole, and its neighbours commit.
Fails with RefusalError busy or unavailable; a batch that fails for an unforeseen reason is tried again in halves.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import asyncpg

from engine.catalog import phases_from_json, products_from_json, rules_of, type_rules_from_json, unlocks_from_json
from engine.coupons import read_left
from engine.credit import read_credit_left
from engine.ids import new_id
from engine.limits import ORDERS_PER_COMMIT_MAX
from engine.orders import late_sql, sql
from engine.orders.answers import place_answers
from engine.orders.deadlines import await_money, await_no_more
from engine.orders.ended_lines import end_lines, read_pools
from engine.orders.fees import place_fees
from engine.orders.issuing import NotPlacedError, issue_for, note_issued, stands_apart, without_ground
from engine.orders.model import OrderState
from engine.orders.order_coupons import place_coupons
from engine.orders.order_credit import give_back_credit, place_credit
from engine.orders.placing import (
    Decision,
    Placed,
    PlaceFacts,
    Placement,
    PlaceVerdict,
    Stamp,
    decide,
    refusal_of,
)
from engine.orders.receipt_names import place_identities
from engine.orders.settling import Issued, Settled, Settlement, settle
from engine.orders.showing import note_drawn, with_hidden
from engine.orders.sources import place_sources
from engine.orders.topics import ORDER_PAID, OrderPaid
from engine.outbox import Told, tell_many
from engine.payments import Captured, Declined
from engine.refusals import Code, Refused
from engine.stores.batcher import LOST, Batcher, BatchHook
from engine.stores.database import as_json
from engine.stores.turns import take_turn

log = logging.getLogger(__name__)

Stamps = dict[str, Stamp]  # by order
# The provider of what members were paid themselves; nobody is asked about it.
BY_HAND = "by_hand"
# Of cards that only their provider has seen.
KEEP_CARDS = """
UPDATE payment SET card_last4 = $2::jsonb ->> order_id WHERE sale_id = $1 AND order_id = ANY($3)
"""


class SaleLedger:
    """The group commits of one sale."""

    def __init__(self, db: asyncpg.Pool, sale: str, provider: str, on_batch: BatchHook | None = None) -> None:
        self.sale = sale
        self._db = db
        self._provider = provider
        self._placing: Batcher[Placement, PlaceVerdict] = Batcher(
            "orders placed", self._place, items_max=ORDERS_PER_COMMIT_MAX, on_batch=on_batch
        )
        self._settling: Batcher[Settlement, Settled | asyncpg.PostgresError] = Batcher(
            "orders settled", self._settle, items_max=ORDERS_PER_COMMIT_MAX, on_batch=on_batch
        )

    @property
    def idle(self) -> bool:
        return self._placing.idle and self._settling.idle

    async def place(self, placement: Placement) -> PlaceVerdict:
        """Write an order as `paying`, with its seats and units; asking again with the same code is harmless."""
        return await self._placing.submit(placement)

    async def settle(self, settlement: Settlement) -> Settled:
        """Write how the payment went; an order that has ended stays as it is."""
        settled = await self._settling.submit(settlement)
        if isinstance(settled, asyncpg.PostgresError):
            raise settled
        return settled

    async def settle_within(self, connection: asyncpg.Connection, settlement: Settlement) -> Settled:
        """The same within the caller's transaction, with what it writes besides."""
        (settled,) = await self._settle_in(connection, [settlement])
        return settled

    # ── placing ──

    async def _place(self, batch: list[Placement]) -> Sequence[PlaceVerdict]:
        if any(stands_apart(each) for each in batch):
            return await self._place_apart(batch)
        try:
            async with self._db.acquire() as connection, connection.transaction():
                refused = await without_ground(connection, batch)
                asked = [each for each in batch if each.order not in refused]
                decision, stamps = await self._decide(connection, asked)
                if decision.accepted:
                    stamps = stamps | await self._write(connection, decision)
                    await self._pay_by_hand(connection, [each for each in decision.accepted if each.staff])
            said: dict[str, PlaceVerdict] = dict(refused)
            for each, verdict in zip(asked, decision.verdicts, strict=True):
                said[each.order] = Placed(stamps[each.order]) if isinstance(verdict, Placed) else verdict
            return [said[each.order] for each in batch]
        except LOST:
            raise
        except asyncpg.PostgresError as error:
            if len(batch) > 1:
                middle = len(batch) // 2
                return [*await self._place(batch[:middle]), *await self._place(batch[middle:])]
            return [refusal_of(error, batch[0])]

    async def _place_apart(self, batch: list[Placement]) -> Sequence[PlaceVerdict]:
        """Each of them by itself: nobody else of the batch may have what it draws on an allocation."""
        others = [each for each in batch if not stands_apart(each)]
        said = dict(zip((each.order for each in others), await self._place(others), strict=True)) if others else {}
        for each in batch:
            if stands_apart(each):
                said[each.order] = await self._place_alone(each)
        return [said[each.order] for each in batch]

    async def _place_alone(self, order: Placement) -> PlaceVerdict:
        try:
            async with self._db.acquire() as connection, connection.transaction():
                for refused in (await without_ground(connection, [order])).values():
                    return refused
                await take_turn(connection, self.sale)
                not_issued = await issue_for(connection, self.sale, order)
                decision, stamps = await self._decide(connection, [order])
                (verdict,) = decision.verdicts
                if not_issued is not None and (decision.accepted or isinstance(verdict, Refused)):
                    raise NotPlacedError(not_issued)
                if not decision.accepted:
                    raise NotPlacedError(Placed(stamps[order.order]) if isinstance(verdict, Placed) else verdict)
                stamps = stamps | await self._write(connection, decision)
                await self._pay_by_hand(connection, decision.accepted)
                return Placed(stamps[order.order])
        except NotPlacedError as not_placed:
            return not_placed.verdict
        except LOST:
            raise
        except asyncpg.PostgresError as error:
            return refusal_of(error, order)

    async def _decide(self, connection: asyncpg.Connection, batch: list[Placement]) -> tuple[Decision, Stamps]:
        await take_turn(connection, self.sale, by_index=True)
        orders = [each.order for each in batch]
        seats = [line.seat for each in batch for line in each.lines if line.seat is not None]
        buyers = list({each.buyer for each in batch})
        row = await connection.fetchrow(sql.READ_PLACE_FACTS, self.sale, orders, seats, buyers)
        if row is None:
            return Decision([Refused(Code.UNKNOWN_SALE) for _ in batch], [], {}), {}
        takes_units = row["counts_types"] or any(line.pool is not None for each in batch for line in each.lines)
        facts = PlaceFacts(
            person_max=row["person_max"],
            known={
                order: (OrderState(state), code)
                for order, state, code in zip(row["orders"], row["states"], row["codes"], strict=True)
            },
            sold_seats=frozenset(row["sold_seats"]),
            pools=await read_pools(connection, self.sale) if takes_units else {},
            owned=dict(zip(row["buyers"], row["lines"], strict=True)),
            terms=row["terms"],
            lists=dict(enumerate(row["lists"], start=1)),
            rules=rules_of(type_rules_from_json(row["type_rules"]), products_from_json(row["products"])),
            phases=phases_from_json(row["phases"]),
            draws=row["draws"],
            cancelled=row["cancelled"],
        )
        facts = await with_hidden(connection, self.sale, batch, facts, unlocks_from_json(row["unlocks"]))
        limited = [kind for kind, rule in facts.rules.items() if rule.per_person is not None]
        if limited:
            owned = await connection.fetch(sql.READ_OWNED_TYPES, self.sale, buyers, limited)
            of_type = {(each["buyer_id"], each["ticket_type"]): each["tickets"] for each in owned}
            facts = replace(facts, owned_types=of_type)
        if uses := [use for each in batch for use in each.coupons]:
            facts = replace(facts, coupons=await read_left(connection, uses))
        if spends := [spend for each in batch for spend in each.spends]:
            facts = replace(facts, credit=await read_credit_left(connection, spends))
        # The currency of a sale never changes.
        known = zip(row["orders"], row["placed"], row["accepted"], strict=True)
        stamps = {order: Stamp(at, row["currency"], terms) for order, at, terms in known}
        return decide(batch, facts), stamps

    async def _write(self, connection: asyncpg.Connection, decision: Decision) -> Stamps:
        orders = decision.accepted
        lines = [(each.order, at, line) for each in orders for at, line in enumerate(each.lines)]
        rows = await connection.fetch(
            sql.PLACE_ORDERS,
            self.sale,
            [BY_HAND if each.staff else each.provider or self._provider for each in orders],
            [each.order for each in orders],
            [each.cart for each in orders],
            [each.buyer for each in orders],
            [each.total for each in orders],
            ["{}" if each.person else as_json(each.contact.wire()) for each in orders],
            [each.key_hash for each in orders],
            [each.code for each in orders],
            [each.cart_until_ms for each in orders],
            [each.last4 for each in orders],
            [order for order, _, _ in lines],
            [at for _, at, _ in lines],
            [line.seat for _, _, line in lines],
            [line.pool for _, _, line in lines],
            [line.type for _, _, line in lines],
            [line.price for _, _, line in lines],
            [line.full_price for _, _, line in lines],
            [line.tax or None for _, _, line in lines],
            [line.owed if line.added else None for _, _, line in lines],
            [each.terms for each in orders],
            [each.person for each in orders],
            [each.locale for each in orders],
            [each.list for each in orders],
            [each.making.channel.value for each in orders],
            [each.making.issuer for each in orders],
            [each.making.tender.value for each in orders],
            [each.phase for each in orders],
            [each.credit for each in orders],
        )
        await place_fees(connection, self.sale, ((each.order, each.fees) for each in orders))
        await place_sources(connection, self.sale, ((each.order, each.source) for each in orders))
        await place_answers(connection, self.sale, ((each.order, each.answers) for each in orders))
        await place_identities(connection, self.sale, ((each.order, each.identity) for each in orders))
        if decision.taken:
            await connection.execute(sql.COUNT_SOLD, self.sale, list(decision.taken), list(decision.taken.values()))
        drawn = await note_drawn(connection, self.sale, orders) if decision.draws else {}
        await place_coupons(connection, self.sale, ((each.order, each.coupons) for each in orders))
        await place_credit(connection, self.sale, ((each.order, each.spends) for each in orders))
        return {
            row["id"]: Stamp(row["placed_at"], row["currency"], row["terms_version"], drawn.get(row["id"]))
            for row in rows
        }

    async def _pay_by_hand(self, connection: asyncpg.Connection, orders: list[Placement]) -> None:
        """Members have the money of these already: they are paid as they are placed, and the trail says by whom."""
        if not orders:
            return
        lines = {each.order: [at for at, line in enumerate(each.lines) if line.admits] for each in orders}
        paid = {each.order: each.staff.reference for each in orders if each.staff}
        await write_paid(connection, self.sale, paid, lines)
        await note_issued(connection, self.sale, orders)

    # ── settling ──

    async def _settle(self, batch: list[Settlement]) -> Sequence[Settled | asyncpg.PostgresError]:
        try:
            async with self._db.acquire() as connection, connection.transaction():
                return await self._settle_in(connection, batch)
        except LOST:
            raise
        except asyncpg.PostgresError as error:
            if len(batch) == 1:
                return [error]
            middle = len(batch) // 2
            return [*await self._settle(batch[:middle]), *await self._settle(batch[middle:])]

    async def _settle_in(self, connection: asyncpg.Connection, batch: list[Settlement]) -> list[Settled]:
        await connection.execute(sql.BY_INDEX)
        if any(isinstance(each.outcome, Declined) for each in batch):
            # Whoever gives units back takes the lock that placing takes, so that the two can't deadlock on pools.
            await take_turn(connection, self.sale)
        rows = await connection.fetch(sql.LOCK_ORDERS, self.sale, sorted({each.order for each in batch}))
        stands = {row["id"]: (OrderState(row["state"]), row["due"]) for row in rows}
        lines = {row["id"]: row["lines"] for row in rows}
        said = settle(batch, stands)
        if said.awaited:
            await await_money(connection, self.sale, said.awaited)
        issued: Mapping[str, Issued] = {}
        if said.paid:
            issued = await write_paid(connection, self.sale, said.paid, {order: lines[order] for order in said.paid})
        if said.cards:
            await connection.execute(KEEP_CARDS, self.sale, said.cards, list(said.cards))
        if said.failed:
            await self._write_failed(connection, said.failed)
            spent = [row["id"] for row in rows if row["credit"] and row["id"] in said.failed]
            await give_back_credit(connection, self.sale, spent)
        if said.awaited_no_more:
            await await_no_more(connection, self.sale, said.awaited_no_more)
        if said.late:
            await self._note_late(connection, said.late)
        return [replace(told, issued=issued.get(each.order)) for each, told in zip(batch, said.verdicts, strict=True)]

    async def _note_late(self, connection: asyncpg.Connection, late: dict[str, Captured]) -> None:
        """Keep that there is money without an order, for the finisher, should this process not get to it."""
        await connection.execute(
            late_sql.NOTE_LATE,
            self.sale,
            list(late),
            [each.amount for each in late.values()],
            [each.reference for each in late.values()],
            self._provider,
        )

    async def _write_failed(self, connection: asyncpg.Connection, failed: dict[str, str]) -> None:
        orders = list(failed)
        await end_lines(connection, self.sale, orders)
        await connection.execute(sql.MARK_FAILED, self.sale, orders, list(failed.values()))
        await connection.execute(sql.MARK_DECLINED, self.sale, orders)


async def write_paid(
    connection: asyncpg.Connection, sale: str, paid: Mapping[str, str], lines: Mapping[str, Sequence[int]]
) -> Mapping[str, Issued]:
    """These orders are paid, with the provider's reference for each: a ticket for each of these lines, word to others.

    Answers what each was given; nothing when some line had a ticket already, which it then keeps.
    """
    tickets = {order: [(line, new_id("tkt")) for line in lines[order]] for order in paid}
    flat = [(order, line, ticket) for order, each in tickets.items() for line, ticket in each]
    marked = await connection.fetch(
        sql.MARK_PAID,
        sale,
        list(paid),
        dict(paid),
        [order for order, _, _ in flat],
        [line for _, line, _ in flat],
        [ticket for _, _, ticket in flat],
    )
    await tell_many(connection, ORDER_PAID, [_paid(sale, row) for row in marked])
    if any(row["issued"] != len(flat) for row in marked):
        return {}
    return {row["id"]: Issued(row["paid_at"], tuple(ticket for _, ticket in tickets[row["id"]])) for row in marked}


def _paid(sale: str, row: Any) -> Told[OrderPaid]:
    body: OrderPaid = {
        "sale": sale,
        "order": row["id"],
        "buyer": row["buyer_id"],
        "total": row["total"],
        "currency": row["currency"],
        "paid_at": row["paid_at"],
    }
    # An order becomes paid once, under its own lock: a key against repeats would only cost every purchase.
    return Told(row["id"], row["organizer_id"], body, sale_kind=row["kind"])
