"""Ordinary business: sales made, sold, closed and audited one after the other; promos with notices; dashboards.

Each lane has a part of the people and makes one sale after the other until its time is up, so that what a sale leaves
behind shows. Owns the processes that play the people.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from crowd.audit import Asked, audit
from crowd.crowd import CrowdPlan, Outcome, gathered
from crowd.people import Ground
from crowd.scenarios import SCENARIOS
from loadtest.stage import WHERE, Wanted, make_stage
from loadtest.target import Target, aforo

ROOM_FACTOR = 2  # a room of so many times the people: an ordinary day has no long queue
LOBBY_S = 8
NEW_PEOPLE = 50  # who may be told of each promo
SPREAD_DEGREES = 0.005
AT_LEAST_S = 5.0


@dataclass(frozen=True, slots=True)
class Lane:
    """One kind of sale after the other."""

    scenarios: tuple[str, ...]  # taken in turn
    share: float  # of the people
    seats: int


LANES = (
    Lane(("mixed", "mixed", "queue_rush"), 0.6, 400),
    Lane(("promo_burst",), 0.2, 400),
    Lane(("dashboards", "seat_grab"), 0.2, 2_000),
)


@dataclass(slots=True)
class Done:
    """What was done, and what came of it."""

    rounds: Counter[str] = field(default_factory=Counter)
    visits: int = 0
    answers: int = 0
    purchases: int = 0
    gave_up: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Business:
    target: Target
    sockets: int
    round_s: float
    think: float
    seed: int
    done: Done
    tell: Callable[[str], None]

    async def go_on(self, seconds: float) -> None:
        """All lanes at once, until the time is up."""
        until = time.monotonic() + seconds
        async with asyncio.TaskGroup() as lanes:
            for number, lane in enumerate(LANES):
                lanes.create_task(self._lane(number, lane, until))

    async def _lane(self, number: int, lane: Lane, until: float) -> None:
        turn = 0
        while (left_s := until - time.monotonic()) > AT_LEAST_S:
            scenario = lane.scenarios[turn % len(lane.scenarios)]
            await self._round(lane, scenario, min(self.round_s, left_s), self.seed + 1_000 * turn + number)
            turn += 1

    async def _round(self, lane: Lane, scenario: str, seconds: float, seed: int) -> None:
        persons = max(2, int(self.sockets * lane.share))
        if scenario == "promo_burst":
            await asyncio.to_thread(add_people, self.target, seed)
        lobby_s = LOBBY_S if SCENARIOS[scenario].lobby else 0
        wanted = Wanted(persons * ROOM_FACTOR, lane.seats, lobby_s)
        ground = await asyncio.to_thread(make_stage, self.target.api, SCENARIOS[scenario], wanted)
        api = self.target.api
        plan = CrowdPlan(api.host, api.port, scenario, ground, persons, seed, self.think, 1)
        async with gathered(plan) as crowd:
            outcome = await crowd.act(seconds)
        await asyncio.to_thread(self._close, scenario, ground, outcome)

    def _close(self, scenario: str, ground: Ground, outcome: Outcome) -> None:
        """The sale is over: nothing more is sold, and everybody has what they were told."""
        done = self.done
        done.rounds[scenario] += 1
        done.visits += outcome.visits
        done.answers += outcome.tally.answers
        done.purchases += len(outcome.book.bought)
        done.gave_up += outcome.gave_up
        done.failed.update(outcome.tally.failed)
        found = audit(Asked(self.target.api, ground, outcome.book, data_dir=self.target.data_dir))
        done.wrong += [f"{scenario} {ground.sale}: {each}" for each in found.wrong]
        if scenario == "promo_burst":
            self._end_promo(ground)
        else:
            self.target.api.post(f"/api/sales/{ground.sale}/close")
        self.tell(f"{scenario}: {outcome.visits} visits, {len(outcome.book.bought)} purchases")

    def _end_promo(self, ground: Ground) -> None:
        for promo in self.target.api.get("/api/organizer/promos?limit=200")["items"]:
            if any(window["sale"] == ground.sale for window in promo["windows"]):
                self.target.api.post(f"/api/organizer/promos/{promo['id']}/end")


def add_people(target: Target, seed: int) -> None:
    """People round the store, who agreed to be told of promos; new ones each time, since one a day is told once."""
    lines = (
        {
            "reference": f"soak {seed} {number}",
            "zone": "Europe/Madrid",
            "latitude": WHERE[0] + SPREAD_DEGREES * (number / NEW_PEOPLE - 0.5),
            "longitude": WHERE[1],
            "accuracy_m": 10,
            "email": f"soak{seed}.{number}@example.org",
            "consent": True,
        }
        for number in range(NEW_PEOPLE)
    )
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
        file.flush()
        near = ("--data-dir", str(Path(target.data_dir or ".aforo")))
        aforo("people", "import", file.name, *near)
