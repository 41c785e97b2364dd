"""Redis loses the sale in the middle of a purchase, at each step: it is rebuilt, and the purchase comes to its end."""

import asyncio
import time

import pytest
from redis import Redis

from engine.orders import Bought, Purchase, Step
from engine.refusals import Refused
from engine.settings import Settings
from engine.stores.keys import SALE_KEYS, sale_keys
from engine.stores.scripts import pack, unpack
from engine.verify import verify
from tests.orders.house import OF_PURCHASES, House, card, orders_of

NOW = {"order_after_s": 0.0, "cart_after_ms": 0.0, "abandon_after_s": 0.0}
ENDS_S_MAX = 60.0


@pytest.mark.parametrize("at", OF_PURCHASES)
async def test_a_sale_lost_at_a_step_is_rebuilt_and_the_purchase_ends(
    house: House, settings: Settings, at: Step
) -> None:
    assert settings.redis_url is not None
    store = Redis.from_url(settings.redis_url)

    def lose(step: Step) -> None:
        if step is at:
            store.delete(*sale_keys(house.sale.id, *(name for name in SALE_KEYS if name != "feed")))

    engine = house.engine
    orders = orders_of(engine, at_step=lose)
    buyer = await house.buyer_holding(3, units={"early": 2})
    await house.buyer_holding(5)
    answer = await orders.purchase(Purchase(house.sale.id, buyer, "one", card()))
    store.close()
    await engine.keeper.rebuild(house.sale.id)
    until = time.monotonic() + ENDS_S_MAX
    while found := await verify(engine, house.sale.id, grace_s=0):
        await engine.orders.finish(**NOW)
        assert time.monotonic() < until, found
        await asyncio.sleep(0.05)
    order = engine.signer.order_id(house.sale.id, buyer, "one")
    assert await house.state_of(order) == "paid"
    assert isinstance(answer, Bought)
    assert (await house.seat_states())[3] == 2
    # Carts live in Redis alone: the bystander's is gone, and its seat is free again for the quick.
    assert (await house.seat_states())[5] == 0


async def test_a_cart_that_is_paid_has_its_own_deadline_not_that_of_an_older_one(house: House) -> None:
    """Redis fails over to a copy in which the buyer has an earlier cart, whose time is over."""
    engine, silent = house.engine, "4000000000000077"
    keys = engine.onsale.calls(house.sale.id).keys
    buyer = await house.buyer_holding(3)
    packed = await engine.redis.hget(keys.key("carts"), buyer)
    assert packed is not None
    older = unpack(packed)
    older[2] -= 3_600_000
    assert await house.sale.leave(buyer) is None
    cart = await house.fill(buyer, (4,), {})
    assert isinstance(await house.buy(buyer, silent), Refused)
    await engine.redis.delete(keys.key("sale"))
    await engine.redis.hset(keys.key("carts"), buyer, pack(older))
    await engine.keeper.rebuild(house.sale.id)
    found = await house.cart(buyer)
    assert (found.id, found.state, found.seats) == (cart.id, "locked", (4,))
    assert found.deadline_at_ms >= cart.deadline_at_ms
