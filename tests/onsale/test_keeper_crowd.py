"""One keeper for many sales: how much it asks at once, and what it says when Redis dies under all of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from engine.access.signing import Signer
from engine.catalog.model import SalePlan, SaleState
from engine.keyring import Keyring
from engine.limits import SALES_KEPT_AT_ONCE_MAX
from engine.onsale import Keeper, Onsale
from engine.onsale.model import Snapshot, SoldFacts
from engine.stores.embedded_valkey import EmbeddedValkey
from engine.stores.keys import SALE_KEYS, sale_keys
from engine.stores.redis import RedisClient, connect
from tests.faults.mishaps import dies
from tests.onsale.conftest import HandClock
from tests.onsale.plans import OPENS_AT, plan_of
from tests.onsale.test_keeper import insert

SALES = SALES_KEPT_AT_ONCE_MAX + 20
ANSWER_S_MAX = 60  # leases of rebuilds that were cut short have ended by then
PATIENCE_S = 0.5  # as workers have it


@pytest.fixture(scope="module")
def valkey(open_folder: Path) -> Iterator[EmbeddedValkey]:
    """A server of our own: its connections are counted, and it is killed."""
    valkey = EmbeddedValkey(open_folder / "crowded", open_folder / "crowded.sock")
    valkey.start()
    yield valkey
    valkey.stop()


@dataclass
class Crowd:
    """Many sales, the keeper of all of them, and the connections that nobody else uses."""

    plans: list[SalePlan]
    onsale: Onsale
    keeper: Keeper
    clock: HandClock
    redis: RedisClient
    dying: EmbeddedValkey | None = None

    async def step(self, patience_s: float | None = None) -> None:
        self.clock.at_ms += 5_000
        await self.keeper.step(patience_s)

    async def epochs(self) -> set[str | None]:
        snapshots = [await self.onsale.sale(plan.id).snapshot() for plan in self.plans]
        return {snapshot.epoch if isinstance(snapshot, Snapshot) else None for snapshot in snapshots}

    async def states(self) -> set[SaleState | None]:
        snapshots = [await self.onsale.sale(plan.id).snapshot() for plan in self.plans]
        return {snapshot.state if isinstance(snapshot, Snapshot) else None for snapshot in snapshots}


@pytest.fixture
async def crowd(valkey: EmbeddedValkey, db: asyncpg.Pool, sale_id: str) -> AsyncIterator[Crowd]:
    """Sales that should be open by now."""
    await db.execute("INSERT INTO organizer (id, name) VALUES ('org_test', 'Test')")
    plans = {f"{sale_id}-{number}": plan_of(f"{sale_id}-{number}", rows=1) for number in range(SALES)}
    for plan in plans.values():
        await insert(db, plan)

    async def plan_by_id(sale_id: str) -> SalePlan | None:
        if crowd.dying is not None:
            dies(crowd.dying)
            crowd.dying = None
        return plans[sale_id]

    async def sold_facts(sale_id: str) -> SoldFacts:
        return SoldFacts()

    clock = HandClock(int((OPENS_AT + timedelta(hours=1)).timestamp() * 1000))
    redis = await connect(valkey.url)
    onsale = Onsale(redis, Signer(Keyring.of_secret(b"the secret of all the tests")), clock=clock)

    def now() -> datetime:
        return datetime.fromtimestamp(clock.at_ms / 1000, UTC)

    keeper = Keeper(onsale, db, plan_by_id, sold_facts, now=now, monotonic=lambda: clock.at_ms / 1000)
    for plan in plans.values():
        await onsale.publish(plan)
    crowd = Crowd([*plans.values()], onsale, keeper, clock, redis)
    yield crowd
    await keeper.close()
    await onsale.drained()
    await redis.aclose()


async def connections(redis: Any) -> int:
    count: int = (await redis.info("clients"))["connected_clients"]
    return count


async def test_a_keeper_leaves_connections_to_others(crowd: Crowd) -> None:
    before = await connections(crowd.redis)
    for _ in range(3):
        await crowd.step()
    assert await connections(crowd.redis) <= before + SALES_KEPT_AT_ONCE_MAX
    assert await crowd.states() == {SaleState.OPEN}


async def test_redis_dies_under_many_sales_and_is_told_once(
    crowd: Crowd, valkey: EmbeddedValkey, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.onsale.rebuild.LEASE_MS", 4_000)
    await crowd.step()
    for plan in crowd.plans:
        await crowd.redis.delete(*sale_keys(plan.id, *SALE_KEYS))
    crowd.dying = valkey
    with caplog.at_level(logging.WARNING, "engine.onsale"):
        while crowd.dying is not None:  # a slow machine may take more than one step to the first rebuild
            await crowd.step(PATIENCE_S)
        valkey.start()
        async with asyncio.timeout(ANSWER_S_MAX):
            while "answers again" not in caplog.text:
                await crowd.step(PATIENCE_S)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    told = [record.getMessage() for record in caplog.records if record.name.endswith("outage")]
    assert [each.partition(";")[0] for each in told] == ["Redis does not answer", "Redis answers again"]
    assert await crowd.states() == {SaleState.OPEN}


async def test_quiet_sales_are_rebuilt_when_another_run_of_the_server_answers(
    crowd: Crowd, valkey: EmbeddedValkey
) -> None:
    """They stand where they stood: nothing but the run says that moments may be lost."""
    for _ in range(10):
        await crowd.step()
    before = await crowd.epochs()
    dies(valkey)
    valkey.start()
    async with asyncio.timeout(ANSWER_S_MAX):
        while before & await crowd.epochs():
            await crowd.step()
    assert await crowd.states() == {SaleState.OPEN}
