"""Booking: each entry of a provider's books is kept once, with what it moves in the ledger.

Owns provider_entry. Guarantees: an entry moves the ledger in the transaction that keeps it, and never again, by its id
at the provider; what orders have moved already - charges, refunds - it does not move twice, but for the fee. A refund
whose money came back is owed again in the same transaction. Fails as Postgres does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import asyncpg

from engine.orders import refund_returned
from engine.payments import BookEntry, BookKind
from engine.reconciliation import sql

OURS = (BookKind.CHARGE, BookKind.REFUND, BookKind.REFUND_FAILED)  # moved by orders, where they name one
PAYS_OUT = (BookKind.PAYOUT, BookKind.PAYOUT_FAILED)
DISPUTES = (BookKind.DISPUTE, BookKind.DISPUTE_WON, BookKind.DISPUTE_LOST)


def movement_of(entry: BookEntry) -> Mapping[str, int]:
    """What an entry moves, by account: nothing, or what adds up to nothing. Pure."""
    moved: dict[str, int] = {}

    def move(account: str, amount: int) -> None:
        moved[account] = moved.get(account, 0) + amount

    if entry.kind is BookKind.UNREAD:
        return {}
    if entry.kind is BookKind.DISPUTE_LOST:
        move("dispute", entry.amount)
        move("dispute_lost", -entry.amount)
    elif entry.kind is BookKind.FEE:
        move("clearing", entry.amount)
        move("provider_fee", -entry.amount)
    elif entry.kind not in OURS or entry.order is None:
        move("clearing", entry.amount)
        other = "payout" if entry.kind in PAYS_OUT else "dispute" if entry.kind in DISPUTES else "elsewhere"
        move(other, -entry.amount)
    move("clearing", -entry.fee)
    move("provider_fee", entry.fee)
    return {account: amount for account, amount in moved.items() if amount}


async def book(
    connection: asyncpg.Connection, provider: str, organizer: str, entries: Sequence[BookEntry]
) -> Sequence[BookEntry]:
    """Keep these entries, within the caller's transaction; answers those that are new."""
    movements = [movement_of(each) for each in entries]
    rows = await connection.fetch(
        sql.BOOK,
        provider,
        organizer,
        [each.id for each in entries],
        [each.kind.value for each in entries],
        [each.sale for each in entries],
        [each.order for each in entries],
        [each.about for each in entries],
        [each.amount for each in entries],
        [each.fee for each in entries],
        [each.currency for each in entries],
        [each.at for each in entries],
        [each.why for each in entries],
        ["{" + ",".join(each) + "}" for each in movements],
        ["{" + ",".join(map(str, each.values())) + "}" for each in movements],
    )
    new = {row["id"] for row in rows}
    booked = [each for each in entries if each.id in new]
    for each in booked:
        if each.kind is BookKind.REFUND_FAILED and each.sale and each.order:
            await refund_returned(connection, provider, each.sale, each.order, each.about)
    return booked
