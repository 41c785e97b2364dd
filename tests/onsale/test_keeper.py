"""The keeper on real stores, on a clock that the test moves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from engine.catalog.model import PoolPlan, RoomPlan, SalePlan, SaleState
from engine.ids import new_buyer
from engine.onsale import Keeper, Onsale, Sale
from engine.onsale.draw import Draw, commit_of, draw_of
from engine.onsale.model import (
    Cart,
    Held,
    Joined,
    PayingOrder,
    PoolHold,
    SeatsHold,
    SeatState,
    Snapshot,
    Sold,
    SoldFacts,
    SoldOrder,
)
from engine.onsale.records import Records, UnknownSale
from engine.refusals import Code, Refused
from engine.stores.keys import SALE_KEYS, sale_key, sale_keys
from engine.stores.scripts import pack, unpack
from tests.onsale.conftest import HandClock
from tests.onsale.plans import OPENS_AT, SECRET, plan_of

ROOM = RoomPlan(shoppers_max=3, claim_ms=60_000, per_second_max=100)
FLOOR = (PoolPlan("floor", "Floor", 10), PoolPlan("early", "Early bird", 4, ("floor",)))
INSERT = """
INSERT INTO sale (kind, id, organizer_id, currency, seats, person_max, cart_ms, prices, room, lobby_at, opens_at,
                  closes_at, draw_secret, draw_commit)
VALUES ('event', $1, 'org_test', 'EUR', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""


@dataclass
class Kept:
    """A sale in both stores, its keeper, and what the test says was sold."""

    plan: SalePlan
    sale: Sale
    onsale: Onsale
    keeper: Keeper
    clock: HandClock
    db: asyncpg.Pool
    facts: SoldFacts = field(default_factory=SoldFacts)

    def go_to(self, instant: datetime) -> None:
        self.clock.at_ms = int(instant.timestamp() * 1000)

    async def step(self, after_ms: int = 5_000) -> None:
        """Let `after_ms` pass, and let the keeper do what is due."""
        await self.onsale.drained()
        self.clock.at_ms += after_ms
        await self.keeper.step()
        self.clock.at_ms += 250
        await self.keeper.step()

    async def snapshot(self) -> Snapshot:
        snapshot = await self.sale.snapshot()
        assert isinstance(snapshot, Snapshot)
        return snapshot

    async def join(self, buyer: str | None = None, token: str | None = None) -> tuple[str, Joined]:
        buyer = buyer or new_buyer()
        joined = await self.sale.join(buyer, token)
        assert isinstance(joined, Joined)
        return buyer, joined

    async def lose_redis(self) -> None:
        await self.onsale.client.delete(*sale_keys(self.plan.id, *SALE_KEYS))


@pytest.fixture
async def kept(onsale: Onsale, clock: HandClock, db: asyncpg.Pool, fresh_sale_id: Callable[[], str]) -> Kept:
    plan = plan_of(fresh_sale_id(), room=ROOM, pools=FLOOR)
    await db.execute("INSERT INTO organizer (id, name) VALUES ('org_test', 'Test')")
    await insert(db, plan)

    async def plan_by_id(sale_id: str) -> SalePlan | None:
        return plan

    async def sold_facts(sale_id: str) -> SoldFacts:
        return kept.facts

    keeper = Keeper(
        onsale,
        db,
        plan_by_id,
        sold_facts,
        now=lambda: datetime.fromtimestamp(clock.at_ms / 1000, UTC),
        monotonic=lambda: clock.at_ms / 1000,
    )
    await onsale.publish(plan)
    kept = Kept(plan, onsale.sale(plan.id), onsale, keeper, clock, db)
    kept.go_to(OPENS_AT - timedelta(hours=2))
    return kept


async def insert(db: asyncpg.Pool, plan: SalePlan) -> None:
    room = {"shoppers_max": 3, "claim_ms": 60_000, "per_second_max": 100}
    times = (plan.lobby_at, plan.opens_at, plan.closes_at)
    await db.execute(INSERT, plan.id, plan.seats, 6, plan.cart_ms, {}, room, *times, SECRET, commit_of(SECRET))


async def test_a_sale_goes_its_way_by_the_clock(kept: Kept) -> None:
    await kept.step()
    assert (await kept.snapshot()).state is SaleState.SCHEDULED
    kept.go_to(OPENS_AT - timedelta(hours=1))
    await kept.step()
    assert (await kept.snapshot()).state is SaleState.LOBBY
    buyers = [(await kept.join())[0] for _ in range(5)]
    kept.go_to(OPENS_AT)
    await kept.step()
    snapshot = await kept.snapshot()
    assert snapshot.state is SaleState.OPEN
    record = await Records(kept.db).one(kept.plan.id)
    assert record is not None
    assert (record.draw_places, record.draw_digest) == (5, snapshot.room.digest)
    assert record.steering.opened_at == datetime.fromtimestamp((kept.clock.at_ms - 250) / 1000, UTC)
    draw = draw_of(SECRET, 5, record.draw_digest)
    for _ in range(3):
        await kept.step(1_000)
    inside = {buyer for number, buyer in enumerate(buyers) if draw.place_of(number) < 3}
    assert {buyer for buyer in buyers if isinstance(await kept.sale.enter(buyer), Cart)} == inside
    kept.go_to(kept.plan.closes_at)
    await kept.step()
    assert (await kept.snapshot()).state is SaleState.ENDED


async def test_a_cart_of_an_ended_sale_may_still_be_bought(kept: Kept) -> None:
    kept.go_to(kept.plan.closes_at - timedelta(minutes=1))
    buyer, _ = await open_and_enter(kept)
    await kept.sale.hold(SeatsHold(buyer, "h1", (0,)))
    kept.go_to(kept.plan.closes_at)
    await kept.step()
    assert await kept.sale.hold(SeatsHold(buyer, "h2", (1,))) == Refused(Code.SALE_CLOSED)
    assert isinstance(await kept.sale.lock(buyer, "ord_1"), Cart)
    assert await kept.sale.sell(buyer, "ord_1", 1000, (0,), {}) == Sold()


async def open_and_enter(kept: Kept) -> tuple[str, Joined]:
    """The sale opened, and the first shopper inside."""
    await kept.step()
    buyer, joined = await kept.join()
    await kept.step(1_000)
    await kept.step(1_000)
    assert isinstance(await kept.sale.enter(buyer), Cart)
    return buyer, joined


async def test_hands_go_before_the_clock(kept: Kept) -> None:
    await kept.step()
    for change, state in (
        ("opened_at = now()", SaleState.OPEN),
        ("paused = true", SaleState.PAUSED),
        ("paused = false", SaleState.OPEN),
        ("closed_at = now()", SaleState.CLOSED),
    ):
        await kept.db.execute(f"UPDATE sale SET {change} WHERE id = $1", kept.plan.id)
        assert await kept.keeper.converge(kept.plan.id) is state
        assert (await kept.snapshot()).state is state


async def test_carts_end_at_their_deadline_without_being_asked(kept: Kept) -> None:
    kept.go_to(OPENS_AT)
    buyer, _ = await open_and_enter(kept)
    await kept.sale.hold(SeatsHold(buyer, "h1", (0, 1)))
    cart = await kept.sale.cart(buyer)
    assert isinstance(cart, Cart)
    kept.clock.at_ms = cart.deadline_at_ms - 1
    await kept.keeper.step()
    assert (await kept.snapshot()).counters.held == 2
    kept.clock.at_ms = cart.deadline_at_ms
    await kept.keeper.step()
    assert (await kept.snapshot()).counters.held == 0


async def test_a_sale_whose_stores_keep_it_waiting_holds_up_no_other(
    kept: Kept, fresh_sale_id: Callable[[], str]
) -> None:
    other = replace(kept.plan, id=fresh_sale_id())
    await insert(kept.db, other)
    await kept.onsale.publish(other)
    kept.go_to(OPENS_AT)
    async with kept.db.acquire() as db, db.transaction():
        await db.execute("SELECT FROM sale WHERE id = $1 FOR UPDATE", kept.plan.id)
        await opened(kept, other.id)
    await opened(kept, kept.plan.id)


async def opened(kept: Kept, sale_id: str) -> None:
    """Step with little patience until a sale is open; Postgres itself gives up later than that."""
    async with asyncio.timeout(8):
        while await state_of(kept.onsale.sale(sale_id)) is not SaleState.OPEN:
            kept.clock.at_ms += 250
            await kept.keeper.step(patience_s=0.05)


async def state_of(sale: Sale) -> SaleState:
    snapshot = await sale.snapshot()
    assert isinstance(snapshot, Snapshot)
    return snapshot.state


async def test_the_pace_bounds_how_many_are_called(kept: Kept) -> None:
    room = {"shoppers_max": 100, "claim_ms": 60_000, "per_second_max": 2}
    await kept.db.execute("UPDATE sale SET room = $2 WHERE id = $1", kept.plan.id, room)
    await kept.onsale.publish(replace(kept.plan, room=RoomPlan(100, per_second_max=2)))
    kept.go_to(OPENS_AT)
    await kept.step()
    for _ in range(30):
        await kept.join()
    before = (await kept.snapshot()).room.serving
    for _ in range(3):
        kept.clock.at_ms += 1_000
        await kept.keeper.step()
    assert 4 <= (await kept.snapshot()).room.serving - before <= 8


async def test_redis_flushed_in_mid_sale(kept: Kept) -> None:
    kept.go_to(OPENS_AT)
    ana, _ = await open_and_enter(kept)
    _, second = await kept.join()
    await kept.sale.hold(SeatsHold(ana, "h1", (0,)))
    await kept.step()
    before = await kept.snapshot()
    kept.facts = SoldFacts(
        paid=(SoldOrder("ord_1", "buyer-of-order-1", 2500, (5, 6), {"early": 1}),),
        paying=(PayingOrder("ord_2", ana, "cart_ana", (7,), {"floor": 2}),),
    )
    await kept.lose_redis()
    assert await kept.sale.hold(SeatsHold(ana, "h2", (1,))) == Refused(Code.UNAVAILABLE)
    await kept.step()
    after = await kept.snapshot()
    assert after.epoch != before.epoch
    assert after.state is SaleState.OPEN
    states = {seat: SeatState(after.seats[seat // 4] >> 6 - 2 * (seat % 4) & 3) for seat in range(40)}
    assert {seat: state for seat, state in states.items() if state} == {
        5: SeatState.SOLD,
        6: SeatState.SOLD,
        7: SeatState.HELD,
    }
    assert after.pools == {"floor": 7, "early": 3}
    assert (after.counters.sold, after.counters.revenue, after.counters.orders, after.counters.held) == (3, 2500, 1, 3)
    cart = await kept.sale.cart(ana)
    assert isinstance(cart, Cart)
    assert (cart.state, cart.order, cart.seats, cart.units) == ("locked", "ord_2", (7,), {"floor": 2})
    assert await kept.sale.sell(ana, "ord_2", 3000, (7,), {"floor": 2}) == Sold()
    _, newcomer = await kept.join()
    assert newcomer.number > second.number


@pytest.mark.parametrize("paying", [True, False])
async def test_a_rebuild_keeps_what_a_newer_release_packed_into_carts(kept: Kept, *, paying: bool) -> None:
    kept.go_to(OPENS_AT)
    ana, _ = await open_and_enter(kept)
    await kept.sale.hold(SeatsHold(ana, "h1", (0,)))
    client, key = kept.onsale.client, sale_key(kept.plan.id, "carts")
    read: Any = client.hget(key, ana)
    packed = [*unpack(await read), "of a newer release", 7]
    written: Any = client.hset(key, ana, pack(packed))
    await written
    if paying:
        kept.facts = SoldFacts(paying=(PayingOrder("ord_1", ana, packed[0], (0,), {}),))
    await client.delete(sale_key(kept.plan.id, "sale"))
    await kept.step()
    read = client.hget(key, ana)
    rebuilt = unpack(await read)
    assert (rebuilt[0], rebuilt[1], rebuilt[4]) == (packed[0], "locked" if paying else "open", [0])
    assert rebuilt[-2:] == packed[-2:]


async def test_places_count_after_redis_was_flushed(kept: Kept) -> None:
    kept.go_to(OPENS_AT)
    await open_and_enter(kept)
    waiting = [await kept.join() for _ in range(12)]
    await kept.step()
    await kept.lose_redis()
    await kept.step()
    newcomer, new = await kept.join()
    back = [await kept.join(buyer, joined.token) for buyer, joined in waiting]
    assert [joined.number for _, joined in back] == [joined.number for _, joined in waiting]
    assert new.place is not None
    assert all(joined.place is not None and joined.place < new.place for _, joined in back)
    entered: list[str] = []
    for _ in range(8):
        await kept.step(1_000)
        for buyer in [*(buyer for buyer, _ in waiting), newcomer]:
            if buyer not in entered and isinstance(await kept.sale.enter(buyer), Cart):
                entered.append(buyer)
                await kept.sale.leave(buyer)
    assert entered == [*(buyer for buyer, _ in waiting), newcomer]


async def test_redis_flushed_in_the_lobby(kept: Kept) -> None:
    kept.go_to(OPENS_AT - timedelta(minutes=30))
    await kept.step()
    lobby = [await kept.join() for _ in range(6)]
    await kept.step()
    await kept.lose_redis()
    await kept.step()
    assert (await kept.snapshot()).state is SaleState.LOBBY
    back = [await kept.join(buyer, joined.token) for buyer, joined in lobby[:4]]
    assert [joined.number for _, joined in back] == [0, 1, 2, 3]
    newcomer, new = await kept.join()
    kept.go_to(OPENS_AT)
    await kept.step()
    room = (await kept.snapshot()).room
    assert room.lobby == new.number + 1
    draw = Draw(draw_of(SECRET, room.lobby, room.digest or "").seed, room.lobby)
    present = sorted(
        (draw.place_of(number), buyer) for number, buyer in [*enumerate(b for b, _ in back), (new.number, newcomer)]
    )
    await kept.step(1_000)
    await kept.step(1_000)
    called = [buyer for _, buyer in present if isinstance(await kept.sale.enter(buyer), Cart)]
    assert called == [buyer for _, buyer in present[:3]], "the gap of numbers that nobody has holds nobody up"


async def test_redis_that_went_back_is_rebuilt_and_live_carts_stay(kept: Kept) -> None:
    kept.go_to(OPENS_AT)
    ana, _ = await open_and_enter(kept)
    await kept.sale.hold(SeatsHold(ana, "h1", (0, 1)))
    await kept.sale.hold(PoolHold(ana, "h2", "early", 2))
    await kept.step()
    before = await kept.snapshot()
    await kept.onsale.client.execute_command("HINCRBY", sale_key(kept.plan.id, "sale"), "seq", -2)
    kept.facts = SoldFacts(paid=(SoldOrder("ord_1", "buyer-of-order-1", 2500, (1,), {"floor": 7}),))
    await kept.step()
    after = await kept.snapshot()
    assert after.epoch != before.epoch
    cart = await kept.sale.cart(ana)
    assert isinstance(cart, Cart)
    assert (cart.state, cart.seats, cart.units) == ("open", (0,), {"early": 2})
    assert after.pools == {"floor": 1, "early": 2}
    assert (after.counters.held, after.counters.sold, after.counters.shopping) == (3, 8, 1)
    assert isinstance(await kept.sale.hold(SeatsHold(ana, "h1", (0, 1))), Held), "answers given stay as they were"


async def test_a_sale_nobody_knows_can_not_be_rebuilt(kept: Kept, sale_id: str) -> None:
    with pytest.raises(UnknownSale):
        await kept.keeper.rebuild(sale_id)
    assert await kept.onsale.client.exists(*sale_keys(sale_id, *SALE_KEYS)) == 0


async def test_a_lobby_that_is_rebuilt_after_its_draw_keeps_the_secret(kept: Kept) -> None:
    """The draw is noted before the sale opens, and the sale may be put off in between."""
    kept.go_to(OPENS_AT - timedelta(hours=1))
    await kept.step()
    for _ in range(5):
        await kept.join()
    await kept.db.execute("UPDATE sale_run SET draw_places = 5, draw_digest = 'd' WHERE sale_id = $1", kept.plan.id)
    await kept.lose_redis()
    await kept.keeper.rebuild(kept.plan.id)
    room = (await kept.snapshot()).room
    assert (room.state, room.lobby, room.secret) == (SaleState.LOBBY, 5, None)


async def test_a_rebuild_that_was_overtaken_writes_nothing(kept: Kept) -> None:
    """Its lease ran out while it read, and another one was quicker."""
    rebuild, record = kept.keeper._rebuild, await kept.keeper._records.one(kept.plan.id)
    assert record is not None
    await kept.lose_redis()
    first = await rebuild._write(record, kept.plan, SoldFacts(), None)
    late = SoldFacts(paid=(SoldOrder("o1", new_buyer(), 1_000, (3,), {}),))
    assert await rebuild._write(record, kept.plan, late, None) == first
    assert (await kept.snapshot()).counters.sold == 0
