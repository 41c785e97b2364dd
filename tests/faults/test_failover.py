"""Redis fails over to a copy that lacks the last moments: what Postgres knows is sold again, and the sale goes on."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from engine.engine import Engine
from engine.ids import new_buyer, new_id
from engine.onsale.model import Cart, Held, PoolHold, SeatsHold
from engine.orders import Bought
from engine.settings import Settings
from engine.stores.embedded_valkey import EmbeddedValkey
from tests.faults.mishaps import copied, epoch_of, fails_over, mended, without_room
from tests.orders.house import House, open_house

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
    assert isinstance(await house.sale.enter(buyer), Cart)
    async with asyncio.timeout(30):
        while await epoch_of(house) in ("", before):
            await house.engine.keeper.step()
            await asyncio.sleep(0.05)
    assert isinstance(await house.sale.enter(buyer), Cart)
    other = new_buyer()
    await house.sale.enter(other)
    assert isinstance(await house.sale.hold(SeatsHold(other, new_id("h"), (3,))), Held)
    assert isinstance(await house.sale.hold(PoolHold(other, new_id("h"), "floor", 1)), Held)
    assert await mended(house) == []
