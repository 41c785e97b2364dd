"""Redis fails over to a copy that lacks the last moments: what Postgres knows is sold again, and the sale goes on."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from engine.audit import Act
from engine.catalog.model import SaleState
from engine.engine import Engine
from engine.ids import new_buyer, new_id
from engine.onsale import Sale
from engine.onsale.model import Cart, Held, Joined, PoolHold, SeatsHold
from engine.onsale.rebuild import GAP_MIN
from engine.orders import Bought
from engine.refusals import Code, Refused
from engine.settings import Settings
from engine.stores.embedded_valkey import EmbeddedValkey
from tests.faults.mishaps import comes_back, copied, dies, epoch_of, fails_over, mended, without_room
from tests.orders.house import House, open_house

NARROW = {"shoppers_max": 1, "claim_ms": 60_000, "per_second_max": 1}
WIDE = {"shoppers_max": 20, "claim_ms": 60_000, "per_second_max": 100}
RUSH = 3 * GAP_MIN
pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def valkey(open_folder: Path) -> Iterator[EmbeddedValkey]:
    """A server of our own: these tests kill it."""
    valkey = EmbeddedValkey(open_folder / "failing", open_folder / "failing.sock")
    valkey.start()
    yield valkey
    valkey.stop()


@pytest.fixture
async def house(valkey: EmbeddedValkey, database_url: str, sale_id: str) -> AsyncIterator[House]:
    settings = Settings.model_validate({"redis_url": valkey.url, "database_url": database_url, "secret": "s" * 32})
    async with Engine.open(settings) as engine:
        yield await without_room(await open_house(engine, sale_id))


@pytest.fixture
async def crowd(valkey: EmbeddedValkey, database_url: str, sale_id: str) -> AsyncIterator[House]:
    """A house whose room admits nobody."""
    settings = Settings.model_validate({"redis_url": valkey.url, "database_url": database_url, "secret": "s" * 32})
    async with Engine.open(settings) as engine:
        house = await open_house(engine, sale_id)
        await engine.db.execute("UPDATE sale SET room = $2 WHERE id = $1", sale_id, NARROW)
        plan = await engine.catalog.plan(sale_id)
        assert plan is not None
        await engine.keeper.publish(plan)
        yield house


async def test_orders_of_the_lost_moments_are_sold_again(house: House, valkey: EmbeddedValkey) -> None:
    """The keeper did not look between the copy and the loss: no counter tells that something is missing."""
    early = await house.buyer_holding(3)
    late = await house.buyer_holding(4, units={"floor": 2})
    await house.engine.keeper.step()
    await house.buyer_holding(10)
    copy = copied(valkey)
    assert isinstance(await house.buy(early), Bought)
    assert isinstance(await house.buy(late), Bought)
    fails_over(valkey, copy)
    assert await mended(house) == []
    assert [(await house.seat_states())[seat] for seat in (3, 4, 10)] == [2, 2, 1]


async def test_a_worker_that_starts_after_the_failover_notices_too(house: House, valkey: EmbeddedValkey) -> None:
    buyer = await house.buyer_holding(3)
    await house.engine.keeper.step()
    copy = copied(valkey)
    assert isinstance(await house.buy(buyer), Bought)
    fails_over(valkey, copy)
    async with Engine.open(house.engine.settings) as engine:
        assert await mended(House(engine, engine.onsale.sale(house.sale.id), house.organizer)) == []
    assert (await house.seat_states())[3] == 2


async def test_nobody_gets_more_than_the_maximum_back(house: House, valkey: EmbeddedValkey) -> None:
    """The copy has an open cart with units that were bought meanwhile."""
    buyer = await house.buyer_holding(units={"floor": 6})
    await house.engine.keeper.step()
    copy = copied(valkey)
    assert isinstance(await house.buy(buyer), Bought)
    fails_over(valkey, copy)
    assert await mended(house) == []
    assert (await house.cart(buyer)).units == {}


async def test_the_sale_goes_on_with_a_new_epoch(house: House, valkey: EmbeddedValkey) -> None:
    await house.engine.keeper.step()
    before, copy = await epoch_of(house), copied(valkey)
    buyer = await house.buyer_holding(3)
    fails_over(valkey, copy)
    await enters(house, buyer)
    await rebuilt(house, before)
    await enters(house, buyer)
    other = new_buyer()
    await enters(house, other)
    assert isinstance(await house.sale.hold(SeatsHold(other, new_id("h"), (3,))), Held)
    assert isinstance(await house.sale.hold(PoolHold(other, new_id("h"), "floor", 1)), Held)
    assert await mended(house) == []


async def enters(house: House, buyer: str) -> None:
    """Ask for a cart as a client does: again while the sale is unavailable, which its keeper mends meanwhile."""
    async with asyncio.timeout(30):
        while (answer := await house.sale.enter(buyer)) == Refused(Code.UNAVAILABLE):
            await house.engine.keeper.step()
            await asyncio.sleep(0.05)
    assert isinstance(answer, Cart)


async def test_an_organizer_steers_while_redis_is_away(house: House, valkey: EmbeddedValkey) -> None:
    """What was switched is durable at once; the keeper carries it out when Redis is back."""
    await house.engine.keeper.step()
    copy = copied(valkey)
    dies(valkey)
    switches = await house.engine.catalog.pause(Act(house.organizer, "test"), house.sale.id)
    assert not isinstance(switches, Refused)
    assert switches.paused
    comes_back(valkey, copy)
    assert await mended(house) == []
    async with asyncio.timeout(30):
        while await state_of(house) is not SaleState.PAUSED:
            await house.engine.keeper.step()
            await asyncio.sleep(0.05)


async def state_of(house: House) -> SaleState | None:
    snapshot = await house.sale.snapshot()
    return None if isinstance(snapshot, Refused) else snapshot.state


async def test_places_given_in_the_lost_moments_count_and_are_given_once(crowd: House, valkey: EmbeddedValkey) -> None:
    sale, keeper = crowd.sale, crowd.engine.keeper
    early = [new_buyer() for _ in range(5)]
    tokens = {buyer: await sale.join(buyer) for buyer in early}
    await keeper.step()
    copy = copied(valkey)
    late = [new_buyer() for _ in range(20)]
    tokens |= {buyer: await sale.join(buyer) for buyer in late}
    before, _ = await epoch_of(crowd), fails_over(valkey, copy)
    await rebuilt(crowd, before)
    newcomers = [await sale.join(new_buyer()) for _ in range(5)]
    numbers = {}
    for buyer, joined in tokens.items():
        assert isinstance(joined, Joined)
        again = await sale.join(buyer, joined.token)
        assert isinstance(again, Joined)
        assert (again.number, again.place) == (joined.number, joined.place)
        numbers[buyer] = again.number
    given = [*numbers.values(), *(each.number for each in newcomers if isinstance(each, Joined))]
    assert len(set(given)) == 30
    assert max(numbers.values()) < min(given[25:])
    assert await mended(crowd) == []


async def test_no_place_is_given_twice_before_the_keeper_has_looked(crowd: House, valkey: EmbeddedValkey) -> None:
    """Until the sale is rebuilt, whoever is new is told to ask again; everybody else is told what they were told."""
    sale, keeper = crowd.sale, crowd.engine.keeper
    await keeper.step()
    told = await joined(sale, 5)
    copy = copied(valkey)
    told |= await joined(sale, 5)
    early = next(iter(told))
    fails_over(valkey, copy)
    for _ in range(3):
        newcomer = new_buyer()
        answer = await sale.join(newcomer)
        if isinstance(answer, Joined):
            told[newcomer] = answer.number
        else:
            assert answer == Refused(Code.UNAVAILABLE)
    again = await sale.join(early)
    assert isinstance(again, Joined)
    assert again.number == told[early]
    async with asyncio.timeout(30):
        while await sale.join(new_buyer()) == Refused(Code.UNAVAILABLE):
            await keeper.step()
            await asyncio.sleep(0.05)
    told |= await joined(sale, 5)
    assert len(set(told.values())) == len(told)
    assert await mended(crowd) == []


async def test_a_rush_that_no_keeper_saw_is_not_forgotten(crowd: House, valkey: EmbeddedValkey) -> None:
    """More were told a place in the lost moments than any pace seen before explains; whoever told them remembers."""
    sale, keeper = crowd.sale, crowd.engine.keeper
    await keeper.step()
    copy = copied(valkey)
    async with Engine.open(crowd.engine.settings) as other, aclosing(other.onsale.sale(sale.id).watch()) as feed:
        await anext(feed)  # subscribed
        rush = await joined(sale, RUSH)
        while (await anext(feed)).room.get("tail") != RUSH:
            pass
        before, _ = await epoch_of(crowd), fails_over(valkey, copy)
        await rebuilt(crowd, before)
        newcomers = await joined(other.onsale.sale(sale.id), 5)
    newcomers |= await joined(sale, 5)
    assert min(newcomers.values()) >= RUSH
    assert len(set(newcomers.values())) == 10
    for buyer, number in [*rush.items()][-3:]:
        again = await sale.join(buyer, crowd.engine.signer.place_token(sale.id, number, buyer))
        assert isinstance(again, Joined)
        assert again.number == number
    await crowd.engine.db.execute("UPDATE sale SET room = $2 WHERE id = $1", sale.id, WIDE)
    plan = await crowd.engine.catalog.plan(sale.id)
    assert plan is not None
    await keeper.publish(plan)
    async with asyncio.timeout(30):
        while await serving_of(sale) <= max(newcomers.values()):
            await keeper.step()
            await asyncio.sleep(0.05)
    assert await mended(crowd) == []


async def serving_of(sale: Sale) -> int:
    snapshot = await sale.snapshot()
    return 0 if isinstance(snapshot, Refused) else snapshot.room.serving


async def test_nobody_is_called_before_the_sale_is_rebuilt(crowd: House, valkey: EmbeddedValkey) -> None:
    """Another server may lack who was called last; the keeper's step says so and changes nothing."""
    await crowd.engine.keeper.step()
    await joined(crowd.sale, 2)
    epoch, _ = await epoch_of(crowd), fails_over(valkey, copied(valkey))
    calls = crowd.engine.onsale.calls(crowd.sale.id)
    assert await calls.ask("room_admit", (1, "0.00", 0)) == ["lost", epoch]
    assert await calls.ask("room_draw", ()) == ["lost", epoch]
    await rebuilt(crowd, epoch)
    assert not isinstance(await calls.ask("room_admit", (0, "0.00", 0)), Refused)


async def rebuilt(house: House, before: str) -> None:
    """Let the keeper work until the sale has another epoch than `before`."""
    async with asyncio.timeout(30):
        while await epoch_of(house) in ("", before):
            await house.engine.keeper.step()
            await asyncio.sleep(0.05)


async def joined(sale: Sale, count: int) -> dict[str, int]:
    """So many more buyers in the room, each with the number they were told."""
    numbers = {}
    for _ in range(count):
        buyer = new_buyer()
        answer = await sale.join(buyer)
        assert isinstance(answer, Joined)
        numbers[buyer] = answer.number
    return numbers
