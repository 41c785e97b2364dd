"""Segments: many per organizer, each built separately; a broken one matches nobody and affects no other."""

from __future__ import annotations

import asyncio
import logging

import pytest

from engine.audit import Act
from engine.limits import RULE_PARTS_MAX, SEGMENTS_MAX, SEGMENTS_PER_QUERY_MAX
from engine.promos.promos import Promos
from engine.segments import Known
from tests.promos.city import BY, City, store, wrong
from tests.promos.world import World

LONG = " or ".join(f"orders = {number}" for number in range(RULE_PARTS_MAX // 2 - 1))
MORE_PARAMETERS_THAN_POSTGRES_TAKES = 32_767 // (RULE_PARTS_MAX // 2 - 1) + 1


async def members(world: World, number: int, *segments: int) -> frozenset[int]:
    found = await world.audience.read(number, segments)
    assert isinstance(found, Known)
    return found.segments


async def test_more_segments_than_one_query_takes(world: World) -> None:
    await world.db.execute(
        "INSERT INTO segment (id, organizer_id, name, rule) SELECT n, 'org_test', n, $1"
        " FROM (SELECT 's' || i AS n FROM generate_series(1, $2) i) s",
        LONG,
        MORE_PARAMETERS_THAN_POSTGRES_TAKES,
    )
    last = await world.segment("orders = 3")
    one = await world.profile(orders=3)
    await world.follower.build()
    assert await members(world, one, 2, last) == {2, last}
    await world.bought(one, 999)
    await world.follower.follow()
    assert await members(world, one, 2, last) == frozenset()
    two = await world.profile(orders=3)
    await world.follower.place_now(two)
    assert await members(world, two, 2, last) == {2, last}


@pytest.mark.parametrize("spoil", ["UPDATE segment SET rule = 'orders >=' WHERE number = $1", None])
async def test_a_rule_that_fails_spoils_no_other(
    world: World, spoil: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    """One can't be read. The other can't be asked: somebody was first seen at no time there is."""
    before = await world.segment("everybody")
    bad = await world.segment("first_seen_days <= 30")
    after = await world.segment("orders = 0")
    one = await world.profile()
    if spoil:
        await world.db.execute(spoil, bad)
    else:
        await world.db.execute("UPDATE profile SET first_seen_at = '-infinity'")
    with caplog.at_level(logging.ERROR):
        await world.follower.build()
        assert await members(world, one, before, bad, after) == {before, after}
        two = await world.profile()
        await world.follower.place_now(two)
        await world.follower.follow()
    assert await members(world, two, before, after) == {before, after}
    assert sum(f"segment {bad} finds nobody" in each.message for each in caplog.records) == 1
    await world.db.execute("UPDATE segment SET rule = 'everybody' WHERE number = $1", bad)
    await world.follower.place_now(two)
    assert await members(world, two, bad) == {bad}


async def test_a_rule_that_fails_late_spoils_no_other(world: World) -> None:
    """It was fine when the audience was built."""
    segments = [await world.segment("everybody") for _ in range(SEGMENTS_PER_QUERY_MAX + 1)]
    bad = await world.segment("first_seen_days <= 30")
    await world.follower.build()
    one = await world.profile()
    await world.db.execute("UPDATE profile SET first_seen_at = '-infinity'")
    await world.follower.follow()
    assert await members(world, one, segments[0], segments[-1], bad) == {segments[0], segments[-1]}


async def test_another_rule_finds_others(world: World) -> None:
    """Who belonged by the rule before, and did nothing since, belongs no longer."""
    ours = await world.segment("orders >= 5")
    new, regular = await world.profile(orders=0), await world.profile(orders=5)
    await world.follower.build()
    for rule, them in (("orders >= 5", {regular}), ("orders = 0", {new}), ("everybody", {new, regular})):
        await world.db.execute("UPDATE segment SET rule = $2 WHERE number = $1", ours, rule)
        await world.follower.follow()
        assert {one for one in (new, regular) if await members(world, one, ours)} == them


async def test_an_organizer_has_so_many_segments(city: City) -> None:
    shelf = city.promos.shelf
    made = [await put(city.promos, f"s{number}") for number in range(SEGMENTS_MAX - 1)]
    assert all(isinstance(each, str) for each in made)
    racing = await asyncio.gather(*(put(city.promos, f"racing {number}") for number in range(4)))
    assert sum(isinstance(each, str) for each in racing) == 1
    assert wrong(await put(city.promos, "one more")) == ["name"]
    assert isinstance(await put(city.promos, "s0"), str)  # a change of one that is there
    assert wrong(await shelf.create_store(BY, store())) == ["segments"]
    assert await city.engine.db.fetchval("SELECT count(*) FROM store") == 0
    other = Act(await city.engine.access.create_organizer("Other"), "test")
    assert isinstance(await shelf.put_segment(other, {"name": "theirs", "rule": "everybody"}), str)


async def put(promos: Promos, name: str) -> object:
    return await promos.shelf.put_segment(BY, {"name": name, "rule": "everybody"})
