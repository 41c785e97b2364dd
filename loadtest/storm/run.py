"""One storm: a sale of its own, people on sockets, and the audit afterwards."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from crowd.api import Api
from crowd.audit import Asked, Findings, audit
from crowd.crowd import Crowd, CrowdFault, CrowdPlan, Outcome, Tell, gathered, say_nothing
from crowd.scenarios import Scenario
from engine.ending import end
from loadtest.stage import Wanted, make_stage
from loadtest.target import Target

LOBBY_S = 3_600  # it is opened by hand, as soon as everybody has a place
FAR_S = LOBBY_S
JOIN_S_MAX = 60.0
JOINS_PER_S_MIN = 100
LOOK_S = 0.2
TELL_EVERY_S = 5.0
GIVEN_UP = "visit given_up"


@dataclass(frozen=True, slots=True)
class Wish:
    scenario: Scenario
    sockets: int
    seconds: float
    processes: int
    seats: int
    think: float
    seed: int


@dataclass(frozen=True, slots=True)
class Result:
    wish: Wish
    sale: str
    outcome: Outcome
    findings: Findings


async def run(target: Target, wish: Wish, tell: Tell = say_nothing) -> Result:
    api = target.api
    wanted = Wanted(wish.sockets, wish.seats, LOBBY_S if wish.scenario.lobby else 0)
    ground = await asyncio.to_thread(make_stage, api, wish.scenario, wanted)
    plan = CrowdPlan(
        host=api.host,
        port=api.port,
        scenario=wish.scenario.name,
        ground=ground,
        persons=wish.sockets,
        seed=wish.seed,
        haste=wish.think,
        processes=wish.processes,
    )
    async with gathered(plan, tell) as crowd:
        if wish.scenario.lobby:
            outcome = await rush(crowd, api, ground.sale, wish, tell)
        else:
            outcome = await crowd.act(wish.seconds)
    tell("auditing")
    asked = Asked(api, ground, outcome.book, data_dir=target.data_dir)
    return Result(wish, ground.sale, outcome, await asyncio.to_thread(audit, asked))


def only_so_many(crowd: Crowd, sockets: int) -> str:
    """What kept the others from joining."""
    why = ", ".join(f"{name} {count:,}" for name, count in crowd.failed.most_common())
    return f"only {crowd.joined:,} of {sockets:,} were given a place ({why or 'nothing failed'})"


async def rush(crowd: Crowd, api: Api, sale: str, wish: Wish, tell: Tell) -> Outcome:
    """Everybody joins the lobby; then it opens, and the time begins."""
    acting = asyncio.create_task(crowd.act(FAR_S))
    try:
        told_at = time.monotonic()
        until = told_at + JOIN_S_MAX + wish.sockets / JOINS_PER_S_MIN
        while crowd.joined + crowd.failed[GIVEN_UP] < wish.sockets and not acting.done():
            if time.monotonic() > until:
                raise CrowdFault(only_so_many(crowd, wish.sockets))
            await asyncio.sleep(LOOK_S)
            if time.monotonic() - told_at >= TELL_EVERY_S:
                told_at = time.monotonic()
                tell(f"{crowd.joined:,} of {wish.sockets:,} have a place")
        tell(f"{crowd.joined:,} of {wish.sockets:,} are in the lobby; it opens")
        await asyncio.to_thread(api.post, f"/api/sales/{sale}/open")
        _, going = await asyncio.wait([acting], timeout=wish.seconds)
        if going:
            await crowd.stop()
        return await acting
    finally:
        await end([acting])
