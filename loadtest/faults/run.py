"""A run of the harness: a crowd on a site, mishap after mishap, and after each how long it took to be well again.

The crowd goes on all the time. Ends with the audit of everything that anybody was told.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice

from crowd.audit import Asked, audit
from crowd.crowd import Crowd, CrowdPlan, Outcome, gathered
from crowd.people import Ground
from crowd.scenarios import SCENARIOS
from engine.ending import end
from loadtest.faults.happen import happens
from loadtest.faults.judge import Probe, broken_for
from loadtest.faults.schedule import JUMPS, KINDS, Mishap, mishaps
from loadtest.faults.site import Site, running_site
from loadtest.stage import Wanted, make_stage

SEATS = 8_000
LOBBY_S = 15
ROOM_FACTOR = 20  # a room so large that carts left behind keep few people waiting: purchases are what is to be hurt
SOUND_S_MAX = 75.0  # a purchase that nobody answers may take its finisher a minute
FAR_S = 24 * 3_600.0
RUN_S_MAX_AFTER = 120.0


@dataclass(frozen=True, slots=True)
class Wish:
    seed: int
    seconds: float
    sockets: int = 100
    haste: float = 0.2
    mishaps_max: int = 1_000_000
    kinds: tuple[str, ...] = KINDS
    processes: int = 2
    scenario: str = "mixed"


@dataclass(frozen=True, slots=True)
class Episode:
    """One mishap, and what came of it."""

    at_s: float
    mishap: Mishap
    lasted_s: float
    buys_s: float | None  # from when all parts were in order again to the first purchase
    sound_s: float  # … to no broken invariant
    wrong: list[str]


@dataclass(slots=True)
class Report:
    seed: int
    episodes: list[Episode] = field(default_factory=list)
    outcome: Outcome = field(default_factory=Outcome)
    purchases: int = 0
    wrong: list[str] = field(default_factory=list)


async def run(wish: Wish, tell: Callable[[str], None]) -> Report:
    report = Report(wish.seed)
    tell("starting an installation")
    async with running_site(wish.seed, wish.processes, set_clocks=bool(set(wish.kinds) & set(JUMPS))) as site:
        ground = await asyncio.to_thread(make_stage, site.api, SCENARIOS[wish.scenario], wanted_for(wish))
        aside = await asyncio.to_thread(make_stage, site.api, SCENARIOS["seat_grab"], Wanted(1, SEATS))
        probe = Probe(site.buyers_port, aside, wish.seed)
        plan = CrowdPlan("127.0.0.1", site.buyers_port, wish.scenario, ground, wish.sockets, wish.seed, wish.haste, 1)
        async with gathered(plan) as crowd:
            acting = asyncio.create_task(crowd.act(FAR_S))
            try:
                await Harness(site, crowd, ground, probe).hurt(wish, report, tell)
                await crowd.stop()
                report.outcome = await asyncio.wait_for(acting, RUN_S_MAX_AFTER)
            finally:
                await end([acting])
        tell("auditing")
        report.purchases = len(report.outcome.book.bought)
        for sale, book in ((ground, report.outcome.book), (aside, probe.book)):
            asked = Asked(site.api, sale, book, data_dir=site.stores.data_dir)
            report.wrong += (await asyncio.to_thread(audit, asked, SOUND_S_MAX)).wrong
    return report


def wanted_for(wish: Wish) -> Wanted:
    """The sale that the crowd shops in."""
    if wish.scenario == "queue_rush":
        return Wanted(wish.sockets, SEATS, lobby_s=LOBBY_S, limited=True)
    return Wanted(wish.sockets * ROOM_FACTOR, SEATS, limited=True)


@dataclass(frozen=True, slots=True)
class Harness:
    """What is hurt, who shops in it, and who judges."""

    site: Site
    crowd: Crowd
    ground: Ground
    probe: Probe

    async def hurt(self, wish: Wish, report: Report, tell: Callable[[str], None]) -> None:
        """Mishap after mishap, until the time is up; one that the sale does not recover from ends the run."""
        began = time.monotonic()
        for mishap in islice(mishaps(wish.seed, wish.kinds), wish.mishaps_max):
            if time.monotonic() - began > wish.seconds or report.wrong:
                return
            await asyncio.sleep(mishap.gap_s)
            tell(mishap.kind)
            episode = await self._episode(mishap, began)
            report.episodes.append(episode)
            report.wrong += [f"after {mishap.kind} at {episode.at_s:.1f} s: {each}" for each in episode.wrong]

    async def _episode(self, mishap: Mishap, began: float) -> Episode:
        at = time.monotonic()
        await happens(self.site, mishap, self.crowd.outage)
        lasted_s = time.monotonic() - at
        buys_s, *looks = await asyncio.gather(
            self.probe.buys_s(),
            broken_for(self.site.settings, self.ground.sale, SOUND_S_MAX),
            broken_for(self.site.settings, self.probe.ground.sale, SOUND_S_MAX),
        )
        wrong = [each for _, found in looks for each in found]
        if buys_s is None:
            wrong.append("nobody could buy any more")
        return Episode(at - began, mishap, lasted_s, buys_s, max(took for took, _ in looks), wrong)
