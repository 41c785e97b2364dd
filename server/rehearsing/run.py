"""A rehearsal from its shadow sale to the advice; whatever ends it, the shadow sale is removed.

Guarantees: the real sale is only read. Fails with RehearsalFault, whose message says what to do.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from crowd.api import Api, ApiFault
from crowd.audit import Asked, look
from crowd.crowd import CrowdPlan, Outcome, gathered
from crowd.people import Ground, ground_of
from crowd.scenarios import REHEARSAL
from engine.audit import Actor
from engine.catalog import SaleInfo
from engine.catalog.model import RoomPlan
from engine.ending import end
from engine.engine import Engine
from engine.limits import REHEARSAL_PROLONGED_EVERY_S, SHOPPERS_MAX_MAX
from engine.stores.database import UNREACHABLE
from engine.verify import verify
from server.rehearsing.advice import advise
from server.rehearsing.climb import FIRST_STEPS, PACE_MAX, STEP_S_MAX, STEP_S_MIN, VISIT_S, Climb
from server.rehearsing.model import Advice, Funnel, RehearsalFault, Room, Step, Wish
from server.rehearsing.show import Show
from server.rehearsing.step import Seen, Trial
from server.rehearsing.watch import Watch

STEPS = 9
FAILED_TOLD_MAX = 5
SETTLE_LOOKS, SETTLE_LOOK_S = 15, 1.0
OPEN_ROOM = RoomPlan(shoppers_max=SHOPPERS_MAX_MAX, per_second_max=PACE_MAX)


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


async def rehearse(engine: Engine, api: Api, by: Actor, wish: Wish, show: Show) -> Result:
    info = await engine.catalog.sale_info(wish.sale)
    if info is None:
        raise RehearsalFault(f"There is no sale {wish.sale}; `aforo sale list` names them.")
    await engine.rehearsals.remove_left()
    room = room_of(info)
    inside_s, inside_from = await inside_of(engine, info, wish)
    async with shadow_of(engine, by, wish.sale) as shadow:
        show.says("making the shadow sale …")
        ground = await shown_to(api, shadow)
        step_s = min(STEP_S_MAX, max(STEP_S_MIN, wish.seconds / (STEPS + FIRST_STEPS)))
        think = min(1.0, max(0.02, step_s / 4 / VISIT_S))
        plan = CrowdPlan(
            host=api.host,
            port=api.port,
            scenario=REHEARSAL.name,
            ground=replace(ground, rush_s=wish.seconds / 3 / think),
            persons=wish.buyers,
            seed=wish.seed,
            haste=think,
            processes=wish.processes,
        )
        show.says(f"{wish.buyers:,} people come …")
        async with gathered(plan) as crowd:
            watch = Watch(engine, api, crowd.pids)
            servers = watch.servers()
            trial = Trial(crowd, engine.onsale.sale(shadow), watch, wish.bounds, Seen())
            climb = Climb(engine, trial, wish, show, room=room, inside_s=inside_s, think=think, step_s=step_s)
            outcome = await climb.run()
        show.says("looking whether all is as it was told …")
        broken = await broken_in(engine, api, ground, outcome)
        funnel = climb.funnel(outcome)
    show.says("")
    failed = outcome.tally.failed.most_common(FAILED_TOLD_MAX)
    advice = advise(wish, room, climb.steps, funnel, inside_s=inside_s, cores=watch.cores, servers=servers)
    return Result(wish, info, room, inside_s, inside_from, climb.steps, funnel, advice, broken, failed, climb.ended)


@asynccontextmanager
async def shadow_of(engine: Engine, by: Actor, sale: str) -> AsyncIterator[str]:
    """A shadow sale that lives as long as the block."""
    shadow = await engine.rehearsals.make(by, sale, OPEN_ROOM)
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


async def shown_to(api: Api, shadow: str) -> Ground:
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


CARTS_MIN = 200
INSIDE_SHARE, INSIDE_S_MIN, INSIDE_S_MAX = 0.2, 20.0, 180.0


async def inside_of(engine: Engine, info: SaleInfo, wish: Wish) -> tuple[float, str]:
    """How long a real buyer stays inside, and how that is known."""
    if wish.inside_s:
        return wish.inside_s, "as you say"
    sales = await engine.catalog.sales_with_room(info.organizer_id)
    carts, inside_s = await engine.orders.carts_lasted(sales, info.cart_ms / 1000)
    if carts >= CARTS_MIN:
        return max(1.0, inside_s), f"the mean of {carts:,} carts of your sales"
    assumed_s = min(INSIDE_S_MAX, max(INSIDE_S_MIN, info.cart_ms / 1000 * INSIDE_SHARE))
    return assumed_s, "assumed; --inside says otherwise"


async def broken_in(engine: Engine, api: Api, ground: Ground, outcome: Outcome) -> list[str]:
    """Invariants, and what people were told, once all purchases have come to their end."""
    asked = Asked(api, ground, outcome.book)
    wrong: list[str] = []
    for _ in range(SETTLE_LOOKS):
        wrong = (await asyncio.to_thread(look, asked)).wrong
        if not wrong:
            break
        await asyncio.sleep(SETTLE_LOOK_S)
    return [*wrong, *map(str, await verify(engine, ground.sale))]
