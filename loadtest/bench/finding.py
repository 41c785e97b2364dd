"""finding: how long an organizer's orders take to be found among 200,000, by each thing that somebody may have of one.

The office asks for as much once a pause follows a key. Beside it the bare read of as many orders as are shown.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator

import asyncpg

from engine.onsale import Sale
from engine.orders import Sought
from engine.orders.codes import new_code
from engine.vault import Contact, columns
from loadtest.bench.measure import Bench, Figures, Measure, Row, middle
from loadtest.bench.sales import stored_sale

ORDERS, ORDERS_QUICK = 200_000, 20_000
AT_ONCE = 2_000  # orders in a statement
SEATS = 30_000
PAGE, ROUNDS = 50, 10
TARGET_MS = 100
NAMES = ("Ana Núñez", "Bea Ortiz", "Carlos Mota", "Dídac Puig", "Eva Roca", "Inés Vila", "João Souza", "Zoë Lind")
PUT_PEOPLE = "SELECT vault_put($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
FILL = """
WITH batch AS (SELECT * FROM unnest($2::integer[], $3::text[], $4::text[]) AS s (n, person, code)), put AS (
    INSERT INTO orders (sale_id, id, cart_id, buyer_id, state, total, currency, code, placed_at, paid_at, person_id)
    SELECT $1, 'ord_' || n, 'cart_' || n, 'buyer_' || n, 'paid', 4500, 'EUR', code, now(), now(), person FROM batch
), line AS (
    INSERT INTO order_line (sale_id, order_id, line, seat, pool_id, ticket_type, price)
    SELECT $1, 'ord_' || n, 0, CASE WHEN n < $5 THEN n END, CASE WHEN n >= $5 THEN 'floor' END, 'general', 4500
    FROM batch
), ticket AS (
    INSERT INTO ticket (sale_id, order_id, line, id) SELECT $1, 'ord_' || n, 0, 'tkt_' || n FROM batch
)
INSERT INTO payment (sale_id, sale_kind, order_id, provider, reference, state, amount, card_last4, answered_at)
SELECT $1, 'event', 'ord_' || n, 'sandbox', 'ch_' || n, 'captured', 4500, lpad((n % 10000)::text, 4, '0'), now()
FROM batch
"""
TABLES = "ANALYZE orders, order_line, ticket, payment, vault_person"
NEWEST = "SELECT * FROM orders WHERE sale_id = $1 AND total >= 0 ORDER BY placed_at DESC, id DESC LIMIT $2"


def asks(codes: dict[int, str], some: int) -> dict[str, str]:
    return {
        "purchase code": codes[some],
        "id": f"ord_{some}",
        "ticket": f"tkt_{some}",
        "card": f"{some % 10_000:04d}",
        "seat": "b 7",
        "address": f"buyer{some}@example.org",
        "number": f"+34600{some:06d}",
        "a name of one": f"ana {some}",
        "a name of thousands": "ana núñez",
        "nothing": "nobody at all",
    }


def called(n: int) -> Contact:
    return Contact(f"{NAMES[n % len(NAMES)]} {n}", f"buyer{n}@example.org", f"+34600{n:06d}")


async def fill(bench: Bench, sale: Sale, organizer: str, orders: int) -> dict[int, str]:
    """Paid orders, each of somebody else; their purchase codes."""
    db, vault = bench.engine.db, bench.engine.vault
    codes = {number: new_code() for number in range(orders)}
    for first in range(0, orders, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, orders))
        people = [vault.filed(called(n), organizer, f"buyer_{n}") for n in numbers]
        await db.execute(PUT_PEOPLE, *columns(people))
        ids, named = [each.row.person for each in people], [codes[n] for n in numbers]
        await db.execute(FILL, sale.id, list(numbers), ids, named, min(SEATS, orders))
    await db.execute(TABLES)
    return codes


async def measure(bench: Bench) -> Figures:
    engine, orders = bench.engine, ORDERS_QUICK if bench.quick else ORDERS
    sale = await stored_sale(bench, SEATS)
    organizer = await engine.db.fetchval("SELECT organizer_id FROM sale WHERE id = $1", sale.id)
    bench.step(f"writing {orders:,} orders")
    codes = await fill(bench, sale, organizer, orders)

    async def shown(sales: Collection[str]) -> dict[str, bool]:
        return dict.fromkeys(await engine.catalog.about_sales(organizer, sales), True)

    bench.step("finding orders")
    took: dict[str, float] = {}
    for name, words in asks(codes, orders // 2).items():
        some = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            found = await engine.orders.find(Sought(organizer, words, sale=sale.id, limit=PAGE), shown)
            some.append((time.perf_counter() - began) * 1e3)
            assert bool(found.items) is (name != "nothing"), name
        took[name] = round(middle(some), 2)
    return {"orders": orders, "ms": took, "bare_ms": round(await bare(engine.db, sale), 2)}


async def bare(db: asyncpg.Pool, sale: Sale) -> float:
    some = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        await db.fetch(NEWEST, sale.id, PAGE)
        some.append((time.perf_counter() - began) * 1e3)
    return middle(some)


def rows(figures: Figures) -> Iterator[Row]:
    took = figures["ms"]
    slowest = max(took, key=lambda name: took[name])
    what = f"orders found among {figures['orders']:,}, the slowest of {len(took)} ways: by {slowest}"
    beside = f"by code {took['purchase code']} ms; the bare read of {PAGE} orders: {figures['bare_ms']} ms"
    yield Row(what, "ms", took[slowest], TARGET_MS, at_most=True, beside=beside)


FINDING = Measure("finding", measure, rows)
