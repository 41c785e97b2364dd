"""A stranger within the rules of the protocol: what one cart can make Redis keep stays small."""

from typing import Any

from engine.ids import new_buyer
from engine.limits import COMMANDS_REMEMBERED_PER_CART, POOLS_PER_SALE_MAX, SEATS_PER_HOLD_MAX
from engine.onsale.model import Release, SeatsHold
from engine.refusals import Code, Refused
from engine.stores.keys import sale_key
from tests.orders.house import House

CART_BYTES_MAX = 32 * 1024


async def test_a_cart_stays_small_whatever_is_asked(house: House) -> None:
    buyer = new_buyer()
    await house.fill(buyer, (3,), {}, ready=False)
    pools = {f"{'no-such-pool-' * 4}{number}": 1_000 for number in range(POOLS_PER_SALE_MAX)}
    seats = tuple(range(1_000, 1_000 + SEATS_PER_HOLD_MAX))
    for number in range(2 * COMMANDS_REMEMBERED_PER_CART):
        release = Release(buyer, f"r{number}", seats, pools)
        assert await house.sale.release(release) == Refused(Code.NOT_HELD)
        assert await house.sale.release(release) == Refused(Code.NOT_HELD)
        other = Release(buyer, f"r{number}", seats, {**pools, "one-more": 1} if number % 2 else {})
        assert await house.sale.release(other) in (Refused(Code.CONFLICT), Refused(Code.INVALID, {"fields": ["units"]}))
        asked = await house.sale.hold(SeatsHold(buyer, f"h{number}", seats))
        assert isinstance(asked, Refused)
    read: Any = house.engine.redis.hstrlen(sale_key(house.sale.id, "carts"), buyer)
    assert await read < CART_BYTES_MAX
