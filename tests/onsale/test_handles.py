"""Handles on sales: what is let go is free at once."""

from __future__ import annotations

import gc
import weakref

from engine.onsale import Onsale
from engine.onsale.calls import Calls
from engine.stores.redis import RedisClient
from tests.onsale.conftest import OpenSale


async def test_calls_that_were_let_go_do_not_wait_for_the_collector(
    redis: RedisClient, onsale: Onsale, open_sale: OpenSale
) -> None:
    """Full collections are rare in a server, and it sees a sale after the other."""
    sale = await open_sale()
    calls = Calls(redis, sale.id)
    await calls.ask("cart_read", ("buyer",))
    await calls.drained()
    left = weakref.ref(calls)
    gc.disable()
    try:
        del calls
        assert left() is None
    finally:
        gc.enable()
