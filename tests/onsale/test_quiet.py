"""Quiet sales: the keeper leaves them alone, and misses nothing that begins in one."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from engine.access.signing import Signer
from engine.catalog.model import RoomPlan, SalePlan, SaleState
from engine.ids import new_buyer
from engine.keyring import Keyring
from engine.onsale import Keeper, Onsale, Sale
from engine.onsale.calls import Calls
from engine.onsale.draw import commit_of
from engine.onsale.model import Cart, Held, Joined, SeatsHold, Snapshot, SoldFacts
from engine.onsale.records import Records
from engine.onsale.unnoted import Unnoted
from engine.refusals import Code, Refused
from engine.stores.keys import SALE_KEYS, moves_key, sale_key, sale_keys
from engine.stores.redis import RedisClient
from tests.onsale.conftest import HandClock
from tests.onsale.plans import OPENS_AT, SECRET, plan_of
from tests.onsale.test_keeper import INSERT

ROOM = RoomPlan(shoppers_max=3, claim_ms=60_000, per_second_max=100)
SWEEP_S = 60
SETTLED_S = 20
NOTED_MS = 100  # within which a note is read
NOTED_AGAIN_MS = 5_000  # after which a process notes the same sale again


class House:
    """Some sales, one keeper, and how often it looked."""

    def __init__(self, redis: RedisClient, clock: HandClock, db: asyncpg.Pool, new_id: Callable[[], str]) -> None:
        self.clock, self.db, self.new_id = clock, db, new_id
        self.looks: Counter[str] = Counter()
        self.plans: dict[str, SalePlan] = {}
        self.onsale = Onsale(
            redis, Signer(Keyring.of_secret(b"the secret of all the tests")), clock=clock, on_batch=self.count
        )
        self.keeper = self.new_keeper()

    def count(self, name: str, items: int, seconds: float) -> None:
        self.looks[name] += 1

    def new_keeper(self, onsale: Onsale | None = None) -> Keeper:
        async def plan_by_id(sale_id: str) -> SalePlan | None:
            return self.plans.get(sale_id)

        async def sold_facts(sale_id: str) -> SoldFacts:
            return SoldFacts()

        def now() -> datetime:
            return datetime.fromtimestamp(self.clock.at_ms / 1000, UTC)

        def seconds() -> float:
            return self.clock.at_ms / 1000

        return Keeper(onsale or self.onsale, self.db, plan_by_id, sold_facts, now=now, monotonic=seconds)

    async def add(self, *, room: RoomPlan | None = None, opens_at: datetime = OPENS_AT, rows: int = 1) -> Sale:
        """A sale in both stores, as another process makes it."""
        plan = replace(plan_of(self.new_id(), rows=rows, room=room), lobby_at=None, opens_at=opens_at)
        self.plans[plan.id] = plan
        packed = None if room is None else asdict(room)
        times = (plan.lobby_at, plan.opens_at, plan.closes_at)
        draw = (SECRET, commit_of(SECRET))
        await self.db.execute(INSERT, plan.id, plan.seats, 6, plan.cart_ms, {}, packed, *times, *draw)
        await self.keeper.publish(plan)
        return self.onsale.sale(plan.id)

    async def step(self, after_ms: int) -> None:
        await self.onsale.drained()
        self.clock.at_ms += after_ms
        await self.keeper.step()

    async def pass_s(self, seconds: int) -> None:
        for _ in range(seconds):
            await self.step(1_000)

    async def settle(self) -> None:
        """Until nothing moves any more; then count from zero."""
        await self.pass_s(SETTLED_S)
        self.looks.clear()


@pytest.fixture
async def house(
    redis: RedisClient, clock: HandClock, db: asyncpg.Pool, fresh_sale_id: Callable[[], str]
) -> AsyncIterator[House]:
    await db.execute("INSERT INTO organizer (id, name) VALUES ('org_test', 'Test')")
    clock.at_ms = int((OPENS_AT + timedelta(minutes=5)).timestamp() * 1000)
    house = House(redis, clock, db, fresh_sale_id)
    yield house
    await house.keeper.close()
    await house.onsale.drained()


async def state_of(sale: Sale) -> SaleState:
    return (await snapshot_of(sale)).state


async def snapshot_of(sale: Sale) -> Snapshot:
    snapshot = await sale.snapshot()
    assert isinstance(snapshot, Snapshot)
    return snapshot


async def joined(sale: Sale) -> str:
    buyer = new_buyer()
    assert isinstance(await sale.join(buyer), Joined)
    return buyer


async def is_called(sale: Sale, buyer: str) -> bool:
    return isinstance(await sale.enter(buyer), Cart)


async def test_a_quiet_sale_is_not_looked_at(house: House) -> None:
    sales = [await house.add(room=ROOM), await house.add(), await house.add(opens_at=OPENS_AT + timedelta(hours=1))]
    await house.settle()
    assert [await state_of(sale) for sale in sales] == [SaleState.OPEN, SaleState.OPEN, SaleState.SCHEDULED]
    await house.pass_s(2 * SWEEP_S)
    assert not house.looks


async def test_who_joins_a_quiet_sale_is_called_at_once(house: House) -> None:
    sale = await house.add(room=ROOM)
    await house.settle()
    buyer = await joined(sale)
    await house.step(NOTED_MS)
    assert await is_called(sale, buyer)


async def test_a_lost_note_is_found_by_the_sweep(house: House) -> None:
    sale = await house.add(room=ROOM)
    await house.settle()
    buyer = await joined(sale)
    await house.onsale.drained()
    await house.onsale.client.zrem(moves_key(), sale.id)
    await house.step(NOTED_MS)
    assert not await is_called(sale, buyer)
    await house.onsale.drained()
    await house.onsale.client.zrem(moves_key(), sale.id)
    await house.pass_s(SWEEP_S)
    assert await is_called(sale, buyer)


OLDER_MAY_RUN = "DELETE FROM schema_step WHERE number = (SELECT max(number) FROM schema_step WHERE kind = 'contract')"


async def test_who_joins_at_a_server_that_notes_nothing_is_called_while_such_may_run(house: House) -> None:
    """The release before wrote no notes. Once the database was contracted nobody asks for its sales any more."""
    await house.db.execute(OLDER_MAY_RUN)
    sale = await house.add(room=ROOM)
    client, clock = house.onsale.client, house.clock
    older = Sale(
        sale.id, client, Calls(client, sale.id, clock), Signer(Keyring.of_secret(b"the secret of all the tests")), print
    )
    unnoted = Unnoted(house.onsale, house.db, lambda: datetime.fromtimestamp(clock.at_ms / 1000, UTC))
    await unnoted.step()
    await house.settle()
    await unnoted.step()
    await house.settle()
    buyer = await joined(older)
    await unnoted.step()
    await house.step(NOTED_MS)
    assert await is_called(older, buyer)
    await house.pass_s(SETTLED_S)
    clock.at_ms += NOTED_AGAIN_MS
    await client.zrem(moves_key(), sale.id)
    await unnoted.step()
    await house.onsale.drained()
    assert await client.zscore(moves_key(), sale.id) is not None, "somebody shops there"


async def test_a_database_that_was_contracted_has_no_such_servers(house: House) -> None:
    sale = await house.add(room=ROOM)
    await house.settle()
    await house.onsale.client.zrem(moves_key(), sale.id)
    await Unnoted(house.onsale, house.db).step()
    await house.onsale.drained()
    assert await house.onsale.client.zscore(moves_key(), sale.id) is None


async def test_notes_go_on_after_the_set_was_deleted(house: House) -> None:
    sale = await house.add(room=ROOM)
    await house.settle()
    await house.onsale.client.delete(moves_key())
    await house.step(NOTED_MS)
    buyer = await joined(sale)
    await house.step(NOTED_MS)
    assert await is_called(sale, buyer)


async def test_a_cart_of_a_quiet_sale_ends_at_its_deadline(house: House) -> None:
    sale = await house.add()
    await house.settle()
    held = await sale.hold(SeatsHold(new_buyer(), "h1", (0, 1)))
    assert isinstance(held, Held)
    await house.step(NOTED_MS)
    await house.step(held.deadline_at_ms - 1 - house.clock.at_ms)
    assert (await snapshot_of(sale)).counters.held == 2
    await house.step(1)
    assert (await snapshot_of(sale)).counters.held == 0


async def test_a_sale_with_a_cart_is_noted_again_for_other_jobs(house: House) -> None:
    sale = await house.add()
    await house.settle()
    await sale.hold(SeatsHold(new_buyer(), "h1", (0,)))
    await house.step(NOTED_MS)
    await house.onsale.client.zrem(moves_key(), sale.id)
    await house.pass_s(10)
    assert sale.id in await house.onsale.moves.lately(30_000)


async def test_a_cart_that_ended_is_forgotten_in_time(house: House) -> None:
    sale = await house.add()
    await house.settle()
    buyer = new_buyer()
    await sale.hold(SeatsHold(buyer, "h1", (0,)))
    await sale.leave(buyer)
    await house.settle()
    assert isinstance(await sale.cart(buyer), Cart)
    await house.step(600_000)
    assert await sale.cart(buyer) == Refused(Code.NO_CART)


async def test_a_sale_that_another_process_made_or_changed_is_picked_up(house: House) -> None:
    await house.add()
    await house.settle()
    sale = await house.add(opens_at=OPENS_AT + timedelta(hours=1))
    await house.step(1_000)
    assert await state_of(sale) is SaleState.SCHEDULED
    await house.settle()
    await house.db.execute("UPDATE sale SET opens_at = $2 WHERE id = $1", sale.id, OPENS_AT)
    await house.step(1_000)
    assert await state_of(sale) is SaleState.OPEN
    await house.settle()
    await house.db.execute("UPDATE sale SET paused = true WHERE id = $1", sale.id)
    await house.step(1_000)
    assert await state_of(sale) is SaleState.PAUSED


async def test_what_an_open_transaction_writes_is_seen_once_it_ends(house: House) -> None:
    sale = await house.add()
    await house.settle()
    async with house.db.acquire() as db:
        transaction = db.transaction()
        await transaction.start()
        await db.execute("UPDATE sale SET paused = true WHERE id = $1", sale.id)
        await house.add()  # others go on, and end before it
        await house.pass_s(5)
        assert await state_of(sale) is SaleState.OPEN
        await transaction.commit()
    await house.step(1_000)
    assert await state_of(sale) is SaleState.PAUSED


async def test_a_sale_opens_at_its_time_among_many(house: House) -> None:
    for _ in range(50):
        await house.add()
    opens_at = OPENS_AT + timedelta(hours=2)
    sale = await house.add(opens_at=opens_at)
    await house.settle()
    await house.step(int(opens_at.timestamp() * 1000) - 1 - house.clock.at_ms)
    assert await state_of(sale) is SaleState.SCHEDULED
    assert not house.looks
    await house.step(1)
    assert await state_of(sale) is SaleState.OPEN


async def test_another_keeper_goes_on_where_the_last_one_stopped(house: House) -> None:
    quiet, sale = await house.add(room=ROOM), await house.add(room=ROOM)
    await house.settle()
    await house.keeper.close()
    buyer = await joined(sale)
    await house.onsale.drained()
    await house.onsale.client.zrem(moves_key(), sale.id)
    house.keeper = house.new_keeper()
    await house.step(NOTED_MS)
    await house.step(1_000)
    assert await is_called(sale, buyer)
    late = await joined(quiet)
    await house.step(NOTED_MS)
    assert await is_called(quiet, late)


async def test_a_quiet_sale_that_redis_lost_comes_back_for_who_asks(house: House) -> None:
    sale = await house.add()
    await house.settle()
    await house.onsale.client.delete(*sale_keys(sale.id, *SALE_KEYS))
    buyer = new_buyer()
    assert await sale.hold(SeatsHold(buyer, "h1", (0,))) == Refused(Code.UNAVAILABLE)
    await house.step(NOTED_MS)
    assert isinstance(await sale.hold(SeatsHold(buyer, "h1", (0,))), Held)


async def test_a_quiet_sale_that_redis_lost_comes_back_for_nobody(house: House) -> None:
    sales = [await house.add() for _ in range(5)]
    await house.settle()
    for sale in sales:
        await house.onsale.client.delete(*sale_keys(sale.id, *SALE_KEYS))
    await house.pass_s(SWEEP_S)
    assert [await state_of(sale) for sale in sales] == [SaleState.OPEN] * 5


async def test_a_quiet_sale_that_went_back_is_rebuilt(house: House) -> None:
    sale = await house.add()
    await house.settle()
    before = await snapshot_of(sale)
    await house.onsale.client.execute_command("HINCRBY", sale_key(sale.id, "sale"), "seq", -1)
    await house.pass_s(SWEEP_S)
    assert (await snapshot_of(sale)).epoch != before.epoch


async def test_a_sale_that_was_removed_or_put_away_is_let_go(house: House) -> None:
    removed, away, sale = await house.add(), await house.add(), await house.add()
    await house.settle()
    await house.db.execute("DELETE FROM sale WHERE id = $1", removed.id)
    await house.db.execute("UPDATE sale_run SET leaving_at = now(), away_at = now() WHERE sale_id = $1", away.id)
    for gone in (removed, away):
        await house.onsale.client.delete(*sale_keys(gone.id, *SALE_KEYS))
    await house.pass_s(SWEEP_S)
    house.looks.clear()
    await house.pass_s(SWEEP_S)
    assert not house.looks
    assert await state_of(sale) is SaleState.OPEN
    assert [await gone.snapshot() for gone in (removed, away)] == [Refused(Code.UNAVAILABLE)] * 2


# ── what is switched by hand, against a keeper that read the row a moment before ──


async def switched(house: House, sale: Sale, **columns: object) -> None:
    """What another process does when an organizer steers: the row first, then the live side."""
    for name, value in columns.items():
        await house.db.execute(f"UPDATE sale SET {name} = $2 WHERE id = $1", sale.id, value)
    elsewhere = Onsale(
        house.onsale.client, Signer(Keyring.of_secret(b"the secret of all the tests")), clock=house.clock
    )
    await house.new_keeper(elsewhere).converge(sale.id)
    await elsewhere.drained()


@pytest.mark.parametrize(("before", "after"), [(True, SaleState.OPEN), (False, SaleState.PAUSED)])
async def test_a_row_read_before_the_switch_does_not_switch_back(house: House, before: bool, after: SaleState) -> None:
    sale = await house.add()
    await house.settle()
    await switched(house, sale, paused=before)
    await house.step(1_000)  # the keeper reads the row
    await switched(house, sale, paused=not before)
    house.looks.clear()
    await house.step(NOTED_MS)  # it looks at the sale, and does not read the row again so soon
    assert house.looks["onsale/room_admit"] == 1
    assert await state_of(sale) is after


async def test_an_opening_put_off_at_the_last_moment_stays_put_off(house: House) -> None:
    opens_at = OPENS_AT + timedelta(minutes=6)
    sale = await house.add(opens_at=opens_at)
    await house.settle()
    house.clock.at_ms = int(opens_at.timestamp() * 1000) - NOTED_MS
    await house.keeper.step()
    await switched(house, sale, opens_at=opens_at + timedelta(hours=1))
    await house.step(NOTED_MS)
    await house.step(NOTED_MS)
    assert await state_of(sale) is SaleState.SCHEDULED
    record = await Records(house.db).one(sale.id)
    assert record is not None
    assert (record.steering.opened_at, record.draw_places) == (None, None)
