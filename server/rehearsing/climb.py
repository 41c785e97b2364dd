"""The climb of a rehearsal: first the room as it is set, then a search for the highest pace that holds.

A pace is doubled while it holds (or more, while it costs nothing), divided when not, then tried between. Guarantees:
a pace is tried once; the search ends, at the latest when no time is left for it.
"""

from __future__ import annotations

import asyncio
import math
import time
from datetime import UTC, datetime, timedelta

from crowd.crowd import Outcome
from engine.catalog.model import RoomPlan, SaleState
from engine.ending import end
from engine.engine import Engine
from engine.limits import SHOPPERS_MAX_MAX
from engine.refusals import Refused
from server.rehearsing.advice import inflow_of
from server.rehearsing.model import Funnel, RehearsalFault, Room, Step, Wish
from server.rehearsing.show import Show
from server.rehearsing.step import Seen, Trial, answered_well, between, looked, slowest, watched

STEP_S_MIN, STEP_S_MAX = 1.0, 30.0
FIRST_STEPS = 1.5  # the settings as they are get so many steps' time
LOBBY_S = 3.0
LOBBY_JOINS_PER_S = 300
OPEN_S_MAX = 30.0
# A visit's pauses take 11 seconds in the mean; one in six closes the window, and counts as inside for a minute more.
VISIT_S = 11.0
LAPSING_SHARE, LAPSING_S = 0.17, 60.0
PLACES_MIN = 5
STOCK_LEFT_SHARE = 0.05
RESTS = 1.5  # steps, at most
REST_LOOK_S = 1.0
UNITS_EACH = 1.7  # who comes in takes about so many, those who don't buy counted with the others
NEAR_ENOUGH = 1.25
PACE_MAX = 10_000
EASY_FACTOR = 4


class Ramp:
    """Paces are buyers let in per second."""

    def __init__(self) -> None:
        self.held = 0.0  # the best that held
        self.broke = math.inf  # the least that did not
        self._factor = 2

    def learn(self, pace: float, *, held: bool, easily: bool = False) -> None:
        """How a pace went; it may be another than the one that was asked for."""
        if held:
            self.held = max(self.held, pace)
            self._factor = EASY_FACTOR if easily else 2
        else:
            self.broke = min(self.broke, pace)

    def next(self) -> int | None:
        """The pace to try, None when nothing better can be learned."""
        if math.isinf(self.broke):
            return min(PACE_MAX, max(1, math.ceil(self.held * self._factor))) if self.held < PACE_MAX else None
        if not self.held:
            return max(1, math.floor(self.broke / 3)) if self.broke > 1 else None
        between = round(math.sqrt(self.held * self.broke))
        near = self.broke / self.held < NEAR_ENOUGH or not self.held < between < self.broke
        return None if near else between


def places_for(room: Room, inside_s: float, visit_s: float, seconds: float) -> int:
    """Places that let in as many people of a rehearsal as the room lets in real ones. Pure.

    People who think less make room sooner, so there are fewer places; but who closes the window keeps one until it is
    noticed, which takes a minute whatever the haste.
    """
    if room.open:
        return room.shoppers
    lapsing = LAPSING_SHARE * inflow_of(room, inside_s) * min(seconds, LAPSING_S)
    return max(PLACES_MIN, min(room.shoppers, math.ceil(room.shoppers * visit_s / inside_s + lapsing)))


class Climb:
    """The steps of one rehearsal: first the room as it is set, then the search for what it bears."""

    def __init__(
        self,
        engine: Engine,
        trial: Trial,
        wish: Wish,
        show: Show,
        *,
        room: Room,
        inside_s: float,
        think: float,
        step_s: float,
    ) -> None:
        self.steps: list[Step] = []
        self.ended = ""
        self._trial = trial
        self._engine = engine
        self._sale = trial.sale
        self._crowd = trial.crowd
        self._wish = wish
        self._show = show
        self._room = room
        self._step_s = step_s
        self._places = places_for(room, inside_s, VISIT_S * think, step_s * FIRST_STEPS)
        self._stock = 0

    async def run(self) -> Outcome:
        """Opens the sale, climbs, and answers what everybody went through."""
        lobby_s = min(self._wish.seconds / 4, LOBBY_S + self._wish.buyers / LOBBY_JOINS_PER_S)
        await self._set(self._places, self._room.per_second)
        await self._engine.rehearsals.open_at(self._sale.id, datetime.now(UTC) + timedelta(seconds=lobby_s))
        acting = asyncio.create_task(self._crowd.act(self._wish.seconds * 2 + OPEN_S_MAX))
        try:
            await self._opened(acting, lobby_s)
            await self._climb(acting)
            await self._crowd.stop()
            return await acting
        finally:
            await end([acting])

    async def _opened(self, acting: asyncio.Task[Outcome], lobby_s: float) -> None:
        self._show.says("the lobby fills, the draw comes …")
        for _ in range(int((lobby_s + OPEN_S_MAX) / 0.2)):
            snapshot = await self._sale.snapshot()
            if not isinstance(snapshot, Refused):
                self._stock = snapshot.room.left
                if snapshot.state is SaleState.OPEN:
                    return
            await asyncio.wait((acting,), timeout=0.2)
        raise RehearsalFault("The shadow sale did not open: is a worker running? `aforo up` starts one.")

    async def _climb(self, acting: asyncio.Task[Outcome]) -> None:
        until = time.monotonic() + self._wish.seconds
        ramp = Ramp()
        first = await self._step("as it is set", self._step_s * FIRST_STEPS, 0, acting)
        ramp.learn(first.rate, held=first.held, easily=first.easy)
        while not self._over(acting):
            if time.monotonic() + self._step_s > until:
                self.ended = "the time was up"
                break
            if not self.steps[-1].held:
                await self._rest(acting, until)
            pace = ramp.next()
            if pace is None:
                self.ended = "the limit was found"
                break
            await self._set(SHOPPERS_MAX_MAX, pace)
            step = await self._step(f"{pace * 60:,} a minute", self._seconds_for(pace), pace, acting)
            ramp.learn(pace if step.reached or not step.held else step.rate, held=step.held, easily=step.easy)
            if step.held and not step.reached:
                self.ended = "nobody was left waiting" if step.people_short else "no more came in than that"
                break

    def _seconds_for(self, pace: int) -> float:
        """Shorter where the stock would not last: what is nearly sold out says nothing of the beginning."""
        lasts_s = self._trial.seen.free / (pace * UNITS_EACH)
        return min(self._step_s, max(STEP_S_MIN, lasts_s / 2))

    def _over(self, acting: asyncio.Task[Outcome]) -> bool:
        if acting.done():
            self.ended = "the crowd had gone"
        elif self._trial.seen.free <= self._stock * STOCK_LEFT_SHARE:
            self.ended = "nearly everything was sold or held"
        return bool(self.ended)

    async def _step(self, name: str, seconds: float, pace: int, acting: asyncio.Task[Outcome]) -> Step:
        self._show.tries(name, seconds)
        nearly_gone = int(self._stock * STOCK_LEFT_SHARE)
        step = await watched(self._trial, name, seconds, pace, acting, nearly_gone=nearly_gone)
        self.steps.append(step)
        self._show.saw(step)
        return step

    async def _rest(self, acting: asyncio.Task[Outcome], until: float) -> None:
        """Let those inside get through, until answers are quick again, before the next pace is tried."""
        self._show.says("resting …")
        await self._set(SHOPPERS_MAX_MAX, 1)
        bounds, until = self._wish.bounds, min(until, time.monotonic() + RESTS * self._step_s)
        before = (await self._crowd.look()).tally
        while time.monotonic() < until and not acting.done():
            await looked(self._trial, Seen(), REST_LOOK_S, acting)
            after = (await self._crowd.look()).tally
            hold_ms, purchase_ms = slowest(between(before, after))
            if hold_ms <= bounds.hold_ms / 2 and purchase_ms <= bounds.purchase_ms / 2:
                return
            before = after

    async def _set(self, shoppers: int, per_second: int) -> None:
        plan = RoomPlan(shoppers, self._room.claim_seconds * 1000, per_second)
        await self._engine.rehearsals.set_room(self._sale.id, plan)

    def funnel(self, outcome: Outcome) -> Funnel:
        units = sum(len(line["seats"]) + sum(line["units"].values()) for line in outcome.book.bought)
        return Funnel(
            admitted=answered_well(outcome.tally, "enter"),
            orders=len(outcome.book.bought),
            units=units,
            stock=self._stock,
            waiting_max=self._trial.seen.waiting_max,
        )
