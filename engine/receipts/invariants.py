"""What must hold of receipts: each capture has one that says the same, and numbers leave no gap."""

from __future__ import annotations

import asyncpg

from engine.context import Violation
from engine.limits import RECEIPT_WITHIN_S
from engine.receipts import sql

INVARIANT = 27


async def violations(db: asyncpg.Pool) -> list[Violation]:
    """Series that are not 1, 2 … to their last."""
    return [
        Violation(
            INVARIANT,
            f"receipts of {row['organizer_id']} in {row['year']}",
            "there are {receipts}, from {first} to {highest}, and the last number given is {last}".format(**row),
        )
        for row in await db.fetch(sql.SERIES_THAT_DISAGREE)
    ]


async def sale_violations(db: asyncpg.Pool, sale: str) -> list[Violation]:
    """Receipts that say something else than what was captured, and captures that got none in time."""
    found = [
        Violation(
            INVARIANT,
            f"order {row['order_id']}",
            f"its {row['kind']} {row['year']}-{row['number']} says {row['total']} with {row['tax']} of tax; "
            f"what moved is {row['captured']} with {row['captured_tax']}",
        )
        for row in await db.fetch(sql.RECEIPTS_THAT_DISAGREE, sale)
    ]
    for row in await db.fetch(sql.CAPTURES_WITHOUT, sale, float(RECEIPT_WITHIN_S)):
        found.append(
            Violation(INVARIANT, f"order {row['order_id']}", f"has no receipt {RECEIPT_WITHIN_S} s after it was paid")
        )
    for row in await db.fetch(sql.NOTES_WITHOUT, sale, float(RECEIPT_WITHIN_S)):
        text = f"has no credit note for its movement {row['nth']} {RECEIPT_WITHIN_S} s after that"
        found.append(Violation(INVARIANT, f"order {row['order_id']}", text))
    return found
