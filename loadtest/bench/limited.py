"""limited: holds in a sale with numbered types, lists, allocations, companions and phases, beside one without any.

In turn, seat for seat. And how many carts a second choose a ticket type that has a number.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

from engine.catalog.model import Phase, PoolPlan, type_pool
from engine.onsale.sale import Sale
from engine.refusals import accept
from engine.stores.keys import sale_keys
from loadtest.bench.holds import BUYERS_AT_ONCE, Hold, holds, through_engine
from loadtest.bench.measure import Bench, Figures, Measure, Row, middle, rate_of, spread
from loadtest.bench.sales import opened_sale, plan_of

SEATS = 100_000
TYPES = 10
WITHHELD = 10_000
COMPANIONS = 100
CHOOSING = 20_000
ROUNDS = 5
OF_PLAIN_TARGET = 0.9


@asynccontextmanager
async def fresh(bench: Bench, *, limited: bool) -> AsyncIterator[Sale]:
    """A sale for one round, with as many seats to hold; its keys are removed afterwards."""
    plan = plan_of(SEATS + WITHHELD if limited else SEATS)
    if limited:
        behind = range(SEATS, SEATS + WITHHELD)
        types = tuple(PoolPlan(type_pool(f"type-{nth}"), f"Type {nth}", SEATS) for nth in range(TYPES))
        companions = {behind[2 * nth + 1]: behind[2 * nth] for nth in range(COMPANIONS)}
        pools = (*plan.pools, *types)
        # The second one counts, and sells less than all: each seat is looked for in what it sells.
        phases = (Phase("first", "First", 0, 1), Phase("second", "Second", 2, 0, places=(plan.sections[0].id,)))
        plan = replace(
            plan, pools=pools, withheld=tuple(behind), companions=companions, list=7, list_from_ms=1, phases=phases
        )
    sale = await opened_sale(bench, plan)
    yield sale
    await bench.engine.redis.delete(*sale_keys(sale.id, "sale", "seats", "owners", "carts", "due", "seen", "ended"))


async def choices(sale: Sale, buyers: list[list[Hold]]) -> float:
    """Carts a second that choose a type, each once."""
    carts = [accept(cart) for cart in await asyncio.gather(*(sale.cart(mine[0][0]) for mine in buyers))]
    waiting = iter(enumerate(carts))

    async def choose() -> int:
        done = 0
        for nth, cart in waiting:
            assert await sale.count_types(cart, {f"type-{nth % TYPES}": 1}) is None
            done += 1
        return done

    return await rate_of(choose, BUYERS_AT_ONCE)


async def measure(bench: Bench) -> Figures:
    bench.step("holds with limits, and without")
    plain, limited, chosen = [], [], []
    for _ in range(bench.rounds(ROUNDS)):
        async with fresh(bench, limited=False) as sale:
            plain.append(await through_engine(sale, holds(SEATS, 1, SEATS)))
        async with fresh(bench, limited=True) as sale:
            buyers = list(holds(SEATS, 1, SEATS))
            limited.append(await through_engine(sale, buyers))
            chosen.append(await choices(sale, buyers[:CHOOSING]))
    per_s, without = middle(limited), middle(plain)
    return {
        "per_s": round(per_s),
        "without_per_s": round(without),
        "of_without": round(per_s / without, 2),
        "spread": spread(limited),
        "choices_per_s": round(middle(chosen)),
    }


def rows(figures: Figures) -> Iterator[Row]:
    beside = f"{figures['spread']}; without: {figures['without_per_s']:,}/s"
    yield Row("holds where types, lists and allocations are", "/s", figures["per_s"], beside=beside)
    yield Row("… of what it is without", "x", figures["of_without"], OF_PLAIN_TARGET)
    yield Row("… tickets of a type with a number, chosen", "/s", figures["choices_per_s"])


LIMITED = Measure("limited", measure, rows)
