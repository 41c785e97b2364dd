"""A crowd on a Valkey cluster of three primaries and three replicas, while one primary after the other is killed.

One sale lives on each primary. After each death it is measured when its sale sold again, and what the others noticed;
the dead one comes back as a replica. Ends with the audit of everything that anybody was told.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from crowd.crowd import CrowdPlan
from crowd.people import Ground
from crowd.player import Way
from crowd.scenarios import SCENARIOS
from engine.stores.embedded_valkey import EmbeddedValkey
from engine.stores.keys import lease_key
from loadtest.faults.judge import broken_for
from loadtest.growth.regular import Regular, between, longest_s, median_s
from loadtest.growth.shopping import SETTLE_S, judged, shopping
from loadtest.growth.site import HOST, Site, running_site
from loadtest.growth.valkeys import PRIMARIES, SLOTS, ValkeyCluster, behind_bytes, follows, slot_of, until
from loadtest.stage import Wanted, make_stage

Tell = Callable[[str], None]

KEEPER = "keeper"
SCENARIO = "mixed"
SEATS = 20_000
ROOM_FACTOR = 20  # nobody waits for others: what is measured is the installation
REGULARS = 2  # in each sale
NODE_TIMEOUT_MS = 2_000
CALM_S_MIN, CALM_S_MAX = 2.0, 4.0
ALONE_S_MAX = 2.0  # how long the new primary is without a replica


@dataclass(frozen=True, slots=True)
class Wish:
    seed: int
    seconds: float
    sockets: int = 60
    deaths_max: int = 1_000_000
    node_timeout_ms: int = NODE_TIMEOUT_MS
    haste: float = 0.2


@dataclass(frozen=True, slots=True)
class Death:
    """One primary killed, and what came of it; seconds since the kill unless it says otherwise."""

    sale: str
    at_s: float  # since the crowd began
    with_keeper: bool  # it also held the lease of the job that calls buyers into every room
    behind_bytes: int  # what the replica had not yet got, as of just before
    served_s: float  # until its replica served the slots
    bought_s: float  # … a whole purchase went through in the sale
    sound_s: float  # … no invariant of any sale was broken
    back_s: float  # from its restart until it was a replica with all data
    others_longest_s: float  # the longest whole visit to another sale meanwhile
    calm_longest_s: float  # … before
    calm_median_s: float
    wrong: list[str]


@dataclass(slots=True)
class Report:
    seed: int
    node_timeout_ms: int
    deaths: list[Death] = field(default_factory=list)
    visits: int = 0
    answers: int = 0
    purchases: int = 0
    gave_up: int = 0
    wrong: list[str] = field(default_factory=list)


async def run(wish: Wish, tell: Tell) -> Report:
    report = Report(wish.seed, wish.node_timeout_ms)
    tell("starting three primaries, three replicas, servers and a worker")
    async with running_site(cluster_timeout_ms=wish.node_timeout_ms, processes=2) as (site, cluster):
        assert cluster is not None, "it was asked for"
        grounds = [await asyncio.to_thread(stage, site, wish, shard) for shard in range(PRIMARIES)]
        way = Way(HOST, site.groups[0].port, "")
        regulars = [Regular(way, ground, wish.seed, at) for at, ground in enumerate(grounds * REGULARS)]
        plans = [plan_of(wish, way, ground, wish.seed + at) for at, ground in enumerate(grounds)]
        async with shopping(plans, regulars) as found:
            await Harness(site, cluster, grounds, regulars, report, tell).hurt(wish)
        tell("auditing")
        report.wrong += await judged(site, plans, found, regulars)
        for outcome in found.outcomes:
            report.visits += outcome.visits
            report.answers += outcome.tally.answers
            report.gave_up += outcome.gave_up
            report.purchases += len(outcome.book.bought)
    return report


def stage(site: Site, wish: Wish, shard: int) -> Ground:
    """A sale whose keys live on the primary `shard` as the cluster begins."""
    wanted = Wanted(wish.sockets * ROOM_FACTOR, SEATS, sale=sale_on(shard, wish.seed))
    return make_stage(site.api(), SCENARIOS[SCENARIO], wanted)


def sale_on(shard: int, seed: int) -> str:
    number = seed * 1_000
    while slot_of(f"sale-{number}") * PRIMARIES // SLOTS != shard:
        number += 1
    return f"sale-{number}"


def plan_of(wish: Wish, way: Way, ground: Ground, seed: int) -> CrowdPlan:
    return CrowdPlan(way.host, way.port, SCENARIO, ground, max(1, wish.sockets // PRIMARIES), seed, wish.haste, 1)


@dataclass(frozen=True, slots=True)
class Harness:
    site: Site
    cluster: ValkeyCluster
    grounds: list[Ground]
    regulars: list[Regular]
    report: Report
    tell: Tell

    async def hurt(self, wish: Wish) -> None:
        """Death after death, each primary once before one dies again, until the time is up."""
        chance = random.Random(wish.seed)
        began = time.monotonic()
        order: list[int] = []
        while len(self.report.deaths) < wish.deaths_max:
            order = order or chance.sample(range(PRIMARIES), PRIMARIES)
            calm_since = time.monotonic()
            await asyncio.sleep(chance.uniform(CALM_S_MIN, CALM_S_MAX))
            death = await self._death(self.grounds[order.pop()], began, calm_since, chance.uniform(0, ALONE_S_MAX))
            self.report.deaths.append(death)
            self.report.wrong += death.wrong
            self.tell(f"{death.sale}: served after {death.served_s:.1f} s, bought after {death.bought_s:.1f} s")
            if death.wrong or time.monotonic() - began > wish.seconds:
                return

    async def _death(self, ground: Ground, began: float, calm_since: float, alone_s: float) -> Death:
        slot = slot_of(ground.sale)
        node = await self._served(slot)
        with_keeper = await self._served(slot_of(lease_key(KEEPER))) is node
        behind = await asyncio.to_thread(behind_bytes, node)
        at = time.monotonic()
        calm = [visit for regular in self._others(ground) for visit in between(regular.visits, calm_since, at)]
        assert node.pid is not None, "it runs"
        os.kill(node.pid, signal.SIGKILL)
        await asyncio.to_thread(until, lambda: not node.alive(), "it did not die")
        await self._served(slot)
        served_at = time.monotonic()
        await asyncio.to_thread(until, lambda: bool(self._bought(ground, served_at)), "nobody could buy any more")
        bought_at = min(self._bought(ground, served_at))
        looks = await asyncio.gather(*(broken_for(self.site.settings, each.sale, SETTLE_S) for each in self.grounds))
        sound_at = time.monotonic()
        meanwhile = [visit for regular in self._others(ground) for visit in between(regular.visits, at, sound_at)]
        await asyncio.sleep(alone_s)
        restarted_at = time.monotonic()
        await asyncio.to_thread(node.start)
        await asyncio.to_thread(until, lambda: follows(node), "it did not come back as a replica")
        return Death(
            sale=ground.sale,
            at_s=at - began,
            with_keeper=with_keeper,
            behind_bytes=behind,
            served_s=served_at - at,
            bought_s=bought_at - at,
            sound_s=sound_at - at,
            back_s=time.monotonic() - restarted_at,
            others_longest_s=longest_s(meanwhile),
            calm_longest_s=longest_s(calm),
            calm_median_s=median_s(calm),
            wrong=[each for _, found in looks for each in found],
        )

    async def _served(self, slot: int) -> EmbeddedValkey:
        """The node that serves `slot`, once there is one."""
        await asyncio.to_thread(until, lambda: self.cluster.primary_of(slot) is not None, f"nobody serves slot {slot}")
        node = self.cluster.primary_of(slot)
        assert node is not None, "nobody else kills"
        return node

    def _bought(self, ground: Ground, since: float) -> list[float]:
        return [
            visit.ended_at
            for regular in self.regulars
            if regular.ground is ground
            for visit in regular.visits
            if visit.bought and visit.ended_at > since
        ]

    def _others(self, ground: Ground) -> Iterable[Regular]:
        return [regular for regular in self.regulars if regular.ground is not ground]
