"""publishing: how long it takes from asking for a sale of 20,000 seats until it is open.

Asked over HTTP; counted until the room of the sale says that it is open. Beside it stand the parts: the engine's own
creating of the same sale in Postgres, and its publication in Redis.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import aiohttp

from engine.audit import Act
from engine.ids import new_sale_id
from loadtest.bench.measure import Bench, Figures, Growth, Measure, Row, middle
from loadtest.bench.serving import servers, working

GROWTH_SEATS = (1_000, 5_000, 20_000)
SECTIONS = 10
ROW_SEATS = 50
ROUNDS = 5
LOOK_EVERY_S = 0.005
OPEN_S_MAX = 60.0
TARGET_S = 1.0


def described(sale_id: str, seats: int) -> dict[str, object]:
    rows = seats // SECTIONS // ROW_SEATS
    block = {"rows": rows, "seats": ROW_SEATS, "price": {"general": 45, "half": 22.5}}
    return {
        "id": sale_id,
        "event": "Bench",
        "starts": "in 30 days at 20:00",
        "zone": "UTC",
        "currency": "EUR",
        "opens": "now",
        "person_max": 6,
        "room": False,
        "sections": {f"Block {n}": block for n in range(1, SECTIONS + 1)},
    }


async def published(http: aiohttp.ClientSession, seats: int) -> tuple[float, float]:
    """Seconds until it was answered, and until the sale was open."""
    sale_id = f"bench-{new_sale_id()}"
    began = time.perf_counter()
    async with http.post("/api/sales", json=described(sale_id, seats)) as answer:
        assert answer.ok, await answer.text()
    answered_s = time.perf_counter() - began
    async with asyncio.timeout(OPEN_S_MAX):
        while True:
            async with http.get(f"/api/sales/{sale_id}/room") as answer:
                if answer.ok and (await answer.json())["state"] == "open":
                    return answered_s, time.perf_counter() - began
            await asyncio.sleep(LOOK_EVERY_S)


async def parts(bench: Bench, act: Act, seats: int) -> tuple[float, float]:
    """Seconds that Postgres and Redis take for the same sale, asked by the engine alone."""
    engine, sale_id = bench.engine, f"bench-{new_sale_id()}"
    began = time.perf_counter()
    created = await engine.catalog.create_sale(act, described(sale_id, seats))
    assert not isinstance(created, list), created
    stored_s = time.perf_counter() - began
    plan = await engine.catalog.plan(sale_id)
    assert plan is not None
    await engine.onsale.publish(plan)
    return stored_s, time.perf_counter() - began - stored_s


async def measure(bench: Bench) -> Figures:
    access = bench.engine.access
    organizer = await access.first_organizer() or await access.create_organizer("Bench")
    act, growth = Act(organizer, "bench"), []
    alone = {seats: [await parts(bench, act, seats) for _ in range(bench.rounds(ROUNDS))] for seats in GROWTH_SEATS}
    key = await access.create(organizer, "bench")
    headers = {"Authorization": f"Bearer {key.key}"}
    async with (
        servers(bench) as port,
        working(bench),
        aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=headers) as http,
    ):
        for seats in GROWTH_SEATS:
            bench.step(f"publishing {seats:,} seats")
            took = [await published(http, seats) for _ in range(bench.rounds(ROUNDS))]
            growth.append(
                {
                    "seats": seats,
                    "open_s": round(middle([whole for _, whole in took]), 3),
                    "answered_s": round(middle([answered for answered, _ in took]), 3),
                    "stored_s": round(middle([stored for stored, _ in alone[seats]]), 3),
                    "published_s": round(middle([live for _, live in alone[seats]]), 3),
                }
            )
    return {**growth[-1], "growth": growth}


def rows(figures: Figures) -> Iterator[Row]:
    for each in figures["growth"]:
        yield Row(
            f"a sale of {each['seats']:,} seats, from asking until it is open",
            "s",
            each["open_s"],
            TARGET_S if each["seats"] == figures["seats"] else None,
            at_most=True,
            beside=f"answered after {each['answered_s']} s; the engine alone: Postgres {each['stored_s']} s, "
            f"Redis {each['published_s']} s",
        )


PUBLISHING = Measure("publishing", measure, rows, Growth("seats", "open_s", "s"))
