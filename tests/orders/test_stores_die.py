"""Valkey and Postgres are killed while many buy at once: nobody pays without getting tickets, and nothing is sold
twice.
"""

import asyncio
import contextlib
import os
import random
import signal
import time
from pathlib import Path

import asyncpg
import pytest
from redis.exceptions import RedisError

from engine.catalog.model import SaleState
from engine.context import Violation
from engine.engine import Engine
from engine.orders import Bought
from engine.refusals import RefusalError, Refused
from engine.settings import Settings
from engine.stores import database, schema
from engine.stores.embedded import EmbeddedStores
from engine.verify import verify
from tests.orders.house import House, open_house

NOW = {"order_after_s": 0.0, "cart_after_ms": 0.0, "abandon_after_s": 0.0}
OUTAGE = (RedisError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError, RefusalError)
RECOVERS_S_MAX = 60.0
BUYERS = 50


async def settles(engine: Engine, sale: str) -> list[Violation]:
    """What a worker does, until the sale is sound or the time is up."""
    until = time.monotonic() + RECOVERS_S_MAX
    while True:
        found = [Violation(0, "sale", "the stores have not answered")]
        with contextlib.suppress(*OUTAGE):
            await engine.keeper.step()
            await engine.orders.finish(**NOW)
            found = await verify(engine, sale, grace_s=0)
        if not found or time.monotonic() > until:
            return found
        await asyncio.sleep(0.2)


@pytest.mark.faults
@pytest.mark.parametrize("victim", ["valkey", "postgres"])
async def test_stores_killed_under_purchases(open_folder: Path, sale_id: str, victim: str) -> None:
    chance = random.Random(11)
    async with EmbeddedStores(open_folder / sale_id) as stores:
        keeping = asyncio.create_task(stores.keep(lambda _: None))
        connection = await database.connect_one(stores.database_url)
        await schema.apply(connection, contract=True)
        await connection.close()
        settings = Settings.model_validate(
            {"redis_url": stores.redis_url, "database_url": stores.database_url, "secret": "s" * 32}
        )
        async with Engine.open(settings) as engine:
            house = await open_house(engine, sale_id)
            bought = await buy_and_kill(house, stores, victim, chance)
            assert await settles(engine, house.sale.id) == []
            # A buyer who was told "bought" has it; one who got no clear answer has it or was not charged.
            for each in bought:
                if isinstance(each, Bought):
                    assert await house.state_of(each.order.id) == "paid"
            states = await engine.db.fetch("SELECT DISTINCT state FROM orders")
            assert {row["state"] for row in states} <= {"paid", "failed", "void"}
            snapshot = await house.sale.snapshot()
            assert not isinstance(snapshot, Refused)
            assert snapshot.state is SaleState.OPEN
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def buy_and_kill(
    house: House, stores: EmbeddedStores, victim: str, chance: random.Random
) -> list[Bought | Refused | BaseException]:
    """Everybody buys; in the middle of it a store dies for real."""
    buyers = [await house.buyer_holding(seat) for seat in range(BUYERS)]
    purchases = []
    for number, buyer in enumerate(buyers):
        purchases.append(asyncio.create_task(house.buy(buyer)))
        await asyncio.sleep(chance.random() * 0.004)
        if number == BUYERS // 2:
            pid = stores.valkey.pid if victim == "valkey" else stores.postgres.pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
    return list(await asyncio.gather(*purchases, return_exceptions=True))
