"""A crowd through HAProxy on two groups of servers: one is drained and comes back, then the other is killed.

Measured: how long coming back takes, what failed for those who shop, how long whole visits took. Ends with the audit.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from crowd.crowd import CrowdPlan
from crowd.people import Ground
from crowd.player import Way
from crowd.scenarios import SCENARIOS
from crowd.tally import Tally
from loadtest.growth.balancer import Balancer, balanced
from loadtest.growth.regular import Regular, between, longest_s, median_s
from loadtest.growth.shopping import Shopping, judged, shopping
from loadtest.growth.site import HOST, Group, running_site
from loadtest.stage import Wanted, make_stage

Tell = Callable[[str], None]

SCENARIO = "mixed"
SEATS = 20_000
ROOM_FACTOR = 20  # nobody waits for others: what is measured is the installation
REGULARS = 3
CALM_S_MIN, CALM_S_MAX = 2.0, 4.0
AFTER_S = 2.0  # until everybody is back, and has told of it


@dataclass(frozen=True, slots=True)
class Wish:
    seed: int
    sockets: int = 60
    haste: float = 0.2


@dataclass(frozen=True, slots=True)
class Episode:
    what: str
    at_s: float  # since the crowd began
    lasted_s: float  # until the group had ended
    failed: dict[str, int]  # asks and connections that failed and were tried again
    longest_s: float  # whole visits from when it began
    calm_longest_s: float  # … before
    calm_median_s: float
    ready_s: float  # from starting the group again until it was ready
    balanced_s: float  # … until buyers came to it


@dataclass(slots=True)
class Report:
    seed: int
    sockets: int
    episodes: list[Episode] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    visits: int = 0
    purchases: int = 0
    gave_up: int = 0
    wrong: list[str] = field(default_factory=list)


async def run(wish: Wish, tell: Tell) -> Report:
    report = Report(wish.seed, wish.sockets)
    tell("starting two groups of servers, a worker, and HAProxy")
    async with running_site(groups=2, proxies=HOST) as (site, _), balanced(site) as balancer:
        wanted = Wanted(wish.sockets * ROOM_FACTOR, SEATS)
        ground = await asyncio.to_thread(make_stage, site.api(), SCENARIOS[SCENARIO], wanted)
        regulars = regulars_of(wish, balancer, ground)
        plans = [CrowdPlan(HOST, balancer.port, SCENARIO, ground, wish.sockets, wish.seed, wish.haste)]
        async with shopping(plans, regulars) as found:
            harness = Harness(balancer, found, regulars, report, tell, random.Random(wish.seed), time.monotonic())
            first, second = site.groups
            await harness.hurt("drain", first, drained(first), lambda: site.start_group(0))
            await harness.hurt("kill", second, second.kill, lambda: site.start_group(1))
        tell("auditing")
        (outcome,) = found.outcomes
        report.wrong += await judged(site, plans, found, regulars)
        report.visits, report.gave_up, report.purchases = outcome.visits, outcome.gave_up, len(outcome.book.bought)
        for tally in (outcome.tally, *(regular.tally for regular in regulars)):
            report.tally.add(tally.wire())
        if report.gave_up:
            report.wrong.append(f"{report.gave_up} people gave up")
    return report


def regulars_of(wish: Wish, balancer: Balancer, ground: Ground) -> list[Regular]:
    return [Regular(Way(HOST, balancer.port, ""), ground, wish.seed, at) for at in range(REGULARS)]


def drained(group: Group) -> Callable[[], Awaitable[None]]:
    async def drain() -> None:
        group.drain()
        await group.ended()

    return drain


@dataclass(frozen=True, slots=True)
class Harness:
    balancer: Balancer
    found: Shopping
    regulars: list[Regular]
    report: Report
    tell: Tell
    chance: random.Random
    began: float

    async def hurt(
        self, what: str, group: Group, hurts: Callable[[], Awaitable[None]], again: Callable[[], Awaitable[None]]
    ) -> None:
        """One group ends, and everybody goes on with the other; then it is there again."""
        calm_since = time.monotonic()
        await asyncio.sleep(self.chance.uniform(CALM_S_MIN, CALM_S_MAX))
        before, at = self.found.failed, time.monotonic()
        await hurts()
        ended_at = time.monotonic()
        await asyncio.sleep(AFTER_S)
        failed, after_at = self.found.failed - before, time.monotonic()
        await again()
        ready_at = time.monotonic()
        await self.balancer.until_all("UP")
        visits = [visit for regular in self.regulars for visit in regular.visits]
        calm = between(visits, calm_since, at)
        episode = Episode(
            what=f"{what} {group.name}",
            at_s=at - self.began,
            lasted_s=ended_at - at,
            failed=dict(sorted(Counter(failed).items())),
            longest_s=longest_s(between(visits, at, after_at)),
            calm_longest_s=longest_s(calm),
            calm_median_s=median_s(calm),
            ready_s=ready_at - after_at,
            balanced_s=time.monotonic() - after_at,
        )
        self.report.episodes.append(episode)
        self.tell(f"{episode.what}: ended after {episode.lasted_s:.1f} s, {sum(failed.values())} tried again")
