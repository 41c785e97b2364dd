"""What verify works out anew of each order of a sale: taxes and fees by the dues of its list, and then its movement.

Reads orders in batches, as they are stored, whatever wrote them. Guarantees: an order that is named has a figure that
the rule of `engine/pricing` or its own lines do not give; what is left of each price is taken as it stands, since the
check of price lists compares it with them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import asyncpg

from engine.catalog.model import NO_DUES, Dues
from engine.context import Violation
from engine.limits import ORDERS_RECOMPUTED_PER_READ
from engine.orders.making import Channel
from engine.orders.model import OrderState
from engine.pricing import Item, Owed, owed_for

AGREES = 7
ALIKE_KEPT = 4096  # most orders of a sale are like others of it
HAVE_CAPTURED = tuple(state.value for state in (OrderState.PAID, OrderState.REFUNDING, OrderState.REFUNDED))

READ_OWED = """
SELECT o.id, o.state, o.total, o.credit, o.currency, o.channel, coalesce(o.price_list, 1) AS list, l.*, (
    SELECT jsonb_object_agg(f.fee, jsonb_build_array(f.price, f.tax, f.owed, f.by_line)) FROM order_fee f
    WHERE f.sale_id = o.sale_id AND f.order_id = o.id
) AS fees, (
    SELECT jsonb_object_agg(c.kind, c.amount) FROM (
        SELECT kind, sum(amount) AS amount FROM order_credit
        WHERE o.credit > 0 AND sale_id = o.sale_id AND order_id = o.id GROUP BY kind
    ) AS c
) AS credits, ARRAY(
    SELECT jsonb_build_object('kind', m.kind, 'currency', m.currency, 'accounts', m.accounts, 'amounts', m.amounts)
    FROM ledger_movement m WHERE m.sale_id = o.sale_id AND m.order_id = o.id ORDER BY m.nth
) AS movements, CASE WHEN o.revision > 0 THEN ARRAY(
    SELECT jsonb_build_object('amount', r.amount, 'moved', r.moved, 'state', r.state, 'ended', r.ended,
        'came_back', r.came_back, 'credits', (
        SELECT jsonb_agg(jsonb_build_array(c.kind, c.amount - c.moved)) FROM refund_credit c
        WHERE c.sale_id = r.sale_id AND c.order_id = r.order_id AND c.nth = r.nth
    ), 'parts', (
        SELECT jsonb_agg(jsonb_build_array(g.line, g.fee, g.owed, g.tax)) FROM refund_part g
        WHERE g.sale_id = r.sale_id AND g.order_id = r.order_id AND g.nth = r.nth
    )) FROM refund r WHERE r.sale_id = o.sale_id AND r.order_id = o.id ORDER BY r.nth
) ELSE '{}' END AS refunds, (
    SELECT p.provider FROM payment p WHERE p.sale_id = o.sale_id AND p.order_id = o.id
) IS NOT DISTINCT FROM 'by_hand' AS by_hand
FROM (SELECT * FROM orders WHERE sale_id = $1 AND id > $2::text ORDER BY id LIMIT $3) AS o
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(ticket_type ORDER BY line), '{}') AS types,
        coalesce(array_agg(price ORDER BY line), '{}') AS prices,
        coalesce(array_agg(coalesce(full_price, price) ORDER BY line), '{}') AS list_prices,
        coalesce(array_agg(coalesce(tax, 0) ORDER BY line), '{}') AS taxes,
        coalesce(array_agg(coalesce(owed, price) ORDER BY line), '{}') AS owed
    FROM order_line WHERE sale_id = o.sale_id AND order_id = o.id
) AS l
ORDER BY o.id
"""


async def owed_violations(connection: asyncpg.Connection, sale: str, dues_of: Mapping[int, Dues]) -> list[Violation]:
    """Orders whose taxes, fees or movements are not what their lines and the dues of their list come to."""

    @lru_cache(ALIKE_KEPT)
    def asked(by: int | None, types: tuple[str, ...], prices: tuple[int, ...]) -> Owed:
        items = [Item(kind, "", price) for kind, price in zip(types, prices, strict=True)]
        return owed_for(items, NO_DUES if by is None else dues_of.get(by, NO_DUES))

    found: list[Violation] = []
    last = ""
    while rows := await connection.fetch(READ_OWED, sale, last, ORDERS_RECOMPUTED_PER_READ):
        last = rows[-1]["id"]
        for row in rows:
            # What is given away bears nothing, not even fees that are asked of free tickets.
            by = None if row["channel"] == Channel.COMPLIMENTARY.value else row["list"]
            owed = asked(by, tuple(row["types"]), tuple(row["prices"]))
            wrong = "; ".join([*_off_their_dues(row, owed), *_off_their_order(row)])
            if wrong:
                found.append(Violation(AGREES, f"order {row['id']}", wrong))
    return found


def _off_their_dues(row: Any, owed: Owed) -> Iterator[str]:
    said = zip(row["prices"], row["list_prices"], row["taxes"], row["owed"], owed.lines, strict=True)
    for line, (price, list_price, tax, line_owed, its) in enumerate(said):
        if price > list_price:
            yield f"its line {line} costs {price}, more than the {list_price} before anything was taken off"
        if (tax, line_owed) != (its.taxed, its.owed):
            yield (
                f"its line {line} owes {line_owed} with a tax of {tax}, "
                f"and list {row['list']} asks {its.owed} with {its.taxed}"
            )
    fees = row["fees"] or {}
    asked = {fee.fee.id: [fee.amount, fee.taxed, fee.owed, list(fee.by_item)] for fee in owed.fees}
    for fee in sorted(fees.keys() | asked.keys()):
        kept, due = fees.get(fee), asked.get(fee)
        if kept != due:
            yield f"its fee {fee} is {_fee_said(kept)}, and list {row['list']} asks {_fee_said(due)}"


def _fee_said(fee: list[Any] | None) -> str:
    if fee is None:
        return "none"
    price, tax, owed, by_line = fee
    return f"{price} ({owed} with a tax of {tax}{f', by line {by_line}' if by_line else ''})"


def _off_their_order(row: Any) -> Iterator[str]:
    """Its movements say what it captured, for what, and what went back; where nothing was asked, nothing moved."""
    entries = _entries(row)
    moves = row["state"] in HAVE_CAPTURED and row["channel"] != Channel.COMPLIMENTARY.value and entries
    expected = [("capture", row["currency"], entries)] if moves else []
    for kind, its in _given_back(row):
        expected.append((kind, row["currency"], its))
    expected.sort()
    written = sorted(
        (each["kind"], each["currency"], sorted(zip(each["accounts"], each["amounts"], strict=True)))
        for each in row["movements"]
    )
    # What comes too late and goes back is never captured.
    if written != expected and (written or row["state"] == OrderState.PAID.value):
        said = "; ".join(f"a {kind} in {currency} of {_said(its)}" for kind, currency, its in written)
        yield f"it is {row['state']} with {_said(entries)}, and its movements are {said or 'none'}"


def _given_back(row: Any) -> Iterator[tuple[str, list[tuple[str, int]]]]:
    """What each refund takes from what it was paid for, and what went out once it was through."""
    for refund in row["refunds"]:
        entries: Counter[str] = Counter()
        for kind, amount in refund["credits"] or ():
            entries[kind] -= amount
        entries["moved"] = -refund["moved"]
        money = refund["amount"] + sum(entries.values())
        entries["clearing" if row["by_hand"] else "refund_due"] -= money
        for line, fee, owed, tax in refund["parts"] or ():
            entries["fee" if fee is not None else f"revenue:{row['types'][line]}"] += owed - tax
            entries["tax"] += tax
        for line in refund["ended"]:
            off = row["list_prices"][line] - row["prices"][line]
            entries[f"revenue:{row['types'][line]}"] += off
            entries["discount"] -= off
        moved = sorted((account, amount) for account, amount in entries.items() if amount)
        if moved:
            yield "refund", moved
        if money and not row["by_hand"]:
            gone = refund["came_back"] + (refund["state"] == "done")
            yield from [("payback", [("clearing", -money), ("refund_due", money)])] * gone
            yield from [("return", [("clearing", money), ("refund_due", -money)])] * refund["came_back"]


def _said(entries: Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{account} {amount}" for account, amount in entries) or "nothing"


def _entries(row: Any) -> list[tuple[str, int]]:
    """What came in, what for, and what of it is tax: by account, each once."""
    spent = row["credits"] or {}
    entries: Counter[str] = Counter(spent)
    entries["clearing"] = row["total"] - sum(spent.values())
    said = zip(row["types"], row["prices"], row["list_prices"], row["taxes"], row["owed"], strict=True)
    for kind, price, list_price, tax, owed in said:
        # A tax that is added was never in the price.
        entries[f"revenue:{kind}"] -= list_price - (tax - (owed - price))
        entries["discount"] += list_price - price
        entries["tax"] -= tax
    for _, tax, owed, _ in (row["fees"] or {}).values():
        entries["fee"] -= owed - tax
        entries["tax"] -= tax
    return sorted((account, amount) for account, amount in entries.items() if amount)
