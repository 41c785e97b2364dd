"""What an outsider works out of moves, with SQL alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import asyncpg


async def of_moves(
    db: asyncpg.Connection,
    orders: list[Any],
    spends: Mapping[Any, list[Any]],
    moved: Mapping[Any, list[Any]],
    backs: Mapping[Any, list[Any]],
) -> list[str]:
    """What left an order for another one is in it, or on its way there: nothing is in both, and nothing in neither."""
    found: list[str] = []
    stands: Counter[str] = Counter()
    under_way: Counter[str] = Counter()  # by currency
    for row in await db.fetch("SELECT e.*, c.currency FROM credit_entry e JOIN credit c ON c.id = e.credit_id"):
        if row["account"] == "moved":
            stands[row["credit_id"]] += row["amount"]
            under_way[row["currency"]] += row["amount"]
    for rows in moved.values():
        for row in rows:
            entries = dict(zip(row["accounts"], row["amounts"], strict=True))
            under_way[row["currency"]] += entries.get("moved", 0)
    by_request = {(order, back["request"]): back for order, its in backs.items() for back in its}
    totals = {(order["sale_id"], order["id"]): order["total"] for order in orders}
    for move in await db.fetch("SELECT * FROM order_move"):
        name, old = f"move {move['id']}", (move["sale_id"], move["order_id"])
        back = by_request.get((old, f"move {move['id']}"))
        if move["state"] == "open":
            under_way[move["currency"]] -= move["amount"]
        if (back is not None) != (move["state"] == "done"):
            found.append(f"{name}: it is {move['state']}, and {'a' if back else 'no'} refund ended its lines")
        paid = 0
        if back is not None and move["state"] == "done":
            new = move["to_sale"], move["to_order"]
            paid = sum(each["amount"] for each in spends[new] if each["credit_id"] == move["credit_id"])
            if paid != min(move["amount"], totals[new]):
                found.append(f"{name}: of {move['amount']}, an order of {totals[new]} was paid with {paid}")
            if (back["moved"], back["amount"], back["ended"]) != (paid, move["amount"], move["lines"]):
                found.append(f"{name}: its refund moved {back['moved']} of {back['amount']}, and {paid} came")
        worth = {"open": move["amount"], "undone": 0, "done": paid}[move["state"]]
        if stands[move["credit_id"]] != worth:
            found.append(f"{name}: its voucher stands for {stands[move['credit_id']]}, and it is worth {worth}")
    return found + [
        f"{left} in {currency} went out of an order and into none" for currency, left in under_way.items() if left
    ]
