"""Comparing: what we say of orders beside what a provider's books say, and what differs.

Owns disagreement. The comparison itself is pure. Guarantees: what differs is one open disagreement for each order and
kind, however often it is found; one that is found no more is resolved in the same transaction; one that a member
resolved stays so while both sides say what they said then. Fails as Postgres does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg

from engine.ids import new_id
from engine.limits import DISAGREEMENT_SEEN_TO_DAYS
from engine.payments import BookEntry, BookKind
from engine.reconciliation import sql
from engine.reconciliation.model import Counts, DisagreementKind, Found

CAPTURED = ("captured", "refund_due", "refunded")
Ref = tuple[str | None, str]  # sale, order


@dataclass(frozen=True, slots=True)
class Ours:
    """What we say of an order."""

    sale: str
    captured: bool
    amount: int
    currency: str
    done: int = 0  # given back, and through for a while
    asked: int = 0  # to be given back, with what is on its way
    settled: bool = True  # false: it is too new to be compared


@dataclass(slots=True)
class Theirs:
    """What the books say of it, by currency."""

    charged: dict[str, int] = field(default_factory=dict)
    back: dict[str, int] = field(default_factory=dict)


def differing(order: str, sale: str | None, ours: Ours | None, theirs: Theirs) -> Iterator[Found]:
    """What of an order disagrees. Pure."""
    charged = {currency: amount for currency, amount in theirs.charged.items() if amount}

    def found(kind: DisagreementKind, facts: Mapping[str, Any]) -> Found:
        return Found(kind, order, facts, sale if ours is None else ours.sale, order)

    if ours is None or not ours.captured:
        if charged:
            facts = {"ours": 0, "theirs": sum(charged.values()), "currency": min(charged)}
            more = {"their_currency": ", ".join(sorted(charged))} if len(charged) > 1 else {}
            yield found(DisagreementKind.UNKNOWN_CHARGE, {**facts, **more})
        return
    said = {"ours": ours.amount, "currency": ours.currency}
    if not charged:
        yield found(DisagreementKind.MISSING_CHARGE, {**said, "theirs": 0})
        return
    if set(charged) != {ours.currency}:
        theirs_in = ", ".join(sorted(charged))
        facts = {**said, "theirs": sum(charged.values()), "their_currency": theirs_in}
        yield found(DisagreementKind.CURRENCY_DIFFERS, facts)
        return
    if charged[ours.currency] != ours.amount:
        yield found(DisagreementKind.AMOUNT_DIFFERS, {**said, "theirs": charged[ours.currency]})
    back = theirs.back.get(ours.currency, 0)
    if back < ours.done:
        facts = {"ours": ours.done, "theirs": back, "currency": ours.currency}
        yield found(DisagreementKind.MISSING_REFUND, facts)
    elif back > ours.asked:
        facts = {"ours": ours.asked, "theirs": back, "currency": ours.currency}
        yield found(DisagreementKind.UNKNOWN_REFUND, facts)


async def compare(
    connection: asyncpg.Connection, provider: str, organizer: str, refs: Sequence[Ref], until: datetime
) -> Counts:
    """Compare these orders as they stood `until` then, and write what differs; within the caller's transaction."""
    sales = {order: sale for sale, order in refs}
    lacking = [order for order, sale in sales.items() if sale is None]
    if lacking:
        for row in await connection.fetch(sql.SALE_OF_CHARGE, provider, lacking):
            sales[row["order_id"]] = row["sale_id"]
    orders = list(sales)
    rows = await connection.fetch(sql.OURS, [sales[each] or "" for each in orders], orders, provider, organizer, until)
    ours = {row["order_id"]: _ours(row) for row in rows}
    theirs = {order: Theirs() for order in orders}
    for row in await connection.fetch(sql.THEIRS, provider, orders, until):
        if row["kind"] == BookKind.CHARGE.value:
            theirs[row["order_id"]].charged[row["currency"]] = row["amount"]
        else:
            back = theirs[row["order_id"]].back
            back[row["currency"]] = back.get(row["currency"], 0) - row["amount"]
    fresh = {order for order, its in ours.items() if not its.settled}
    found = [
        each
        for order in orders
        if order not in fresh
        for each in differing(order, sales[order], ours.get(order), theirs[order])
    ]
    compared = [order for order in orders if order not in fresh]
    return await write_found(connection, provider, organizer, compared, found)


async def note_unread(
    connection: asyncpg.Connection, provider: str, organizer: str, entries: Sequence[BookEntry]
) -> Counts:
    """Entries that can't be read wait for somebody; those that can be by now wait no more."""
    unread = [each for each in entries if each.kind is BookKind.UNREAD]
    found = [Found(DisagreementKind.UNREAD, each.id, {"why": each.why}) for each in unread]
    return await write_found(connection, provider, organizer, [each.id for each in entries], found)


async def write_found(
    connection: asyncpg.Connection, provider: str, organizer: str, subjects: Sequence[str], found: Sequence[Found]
) -> Counts:
    new: Sequence[Any] = ()
    found = list({(each.kind, each.subject): each for each in found}.values())
    if found:
        new = await connection.fetch(
            sql.FIND,
            organizer,
            provider,
            DISAGREEMENT_SEEN_TO_DAYS,
            [new_id("dis") for _ in found],
            [each.kind.value for each in found],
            [each.subject for each in found],
            [each.sale for each in found],
            [each.order for each in found],
            [dict(each.facts) for each in found],
        )
    gone = await connection.fetch(
        sql.GONE,
        *(organizer, provider, list(subjects)),
        *([each.subject for each in found], [each.kind.value for each in found]),
    )
    return Counts(compared=len(subjects), found=sum(row["new"] for row in new), settled=len(gone))


def _ours(row: Any) -> Ours:
    captured = row["state"] in CAPTURED and row["amount"] > 0
    return Ours(
        *(row["sale_id"], captured, row["amount"], row["currency"], row["done"], row["asked"]),
        settled=row["settled"] is not False,
    )
