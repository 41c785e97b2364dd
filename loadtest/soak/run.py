"""One soak: an installation of its own, business as usual in it, a look every few seconds, the verdict at the end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

import asyncpg
from redis.exceptions import RedisError

from crowd.api import ApiFault
from engine.ending import end
from loadtest.soak.business import Business, Done
from loadtest.soak.judge import Finding, judged
from loadtest.soak.sample import Sampler, Series, sampling
from loadtest.target import Target

log = logging.getLogger(__name__)

LOOKS = 240  # in a run, at most one in LOOK_S_MIN
LOOK_S_MIN = 2.0
ROUND_S = 60.0
ROUNDS_MIN = 6
LEVEL_AFTER_S = 13.5 * 60  # the first sales were put away: a round, two minutes of carts, and ten of quiet


@dataclass(frozen=True, slots=True)
class Wish:
    minutes: float
    sockets: int
    seed: int
    think: float = 1.0

    @property
    def seconds(self) -> float:
        return self.minutes * 60

    @property
    def warm_s(self) -> float:
        return self.seconds / 3


@dataclass(frozen=True, slots=True)
class Result:
    wish: Wish
    series: Series
    done: Done
    findings: list[Finding]

    @property
    def wrong(self) -> list[str]:
        """Why the run failed; empty when it did not."""
        grown = [
            f"{each.group}, {each.name}: about {each.median:.1f}, rose by {each.rise:.1f}; {each.allowed:.1f} may be"
            for each in self.findings
            if each.grows
        ]
        return [*grown, *self.done.wrong]


async def run(target: Target, wish: Wish, tell: Callable[[str], None]) -> Result:
    assert target.pid is not None, "the installation is our own"
    assert target.data_dir is not None, "the installation is our own"
    series, done = Series(), Done()
    round_s = min(ROUND_S, wish.seconds / ROUNDS_MIN)
    business = Business(target, wish.sockets, round_s, wish.think, wish.seed, done, tell)
    async with sampling(target.pid, target.api, target.data_dir, series) as sampler:
        looking = asyncio.create_task(look_on(sampler, max(LOOK_S_MIN, wish.seconds / LOOKS)))
        try:
            await business.go_on(wish.seconds)
        finally:
            await end([looking])
    return Result(wish, series, done, judged(series, wish.warm_s, LEVEL_AFTER_S))


async def look_on(sampler: Sampler, every_s: float) -> None:
    while True:
        try:
            await sampler.look()
        except (ApiFault, OSError, RedisError, asyncpg.PostgresError) as fault:
            log.warning("a look failed: %s", fault)
        await asyncio.sleep(every_s)
