"""A rehearsal from its shadow sale to the advice; whatever ends it, the shadow sale is removed.

Guarantees: the real sale is only read. Fails with RehearsalFault, whose message says what to do.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from engine.catalog import SaleInfo
from engine.catalog.model import RoomPlan, SaleState
from engine.ending import end
from engine.engine import Engine
from engine.limits import REHEARSAL_PROLONGED_EVERY_S, SHOPPERS_MAX_MAX
from engine.refusals import Refused
from engine.stores.database import UNREACHABLE
from engine.verify import verify
from loadtest.crowd.api import Api, ApiFault
from loadtest.crowd.audit import Asked, look
from loadtest.crowd.people import Ground as People
from loadtest.crowd.scenarios import REHEARSAL
from loadtest.crowd.stage import ground_of
from loadtest.rehearsal.advice import advise, inflow_of
from loadtest.rehearsal.model import Advice, Funnel, Room, Step, Wish
from loadtest.rehearsal.ramp import PACE_MAX, Ramp
from loadtest.rehearsal.show import Show
from loadtest.rehearsal.step import Ground, Seen, answered_well, between, looked, slowest, watched
from loadtest.rehearsal.watch import Watch
from loadtest.storm.crowds import Outcome, Storm, gathered
from server.cli.open_engine import operator

STEPS = 9
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
FAILED_TOLD_MAX = 5
SETTLE_LOOKS, SETTLE_LOOK_S = 15, 1.0
OPEN_ROOM = RoomPlan(shoppers_max=SHOPPERS_MAX_MAX, per_second_max=PACE_MAX)


class RehearsalFault(Exception):
    """It can't be rehearsed; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Result:
    wish: Wish
    info: SaleInfo
    room: Room
    inside_s: float
    inside_from: str
    steps: list[Step]
    funnel: Funnel
    advice: Advice
    broken: list[str]
    failed: list[tuple[str, int]]  # what failed most, and how often
    ended: str


async def rehearse(engine: Engine, api: Api, wish: Wish, show: Show) -> Result:
    info = await engine.catalog.sale_info(wish.sale)
    if info is None:
        raise RehearsalFault(f"There is no sale {wish.sale}; `aforo sale list` names them.")
    await engine.rehearsals.remove_left()
    room = room_of(info)
    inside_s, inside_from = await inside_of(engine, info, wish)
    async with shadow_of(engine, wish.sale) as shadow:
        show.says("making the shadow sale …")
        people = await people_of(api, shadow)
        step_s = min(STEP_S_MAX, max(STEP_S_MIN, wish.seconds / (STEPS + FIRST_STEPS)))
        think = min(1.0, max(0.02, step_s / 4 / VISIT_S))
        storm = Storm(
            host=api.host,
            port=api.port,
            scenario=REHEARSAL.name,
            ground=replace(people, rush_s=wish.seconds / 3 / think),
            persons=wish.buyers,
            seed=wish.seed,
            haste=think,
            processes=wish.processes,
        )
        show.says(f"{wish.buyers:,} people come …")
        async with gathered(storm) as crowds:
            watch = Watch(engine, api, crowds.pids)
            servers = watch.servers()
            ground = Ground(crowds, engine.onsale.sale(shadow), watch, wish.bounds, Seen())
            climb = Climb(engine, ground, wish, show, room=room, inside_s=inside_s, think=think, step_s=step_s)
            outcome = await climb.run()
        show.says("looking whether all is as it was told …")
        broken = await broken_in(engine, api, replace(people, sale=shadow), outcome)
        funnel = climb.funnel(outcome)
    show.says("")
    failed = outcome.tally.failed.most_common(FAILED_TOLD_MAX)
    advice = advise(wish, room, climb.steps, funnel, inside_s=inside_s, cores=watch.cores, servers=servers)
    return Result(wish, info, room, inside_s, inside_from, climb.steps, funnel, advice, broken, failed, climb.ended)


@asynccontextmanager
async def shadow_of(engine: Engine, sale: str) -> AsyncIterator[str]:
    """A shadow sale that lives as long as the block."""
    shadow = await engine.rehearsals.make(operator(), sale, OPEN_ROOM)
    if shadow is None:
        raise RehearsalFault(
            f"{sale} is the sale of a promo or a rehearsal itself; only sales of events are rehearsed."
        )
    prolonging = asyncio.create_task(prolong(engine, shadow))
    try:
        yield shadow
    finally:
        await end([prolonging])
        await asyncio.shield(engine.rehearsals.remove(shadow))


async def prolong(engine: Engine, shadow: str) -> None:
    while True:
        await asyncio.sleep(REHEARSAL_PROLONGED_EVERY_S)
        try:
            await engine.rehearsals.prolong(shadow)
        except UNREACHABLE:
            continue  # it lasts for several of these pauses


async def people_of(api: Api, shadow: str) -> People:
    """What the crowd knows of the sale, which also shows whether these servers are of this installation."""
    try:
        await asyncio.to_thread(api.get_bytes, "/healthz")
    except ApiFault as fault:
        raise RehearsalFault(
            f"No server answers at {api.host}:{api.port} ({fault}). Start `aforo up`, or say with --host where it runs."
        ) from fault
    try:
        return await asyncio.to_thread(ground_of, api, shadow)
    except ApiFault as fault:
        raise RehearsalFault(
            f"The servers at {api.host}:{api.port} don't know the shadow sale, so they run on other stores than this "
            f"command ({fault}). Name their data folder with --data-dir, or set the same AFORO_… settings."
        ) from fault


def room_of(info: SaleInfo) -> Room:
    room = info.room or OPEN_ROOM
    return Room(room.shoppers_max, room.per_second_max, room.claim_ms // 1000, open=info.room is None)


INSIDE = """
SELECT count(*) AS carts, avg(least(extract(epoch FROM cart.ended_at - cart.opened_at), $2)) AS inside_s FROM cart
JOIN sale ON sale.id = cart.sale_id AND sale.organizer_id = $1 AND sale.rehearsal_of IS NULL AND sale.room IS NOT NULL
WHERE cart.ended_at > now() - interval '1 year' AND sale.event_id IS NOT NULL
"""
CARTS_MIN = 200
INSIDE_SHARE, INSIDE_S_MIN, INSIDE_S_MAX = 0.2, 20.0, 180.0


async def inside_of(engine: Engine, info: SaleInfo, wish: Wish) -> tuple[float, str]:
    """How long a real buyer stays inside, and how that is known."""
    if wish.inside_s:
        return wish.inside_s, "as you say"
    row = await engine.db.fetchrow(INSIDE, info.organizer_id, info.cart_ms / 1000)
    assert row is not None, "a count is a row"
    if row["carts"] >= CARTS_MIN:
        return max(1.0, float(row["inside_s"])), f"the mean of {row['carts']:,} carts of your sales"
    assumed_s = min(INSIDE_S_MAX, max(INSIDE_S_MIN, info.cart_ms / 1000 * INSIDE_SHARE))
    return assumed_s, "assumed; --inside says otherwise"


async def broken_in(engine: Engine, api: Api, people: People, outcome: Outcome) -> list[str]:
    """Invariants, and what people were told, once all purchases have come to their end."""
    asked = Asked(api, people, outcome.book)
    wrong: list[str] = []
    for _ in range(SETTLE_LOOKS):
        wrong = (await asyncio.to_thread(look, asked)).wrong
        if not wrong:
            break
        await asyncio.sleep(SETTLE_LOOK_S)
    return [*wrong, *map(str, await verify(engine, people.sale))]


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
        ground: Ground,
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
        self._ground = ground
        self._engine = engine
        self._sale = ground.sale
        self._crowds = ground.crowds
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
        acting = asyncio.create_task(self._crowds.act(self._wish.seconds * 2 + OPEN_S_MAX))
        try:
            await self._opened(acting, lobby_s)
            await self._climb(acting)
            await self._crowds.stop()
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
        lasts_s = self._ground.seen.free / (pace * UNITS_EACH)
        return min(self._step_s, max(STEP_S_MIN, lasts_s / 2))

    def _over(self, acting: asyncio.Task[Outcome]) -> bool:
        if acting.done():
            self.ended = "the crowd had gone"
        elif self._ground.seen.free <= self._stock * STOCK_LEFT_SHARE:
            self.ended = "nearly everything was sold or held"
        return bool(self.ended)

    async def _step(self, name: str, seconds: float, pace: int, acting: asyncio.Task[Outcome]) -> Step:
        self._show.tries(name, seconds)
        nearly_gone = int(self._stock * STOCK_LEFT_SHARE)
        step = await watched(self._ground, name, seconds, pace, acting, nearly_gone=nearly_gone)
        self.steps.append(step)
        self._show.saw(step)
        return step

    async def _rest(self, acting: asyncio.Task[Outcome], until: float) -> None:
        """Let those inside get through, until answers are quick again, before the next pace is tried."""
        self._show.says("resting …")
        await self._set(SHOPPERS_MAX_MAX, 1)
        bounds, until = self._wish.bounds, min(until, time.monotonic() + RESTS * self._step_s)
        before = (await self._crowds.look()).tally
        while time.monotonic() < until and not acting.done():
            await looked(self._ground, Seen(), REST_LOOK_S, acting)
            after = (await self._crowds.look()).tally
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
            waiting_max=self._ground.seen.waiting_max,
        )
