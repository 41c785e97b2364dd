"""Claims: once per profile and local day, despite competing windows, crashes and repeats."""

import asyncio
import os
import secrets
import signal
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.people import Point
from engine.promos.claims import Activation, AudienceLost, Claimed, Claims
from engine.promos.days import local_day
from engine.promos.ledger import Claim, ClaimAsk
from engine.segments import Lost
from tests.promos.world import FAR, NEAR, SOL, World, make_world

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]


def activation(window: int, at: datetime = NOON, *segments: int, store: Point = SOL) -> Activation:
    return Activation(window, store, 2_000, segments, at, "org_test")


async def test_who_is_told(world: World) -> None:
    frequent = await world.segment("orders >= 3")
    near_frequent = await world.profile(orders=3)
    await world.profile(orders=1)
    await world.profile(FAR, orders=3)
    await world.profile(None, orders=3)
    await world.profile(orders=3, consent=False)
    await world.follower.build()
    claims = Claims(world.db, world.audience)
    assert await claims.run(activation(1, NOON, frequent)) == Claimed(eligible=1, claimed=1)
    assert await world.told() == {near_frequent: 1}
    assert await world.ledger.pending() == []


async def test_any_of_several_segments_is_enough(world: World) -> None:
    segments = (await world.segment("orders >= 3"), await world.segment("orders = 0"))
    expected = {await world.profile(orders=3): 1, await world.profile(orders=0): 1}
    await world.profile(orders=1)
    await world.follower.build()
    await Claims(world.db, world.audience).run(activation(1, NOON, *segments))
    assert await world.told() == expected


async def test_the_second_window_of_the_day_tells_nobody_again(world: World) -> None:
    for _ in range(20):
        await world.profile()
    await world.follower.build()
    claims = Claims(world.db, world.audience)
    assert (await claims.run(activation(1))).claimed == 20
    assert await claims.run(activation(2)) == Claimed(eligible=20, claimed=0)
    assert (await claims.run(activation(3, NOON + timedelta(days=1)))).claimed == 20


async def test_each_profile_has_its_own_day(world: World) -> None:
    madrid = await world.profile(zone="Europe/Madrid")
    kiritimati = await world.profile(zone="Pacific/Kiritimati")
    await world.follower.build()
    at = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
    claims = Claims(world.db, world.audience)
    await claims.run(activation(1, at))
    await claims.run(activation(2, at + timedelta(hours=1)))  # in Kiritimati the next day has begun
    rows = await world.db.fetch("SELECT number, day FROM notice ORDER BY number, day")
    assert [(row["number"], row["day"]) for row in rows] == [
        (madrid, date(2026, 5, 4)),
        (kiritimati, date(2026, 5, 4)),
        (kiritimati, date(2026, 5, 5)),
    ]


async def test_many_cells_and_entries_are_looked_at_whole(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.limits.NOTICES_PER_CLAIM_MAX", 3)
    monkeypatch.setattr("engine.limits.CLAIM_CELLS_MAX", 4)
    for at in range(23):
        await world.profile(Point(40.405 + at / 1_000, -3.7038))
    await world.follower.build()
    assert await Claims(world.db, world.audience).run(activation(1)) == Claimed(eligible=23, claimed=23)


async def test_competing_windows_share_the_crowd(world: World) -> None:
    for _ in range(300):
        await world.profile()
    await world.follower.build()
    one, two = Claims(world.db, world.audience), Claims(world.db, world.audience)
    results = await asyncio.gather(*(claims.run(activation(window)) for window in range(1, 5) for claims in (one, two)))
    assert sum(result.claimed for result in results) == 300
    assert set((await world.told()).values()) == {1}


async def test_a_lost_audience_claims_nothing(world: World) -> None:
    await world.profile()
    with pytest.raises(AudienceLost):
        await Claims(world.db, world.audience).run(activation(1))
    assert await world.told() == {}


async def test_a_claim_whose_answer_was_lost_is_answered_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        await world.profile()
    await world.follower.build()
    claims, answers = Claims(world.db, world.audience), []
    claim = claims._ledger.claim

    async def asks_twice(ask: ClaimAsk) -> Claim | Lost:
        answers.extend([await claim(ask), await claim(ask)])
        return answers[-1]

    monkeypatch.setattr(claims._ledger, "claim", asks_twice)
    assert await claims.run(activation(1)) == Claimed(eligible=3, claimed=3)
    assert all(first == again for first, again in zip(answers[::2], answers[1::2], strict=True))
    assert await world.ledger.pending() == []


async def test_a_stale_day_ledger_is_corrected_by_postgres(world: World) -> None:
    await world.profile()
    await world.follower.build()
    claims = Claims(world.db, world.audience)
    await claims.run(activation(1))
    await world.redis.delete(world.audience.keys.day(local_day("Europe/Madrid", NOON)))
    assert (await claims.run(activation(2))).claimed == 0
    assert list((await world.told()).values()) == [1]


@pytest.mark.every_redis
async def test_the_ledger_is_built_again_from_postgres(world: World) -> None:
    await world.profile()
    await world.follower.build()
    claims = Claims(world.db, world.audience)
    now = datetime.now(UTC)
    await claims.run(activation(1, now))
    keys = world.audience.keys
    await world.redis.delete(keys.ready, keys.where, keys.consent, keys.day(local_day("Europe/Madrid", now)))
    await world.follower.step()
    assert await claims.run(activation(2, now)) == Claimed(eligible=1, claimed=0)


@pytest.mark.faults
@pytest.mark.parametrize("step", ["claim", "keep", "confirm"])
@pytest.mark.parametrize("nth", [1, 3])
async def test_a_worker_killed_at_each_step(
    world: World, step: str, nth: int, database_url: str, redis_url: str
) -> None:
    for _ in range(40):
        await world.profile()
    await world.follower.build()
    worker = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.promos.doomed_claimer", database_url, redis_url, world.space, step, str(nth)),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert await asyncio.wait_for(worker.wait(), 100) == -signal.SIGKILL
    claims = Claims(world.db, world.audience)
    await claims.settle()
    await claims.run(activation(1))
    told = await world.told()
    assert len(told) == 40
    assert set(told.values()) == {1}
    batches = await world.db.fetch("SELECT unnest(numbers) AS number FROM notice_batch")
    assert sorted(row["number"] for row in batches) == sorted(told)
    assert await world.ledger.pending() == []


zones = st.sampled_from(["Europe/Madrid", "America/New_York", "Pacific/Kiritimati", "Asia/Kathmandu", "Pacific/Apia"])
# Around the changes of clocks in Europe and America, and around midnights.
instants = st.tuples(
    st.sampled_from([datetime(2026, 3, 7, tzinfo=UTC), datetime(2026, 3, 28, tzinfo=UTC), NOON]), st.integers(0, 3_000)
).map(lambda drawn: drawn[0] + timedelta(minutes=drawn[1]))
acts = st.one_of(
    st.tuples(st.just("run"), st.integers(1, 4), instants),
    st.tuples(st.sampled_from(["settle", "lose ledger", "lose all", "crash", "move", "new zone"]), st.integers(0, 2)),
)


class Crash(Exception):
    pass


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=st.lists(zones, min_size=1, max_size=5), happens=st.lists(acts, min_size=2, max_size=9))
async def test_any_interleaving_tells_at_most_once_a_day(world: World, people: list[str], happens: list[tuple]) -> None:
    world = await make_world(world.db, world.redis, f"promos-{secrets.token_hex(6)}")
    await world.db.execute("DELETE FROM notice; DELETE FROM notice_batch; DELETE FROM profile")
    numbers = [await world.profile(zone=zone) for zone in people]
    await world.follower.build()
    fuse = [0]

    def step(_: str) -> None:
        fuse[0] -= 1
        if fuse[0] == 0:
            raise Crash

    claims = Claims(world.db, world.audience, step)
    latest: dict[int, datetime] = {}
    for happened in happens:
        match happened:
            case ("run", window, at):
                # A window has one activation: a repeat counts for the same days.
                at = latest.setdefault(window, at)
                try:
                    await claims.run(activation(window, at))
                except Crash:
                    await Claims(world.db, world.audience).settle()
                    await Claims(world.db, world.audience).run(activation(window, at))
            case ("settle", _):
                await Claims(world.db, world.audience).settle()
            case ("crash", after):
                fuse[0] = after + 1
            case ("lose ledger", _):
                for day in {local_day(zone, at) for zone in people for at in latest.values()}:
                    await world.redis.delete(world.audience.keys.day(day))
            case ("lose all", _):
                await world.redis.delete(world.audience.keys.ready, world.audience.keys.where)
                await world.redis.delete(world.audience.keys.pending)
                await world.follower.build()
            case ("move", which):
                point = FAR if which else NEAR
                await world.db.execute(
                    "UPDATE profile SET latitude = $1, longitude = $2, changed_xid = pg_current_xact_id()",
                    point.latitude,
                    point.longitude,
                )
                await world.follower.follow()
            case ("new zone", which):
                await world.db.execute(
                    "UPDATE profile SET zone = $1, changed_xid = pg_current_xact_id() WHERE number = $2",
                    await world.zone("UTC"),
                    numbers[which % len(numbers)],
                )
                await world.follower.follow()
    rows = await world.db.fetch("SELECT number, day, count(*) AS notices FROM notice GROUP BY number, day")
    assert all(row["notices"] == 1 for row in rows)
    batches = await world.db.fetch("SELECT day, unnest(numbers) AS number FROM notice_batch")
    assert len(batches) == len(rows) == len({(row["day"], row["number"]) for row in batches})
