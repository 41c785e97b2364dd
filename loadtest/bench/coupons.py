"""coupons: durable orders that each use a coupon with a limit, in one sale and in fifty at once, beside the same orders
without; and what a cart of twenty items with five coupons costs to price.

Guarantees: no use more than the limit is taken in any round, or the measurement fails.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace

from engine.audit import Act
from engine.catalog.model import Dues, Fee, Per, Tax
from engine.coupons import CouponView, Use
from engine.orders.ledger import SaleLedger
from engine.orders.model import Line
from engine.orders.owed import OrderFee
from engine.orders.placing import Placed, Placement
from engine.pricing import Effect, Item, Reduction, owed_for
from loadtest.bench.measure import Bench, Figures, Measure, Row, middle
from loadtest.bench.orders import PRICE, PROVIDER, SEATS_PER_ORDER, placements
from loadtest.bench.sales import stored_sale

ORDERS = 10_000
SALES = 50
AT_ONCE = 2_000
LEFT_OUT = 10  # one of so many orders finds the limit reached
ITEMS, COUPONS = 20, 5
PRICED = 2_000
USES_TARGET, PRICING_TARGET_US = 2_000, 100

OFF, FEE, TAX = PRICE // 10, 150, 82


async def coupon(bench: Bench, uses: int) -> CouponView:
    organizer = await bench.engine.access.first_organizer() or await bench.engine.access.create_organizer("Bench")
    key = f"C{time.monotonic_ns()}"
    made = await bench.engine.coupons.make(Act(organizer, "bench"), {"key": key, "percent": 10, "uses": uses})
    assert isinstance(made, CouponView), made
    return made


def priced(order: Placement, used: CouponView | None) -> Placement:
    """The same order with a fee, a tax, and, of those that have one, a coupon."""
    left = PRICE if used is None else PRICE - OFF
    lines = tuple(Line(each.seat, None, each.type, left, PRICE if used else None, TAX) for each in order.lines)
    fee = OrderFee("service", "Service", FEE * SEATS_PER_ORDER, 26 * SEATS_PER_ORDER, FEE * SEATS_PER_ORDER)
    uses = () if used is None else (use_of(used),)
    total = left * SEATS_PER_ORDER + fee.owed
    return replace(order, lines=lines, total=total, fees=(fee,), coupons=uses)


def use_of(view: CouponView) -> Use:
    coupon = view.coupon
    return Use(coupon.id, coupon.revision, coupon.name, coupon.key, None, None, SEATS_PER_ORDER, OFF * SEATS_PER_ORDER)


async def placed(bench: Bench, sales: int, *, with_coupon: bool) -> float:
    """Orders a second over so many sales; of those with a coupon, exactly as many as it may be used."""
    each = ORDERS // sales
    limit = ORDERS - ORDERS // LEFT_OUT
    used = await coupon(bench, limit) if with_coupon else None
    ids = [(await stored_sale(bench, max(100, each * SEATS_PER_ORDER))).id for _ in range(sales)]
    ledgers = [SaleLedger(bench.engine.db, sale, PROVIDER) for sale in ids]
    waiting = [iter([priced(order, used) for order in placements(each)]) for _ in range(sales)]
    done = 0

    async def place(nth: int) -> None:
        nonlocal done
        for order in waiting[nth]:
            verdict = await ledgers[nth].place(order)
            done += isinstance(verdict, Placed)

    began = time.perf_counter()
    await asyncio.gather(*(place(at % sales) for at in range(AT_ONCE)))
    took_s = time.perf_counter() - began
    if used is not None:
        assert done == limit, f"{done:,} of {limit:,} uses"
        uses = await bench.engine.db.fetchval("SELECT uses FROM coupon WHERE id = $1", used.id)
        assert uses == limit, f"{uses:,} uses are counted, of {limit:,}"
    return done / took_s


def pricing_us() -> float:
    """Microseconds for twenty items with a fee, two taxes and five coupons, of which three count."""
    tax, other = Tax("iva", "IVA", 100_000, included=True), Tax("sales", "Sales", 88_750, included=False)
    dues = Dues((Fee("service", "Service", Per.TICKET, 150, tax=tax),), {"vip": other}, tax)
    items = [Item(("general", "vip")[at % 2], "hall", 1_999 + at) for at in range(ITEMS)]
    effects = (Effect.PRICE, Effect.PERCENT, Effect.FIXED, Effect.PERCENT, Effect.FREE)
    reductions = [
        Reduction(f"c{at}", effect, amount=1_500, ppm=33_333, items_max=3 if effect is Effect.FREE else None)
        for at, effect in enumerate(effects)
    ]
    began = time.perf_counter()
    for _ in range(PRICED):
        owed_for(items, dues, reductions)
    return (time.perf_counter() - began) / PRICED * 1_000_000


async def measure(bench: Bench) -> Figures:
    alone, many, without = [], [], []
    for _ in range(bench.rounds(3)):
        bench.step("orders with fee and tax, without a coupon")
        without.append(await placed(bench, 1, with_coupon=False))
        bench.step("uses of one code in one sale")
        alone.append(await placed(bench, 1, with_coupon=True))
        bench.step(f"uses of one code over {SALES} sales")
        many.append(await placed(bench, SALES, with_coupon=True))
    return {
        "per_s": round(middle(alone)),
        "over_sales_per_s": round(middle(many)),
        "without_per_s": round(middle(without)),
        "pricing_us": round(min(pricing_us() for _ in range(5)), 1),
    }


def rows(figures: Figures) -> Iterator[Row]:
    beside = f"the same orders without it: {figures['without_per_s']:,}/s"
    yield Row(
        "uses of one code with a limit, in orders with fee and tax", "/s", figures["per_s"], USES_TARGET, beside=beside
    )
    yield Row(f"… over {SALES} sales", "/s", figures["over_sales_per_s"], USES_TARGET)
    said = f"pricing {ITEMS} items with {COUPONS} coupons"
    yield Row(said, "µs", figures["pricing_us"], PRICING_TARGET_US, at_most=True)


COUPONS_ENGINE = Measure("coupons", measure, rows)
