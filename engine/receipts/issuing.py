"""Issuing: each order that captured money gets a receipt, whose number follows the one before.

Hears `order.paid`; owns receipt, receipt_series and receipt_due. Guarantees: a number is given in the transaction that
writes its receipt, under the lock of its series, so that whoever dies or works beside leaves neither a gap nor a
number twice; constraints of the database say the same. Nothing of it is part of a purchase. An order whose movement is
missing is put off, and the log says so. Fails with its store; each step may be repeated.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg

from engine.limits import RECEIPT_PAGES_PER_STEP, RECEIPTS_PER_PAGE
from engine.orders import ORDER_PAID, ORDER_REFUNDED, hold_to_number
from engine.outbox import Consumer, Heard, Hearer
from engine.receipts import sql
from engine.receipts.identity import identity_to_issue_with
from engine.receipts.numbering import Series, issued_at, year_of

RECEIPT, CREDIT_NOTE = "receipt", "credit_note"

log = logging.getLogger(__name__)

ISSUER = Hearer(
    "receipts.issuer",
    lambda topic: topic in (ORDER_PAID, ORDER_REFUNDED),
    "has a receipt numbered for whoever paid, and a credit note for what goes back",
)


class Issuing:
    def __init__(self, db: asyncpg.Pool) -> None:
        self._db = db
        self.consumer = Consumer(ISSUER, self._put)

    async def step(self, now: datetime | None = None) -> int:
        """Issue what waits, some pages of it; answers how many orders were looked at."""
        count = 0
        for _ in range(RECEIPT_PAGES_PER_STEP):
            at = now or datetime.now(UTC)
            receipts, notes = await self._page(at), await self._notes_page(at)
            count += receipts + notes
            if max(receipts, notes) < RECEIPTS_PER_PAGE:
                break
        else:
            log.info("%d receipts were looked after, and %d orders wait", count, await self._db.fetchval(sql.WAITING))
        return count

    async def due_s(self) -> float | None:
        """None when no order waits."""
        return 0.0 if await self._db.fetchval(sql.HAS_DUE) else None

    async def _put(self, connection: asyncpg.Connection, heard: Sequence[Heard]) -> None:
        """What cost nothing moved no money, and has no receipt."""
        paid = [(each.organizer, ORDER_PAID.read(each.body)) for each in heard if each.topic == ORDER_PAID.name]
        owed = [(organizer, order) for organizer, order in paid if order["total"] > 0]
        await connection.execute(
            sql.PUT_DUE,
            [order["sale"] for _, order in owed],
            [order["order"] for _, order in owed],
            [organizer for organizer, _ in owed],
            [order["paid_at"] for _, order in owed],
        )
        back = [(each.organizer, ORDER_REFUNDED.read(each.body)) for each in heard if each.topic == ORDER_REFUNDED.name]
        noted = [(organizer, refund, nth) for organizer, refund in back if (nth := refund["movement"]) is not None]
        if noted:
            await connection.execute(
                sql.PUT_NOTES_DUE,
                [refund["sale"] for _, refund, _ in noted],
                [refund["order"] for _, refund, _ in noted],
                [nth for _, _, nth in noted],
                [organizer for organizer, _, _ in noted],
            )

    async def _page(self, now: datetime) -> int:
        async with self._db.acquire() as connection, connection.transaction():
            due = await connection.fetch(sql.LOCK_DUE, RECEIPTS_PER_PAGE)
            await hold_to_number(connection, *_refs(due))  # nobody names somebody else on them meanwhile
            rows = await connection.fetch(sql.CAPTURED, *_refs(due))
            captured = {(each["sale_id"], each["order_id"]): each for each in rows}
            by_organizer: dict[str, list[Any]] = {}
            missing = []
            for each in due:
                found = captured[each["sale_id"], each["order_id"]]
                if found["total"] is None:
                    log.error("order %s has no movement, and so no receipt", each["order_id"])
                    missing.append(each)
                elif not found["issued"]:
                    by_organizer.setdefault(each["organizer_id"], []).append(found)
            for organizer in sorted(by_organizer):  # so that two at once never wait for one another in a circle
                await self._issue(connection, organizer, by_organizer[organizer], now, RECEIPT)
            done = [each for each in due if each not in missing]
            await connection.execute(sql.DONE, *_refs(done))
            await connection.execute(sql.PUT_OFF, *_refs(missing))
            return len(due)

    async def _notes_page(self, now: datetime) -> int:
        async with self._db.acquire() as connection, connection.transaction():
            due = await connection.fetch(sql.LOCK_NOTES_DUE, RECEIPTS_PER_PAGE)
            by_organizer: dict[str, list[Any]] = {}
            for each in due:
                if not each["issued"]:
                    by_organizer.setdefault(each["organizer_id"], []).append(each)
            for organizer in sorted(by_organizer):
                await self._issue(connection, organizer, by_organizer[organizer], now, CREDIT_NOTE)
            await connection.execute(sql.NOTES_DONE, *_refs(due), [each["nth"] for each in due])
            return len(due)

    @staticmethod
    async def _issue(
        connection: asyncpg.Connection, organizer: str, captured: Sequence[Any], now: datetime, kind: str
    ) -> None:
        version, identity = await identity_to_issue_with(connection, organizer)
        newest = await connection.fetchrow(sql.LOCK_NEWEST_SERIES, organizer)
        year = year_of(now, identity.zone, None if newest is None else Series(**newest))
        await connection.execute(sql.BEGIN_SERIES, organizer, year, now)
        series = Series(**await connection.fetchrow(sql.LOCK_SERIES, organizer, year))
        at = issued_at(now, series)
        await connection.execute(
            sql.ISSUE,
            organizer,
            year,
            series.last,
            version,
            at,
            [each["sale_id"] for each in captured],
            [each["order_id"] for each in captured],
            [each["nth"] for each in captured],
            [each["currency"] for each in captured],
            [each["total"] for each in captured],
            [each["tax"] for each in captured],
            kind,
        )
        await connection.execute(sql.COUNT_ON, organizer, year, series.last + len(captured), at)


def _refs(rows: Sequence[Any]) -> tuple[list[str], list[str]]:
    return [each["sale_id"] for each in rows], [each["order_id"] for each in rows]
