"""What an outsider works out of credit and vouchers, with SQL alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import asyncpg


def of_spends(order: Any, spends: list[Any], moved: list[Any], backs: list[Any]) -> Iterable[str]:
    """What credit pays of an order, and what was asked of the provider for the rest."""
    name = f"order {order['id']}"
    amount = sum(each["amount"] for each in spends)
    if order["credit"] != amount or not 0 <= amount <= order["total"]:
        yield f"{name}: credit pays {order['credit']} of {order['total']}, and it spends {amount}"
    counts = order["state"] in ("paying", "awaiting", "paid") or order["revision"] > 0
    if any(each["live"] != counts for each in spends):
        yield f"{name}: it is {order['state']}, and its credit counts: {[each['live'] for each in spends]}"
    yield from of_backs(name, order["total"] - amount, amount, backs)
    for movement in moved:
        entries = dict(zip(movement["accounts"], movement["amounts"], strict=True))
        if movement["kind"] == "refund":
            its_credit = sum(
                got - gone
                for back in backs
                for _, _, got, _, gone in back["credits"]
                if back["movement"] == movement["nth"]
            )
            its_moved = sum(back["moved"] for back in backs if back["movement"] == movement["nth"])
            if entries.get("moved", 0) != -its_moved:
                yield f"{name}: its movement {movement['nth']} does not move {its_moved}"
            if entries.get("credit", 0) + entries.get("voucher", 0) != -its_credit:
                yield f"{name}: its movement {movement['nth']} does not give {its_credit} as credit"
        if movement["kind"] != "capture":
            continue
        if entries.get("clearing", 0) != order["total"] - amount:
            yield f"{name}: {entries.get('clearing', 0)} came in, of {order['total']} less credit of {amount}"
        for kind in ("credit", "voucher"):
            its = sum(each["amount"] for each in spends if each["kind"] == kind)
            if entries.get(kind, 0) != its:
                yield f"{name}: its movement has {entries.get(kind, 0)} of {kind}, and it spends {its}"


def of_backs(name: str, money: int, credit: int, backs: list[Any]) -> Iterable[str]:
    """What came back of its credit: money goes back first; of what another order was paid with, credit goes first."""
    for back in backs:
        gone = min(back["moved"], credit)
        money -= back["moved"] - gone
        paid_back = min(back["amount"] - back["moved"], money)
        returned = back["amount"] - back["moved"] - paid_back
        money, credit = money - paid_back, credit - gone - returned
        if back["returned"] != returned:
            yield f"{name}: {back['returned']} of its credit came back with {back['nth']}, and {returned} should have"
        its = [(got - moved, moved) for _, _, got, granted, moved in back["credits"] if not granted]
        if (sum(each for each, _ in its), sum(each for _, each in its)) != (returned, gone):
            yield f"{name}: its refund {back['nth']} does not say whose credit came back, or went on"
        if money < 0 or credit < 0:
            yield f"{name}: more went back or on than was paid"


async def of_credit(
    db: asyncpg.Connection,
    orders: list[Any],
    spends: Mapping[Any, list[Any]],
    moved: Mapping[Any, list[Any]],
    backs: Mapping[Any, list[Any]],
) -> list[str]:
    """Balances by their entries, entries by orders, and what is owed by the books."""
    found: list[str] = []
    entries = defaultdict(list)
    for row in await db.fetch("SELECT * FROM credit_entry ORDER BY id"):
        entries[row["credit_id"]].append(row)
    live: Counter[str] = Counter()
    for rows in spends.values():
        for row in rows:
            live[row["credit_id"]] += row["amount"] if row["live"] else 0
    for rows in backs.values():
        for credit, _, amount, granted, gone in (each for row in rows for each in row["credits"]):
            live[credit] -= 0 if granted else amount - gone
    owed: Counter[tuple[str, str, str]] = Counter()
    for credit in await db.fetch("SELECT * FROM credit"):
        left, name = 0, f"credit {credit['id']}"
        for entry in entries[credit["id"]]:
            left += entry["amount"]
            if left < 0:
                found.append(f"{name}: {left} was left of it once")
        if credit["balance"] != left:
            found.append(f"{name}: its balance is {credit['balance']}, which comes to {left}")
        spent = -sum(entry["amount"] for entry in entries[credit["id"]] if entry["kind"] in ("spend", "return"))
        if spent != live[credit["id"]]:
            found.append(f"{name}: {spent} are spent of it, and orders have {live[credit['id']]}")
        elsewhere = sum(entry["amount"] for entry in entries[credit["id"]] if entry["account"] is not None)
        owed[credit["organizer_id"], credit["currency"], credit["kind"]] += elsewhere - credit["balance"]
    owed.subtract(captured_credit(orders, spends, moved))
    return found + [f"credit of {key}: the books are off by {off}" for key, off in owed.items() if off]


def captured_credit(
    orders: list[Any], spends: Mapping[Any, list[Any]], moved: Mapping[Any, list[Any]]
) -> Counter[tuple[str, str, str]]:
    """What orders took of credit, by organizer, currency and kind: captured, or on its way."""
    taken: Counter[tuple[str, str, str]] = Counter()
    for order in orders:
        key = order["sale_id"], order["id"]
        for movement in moved.get(key, ()):
            entries = dict(zip(movement["accounts"], movement["amounts"], strict=True))
            for kind in ("credit", "voucher"):
                taken[order["organizer_id"], order["currency"], kind] += entries.get(kind, 0)
        for row in spends.get(key, ()) if not moved.get(key) else ():
            taken[order["organizer_id"], order["currency"], row["kind"]] += row["amount"] if row["live"] else 0
    return taken
