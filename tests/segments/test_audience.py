"""The audience in Redis: built from Postgres, following it, and found again after loss."""

from datetime import UTC, datetime, timedelta

import pytest

from engine.people import Point, Position, distance_m
from engine.segments import BUILT_IN, LOST, Known, Placed, cell_of
from tests.promos.world import FAR, NEAR, SOL, World

NOW_S = int(datetime.now(UTC).timestamp())


async def known(world: World, number: int, *segments: int) -> Known:
    found = await world.audience.read(number, segments)
    assert isinstance(found, Known)
    return found


async def test_nothing_is_known_before_it_is_built(world: World) -> None:
    number = await world.profile()
    assert await world.audience.read(number, ()) == LOST


async def test_building_brings_everything(world: World) -> None:
    new = await world.segment(BUILT_IN["new users"])
    frequent = await world.segment(BUILT_IN["frequent buyers"])
    one = await world.profile(buyer="AAAAAAAAAAAAAAAA")
    two = await world.profile(None, consent=False, orders=5)
    assert await world.follower.build() == 2
    assert await world.audience.number_of("AAAAAAAAAAAAAAAA") == one
    assert await world.audience.number_of("BBBBBBBBBBBBBBBB") is None
    first = await known(world, one, new, frequent)
    assert first.segments == {new}
    assert first.consent
    assert first.position is not None
    assert distance_m(first.position.point, NEAR) < 0.1
    second = await known(world, two, new, frequent)
    assert (second.consent, second.position, second.segments) == (False, None, frozenset())
    assert await world.audience.read(10_000, ()) == Known(10_000, 0, None, False, frozenset())


async def test_following_changes(world: World) -> None:
    frequent = await world.segment("orders >= 3")
    number = await world.profile(consent=False)
    await world.follower.build()
    later = await world.profile(FAR, buyer="CCCCCCCCCCCCCCCC")
    await world.bought(number, 3)
    await world.db.execute("UPDATE profile SET consent = true WHERE number = $1", number)
    assert await world.follower.follow() == 2
    assert await world.follower.follow() == 0
    changed = await known(world, number, frequent)
    assert changed.consent
    assert changed.segments == {frequent}
    assert await world.audience.number_of("CCCCCCCCCCCCCCCC") == later


async def test_a_transaction_that_commits_late_is_not_missed(world: World) -> None:
    await world.follower.build()
    async with world.db.acquire() as connection:
        late = connection.transaction()
        await late.start()
        query = "INSERT INTO profile (buyer_id, zone, consent) VALUES ('DDDDDDDDDDDDDDDD', $1, true) RETURNING number"
        number = await connection.fetchval(query, await world.zone("UTC"))
        await world.profile()
        await world.follower.follow()
        await late.commit()
    await world.follower.follow()
    assert (await known(world, number)).consent


async def test_segments_age(world: World) -> None:
    new = await world.segment(BUILT_IN["new users"])
    number = await world.profile()
    await world.follower.build()
    assert (await known(world, number, new)).segments == {new}
    await world.db.execute("UPDATE profile SET first_seen_at = now() - interval '31 days'")
    await world.redis.hset(world.audience.keys.ready, "aged_at", 0)
    await world.follower.follow()
    assert (await known(world, number, new)).segments == frozenset()


async def test_a_new_segment_is_built_when_followed(world: World) -> None:
    number = await world.profile()
    await world.follower.build()
    everybody = await world.segment("everybody")
    await world.follower.follow()
    assert (await known(world, number, everybody)).segments == {everybody}


async def test_a_newer_position_wins_and_goes_to_postgres(world: World) -> None:
    number = await world.profile(located_at=datetime.now(UTC) - timedelta(hours=1))
    await world.follower.build()
    zone = (await known(world, number)).zone
    newer = Placed(number, zone, Position(FAR, 25, NOW_S))
    older = Placed(number, zone, Position(SOL, 25, NOW_S - 7_200))
    assert await world.audience.place([newer, older], news=True) == [True, False]
    assert await world.follower.write_back() == 1
    row = await world.db.fetchrow("SELECT latitude, accuracy_m FROM profile WHERE number = $1", number)
    assert (row["latitude"], row["accuracy_m"]) == (pytest.approx(FAR.latitude), 25)
    await world.follower.follow()
    position = (await known(world, number)).position
    assert position is not None
    assert distance_m(position.point, FAR) < 0.1


async def test_who_moves_away_leaves_no_trace_in_cells(world: World) -> None:
    number = await world.profile()
    await world.follower.build()
    for at in range(1, 7):
        point = (NEAR, FAR)[at % 2]
        await world.audience.place([Placed(number, 1, Position(point, 10, NOW_S + at))])
    await world.audience.tidy()
    entries = [await world.redis.get(world.audience.keys.cell(cell_of(point))) for point in (NEAR, FAR)]
    assert entries == [number.to_bytes(4, "big"), None]


async def test_building_again_after_a_half_build_doubles_nothing(world: World) -> None:
    number = await world.profile(Point(-16.8, 180.0))
    await world.follower.build()
    await world.redis.delete(world.audience.keys.ready)
    await world.follower.step()
    assert await world.redis.get(world.audience.keys.cell(cell_of(Point(-16.8, 180.0)))) == number.to_bytes(4, "big")


async def test_what_a_process_remembers_of_people_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.limits.AUDIENCE_NUMBERS_CACHED_MAX", 1)
    monkeypatch.setattr("engine.limits.SEGMENTS_PER_PROMO_MAX", 1)
    buyers = {letter * 16: await world.profile(buyer=letter * 16) for letter in "AB"}
    segments = [await world.segment(rule) for rule in ("orders >= 3", "orders >= 4", "orders >= 5")]
    await world.follower.build()
    for _ in range(2):
        for buyer, number in buyers.items():
            assert await world.audience.number_of(buyer) == number
            assert len(world.audience._numbers) == 1
        for segment in segments:
            assert (await known(world, buyers["A" * 16], segment)).segments == frozenset()
            assert len(world.audience._readers) <= 2


async def test_changing_nothing_asks_nothing(world: World) -> None:
    assert await world.audience.put_bits({}) == 0
    assert await world.audience.put_bits({world.audience.keys.consent: ((), ())}) == 0
