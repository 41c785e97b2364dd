"""Key layouts: a running sale moves to the next one while people join, hold and buy in it, unnoticed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import asyncpg
import pytest

from engine.access.signing import Signer
from engine.catalog.model import RoomPlan
from engine.ids import new_buyer
from engine.keyring import Keyring
from engine.onsale import Onsale, Sale
from engine.onsale.key_layouts import KeyLayouts, bring, locate
from engine.onsale.model import BestHold, Cart, Delta, Held, Joined, Release, Released, Sold
from engine.onsale.records import Records
from engine.stores import keys
from engine.stores.keys import PASSING_KEYS, SaleKeys
from engine.stores.redis import RedisClient
from tests.onsale.conftest import HandClock
from tests.onsale.plans import OPENS_AT
from tests.onsale.test_quiet import OLDER_MAY_RUN, House, snapshot_of

LAYOUTS = ("a1", "b1", "b2", "b3", "b4", "b5")
OLD, NEW = LAYOUTS[0], LAYOUTS[-1]
ROOM = RoomPlan(shoppers_max=50, claim_ms=60_000, per_second_max=1_000)
SHOPPERS = 12
TURNS = 8


@pytest.fixture
async def house(
    redis: RedisClient,
    clock: HandClock,
    db: asyncpg.Pool,
    fresh_sale_id: Callable[[], str],
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[House]:
    """A release that knows more layouts than the installation has; sales are made in the oldest one."""
    monkeypatch.setattr(keys, "LAYOUTS", LAYOUTS)
    await db.execute("INSERT INTO organizer (id, name) VALUES ('org_test', 'Test')")
    clock.at_ms = int((OPENS_AT + timedelta(minutes=5)).timestamp() * 1000)
    house = House(redis, clock, db, fresh_sale_id)
    yield house
    await house.keeper.close()
    await house.onsale.drained()


@pytest.fixture
async def elsewhere(house: House) -> AsyncIterator[Onsale]:
    """The same sales in another process."""
    onsale = Onsale(house.onsale.client, Signer(Keyring.of_secret(b"the secret of all the tests")), clock=house.clock)
    yield onsale
    await onsale.drained()


async def names_of(client: RedisClient, sale_id: str) -> Counter[str]:
    """layout → keys of the sale that have it, but for those that keep nothing."""
    found: Counter[str] = Counter()
    for layout in LAYOUTS:
        names = SaleKeys(sale_id, layout)
        found[layout] = sum([await client.exists(key) for key in names.every()])
    assert all(SaleKeys(sale_id, OLD).key(name) == SaleKeys(sale_id, NEW).key(name) for name in PASSING_KEYS)
    return +found


async def entered(sale: Sale) -> tuple[str, Joined]:
    buyer = new_buyer()
    joined = await sale.join(buyer)
    assert isinstance(joined, Joined), joined
    return buyer, joined


async def shop(sale: Sale, other: Sale, buyer: str, seats: set[int]) -> None:
    """Hold here, give back there, and buy in the end; whatever is refused fails the test."""
    assert isinstance(await sale.enter(buyer), Cart)
    for turn in range(TURNS):
        held = await sale.hold(BestHold(buyer, f"h{turn}", 2))
        assert isinstance(held, Held), held  # told as a repeat where a reply was lost on a machine that is busy
        again = await other.hold(BestHold(buyer, f"h{turn}", 2))
        assert isinstance(again, Held), again
        assert again.seats == held.seats
        if turn < TURNS - 1:
            assert isinstance(await other.release(Release(buyer, f"r{turn}", held.seats)), Released)
    assert isinstance(await other.lock(buyer, f"o-{buyer}"), Cart)
    for each in (sale, other):
        sold = await each.sell(buyer, f"o-{buyer}", 2_000, held.seats, {})
        assert isinstance(sold, Sold), sold
    assert not seats & set(held.seats), "sold twice"
    seats |= set(held.seats)


async def watch(sale: Sale, seen: list[Delta], ready: asyncio.Event) -> None:
    async for delta in sale.watch():
        seen.append(delta)
        ready.set()


async def test_a_running_sale_comes_to_another_layout_unnoticed(house: House, elsewhere: Onsale) -> None:
    here = await house.add(room=ROOM, rows=SHOPPERS)
    there = elsewhere.sale(here.id)
    client = house.onsale.client
    await house.settle()
    people = [await entered((here, there)[number % 2]) for number in range(SHOPPERS)]
    await house.step(100)
    await house.step(1_000)
    assert set(await names_of(client, here.id)) == {OLD}
    seen: list[Delta] = []
    ready = asyncio.Event()
    watching = asyncio.create_task(watch(there, seen, ready))
    await ready.wait()
    before = await snapshot_of(here)
    seats: set[int] = set()
    shopping = [shop(*((here, there)[:: 1 - 2 * (n % 2)]), buyer, seats) for n, (buyer, _) in enumerate(people)]

    async def join_all() -> list[tuple[str, Joined]]:
        return [await entered((here, there)[number % 2]) for number in range(SHOPPERS)]

    async def move() -> None:
        layouts = KeyLayouts(client, house.db)
        for layout in LAYOUTS[1:-1]:
            await layouts.lay_out(here.id, layout)
        assert await layouts.step() == 1

    _, later, *_ = await asyncio.gather(move(), join_all(), *shopping)
    assert set(await names_of(client, here.id)) == {NEW}
    assert len(seats) == 2 * SHOPPERS
    now = await snapshot_of(there)
    assert (now.epoch, now.counters.sold, now.counters.held, now.counters.shopping) == (before.epoch, len(seats), 0, 0)
    assert [joined.number for _, joined in (*people, *later)] == list(range(2 * SHOPPERS))
    for buyer, joined in later:
        again = await there.join(buyer, joined.token)
        assert isinstance(again, Joined)
        assert (again.number, again.again) == (joined.number, True)
    async with asyncio.timeout(20):
        while seen[-1].seq < now.seq:
            ready.clear()
            await ready.wait()
    watching.cancel()
    told = [delta.seq for delta in seen if delta.epoch == before.epoch and delta.seq > before.seq]
    assert told == list(range(before.seq + 1, told[-1] + 1)), "a gap, or something twice"


async def test_carts_keep_their_ids_and_deadlines(house: House, elsewhere: Onsale) -> None:
    sale = await house.add()
    await house.settle()
    buyer = new_buyer()
    await sale.hold(BestHold(buyer, "h1", 2))
    cart = await sale.cart(buyer)
    assert await KeyLayouts(house.onsale.client, house.db).step() == 1
    assert await KeyLayouts(house.onsale.client, house.db).step() == 0
    assert await sale.cart(buyer) == cart
    assert await elsewhere.sale(sale.id).cart(buyer) == cart
    assert isinstance(cart, Cart)
    await house.step(cart.deadline_at_ms - house.clock.at_ms)
    assert (await snapshot_of(sale)).counters.held == 0
    assert [end.id for end in await elsewhere.sale(sale.id).ends(10)] == [cart.id]
    await elsewhere.sale(sale.id).forget_ends([cart.id])
    assert await sale.ends(10) == []


async def test_sales_stay_where_an_older_release_finds_them(house: House) -> None:
    sale = await house.add()
    await house.db.execute(OLDER_MAY_RUN)
    assert await KeyLayouts(house.onsale.client, house.db).step() == 0
    assert await locate(house.onsale.client, sale.id) == OLD


async def moved_only(house: House, sale: Sale) -> None:
    await bring(house.onsale.client, sale.id, NEW)


async def written_only(house: House, sale: Sale) -> None:
    await Records(house.db).write_key_layout(sale.id, NEW)


async def lost_after_the_move(house: House, sale: Sale) -> None:
    """A rebuild had just begun, which takes away what says that the sale is there."""
    await moved_only(house, sale)
    await house.onsale.client.delete(SaleKeys(sale.id, NEW).key("sale"))


async def lost_before_the_move(house: House, sale: Sale) -> None:
    await written_only(house, sale)
    await house.onsale.client.delete(SaleKeys(sale.id, OLD).key("sale"))


Cut = Callable[[House, Sale], Awaitable[None]]
CUTS: list[Cut] = [moved_only, written_only, lost_after_the_move, lost_before_the_move]


@pytest.mark.parametrize("cut", CUTS)
async def test_what_was_cut_short_ends_well(house: House, elsewhere: Onsale, cut: Cut) -> None:
    """Whoever dies between two steps leaves a sale that goes on, with its carts and places."""
    sale, client = await house.add(room=ROOM), house.onsale.client
    await house.settle()
    buyer, joined = await entered(sale)
    await house.step(100)
    await house.step(1_000)
    assert isinstance(await sale.enter(buyer), Cart)
    held = await sale.hold(BestHold(buyer, "h1", 2))
    assert isinstance(held, Held)
    cart = await sale.cart(buyer)
    assert isinstance(cart, Cart)
    await cut(house, sale)
    await house.step(1_000)
    await house.step(1_000)
    for each in (sale, elsewhere.sale(sale.id)):
        after = await each.cart(buyer)
        assert isinstance(after, Cart), after
        assert (after.id, after.seats, after.deadline_at_ms) == (cart.id, cart.seats, cart.deadline_at_ms)
        again = await each.join(buyer, joined.token)
        assert isinstance(again, Joined)
        assert (again.number, again.again) == (joined.number, True)
    layouts = KeyLayouts(client, house.db)
    await layouts.lay_out(sale.id, NEW)
    await layouts.lay_out(sale.id, NEW)
    assert set(await names_of(client, sale.id)) == {NEW}
    assert (await snapshot_of(sale)).counters.held == 2


async def test_a_sale_that_left_redis_leaves_in_every_layout(house: House) -> None:
    sale, client = await house.add(), house.onsale.client
    await house.settle()
    await KeyLayouts(client, house.db).step()
    await house.onsale.remove_keys(sale.id)
    assert not await names_of(client, sale.id)
    await house.pass_s(65)
    assert set(await names_of(client, sale.id)) == {NEW}, "rebuilt where its row says"
