"""Replies of both stores are lost at random while buyers hold and buy: asking again with the same ids is harmless."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from redis.exceptions import RedisError

from engine.engine import Engine
from engine.ids import new_buyer
from engine.onsale.model import BestHold, Cart, Held, PoolHold, Release, Released, SeatsHold
from engine.orders import Bought, Purchase
from engine.refusals import Code, RefusalError, Refused
from engine.settings import Settings
from engine.stores.embedded import EmbeddedStores
from tests.faults.lossy import Lossy, lossy
from tests.faults.mishaps import mended
from tests.orders.house import House, card

LOST = (RedisError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError, RefusalError)
AGAIN = (Code.UNAVAILABLE, Code.BUSY, Code.PAYMENT_PENDING)
TRIES_MAX = 100
BUYERS = 18
AT_ONCE = 3


@dataclass(frozen=True)
class Line:
    """The same house, reached over lines that lose replies."""

    house: House
    proxies: tuple[Lossy, Lossy]

    def lose(self, losing: bool) -> None:
        for proxy in self.proxies:
            proxy.losing = losing


@pytest.fixture
async def line(
    house: House, stores: EmbeddedStores, database_url: str, open_folder: Path, sale_id: str
) -> AsyncIterator[Line]:
    folder = open_folder / sale_id
    folder.mkdir()
    direct = stores.postgres.socket_folder
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(
            lossy(stores.valkey.socket_path, folder / "valkey.sock", one_in=4, seed=5)
        )
        postgres = await stack.enter_async_context(
            lossy(direct / ".s.PGSQL.5432", folder / ".s.PGSQL.5432", one_in=15, seed=7)
        )
        settings = Settings.model_validate(
            {
                "redis_url": f"unix://{redis.path}",
                "database_url": database_url.replace(str(direct), str(folder)),
                "secret": "s" * 32,
            }
        )
        engine = await stack.enter_async_context(Engine.open(settings))
        yield Line(House(engine, engine.onsale.sale(sale_id), house.organizer), (redis, postgres))


async def again_and_again(ask: Callable[[], Awaitable[Any]]) -> Any:
    """Ask until somebody says how it stands, as a client does."""
    for _ in range(TRIES_MAX):
        try:
            answer = await ask()
        except LOST:
            continue
        if not (isinstance(answer, Refused) and answer.code in AGAIN):
            return answer
    raise AssertionError("nobody ever said how it stands")


async def shops(line: Line, house: House, number: int) -> tuple[int, bool]:
    """One buyer's visit; answers how many seats and units they hold at the end of it, and whether they bought them."""
    sale, buyer = line.house.sale, new_buyer()
    cart = await again_and_again(lambda: sale.enter(buyer))
    assert isinstance(cart, Cart)
    size = 0
    wanted = SeatsHold(buyer, "h1", (2 * number, 2 * number + 1, 2 * number + 2))
    held = await again_and_again(lambda: sale.hold(wanted))
    size += 3 if isinstance(held, Held) else 0
    best = await again_and_again(lambda: sale.hold(BestHold(buyer, "h2", 2, "circle")))
    size += 2 if isinstance(best, Held) else 0
    units = await again_and_again(lambda: sale.hold(PoolHold(buyer, "h3", "early", 1)))
    size += 1 if isinstance(units, Held) else 0
    if isinstance(best, Held):
        back = await again_and_again(lambda: sale.release(Release(buyer, "r1", best.seats[:1], {})))
        assert isinstance(back, Released)
        size -= 1
    await house.ready(buyer, cart)
    if not size:
        return 0, False
    orders = line.house.engine.orders
    bought = None
    for order in ("one", "two", "three"):
        # An order that took too long to place is given up by the finisher; the buyer begins another.
        if not isinstance(bought, Bought):
            ask = Purchase(sale.id, buyer, order, card())
            bought = await again_and_again(partial(orders.purchase, ask))
    assert isinstance(bought, Bought), bought
    assert len(bought.order.tickets) == size
    return size, True


async def finish(house: House) -> None:
    """The finisher of a worker, a little hasty."""
    while True:
        await house.engine.orders.finish(order_after_s=0.5)
        await asyncio.sleep(0.2)


@pytest.mark.faults
async def test_lost_replies_change_nothing(line: Line, house: House) -> None:
    line.lose(True)
    finishing = asyncio.create_task(finish(house))
    visits = []
    for first in range(0, BUYERS, AT_ONCE):
        visits += await asyncio.gather(*(shops(line, house, first + each) for each in range(AT_ONCE)))
    line.lose(False)
    finishing.cancel()
    assert min(proxy.lost for proxy in line.proxies) > 3, "many replies of both stores were lost"
    assert await mended(house) == []
    snapshot = await house.sale.snapshot()
    assert not isinstance(snapshot, Refused)
    assert snapshot.counters.sold == sum(size for size, _ in visits)
    assert await house.count("charges") == await house.count("paid") == sum(bought for _, bought in visits)
