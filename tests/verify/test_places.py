"""verify reads places as the scripts write them: used, given up, or taken again after the draw."""

import pytest

from engine.stores.keys import sale_key
from engine.verify import verify
from tests.orders.house import House


@pytest.mark.parametrize("place", ["-0", "1 0", "-1 0"])
async def test_places_of_every_kind_are_read(house: House, place: str) -> None:
    room, places = sale_key(house.sale.id, "room"), sale_key(house.sale.id, "places")
    await house.engine.redis.execute_command("HSET", room, "tail", 2)
    await house.engine.redis.execute_command("HSET", places, "ana", place)
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def test_a_used_place_is_nobody_elses(house: House) -> None:
    room, places = sale_key(house.sale.id, "room"), sale_key(house.sale.id, "places")
    await house.engine.redis.execute_command("HSET", room, "tail", 2)
    await house.engine.redis.execute_command("HSET", places, "ana", "-1", "bo", "1 0")
    found = await verify(house.engine, house.sale.id, grace_s=0)
    assert [(each.invariant, each.subject) for each in found] == [(5, "place 1")]
