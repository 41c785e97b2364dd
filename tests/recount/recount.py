"""Recounts all money of an installation with SQL access only; it knows nothing of Aforo's code.

    python -m tests.recount.recount postgresql://…

Prints each figure that does not come to what its rows say, and exits with 1; else one line of what it counted. The
rules are those of docs/prices.md and docs/coupons.md, written once more, in fractions.
"""

from __future__ import annotations

import asyncio
import json
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

import asyncpg

from tests.recount.credit import of_credit, of_spends
from tests.recount.moves import of_moves

MILLION = 1_000_000
ORDERS = """
SELECT o.sale_id, o.id, o.state, o.total, o.credit, o.currency, o.channel, o.price_list, o.revision, o.given_back,
       s.organizer_id, s.kind, (
    SELECT p.provider FROM payment p WHERE p.sale_id = o.sale_id AND p.order_id = o.id
) AS provider,
       coalesce(p.dues, s.dues) AS dues, coalesce(p.prices, s.prices) AS prices, s.products
FROM orders o JOIN sale s ON s.id = o.sale_id
LEFT JOIN price_list p ON p.sale_id = o.sale_id AND p.number = o.price_list AND o.price_list > 1
WHERE o.state <> 'void'
"""
REFUNDS = """
SELECT r.*, (
    SELECT coalesce(jsonb_agg(jsonb_build_array(p.line, p.fee, p.owed, p.tax)), '[]') FROM refund_part p
    WHERE p.sale_id = r.sale_id AND p.order_id = r.order_id AND p.nth = r.nth
) AS parts, (
    SELECT coalesce(jsonb_agg(jsonb_build_array(c.credit_id, c.kind, c.amount, c.granted, c.moved)), '[]')
    FROM refund_credit c
    WHERE c.sale_id = r.sale_id AND c.order_id = r.order_id AND c.nth = r.nth
) AS credits, (
    SELECT sum(s.amount) FROM sandbox_refund s WHERE s.order_id = r.order_id AND s.failed_at IS NULL
) AS at_provider
FROM refund r ORDER BY r.sale_id, r.order_id, r.nth
"""
LINES = "SELECT * FROM order_line ORDER BY sale_id, order_id, line"
PAID_BY = ("clearing", "refund_due", "credit", "voucher", "moved")
Found = list[str]


def half_up(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))


def taxed(amount: int, tax: Mapping[str, Any] | None) -> tuple[int, int]:
    """The tax of an amount, and what is owed with it."""
    if tax is None:
        return 0, amount
    rate = Fraction(tax["ppm"], MILLION)
    if tax["included"]:
        return half_up(amount * rate / (1 + rate)), amount
    return half_up(amount * rate), amount + half_up(amount * rate)


class Money:
    """Dues of a price list as they are stored."""

    def __init__(self, stored: Mapping[str, Any]) -> None:
        self.taxes = {tax["id"]: tax for tax in stored.get("taxes", ())}
        self.tax_of = {kind: self.taxes[tax] for kind, tax in stored.get("tax_of", {}).items()}
        self.otherwise = self.taxes.get(stored.get("tax") or "")
        self.fees = stored.get("fees", ())

    def line(self, kind: str, price: int) -> tuple[int, int]:
        return taxed(price, self.tax_of.get(kind, self.otherwise))

    def fee(self, fee: Mapping[str, Any], lines: Iterable[tuple[str, int]]) -> tuple[int, int, int] | None:
        """Price, tax, owed; None where nothing bears it."""
        bear = [
            price
            for kind, price in lines
            if (not fee["types"] or kind in fee["types"]) and (price > 0 or fee["free_too"])
        ]
        if not bear:
            return None
        share, tax = Fraction(fee["ppm"], MILLION), self.taxes.get(fee["tax"] or "")
        if fee["per"] == "order":
            price = fee["amount"] + half_up(sum(bear) * share)
            its_tax, owed = taxed(price, tax)
            return (price, its_tax, owed) if price else None
        each = [fee["amount"] + half_up(price * share) for price in bear]
        parts = [taxed(one, tax) for one in each]
        if not sum(each):
            return None
        return sum(each), sum(part[0] for part in parts), sum(part[1] for part in parts)


async def recount(url: str) -> tuple[Found, dict[str, int]]:
    db = await asyncpg.connect(url)
    try:
        await db.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
        async with db.transaction(isolation="repeatable_read", readonly=True):
            found: Found = []
            orders = await db.fetch(ORDERS)
            lines = defaultdict(list)
            for row in await db.fetch(LINES):
                lines[row["sale_id"], row["order_id"]].append(row)
            fees = defaultdict(dict)
            for row in await db.fetch("SELECT * FROM order_fee"):
                fees[row["sale_id"], row["order_id"]][row["fee"]] = row
            uses = defaultdict(list)
            for row in await db.fetch("SELECT * FROM order_coupon"):
                uses[row["sale_id"], row["order_id"]].append(row)
            spends = defaultdict(list)
            for row in await db.fetch("SELECT * FROM order_credit"):
                spends[row["sale_id"], row["order_id"]].append(row)
            moved = defaultdict(list)
            for row in await db.fetch("SELECT * FROM ledger_movement ORDER BY nth"):
                moved[row["sale_id"], row["order_id"]].append(row)
            backs = defaultdict(list)
            for row in await db.fetch(REFUNDS):
                backs[row["sale_id"], row["order_id"]].append(row)
            for order in orders:
                key = order["sale_id"], order["id"]
                found += of_order(order, lines[key], fees[key], uses[key], (moved[key], backs[key]))
                found += of_refunds(order, lines[key], fees[key], backs[key])
                found += of_spends(order, spends[key], moved[key], backs[key])
            found += await of_credit(db, orders, spends, moved, backs)
            found += await of_moves(db, orders, spends, moved, backs)
            found += of_coupons(await db.fetch("SELECT * FROM coupon"), orders, uses, lines)
            found += await of_codes_and_persons(db)
            found += await of_receipts(db, orders, moved)
            found += of_books(moved)
            counted = {
                "orders": len(orders),
                "paid": sum(order["state"] == "paid" for order in orders),
                "uses": sum(row["live"] for rows in uses.values() for row in rows),
                "movements": sum(map(len, moved.values())),
                "refunds": sum(map(len, backs.values())),
                "spends": sum(row["live"] for rows in spends.values() for row in rows),
                "moves": await db.fetchval("SELECT count(*) FROM order_move WHERE state = 'done'"),
                "receipts": await db.fetchval("SELECT count(*) FROM receipt"),
            }
            return found, counted
    finally:
        await db.close()


def of_order(
    order: Any, lines: list[Any], fees: Mapping[str, Any], uses: list[Any], moves: tuple[list[Any], list[Any]]
) -> Iterable[str]:
    """What an order owes, line by line, and what moved for it: what came, and what went back."""
    name = f"order {order['id']}"
    given = order["channel"] == "complimentary"
    money = Money({} if given else order["dues"])
    listed = {price for its in order["prices"].values() for price in its.values()}
    listed |= {each["price"] for each in order["products"].values()}
    owed, tax_sum, discount = 0, 0, 0
    for line in lines:
        full = line["price"] if line["full_price"] is None else line["full_price"]
        if full not in listed:
            yield f"{name}: line {line['line']} was {full}, which its list doesn't ask for anything"
        if not 0 <= line["price"] <= full:
            yield f"{name}: line {line['line']} costs {line['price']} of {full}"
        its_tax, its_owed = money.line(line["ticket_type"], line["price"])
        said = line["tax"] or 0, line["price"] if line["owed"] is None else line["owed"]
        if said != (its_tax, its_owed):
            yield f"{name}: line {line['line']} has tax and owes {said}, which come to {(its_tax, its_owed)}"
        owed, tax_sum, discount = owed + its_owed, tax_sum + its_tax, discount + full - line["price"]
    bare = [(line["ticket_type"], line["price"]) for line in lines]
    fee_sum = 0
    asked = {fee["id"]: part for fee in money.fees if (part := money.fee(fee, bare)) is not None}
    for fee in sorted(asked.keys() | fees.keys()):
        kept = None if fee not in fees else tuple(fees[fee][part] for part in ("price", "tax", "owed"))
        if kept != asked.get(fee):
            yield f"{name}: fee {fee} is {kept}, which comes to {asked.get(fee)}"
    for _, fee_tax, fee_owed in asked.values():
        owed, tax_sum, fee_sum = owed + fee_owed, tax_sum + fee_tax, fee_sum + fee_owed - fee_tax
    if order["total"] != owed:
        yield f"{name}: its total is {order['total']}, which comes to {owed}"
    if not given and discount != sum(use["discount"] for use in uses):
        yield f"{name}: {discount} are off its lines, and its coupons say {[use['discount'] for use in uses]}"
    if any(use["tickets"] > len(lines) for use in uses) or len(uses) > 3:
        yield f"{name}: {len(uses)} coupons, of more tickets than it has"
    counts = order["state"] in ("paying", "awaiting", "paid")
    if any(use["live"] != counts for use in uses):
        yield f"{name}: it is {order['state']}, and its coupons count: {[use['live'] for use in uses]}"
    moved, backs = moves
    parts = [part for back in backs for part in back["parts"]]
    ended = {line for back in backs for line in back["ended"]}
    tax_sum -= sum(tax for _, _, _, tax in parts)
    fee_sum -= sum(part - tax for _, fee, part, tax in parts if fee is not None)
    discount -= sum((line["full_price"] or line["price"]) - line["price"] for line in lines if line["line"] in ended)
    yield from of_movements(name, order, moved, (tax_sum, fee_sum, discount))


def of_refunds(order: Any, lines: list[Any], fees: Mapping[str, Any], backs: list[Any]) -> Iterable[str]:
    """What went back of an order: no more than there was of each line and fee, and all of it accounted for."""
    name = f"order {order['id']}"
    given: Counter[tuple[int | None, str | None]] = Counter()
    its_tax: Counter[tuple[int | None, str | None]] = Counter()
    ended: list[int] = []
    for nth, back in enumerate(backs, start=1):
        if back["nth"] != nth:
            yield f"{name}: its refund {back['nth']} follows {nth - 1}"
        if back["amount"] != sum(owed for _, _, owed, _ in back["parts"]):
            yield f"{name}: refund {nth} of {back['amount']} is not the sum of its parts"
        ended += back["ended"]
        for line, fee, owed, tax in back["parts"]:
            given[line, fee] += owed
            its_tax[line, fee] += tax
    if len(set(ended)) != len(ended):
        yield f"{name}: a line was given back twice: {ended}"
    yield from of_lines(name, order, lines, (given, its_tax, set(ended)))
    for fee, row in fees.items():
        back, tax = (sum(n for (_, of), n in counted.items() if of == fee) for counted in (given, its_tax))
        if back > row["owed"] or tax > row["tax"]:
            yield f"{name}: of fee {fee}, {back} of {row['owed']} went back"
    amounts = sum(back["amount"] for back in backs)
    if (order["given_back"], order["revision"]) != (amounts, len(backs)) or amounts > order["total"]:
        yield f"{name}: it says {order['given_back']} went back, and its refunds come to {amounts}"
    at_provider = (backs[0]["at_provider"] or 0) if backs else 0
    through = sum(
        back["amount"] - back["returned"] - back["moved"]
        for back in backs
        if back["state"] == "done" and back["way"] == "provider"
    )
    # What other providers gave back is theirs to say.
    if order["provider"] in (None, "sandbox", "by_hand") and at_provider != through:
        yield f"{name}: the provider gave {at_provider} back, and {through} are said to be"


def of_lines(
    name: str, order: Any, lines: list[Any], back: tuple[Counter[Any], Counter[Any], set[int]]
) -> Iterable[str]:
    given, its_tax, ended = back
    for line in lines:
        owed, key = line["price"] if line["owed"] is None else line["owed"], (line["line"], None)
        if given[key] > owed or its_tax[key] > (line["tax"] or 0):
            yield f"{name}: of line {line['line']}, {given[key]} of {owed} went back"
        if line["line"] in ended and (given[key], its_tax[key]) != (owed, line["tax"] or 0):
            yield f"{name}: line {line['line']} ended with {given[key]} of {owed} given back"
        if line["live"] != (line["line"] not in ended) and order["state"] != "failed":
            yield f"{name}: line {line['line']} is {'live' if line['live'] else 'over'}"


def of_movements(name: str, order: Any, moved: list[Any], sums: tuple[int, int, int]) -> Iterable[str]:
    tax_sum, fee_sum, discount = sums
    captured = (order["state"] == "paid" or order["revision"] > 0) and order["channel"] != "complimentary"
    entries: Counter[str] = Counter()
    for movement in moved:
        entries.update(dict(zip(movement["accounts"], movement["amounts"], strict=True)))
        if sum(movement["amounts"]):
            yield f"{name}: a movement leaves {sum(movement['amounts'])} over"
    if not captured:
        if moved and order["state"] in ("paying", "awaiting", "failed"):
            yield f"{name}: it is {order['state']}, and money moved"
        return
    revenue = -sum(amount for account, amount in entries.items() if account.startswith("revenue:"))
    left = order["total"] - order["given_back"]
    paid = sum(entries[account] for account in PAID_BY)
    said = paid, entries["discount"], -entries["fee"], -entries["tax"]
    if said != (left, discount, fee_sum, tax_sum):
        yield f"{name}: its movements say {said}, which come to {(left, discount, fee_sum, tax_sum)}"
    if revenue != left + discount - fee_sum - tax_sum:
        yield f"{name}: its revenue is {revenue}"


def of_coupons(
    coupons: list[Any], orders: list[Any], uses: Mapping[Any, list[Any]], lines: Mapping[Any, list[Any]]
) -> Iterable[str]:
    """How much of each coupon is used, and what single ones took off orders that have no other."""
    by_coupon: dict[str, Counter[str]] = defaultdict(Counter)
    for rows in uses.values():
        for use in rows:
            if use["live"]:
                by_coupon[use["coupon_id"]].update(uses=1, tickets=use["tickets"], money=use["discount"])
    for coupon in coupons:
        found = by_coupon[coupon["id"]]
        for what in ("uses", "tickets", "money"):
            most, said = coupon[f"{what}_max"], coupon[what]
            if said != found[what]:
                yield f"coupon {coupon['key']}: {what} are {said}, and orders have {found[what]}"
            if most is not None and found[what] > most:
                yield f"coupon {coupon['key']}: {found[what]} {what}, of {most} at most"
    rules = {coupon["id"]: coupon for coupon in coupons}
    for order in orders:
        rows = uses.get((order["sale_id"], order["id"]), [])
        if len(rows) == 1 and rules[rows[0]["coupon_id"]]["revision"] == 1:
            yield from of_one(rows[0], rules[rows[0]["coupon_id"]]["rule"], lines[order["sale_id"], order["id"]])


def of_one(use: Any, rule: Mapping[str, Any], lines: list[Any]) -> Iterable[str]:
    """What one coupon took off an order by itself."""
    full = [line["price"] if line["full_price"] is None else line["full_price"] for line in lines]
    types = rule.get("types", ())
    concerned = [price for line, price in zip(lines, full, strict=True) if not types or line["ticket_type"] in types]
    concerned = [price for price in concerned if price > 0]
    if rule.get("items_max") is not None or rule.get("places"):
        return  # which of them were taken is for the order to say
    amount, share = rule.get("amount", 0), Fraction(rule.get("ppm", 0), MILLION)
    match rule.get("effect"):
        case "percent":
            off = sum(half_up(price * share) for price in concerned)
            off = min(off, rule.get("cap", off))
        case "fixed" if rule.get("per") == "ticket":
            off = sum(min(price, amount) for price in concerned)
        case "fixed":
            off = min(amount, sum(concerned))
        case "free":
            off = sum(concerned)
        case _:
            off = sum(max(0, price - amount) for price in concerned)
    if off != use["discount"]:
        yield f"order {use['order_id']}: {use['name']} took off {use['discount']}, which comes to {off}"


CODES = """
SELECT coupon_id, code, count(*) AS n FROM order_coupon WHERE live AND code IS NOT NULL GROUP BY coupon_id, code
"""
PERSONS = """
SELECT coupon_id, person, count(*) AS n FROM order_coupon WHERE live AND person IS NOT NULL GROUP BY coupon_id, person
"""


async def of_codes_and_persons(db: asyncpg.Connection) -> Found:
    found = []
    codes = Counter({(row["coupon_id"], row["code"]): row["n"] for row in await db.fetch(CODES)})
    for row in await db.fetch("SELECT * FROM coupon_code"):
        used = codes[row["coupon_id"], row["code"]]
        if row["uses"] != used or (row["uses_max"] is not None and used > row["uses_max"]):
            found.append(f"code {row['code']}: {row['uses']} uses of {row['uses_max']}, and orders have {used}")
    persons = Counter({(row["coupon_id"], row["person"]): row["n"] for row in await db.fetch(PERSONS)})
    said = {(row["coupon_id"], row["person"]): row["uses"] for row in await db.fetch("SELECT * FROM coupon_person")}
    most = {row["id"]: row["rule"].get("person_max") for row in await db.fetch("SELECT id, rule FROM coupon")}
    for key in persons.keys() | said.keys():
        if persons[key] != said.get(key, 0) or (most[key[0]] is not None and persons[key] > most[key[0]]):
            found.append(f"somebody with coupon {key[0]}: {said.get(key, 0)} uses, and orders have {persons[key]}")
    return found


async def of_receipts(db: asyncpg.Connection, orders: list[Any], moved: Mapping[Any, list[Any]]) -> Found:
    found = []
    has: Counter[tuple[str, str]] = Counter()
    notes: Counter[tuple[str, str]] = Counter()
    numbers: dict[tuple[str, int], list[int]] = defaultdict(list)
    for row in await db.fetch("SELECT * FROM receipt"):
        key = row["sale_id"], row["order_id"]
        has[key] += row["kind"] == "receipt"
        notes[key] += row["kind"] == "credit_note"
        numbers[row["organizer_id"], row["year"]].append(row["number"])
        its = next((each for each in moved[key] if each["nth"] == row["movement"]), None)
        entries = dict(zip(its["accounts"], its["amounts"], strict=True)) if its else {}
        sign = 1 if row["kind"] == "receipt" else -1
        came = sum(entries.get(account, 0) for account in PAID_BY)
        if (row["total"], row["tax"]) != (came * sign, -entries.get("tax", 0) * sign):
            found.append(f"receipt {row['year']}-{row['number']}: it says {row['total']}, {row['tax']} of it tax")
    for series, given in numbers.items():
        if sorted(given) != list(range(1, len(given) + 1)):
            found.append(f"receipts of {series}: they do not run from 1 to {len(given)}")
    for key, rows in moved.items():
        # What had cost nothing is given back for nothing, and takes nothing back on paper.
        back = sum(row["kind"] == "refund" and not set(PAID_BY).isdisjoint(row["accounts"]) for row in rows)
        if back != notes[key]:
            found.append(f"order {key[1]}: {back} refunds moved, and it has {notes[key]} credit notes")
    for order in orders:
        due = order["state"] == "paid" and order["channel"] != "complimentary" and order["total"] > 0
        if order["kind"] == "event" and due != (has[order["sale_id"], order["id"]] == 1) and order["state"] == "paid":
            found.append(f"order {order['id']}: it has {has[order['sale_id'], order['id']]} receipts")
    return found


def of_books(moved: Mapping[Any, list[Any]]) -> Found:
    """All books together, by currency: what came in is what it came for."""
    books: dict[str, int] = defaultdict(int)
    for rows in moved.values():
        for row in rows:
            books[row["currency"]] += sum(row["amounts"])
    return [f"the books in {currency} leave {left} over" for currency, left in books.items() if left]


def main() -> int:
    found, counted = asyncio.run(recount(sys.argv[1]))
    print("\n".join(found) or ", ".join(f"{number:,} {what}" for what, number in counted.items()) + ": all right")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
