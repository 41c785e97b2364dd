"""Recounts what is left at providers with SQL access only; it knows nothing of Aforo's code.

    python recount_books.py postgresql://…

Prints what does not come to what its rows say, and exits with 1; else one line of what it counted. The rules are those
of docs/payments.md, written once more. Everything must have come to its end, and have been reconciled, before.
"""

from __future__ import annotations

import asyncio
import json
import math
import sys
from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import asyncpg

CHARGES = """
SELECT c.*, s.organizer_id FROM sandbox_charge c JOIN sale s ON s.id = c.sale_id
WHERE c.outcome IN ('captured', 'refunded') AND s.kind <> 'rehearsal'
"""
FEE = Fraction(15, 1000)
Found = list[str]
Kept = tuple[str, str | None]  # currency, order; None: paid out


def fee_of(amount: int) -> int:
    return math.floor(amount * FEE + Fraction(1, 2))


async def recount(url: str) -> tuple[Found, dict[str, int]]:
    db = await asyncpg.connect(url)
    try:
        await db.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
        async with db.transaction(isolation="repeatable_read", readonly=True):
            entries = await db.fetch("SELECT * FROM provider_entry ORDER BY provider, id")
            movements = await db.fetch(
                "SELECT m.*, p.provider FROM ledger_movement m JOIN payment p USING (sale_id, order_id)"
            )
            by_hand = await db.fetch(
                "SELECT r.amount - r.returned - r.moved AS amount, r.order_id, o.currency FROM refund r"
                " JOIN orders o ON o.sale_id = r.sale_id AND o.id = r.order_id"
                " JOIN payment p ON p.sale_id = r.sale_id AND p.order_id = r.order_id"
                " WHERE p.provider = 'sandbox' AND r.way = 'by_hand' AND r.state = 'done'"
            )
            disputes = await db.fetch("SELECT * FROM dispute")
            tickets = await db.fetch("SELECT * FROM ticket")
            found = [*of_entries(entries), *of_disputes(disputes, entries, tickets)]
            left, ids = await at_sandbox(db)
            found += of_clearing(left, [*movements, *entries], by_hand)
            booked = {row["id"] for row in entries if (row["provider"], row["kind"]) != ("sandbox", "dispute_lost")}
            if booked != ids:
                found.append(f"the sandbox has {len(ids)} entries, and {len(booked)} are booked")
            counted = {"entries": len(entries), "disputes": len(disputes), "at the sandbox": len(ids)}
            return found, counted
    finally:
        await db.close()


def of_entries(entries: list[Any]) -> Iterable[str]:
    """What each entry moved, by what it is."""
    for row in entries:
        moved = Counter(dict(zip(row["accounts"], row["amounts"], strict=True)))
        amount, fee, ours = row["amount"], row["fee"], row["order_id"] is not None
        match row["kind"]:
            case "charge" | "refund" | "refund_failed" if ours:
                expected = Counter({"clearing": -fee, "provider_fee": fee})
            case "charge" | "refund" | "refund_failed" | "other":
                expected = Counter({"clearing": amount - fee, "provider_fee": fee, "elsewhere": -amount})
            case "dispute" | "dispute_won":
                expected = Counter({"clearing": amount - fee, "provider_fee": fee, "dispute": -amount})
            case "dispute_lost":
                expected = Counter({"dispute": amount, "dispute_lost": -amount})
            case "fee":
                expected = Counter({"clearing": amount, "provider_fee": -amount})
            case "payout" | "payout_failed":
                expected = Counter({"clearing": amount - fee, "provider_fee": fee, "payout": -amount})
            case _:
                expected = Counter()
        said = {account: part for account, part in expected.items() if part}
        if moved != said:
            yield f"entry {row['id']}: it moved {dict(moved)}, and is {said}"
        if sum(moved.values()):
            yield f"entry {row['id']}: it leaves {sum(moved.values())} over"


def of_disputes(disputes: list[Any], entries: list[Any], tickets: list[Any]) -> Iterable[str]:
    """What each dispute holds of its order's money, and whether its tickets open anything."""
    held: Counter[tuple[str, str]] = Counter()
    lost: Counter[tuple[str, str]] = Counter()
    for row in entries:
        if row["kind"].startswith("dispute"):
            moved = dict(zip(row["accounts"], row["amounts"], strict=True))
            held[row["provider"], row["about"]] += moved.get("dispute", 0)
            lost[row["provider"], row["about"]] += moved.get("dispute_lost", 0)
    wanted = set()
    for row in disputes:
        key = row["provider"], row["id"]
        expected = {"open": (row["amount"], 0), "won": (0, 0), "lost": (0, row["amount"])}[row["state"]]
        if (held[key], lost[key]) != expected:
            yield f"dispute {row['id']}: it is {row['state']} with {held[key]} held and {lost[key]} lost"
        if row["blocks"] and row["state"] != "won":
            wanted.add((row["sale_id"], row["order_id"]))
    for row in tickets:
        if (row["blocked_at"] is not None) != ((row["sale_id"], row["order_id"]) in wanted):
            yield f"ticket {row['id']}: it is blocked: {row['blocked_at']}"


async def at_sandbox(db: asyncpg.Connection) -> tuple[Counter[Kept], set[str]]:
    """What the sandbox has left of each order, and less what it paid out, from its own tables; and the ids of all of
    it.
    """
    left: Counter[Kept] = Counter()
    ids = set()
    charges = {row["order_id"]: row for row in await db.fetch(CHARGES)}
    for order, row in charges.items():
        if row["amount"]:
            left[row["currency"], order] += row["amount"] - fee_of(row["amount"])
            ids.add(f"ch_{order}")
    for row in await db.fetch("SELECT * FROM sandbox_refund"):
        if row["order_id"] in charges:
            name = f"{row['order_id']}:{row['id']}"
            ids.add(f"re_{name}")
            if row["failed_at"] is not None:
                ids.add(f"rf_{name}")
            else:
                left[charges[row["order_id"]]["currency"], row["order_id"]] -= row["amount"]
    for row in await db.fetch("SELECT * FROM sandbox_dispute"):
        if row["order_id"] in charges:
            key = charges[row["order_id"]]["currency"], row["order_id"]
            left[key] -= fee_of(row["amount"])
            ids.add(f"{row['id']}:opened")
            if row["state"] == "won":
                ids.add(f"{row['id']}:won")
            else:
                left[key] -= row["amount"]
    for row in await db.fetch("SELECT * FROM sandbox_payout"):
        left[row["currency"], None] -= row["amount"]
        ids.add(row["id"])
    return left, ids


def of_clearing(left: Counter[Kept], moved: list[Any], by_hand: list[Any]) -> Iterable[str]:
    """What the ledger says is left at the sandbox is what it has, order by order."""
    clearing: Counter[Kept] = Counter()
    for row in moved:
        if row["provider"] == "sandbox":
            entries = dict(zip(row["accounts"], row["amounts"], strict=True))
            clearing[row["currency"], row["order_id"]] += entries.get("clearing", 0)
    for row in by_hand:
        clearing[row["currency"], row["order_id"]] += row["amount"]  # a member handed it over
    for key in sorted(left.keys() | clearing.keys(), key=str):
        if left[key] != clearing[key]:
            yield f"of {key[1] or 'payouts'} the sandbox has {left[key]} {key[0]} left, and clearing is {clearing[key]}"


def main() -> int:
    found, counted = asyncio.run(recount(sys.argv[1]))
    print("\n".join(found) or ", ".join(f"{number:,} {what}" for what, number in counted.items()) + ": all right")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
