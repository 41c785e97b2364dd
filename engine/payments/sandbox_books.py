"""The sandbox's books: an account for each organizer, with fees, disputes and payouts that commands play.

Owns sandbox_dispute and sandbox_payout. Guarantees what `Books` asks. A dispute is opened once per charge, and ends
once; a payout leaves nothing of what the account had. Fails as Postgres does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from engine.ids import new_id
from engine.limits import SANDBOX_BOOK_ENTRIES_PER_PAGE
from engine.payments.books import (
    BookEntry,
    BookKind,
    BookPage,
    DisputeSaid,
    DisputeState,
    UnknownDispute,
)
from engine.stores.turns import take_turn

NAME = "sandbox"
REASON = "fraudulent"
ANSWER_WITHIN_DAYS = 7
# Charges follow one another by their order, and the rest by its id: in two runs for each sale.
SALES = """
SELECT id FROM sale_terms WHERE organizer_id = $1 AND kind <> 'rehearsal' AND id > $2 ORDER BY id LIMIT 1
"""
CHARGES = """
SELECT * FROM sandbox_book WHERE sale_id = $1 AND kind = 'charge' AND order_id > $2 AND at BETWEEN $3 AND now()
ORDER BY order_id LIMIT $4
"""
OTHERS = """
SELECT * FROM sandbox_book WHERE sale_id = $1 AND kind <> 'charge' AND id > $2 AND at >= $3 ORDER BY id LIMIT $4
"""
PAYOUTS = """
SELECT id, 'payout' AS kind, -amount AS amount, currency, at, 0 AS fee, NULL AS sale_id, NULL AS order_id, '' AS about
FROM sandbox_payout WHERE organizer_id = $1 AND id > $2 AND at >= $3 ORDER BY id LIMIT $4
"""
READ_DISPUTE = """
SELECT d.id, d.state, d.amount, c.currency, d.reason, d.opened_at, d.due_at, c.sale_id, d.order_id
FROM sandbox_dispute d JOIN sandbox_charge c USING (order_id) JOIN sale_terms s ON s.id = c.sale_id
WHERE s.organizer_id = $1 AND d.id = $2
"""
ABOUT = "SELECT * FROM sandbox_book WHERE about = $1 AND order_id = $2 AND kind IN ('dispute', 'dispute_won')"
# A bank takes back no more than is left of a charge.
OPEN = """
INSERT INTO sandbox_dispute (id, order_id, amount, reason, state, due_at)
SELECT $2, c.order_id, c.amount - c.given_back, $3, 'open', now() + make_interval(days => $4) FROM sandbox_standing c
WHERE c.order_id = $1 AND c.outcome = 'captured' AND c.amount > c.given_back AND c.visible_at <= now()
ON CONFLICT DO NOTHING RETURNING id
"""
END = """
UPDATE sandbox_dispute SET state = $2, ended_at = now() WHERE order_id = $1 AND state = 'open' RETURNING id
"""
BALANCES = """
SELECT currency, sum(amount - fee)::bigint AS balance FROM (
    SELECT b.currency, b.amount, b.fee FROM sale_terms s JOIN sandbox_book b ON b.sale_id = s.id
    WHERE s.organizer_id = $1 AND s.kind <> 'rehearsal' AND b.at <= now()
    UNION ALL SELECT currency, -amount, 0 FROM sandbox_payout WHERE organizer_id = $1
) AS moved GROUP BY currency HAVING sum(amount - fee) > 0 ORDER BY currency
"""
PAY_OUT = "INSERT INTO sandbox_payout (id, organizer_id, amount, currency) VALUES ($1, $2, $3, $4)"
SELLER = """
SELECT s.organizer_id FROM sandbox_charge c JOIN sale_terms s ON s.id = c.sale_id WHERE c.order_id = $1
"""
# What a buyer's bank does not take comes back to the account.
COMES_BACK = """
UPDATE sandbox_refund SET failed_at = now() WHERE order_id = $1 AND failed_at IS NULL RETURNING id
"""
STANDS_AGAIN = "UPDATE sandbox_charge SET outcome = 'captured' WHERE order_id = $1 AND outcome = 'refunded'"


@dataclass(frozen=True, slots=True)
class Payout:
    amount: int
    currency: str


class SandboxBooks:
    """Of one organizer."""

    name = NAME

    def __init__(self, db: asyncpg.Pool, organizer: str) -> None:
        self._db = db
        self._organizer = organizer

    async def page(self, since: datetime, cursor: str = "") -> BookPage:
        """The cursor: which run, of which sale, after which of its entries."""
        run, _, rest = cursor.partition(" ")
        sale, _, last = rest.partition(" ")
        if run == "payouts":
            return await self._some(PAYOUTS, self._organizer, last, since, then=None, again="payouts ")
        if run == "":
            return await self._sale_after("")
        if run == "charges":
            return await self._some(CHARGES, sale, last, since, then=f"others {sale} ", again=f"charges {sale}")
        found = await self._some(OTHERS, sale, last, since, then="", again=f"others {sale}")
        if found.following == "":
            following = (await self._sale_after(sale)).following
            return BookPage(found.entries, following)
        return found

    async def _sale_after(self, sale: str) -> BookPage:
        following = await self._db.fetchval(SALES, self._organizer, sale)
        return BookPage((), "payouts  " if following is None else f"charges {following} ")

    async def _some(self, query: str, of: str, last: str, since: datetime, *, then: str | None, again: str) -> BookPage:
        rows = await self._db.fetch(query, of, last, since, SANDBOX_BOOK_ENTRIES_PER_PAGE)
        if len(rows) < SANDBOX_BOOK_ENTRIES_PER_PAGE:
            return BookPage(_entries(rows), then)
        end = rows[-1]["order_id"] if query is CHARGES else rows[-1]["id"]
        return BookPage(_entries(rows), f"{again} {end}")

    async def dispute(self, dispute: str) -> DisputeSaid | UnknownDispute:
        row = await self._db.fetchrow(READ_DISPUTE, self._organizer, dispute)
        if row is None:
            return UnknownDispute()
        entries = _entries(await self._db.fetch(ABOUT, dispute, row["order_id"]))
        return DisputeSaid(
            *(row["id"], DisputeState(row["state"]), row["amount"], row["currency"], row["reason"]),
            *(row["opened_at"], row["due_at"], row["sale_id"], row["order_id"], entries),
        )


async def open_dispute(db: asyncpg.Pool, order: str) -> str | None:
    """A buyer's bank takes what is left of this charge; None where there is nothing, or it is disputed already."""
    opened: str | None = await db.fetchval(OPEN, order, new_id("dp"), REASON, ANSWER_WITHIN_DAYS)
    return opened


async def seller_of(db: asyncpg.Pool, order: str) -> str | None:
    """In which organizer's account the charge of an order is."""
    seller: str | None = await db.fetchval(SELLER, order)
    return seller


async def end_dispute(db: asyncpg.Pool, order: str, state: DisputeState) -> str | None:
    ended: str | None = await db.fetchval(END, order, state.value)
    return ended


async def pay_out(db: asyncpg.Pool, organizer: str) -> list[Payout]:
    """All that the account of an organizer has goes to its bank."""
    async with db.acquire() as connection, connection.transaction():
        await take_turn(connection, f"sandbox pays out to {organizer}")
        paid = [Payout(row["balance"], row["currency"]) for row in await connection.fetch(BALANCES, organizer)]
        for each in paid:
            await connection.execute(PAY_OUT, new_id("po"), organizer, each.amount, each.currency)
    return paid


async def refunds_come_back(db: asyncpg.Pool, order: str) -> int:
    """What was given back of this order did not arrive; answers how many refunds that were."""
    async with db.acquire() as connection, connection.transaction():
        rows = await connection.fetch(COMES_BACK, order)
        if rows:
            await connection.execute(STANDS_AGAIN, order)
    return len(rows)


def _entries(rows: Sequence[Any]) -> list[BookEntry]:
    return [
        BookEntry(
            *(row["id"], BookKind(row["kind"]), row["amount"], row["currency"], row["at"], row["fee"]),
            *(row["sale_id"], row["order_id"], row["about"]),
        )
        for row in rows
    ]
