"""The provider by hand: buyers send the money by themselves, and a member says that it came, or sends it back.

Owns hand_charge and hand_refund. Guarantees: one outcome per order, whoever asks how often; nothing of an order that
was given up is captured, unless a member says that its money came all the same; a refund waits until a member has sent
it, and all of an order come to no more than what came. Nobody else knows of this money: it keeps no books. Fails as
Postgres does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
from typing_extensions import override

from engine.audit import Act
from engine.payments.books import Books
from engine.payments.by_hand import ByHand
from engine.payments.later import pay_until
from engine.payments.port import (
    ABANDONED,
    ANOTHER_AMOUNT,
    BY_HAND,
    MORE_THAN_LEFT,
    NOT_CAPTURED,
    Awaited,
    Captured,
    Charge,
    ChargeAnswer,
    Declined,
    Listener,
    LookupAnswer,
    Means,
    NotRefunded,
    Provider,
    Refund,
    RefundAnswer,
    Refunded,
    Unheard,
)
from engine.payments.till import HAND

WRITE_CHARGE = """
INSERT INTO hand_charge (order_id, account, amount, currency, outcome, until, step)
VALUES ($1, $2, $3, $4, 'awaiting', $5, $6) ON CONFLICT (order_id) DO NOTHING
"""
READ_CHARGE = """
SELECT c.amount, c.outcome, c.until, c.step, c.note, (
    SELECT coalesce(sum(r.amount), 0) FROM hand_refund r WHERE r.order_id = c.order_id AND r.sent_at IS NOT NULL
)::bigint AS given_back
FROM hand_charge c WHERE c.order_id = $1
"""
ABANDON = """
INSERT INTO hand_charge (order_id, account, amount, currency, outcome) VALUES ($1, $2, 0, '', 'declined')
ON CONFLICT (order_id) DO UPDATE SET outcome = 'declined' WHERE hand_charge.outcome = 'awaiting'
"""
LOCK_CHARGE = "SELECT outcome, amount FROM hand_charge WHERE order_id = $1 FOR UPDATE"
CAME = """
UPDATE hand_charge SET outcome = 'captured', amount = $2, came_on = $3, note = $4, said_kind = $5, said_by = $6,
    said_at = now()
WHERE order_id = $1
"""
READ_REFUNDS = "SELECT id, amount, sent_at FROM hand_refund WHERE order_id = $1"
WRITE_REFUND = "INSERT INTO hand_refund (order_id, id, amount) VALUES ($1, $2, $3)"
SENT = """
UPDATE hand_refund SET sent_at = now(), sent_kind = $3, sent_by = $4
WHERE order_id = $1 AND id = $2 AND sent_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Came:
    """A member says that money is there."""

    amount: int
    on: date
    note: str = ""


@dataclass(frozen=True, slots=True)
class Noted:
    """Money of an order, as it was said first."""

    captured: Captured
    new: bool  # it was said just now


class Hand(Provider):
    """An account of an organizer's, of which `told` is what buyers are told."""

    def __init__(self, db: asyncpg.Pool, account: str, told: ByHand) -> None:
        self.name = HAND + account
        self.told = told
        self._db = db
        self._account = account

    @override
    def methods(self) -> tuple[str, ...]:
        return self.told.methods()

    @override
    def plays(self, means: Means) -> bool:
        return False

    @override
    async def charge(self, charge: Charge) -> ChargeAnswer:
        method, now = charge.means.method, datetime.now(UTC)
        until = pay_until(method, charge.begins, now, self.told.time_for(method))
        step = self.told.step(method, charge.code or charge.order)
        written = (charge.order, self._account, charge.amount, charge.currency, until, step)
        await self._db.execute(WRITE_CHARGE, *written)
        stands = await self.lookup(charge.order)
        # What went back was captured: the same was asked before.
        return stands if isinstance(stands, Captured | Declined | Awaited) else Captured(charge.amount)

    @override
    async def lookup(self, order: str) -> LookupAnswer:
        return _standing(await self._db.fetchrow(READ_CHARGE, order))

    @override
    async def abandon(self, order: str) -> LookupAnswer:
        await self._db.execute(ABANDON, order, self._account)
        return await self.lookup(order)

    @override
    async def refund(self, refund: Refund) -> RefundAnswer:
        """What a member has to send is kept until they say that they did."""
        async with self._db.acquire() as connection, connection.transaction():
            charge = await connection.fetchrow(LOCK_CHARGE, refund.order)
            if charge is None:
                return Unheard()
            if charge["outcome"] != "captured":
                return NotRefunded(NOT_CAPTURED)
            rows = await connection.fetch(READ_REFUNDS, refund.order)
            answer = _given(refund, rows, charge["amount"])
            if answer is None:
                await connection.execute(WRITE_REFUND, refund.order, refund.id, refund.amount)
            return answer or NotRefunded(BY_HAND)

    @override
    def listen(self, listener: Listener) -> None:
        """Nobody tells anything but members, who tell it to orders."""

    @override
    def books(self, organizer: str) -> Books | None:
        return None

    @override
    async def close(self) -> None:
        """There is nothing to close."""


async def money_came(connection: asyncpg.Connection, by: Act, order: str, came: Came) -> Noted | None:
    """Note that the money of an order is there, also of one that was given up; None where it never was by hand.

    Saying it again changes nothing, and is answered by what was said first.
    """
    row = await connection.fetchrow(LOCK_CHARGE, order)
    if row is None:
        return None
    new = row["outcome"] != "captured"
    if new:
        await connection.execute(CAME, order, came.amount, came.on, came.note, by.kind.value, by.actor)
    return Noted(_captured(await connection.fetchrow(READ_CHARGE, order)), new)


async def refund_sent(connection: asyncpg.Connection, by: Act, order: str, refund: str) -> None:
    """Note that a member has sent a refund; one of another provider is none of these."""
    await connection.execute(SENT, order, refund, by.kind.value, by.actor)


def _standing(row: Any) -> Captured | Declined | Awaited | Refunded | Unheard:
    if row is None:
        return Unheard()
    match row["outcome"]:
        case "captured" if row["given_back"] == row["amount"] > 0:
            return Refunded(row["amount"])
        case "captured":
            return _captured(row)
        case "awaiting":
            return Awaited(row["until"], row["step"])
        case _:
            return Declined(ABANDONED)


def _captured(row: Any) -> Captured:
    return Captured(row["amount"], row["note"], row["given_back"])


def _given(refund: Refund, rows: Sequence[Any], captured: int) -> RefundAnswer | None:
    """What became of a refund; None where it is new, and may be."""
    asked = {row["id"]: row for row in rows}
    same = asked.get(refund.id)
    if same is not None and same["amount"] != refund.amount:
        return NotRefunded(ANOTHER_AMOUNT)
    if same is not None:
        return NotRefunded(BY_HAND) if same["sent_at"] is None else Refunded(refund.amount)
    left = captured - sum(row["amount"] for row in rows)
    return NotRefunded(MORE_THAN_LEFT) if refund.amount > left else None
