"""refunds, cancel_event: orders given back one by one, until every map shows the seat; and all of an event's at once.

The provider is the sandbox, whose own pace is measured beside. Guarantees: afterwards every order is given back once,
to the cent, and no seat is sold, or the measurement fails.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

from engine.audit import Act
from engine.ids import new_id
from engine.onsale import Sale
from engine.onsale.model import SeatState
from engine.orders import Cancellation, RefundAsk, Refunding, Scope
from engine.orders.ledger import SaleLedger
from engine.orders.placing import Placed, Placement
from engine.orders.settling import Settlement
from engine.payments import Captured, Refund, Refunded, Sandbox
from engine.refusals import accept
from loadtest.bench.measure import Bench, Figures, Measure, Row
from loadtest.bench.orders import PRICE, SEATS_PER_ORDER, placements
from loadtest.bench.sales import stored_sale

ORDERS, ORDERS_QUICK = 2_000, 200
EVENT_ORDERS, EVENT_ORDERS_QUICK = 20_000, 1_000
AT_ONCE = 20
PLACED_AT_ONCE = 2_000
MAP_TARGET_MS, EVENT_TARGET_S = 200, 60
TOTAL = PRICE * SEATS_PER_ORDER
CHARGED = """
INSERT INTO sandbox_charge (order_id, amount, currency, outcome)
SELECT id, total, currency, 'captured' FROM orders WHERE sale_id = $1
"""
CHARGE = """
INSERT INTO sandbox_charge (order_id, amount, currency, outcome)
SELECT id, $2, 'EUR', 'captured' FROM unnest($1::text[]) AS id
"""
LEFT = """
SELECT count(*) FROM orders o LEFT JOIN sandbox_standing s ON s.order_id = o.id
WHERE o.sale_id = $1 AND (o.state <> 'refunded' OR s.given_back IS DISTINCT FROM o.total)
"""


async def sold(bench: Bench, orders: int) -> tuple[Sale, list[Placement]]:
    """A sale whose orders are paid, in Postgres, at the provider and in Redis."""
    engine = bench.engine
    sale = await stored_sale(bench, orders * SEATS_PER_ORDER)
    ledger, placed = SaleLedger(engine.db, sale.id, "sandbox"), list(placements(orders))
    waiting = iter(placed)

    async def pay() -> None:
        for order in waiting:
            assert isinstance(await ledger.place(order), Placed)
            await ledger.settle(Settlement(order.order, Captured(order.total, order.order)))

    await asyncio.gather(*(pay() for _ in range(PLACED_AT_ONCE)))
    await engine.db.execute(CHARGED, sale.id)
    await engine.db.execute("UPDATE orders SET settled_at = now() WHERE sale_id = $1", sale.id)
    await engine.redis.delete(engine.onsale.calls(sale.id).keys.key("sale"))
    await engine.keeper.rebuild(sale.id)
    return sale, placed


async def acting(bench: Bench, sale: Sale) -> Act:
    return Act(await bench.engine.db.fetchval("SELECT organizer_id FROM sale WHERE id = $1", sale.id), "bench")


async def all_back(bench: Bench, sale: Sale) -> None:
    left = await bench.engine.db.fetchval(LEFT, sale.id)
    assert left == 0, f"{left} orders are not given back"
    snapshot = accept(await sale.snapshot())
    assert snapshot.counters.sold == 0, f"{snapshot.counters.sold} seats are sold still"


class Map:
    """When a map showed that each seat is free."""

    def __init__(self, sale: Sale) -> None:
        self._sale = sale
        self.free_at: dict[int, float] = {}
        self.listens = asyncio.Event()

    async def watch(self) -> None:
        async for delta in self._sale.watch():
            self.listens.set()
            now = time.perf_counter()
            self.free_at |= {seat: now for seat, state in delta.seats.items() if state is SeatState.FREE}


async def one_by_one(bench: Bench) -> Figures:
    engine, orders = bench.engine, ORDERS_QUICK if bench.quick else ORDERS
    bench.step(f"selling {orders:,} orders")
    sale, placed = await sold(bench, orders)
    by, shown = await acting(bench, sale), Map(sale)
    watching = asyncio.create_task(shown.watch())
    await shown.listens.wait()
    bench.step("giving them back")
    waiting, asked_at = iter(placed), dict[str, float]()

    async def give_back() -> None:
        for order in waiting:
            asked_at[order.order] = time.perf_counter()
            done = await engine.orders.refunds.give_back(by, sale.id, RefundAsk(order.order, "bench"))
            assert isinstance(done, Refunding), done

    began = time.perf_counter()
    await asyncio.gather(*(give_back() for _ in range(AT_ONCE)))
    took_s = time.perf_counter() - began
    await asyncio.sleep(0.1)
    watching.cancel()
    await all_back(bench, sale)
    seats = [(order.order, line.seat) for order in placed for line in order.lines if line.seat is not None]
    late_ms = [(shown.free_at[seat] - asked_at[order]) * 1e3 for order, seat in seats]
    return {
        "orders": orders,
        "per_s": round(orders / took_s),
        "map_ms": round(sorted(late_ms)[len(late_ms) * 99 // 100], 1),
        "bare_per_s": round(await bare(bench, orders)),
    }


async def bare(bench: Bench, refunds: int) -> float:
    """What the provider alone gives back a second, for as many at once."""
    sandbox, names = Sandbox(bench.engine.db), [new_id("ord") for _ in range(refunds)]
    await bench.engine.db.execute(CHARGE, names, TOTAL)
    waiting = iter(names)

    async def give_back() -> None:
        for name in waiting:
            assert isinstance(await sandbox.refund(Refund("bench", name, f"{name}:all", TOTAL)), Refunded)

    began = time.perf_counter()
    await asyncio.gather(*(give_back() for _ in range(AT_ONCE)))
    return refunds / (time.perf_counter() - began)


async def whole_event(bench: Bench) -> Figures:
    engine, orders = bench.engine, EVENT_ORDERS_QUICK if bench.quick else EVENT_ORDERS
    bench.step(f"selling {orders:,} orders")
    sale, _ = await sold(bench, orders)
    by, scope, cancelling = await acting(bench, sale), Scope("evt_bench", (sale.id,)), engine.orders.cancelling
    bench.step("foreseeing what it would do")
    began = time.perf_counter()
    foreseen = accept(await cancelling.foresee(by.organizer_id, scope))
    foreseen_s = time.perf_counter() - began
    assert foreseen.orders == orders
    bench.step("giving all of it back")
    began = time.perf_counter()
    begun = accept(await cancelling.begin(by, new_id("cnl"), scope))
    while (found := await standing(bench, begun)).state == "running":
        await cancelling.step()
    took_s = time.perf_counter() - began
    assert found.given_back == sum(foreseen.amounts.values()), found
    await all_back(bench, sale)
    return {
        "orders": orders,
        "s": round(took_s, 1),
        "foreseen_s": round(foreseen_s, 1),
        "bare_s": round(orders / await bare(bench, min(orders, ORDERS)), 1),
    }


async def standing(bench: Bench, begun: Cancellation) -> Cancellation:
    (row,) = await bench.engine.db.fetch("SELECT organizer_id FROM cancellation WHERE id = $1", begun.id)
    found = await bench.engine.orders.cancelling.one(row["organizer_id"], begun.event, begun.id)
    assert found is not None
    return found


def rows_of_refunds(figures: Figures) -> Iterator[Row]:
    beside = f"the sandbox alone: {figures['bare_per_s']:,} a second"
    yield Row(f"orders given back one by one, {AT_ONCE} at once", "per s", figures["per_s"], None, beside=beside)
    what = "from being asked until the seat is free on a map, 99 of 100"
    yield Row(what, "ms", figures["map_ms"], MAP_TARGET_MS, at_most=True)


def rows_of_event(figures: Figures) -> Iterator[Row]:
    what = f"an event of {figures['orders']:,} orders given back"
    beside = f"foreseen in {figures['foreseen_s']} s; the sandbox alone: {figures['bare_s']} s"
    yield Row(what, "s", figures["s"], EVENT_TARGET_S, at_most=True, beside=beside)


REFUNDS = Measure("refunds", one_by_one, rows_of_refunds)
CANCEL_EVENT = Measure("cancel_event", whole_event, rows_of_event)
