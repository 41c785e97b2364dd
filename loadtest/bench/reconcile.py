"""reconcile: the orders of an organizer compared with the books of its provider, charge by charge, in both directions.

The provider is the sandbox. It is measured beside reading the same rows and doing nothing with them. Guarantees:
what was made to differ is found, and nothing else, or the measurement fails; fees are booked to the cent.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from engine.audit import Act
from engine.payments import BookPage
from loadtest.bench.measure import Bench, Figures, Measure, Row

CHARGES, CHARGES_QUICK = 100_000, 5_000
WRONG = 100  # of them, half of which the provider never heard of
PRICE, FEE = 4_500, 68
ROWS_PER_READ = 1_000
SALE = {
    "event": "Reconciled",
    "starts": "in 30 days at 20:00",
    "zone": "UTC",
    "currency": "EUR",
    "opens": "now",
    "pools": {"floor": {"capacity": 1, "price": 45}},
}
ORDERS = """
WITH made AS (
    INSERT INTO orders (sale_id, id, cart_id, buyer_id, state, total, currency, code, placed_at, paid_at, settled_at)
    SELECT $1, 'ord_' || $1 || '_' || n, 'c' || n, 'b' || n, 'paid', $3::bigint, 'EUR', $1 || '-' || n,
           now() - interval '1 hour', now() - interval '1 hour', now()
    FROM generate_series(1, $2::integer) AS n RETURNING id
)
INSERT INTO sandbox_charge (order_id, amount, currency, outcome, visible_at, sale_id)
SELECT id, $3::bigint, 'EUR', 'captured', now() - interval '1 hour', $1 FROM made
"""
PAYMENTS = """
INSERT INTO payment (sale_id, order_id, sale_kind, provider, state, amount, answered_at)
SELECT sale_id, id, 'event', 'sandbox', 'captured', total, now() - interval '1 hour' FROM orders WHERE sale_id = $1
"""
UNHEARD = """
DELETE FROM sandbox_charge WHERE order_id IN (
    SELECT order_id FROM sandbox_charge WHERE sale_id = $1 ORDER BY order_id LIMIT $2
)
"""
LESS = """
UPDATE sandbox_charge SET amount = amount - 100 WHERE order_id IN (
    SELECT order_id FROM sandbox_charge WHERE sale_id = $1 ORDER BY order_id LIMIT $2
)
"""
READ_OURS = """
SELECT * FROM order_money WHERE sale_id = $1 AND order_id > $2 ORDER BY order_id LIMIT $3
"""
FOUND = """
SELECT count(*) FILTER (WHERE kind = 'missing_charge') AS unheard,
       count(*) FILTER (WHERE kind = 'amount_differs') AS less,
       count(*) AS all_of_them FROM disagreement WHERE organizer_id = $1
"""
FEES = "SELECT coalesce(sum(fee), 0)::bigint FROM provider_entry WHERE organizer_id = $1"


async def sold(bench: Bench, charges: int) -> tuple[str, Act]:
    """Orders that are paid and charged, some of which differ."""
    engine, db = bench.engine, bench.engine.db
    by = Act(await engine.access.create_organizer("Reconciled"), "bench")
    created = await engine.catalog.create_sale(by, SALE)
    assert not isinstance(created, list), created
    sale = created.id
    async with db.acquire() as connection:
        for statement, *arguments in ((ORDERS, charges, PRICE), (PAYMENTS,), (UNHEARD, WRONG // 2), (LESS, WRONG // 2)):
            await connection.execute(statement, sale, *arguments, timeout=300)
        await connection.execute("ANALYZE orders, payment, sandbox_charge")
    return sale, by


async def bare(bench: Bench, sale: str, by: Act) -> float:
    """Reading both sides, a thousand rows at a time; seconds."""
    began = time.perf_counter()
    books = dict(await bench.engine.orders.shelf.of(by.organizer_id))["sandbox"]
    assert books is not None
    cursor: str | None = ""
    while cursor is not None:
        page = await books.page(datetime.fromtimestamp(0, UTC), cursor)
        assert isinstance(page, BookPage)
        cursor = page.following
    last = ""
    while rows := await bench.engine.db.fetch(READ_OURS, sale, last, ROWS_PER_READ):
        last = rows[-1]["order_id"]
    return time.perf_counter() - began


def memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def reconciled(bench: Bench) -> Figures:
    engine, charges = bench.engine, CHARGES_QUICK if bench.quick else CHARGES
    bench.step(f"selling {charges:,} orders")
    sale, by = await sold(bench, charges)
    bench.step("reading both sides")
    bare_s = await bare(bench, sale, by)
    bench.step("comparing them")
    before_mb, began = memory_mb(), time.perf_counter()
    run = await engine.reconciliation.run(by)
    took_s = time.perf_counter() - began
    grew_mb = memory_mb() - before_mb
    found = await engine.db.fetchrow(FOUND, by.organizer_id)
    assert (run.compared, tuple(found)) == (charges, (WRONG // 2, WRONG // 2, WRONG)), (run, found)
    fees = await engine.db.fetchval(FEES, by.organizer_id)
    less = (PRICE - 100) * 15 // 1000
    assert fees == (charges - WRONG) * FEE + WRONG // 2 * less, fees
    return {
        "charges": charges,
        "s": round(took_s, 1),
        "bare_s": round(bare_s, 1),
        "grew_mb": round(grew_mb, 1),
    }


def rows_of(figures: Figures) -> Iterator[Row]:
    beside = f"the same rows only read: {figures['bare_s']} s"
    what = f"{figures['charges']:,} charges compared, their fees booked"
    yield Row(what, "s", figures["s"], None, at_most=True, beside=beside)
    yield Row("memory that it took besides, at its peak", "MB", figures["grew_mb"], None, at_most=True)


RECONCILE = Measure("reconcile", reconciled, rows_of)
