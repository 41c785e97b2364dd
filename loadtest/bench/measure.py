"""What a measurement is, and what it is given.

Owns: the bench's own stores in a temporary folder, and the engine on them. Nothing here touches the user's data.
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from engine.engine import Engine
from engine.settings import Settings
from engine.stores import database, schema
from engine.stores.embedded import EmbeddedStores
from server.processes import garbage

Figures = dict[str, Any]
Step = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Bench:
    """What every measurement may use."""

    engine: Engine
    stores: EmbeddedStores
    quick: bool
    step: Step  # shows what is being measured

    def rounds(self, usual: int) -> int:
        """How often to repeat: once when in a hurry."""
        return 1 if self.quick else usual


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    what: str
    unit: str
    value: float | None  # None: not measured, `beside` says why
    target: float | None = None
    at_most: bool = False  # the target is a ceiling
    beside: str = ""  # the baseline or limit of the same run

    @property
    def met(self) -> bool | None:
        if self.target is None or self.value is None:
            return None
        return self.value <= self.target if self.at_most else self.value >= self.target


@dataclass(frozen=True, slots=True)
class Growth:
    """What to draw of the sizes in `growth`: the figure that should stay, or grow, with the size."""

    size: str
    figure: str
    unit: str


@dataclass(frozen=True, slots=True)
class Measure:
    """One key of the JSON answer: how to get its figures, and how to show them."""

    name: str
    run: Callable[[Bench], Awaitable[Figures]]
    rows: Callable[[Figures], Iterable[Row]]
    growth: Growth | None = None

    def shown(self, figures: Figures) -> Iterable[Row]:
        """The lines of the table, or why there are none."""
        if "not_measured" in figures:
            return [Row(self.name, "", None, beside=f"not measured: {figures['not_measured']}")]
        return self.rows(figures)


@asynccontextmanager
async def opened(*, quick: bool, step: Step) -> AsyncIterator[Bench]:
    """Stores of our own on an empty folder that is removed afterwards."""
    folder = folder_of_our_own()
    try:
        async with EmbeddedStores(folder / "data") as stores:
            connection = await database.connect_one(stores.database_url)
            try:
                await schema.apply(connection, contract=True)
            finally:
                await connection.close()
            async with Engine.open(settings_of(stores)) as engine:
                garbage.settle()  # as a server process does
                yield Bench(engine, stores, quick, step)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def folder_of_our_own() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="aforo-bench-"))
    folder.chmod(0o711)  # the account of an embedded Postgres walks through
    return folder


def settings_of(stores: EmbeddedStores) -> Settings:
    return Settings(
        redis_url=stores.redis_url,
        database_url=stores.database_url,
        data_dir=stores.data_dir,
        provider="sandbox",
        secret=SecretStr("of the benchmark, which signs nothing that lasts"),
    )


@dataclass(frozen=True, slots=True)
class Spent:
    """Processor time of this process and of Redis, in seconds: steadier than a rate when others use the machine."""

    engine_s: float
    redis_s: float

    @classmethod
    async def so_far(cls, engine: Engine) -> Spent:
        cpu = await engine.redis.info("cpu")
        return cls(time.process_time(), cpu["used_cpu_user"] + cpu["used_cpu_sys"])

    def each_us(self, before: Spent, done: int) -> dict[str, float]:
        """Microseconds spent since `before` on each of `done`."""
        return {
            "engine": round((self.engine_s - before.engine_s) * 1e6 / done, 1),
            "redis": round((self.redis_s - before.redis_s) * 1e6 / done, 1),
        }


async def rate_of(shop: Callable[[], Awaitable[int]], at_once: int) -> float:
    """What `at_once` shoppers at the same time get done per second; each answers how much it did."""
    began = time.perf_counter()
    done = await asyncio.gather(*(shop() for _ in range(at_once)))
    return sum(done) / (time.perf_counter() - began)


def spread(values: Iterable[float]) -> str:
    """The least and the most of several runs."""
    runs = list(values)
    return f"{min(runs):,.0f} to {max(runs):,.0f} in {len(runs)} runs"


def middle(values: Iterable[float]) -> float:
    return statistics.median(values)
