"""Prices of a house: changed as a test likes, and counted on at once."""

import asyncio
from collections.abc import Mapping
from typing import Any

from engine.audit import Act
from engine.catalog import ListedPrices, Mistake
from engine.refusals import Refused
from tests.orders.house import House

AT_FIRST: Mapping[str, Any] = {
    "stalls": {"general": 45, "half": "22.50"},
    "circle": 30,
    "floor": 20,
    "early": 15,
    "gift": 0,
}


async def asked(
    house: House, prices: Mapping[str, Any], ahead_ms: int = 1, **fields: Any
) -> ListedPrices | Refused | list[Mistake]:
    """A change of these prices; a new list counts from `ahead_ms` later."""
    # The house runs without the room of its catalog, which a change would bring back.
    await house.engine.db.execute("UPDATE sale SET room = NULL WHERE id = $1", house.sale.id)
    lists = house.engine.catalog.price_lists
    lists.ahead_ms = ahead_ms
    return await lists.change(Act(house.organizer, "test"), house.sale.id, {"prices": AT_FIRST | prices, **fields})


async def changed(house: House, prices: Mapping[str, Any], **fields: Any) -> ListedPrices:
    """The new list, once it counts for carts that are opened."""
    made = await asked(house, prices, **fields)
    assert isinstance(made, ListedPrices), made
    while (now_ms := await house.engine.onsale.clock_ms(house.sale.id)) and isinstance(now_ms, int):
        if now_ms >= made.valid_from_ms:
            return made
        await asyncio.sleep(0.001)
    raise AssertionError(now_ms)


def knows_at_once(house: House) -> None:
    """Let the process read prices whenever it prices, so that no list has to begin seconds ahead."""
    house.engine.orders.price_books.kept_s = 0
