"""How long a cart may last in a sale without a room, whatever its buyer gives back and takes again."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest

from engine.ids import new_buyer
from engine.onsale.model import Brought, Cart, Held, Release, SeatsHold
from engine.refusals import Code, Refused
from engine.stores.keys import sale_key
from engine.stores.redis import RedisClient
from tests.onsale.conftest import NOW_MS, HandClock, OpenSale

CART_MS = 10_000


def deadline_of(answer: Held | Cart | Refused | None) -> int:
    assert isinstance(answer, Held | Cart)
    return answer.deadline_at_ms


async def test_the_clock_starts_with_the_first_hold(open_sale: OpenSale, clock: HandClock) -> None:
    sale = await open_sale(cart_ms=CART_MS)
    ana, bo = new_buyer(), new_buyer()
    await sale.hold(SeatsHold(bo, "h1", (4,)))
    assert deadline_of(await sale.enter(ana)) == NOW_MS + CART_MS
    clock.at_ms += 3_000
    assert await sale.hold(SeatsHold(ana, "h1", (4,))) == Refused(Code.SEAT_TAKEN, {"seats": [4]})
    clock.at_ms += 3_000
    assert deadline_of(await sale.hold(SeatsHold(ana, "h2", (3,)))) == NOW_MS + 6_000 + CART_MS


async def test_giving_all_back_does_not_start_the_clock_again(open_sale: OpenSale, clock: HandClock) -> None:
    sale = await open_sale(cart_ms=CART_MS)
    ana, bo = new_buyer(), new_buyer()
    for turn in range(10):
        assert deadline_of(await sale.hold(SeatsHold(ana, f"h{turn}", (3,)))) == NOW_MS + CART_MS
        await sale.release(Release(ana, f"r{turn}"))
        clock.at_ms += 1_000
    assert isinstance(await sale.hold(SeatsHold(bo, "h1", (3,))), Held)


@pytest.mark.parametrize("entered", [True, False])
async def test_nor_does_leaving(open_sale: OpenSale, clock: HandClock, entered: bool) -> None:
    sale = await open_sale(cart_ms=CART_MS)
    ana, bo = new_buyer(), new_buyer()
    for turn in range(10):
        if entered:
            await sale.enter(ana, None, Brought())
        assert deadline_of(await sale.hold(SeatsHold(ana, f"h{turn}", (3,)))) == NOW_MS + CART_MS
        assert await sale.leave(ana) is None
        clock.at_ms += 1_000
    assert isinstance(await sale.hold(SeatsHold(bo, "h1", (3,))), Held)
    assert deadline_of(await sale.hold(SeatsHold(ana, "late", (5,)))) == NOW_MS + 2 * CART_MS


async def test_who_left_without_holding_anything_has_all_the_time(open_sale: OpenSale, clock: HandClock) -> None:
    sale = await open_sale(cart_ms=CART_MS)
    ana = new_buyer()
    await sale.enter(ana)
    await sale.leave(ana)
    clock.at_ms += 4_000
    assert deadline_of(await sale.enter(ana)) == NOW_MS + 4_000 + CART_MS


async def test_after_an_expiry_or_a_purchase_a_cart_begins_anew(open_sale: OpenSale, clock: HandClock) -> None:
    sale = await open_sale(cart_ms=CART_MS)
    ana = new_buyer()
    await sale.hold(SeatsHold(ana, "h1", (3,)))
    clock.at_ms += CART_MS
    assert deadline_of(await sale.hold(SeatsHold(ana, "h2", (3,)))) == NOW_MS + 2 * CART_MS
    clock.at_ms += 1_000
    await sale.lock(ana, "ord_1")
    await sale.sell(ana, "ord_1", 100, (3,), {})
    assert deadline_of(await sale.hold(SeatsHold(ana, "h3", (4,)))) == NOW_MS + 2 * CART_MS + 1_000


async def test_a_cart_that_an_older_version_packed(open_sale: OpenSale, clock: HandClock, redis: RedisClient) -> None:
    """It says nothing of what it held; from its next hold on it does."""
    sale = await open_sale(cart_ms=CART_MS)
    ana = new_buyer()
    await sale.hold(SeatsHold(ana, "h1", (3,)))
    reading: Any = redis.hget(sale_key(sale.id, "carts"), ana)
    packed = msgpack.unpackb(await reading, raw=True)
    writing: Any = redis.hset(sale_key(sale.id, "carts"), ana, msgpack.packb(packed[:9], use_bin_type=False))
    await writing
    clock.at_ms += 1_000
    assert deadline_of(await sale.hold(SeatsHold(ana, "h2", (4,)))) == NOW_MS + CART_MS
    await sale.release(Release(ana, "r1"))
    assert deadline_of(await sale.hold(SeatsHold(ana, "h3", (3,)))) == NOW_MS + CART_MS
