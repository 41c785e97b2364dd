"""Positions: judged by one rule whichever way they come, and never written by looking."""

from __future__ import annotations

import time

import pytest

from engine import limits
from engine.people import IMPLAUSIBLE, PersonChange, Point, Position
from engine.refusals import Code
from tests.promos.city import City, code, here
from tests.promos.world import FAR, NEAR


async def test_looking_writes_nothing(city: City) -> None:
    buyer = await city.buyer(NEAR)
    await city.running()
    rows = "SELECT p, p.xmin FROM profile p"
    before = await city.engine.db.fetch(rows)
    number = await city.promos.audience.number_of(buyer)
    assert number is not None
    known = await city.promos.audience.read(number, ())
    for seen in (FAR, Point(NEAR.latitude + 0.001, NEAR.longitude)):
        await city.cards(buyer, here(seen))
        await city.cards("somebody-unknown", here(seen))
    await city.engine.follower.step()
    assert await city.promos.audience.read(number, ()) == known
    assert await city.engine.db.fetch(rows) == before


@pytest.mark.parametrize("live", [True, False])
async def test_a_position_is_judged_whichever_way_it_comes(city: City, live: bool) -> None:
    """Somebody last seen in Barcelona is not in Madrid in the same second, says the claim, and so does the profile."""
    buyer = await city.buyer(FAR)
    sale = await city.running()
    if not live:  # Redis lost the audience; Postgres still knows
        await city.engine.redis.delete(city.promos.audience.keys.ready, city.promos.audience.keys.where)
    refused = await city.engine.persons.put(buyer, PersonChange(position=here(NEAR), locale="pt"))
    assert refused == IMPLAUSIBLE
    vague = Position(FAR, limits.POSITION_ACCURACY_M_MAX + 1, int(time.time()))
    assert await city.engine.persons.put(buyer, PersonChange(position=vague)) == IMPLAUSIBLE
    assert (await city.engine.persons.read(buyer) or {})["locale"] == "en"
    if live:
        assert await city.promos.gate(sale, buyer, here(NEAR)) == IMPLAUSIBLE
        assert code(await city.claim(sale, buyer)) is Code.TOO_FAR
