"""One storm: a sale of its own, people on sockets, and the audit afterwards."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from loadtest.crowd.audit import Asked, Findings, audit
from loadtest.crowd.scenarios import Scenario
from loadtest.crowd.stage import Wanted, make_stage
from loadtest.crowd.target import Target
from loadtest.storm.crowds import Outcome, Storm, gathered

JOIN_S = 3  # after the last one connected: so long a lobby waits
CONNECTS_PER_S = 300


@dataclass(frozen=True, slots=True)
class Wish:
    scenario: Scenario
    sockets: int
    seconds: float
    processes: int
    seats: int
    think: float
    seed: int

    @property
    def lobby_s(self) -> int:
        """Time for everybody to connect and join."""
        return JOIN_S + self.sockets // CONNECTS_PER_S if self.scenario.lobby else 0


@dataclass(frozen=True, slots=True)
class Result:
    wish: Wish
    sale: str
    outcome: Outcome
    findings: Findings


async def run(target: Target, wish: Wish) -> Result:
    api = target.api
    wanted = Wanted(wish.sockets, wish.seats, wish.lobby_s)
    ground = await asyncio.to_thread(make_stage, api, wish.scenario, wanted)
    storm = Storm(
        host=api.host,
        port=api.port,
        scenario=wish.scenario.name,
        ground=ground,
        persons=wish.sockets,
        seed=wish.seed,
        haste=wish.think,
        processes=wish.processes,
    )
    async with gathered(storm) as crowds:
        outcome = await crowds.act(wish.seconds)
    asked = Asked(api, ground, outcome.book, data_dir=target.data_dir)
    return Result(wish, ground.sale, outcome, await asyncio.to_thread(audit, asked))
