"""Vitals: what dies is started again, and counts as dead only while it does not stay alive."""

from __future__ import annotations

import asyncio

from redis.exceptions import ConnectionError as RedisAway

from engine.ending import end
from engine.limits import PULSE_AGAIN_S_MAX, PULSE_DEATHS_MAX, PULSE_HEALTHY_S
from engine.vitals import Vitals


class HandClock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_what_dies_again_and_again_is_dead_until_it_was_alive_for_a_while() -> None:
    clock, noted = HandClock(), list[str]()
    vitals = Vitals(noted.append, clock)
    pauses = [vitals.died("hubs") for _ in range(PULSE_DEATHS_MAX - 1)]
    assert vitals.dead() == []
    pauses.append(vitals.died("hubs"))
    assert vitals.dead() == ["hubs"]
    assert pauses == sorted(set(pauses))
    clock.now += PULSE_HEALTHY_S - 1
    assert vitals.dead() == ["hubs"]
    clock.now += 1
    assert vitals.dead() == []
    assert vitals.died("hubs") == pauses[0]
    assert vitals.dead() == []
    assert noted == ["hubs"] * (PULSE_DEATHS_MAX + 1)


def test_the_pause_is_bounded_and_never_passes_for_health() -> None:
    clock = HandClock()
    vitals = Vitals(clock=clock)
    for _ in range(2_000):
        pause_s = vitals.died("hubs")
        clock.now += pause_s
    assert pause_s == PULSE_AGAIN_S_MAX
    assert vitals.dead() == ["hubs"]


def test_a_job_that_did_its_work_is_well() -> None:
    vitals = Vitals()
    for _ in range(PULSE_DEATHS_MAX):
        vitals.died("job keeper")
    vitals.is_well("job keeper")
    assert vitals.dead() == []


async def test_a_pulse_goes_on_whatever_it_dies_of() -> None:
    """Also when it ends by itself; a store that is away is nobody's death."""
    vitals, lives = Vitals(), 0
    alive = asyncio.Event()

    async def pulse() -> None:
        nonlocal lives
        lives += 1
        match lives:
            case 1:
                raise RuntimeError("a bug")
            case 2:
                raise RedisAway("nobody there")
            case 3:
                return
        alive.set()
        await asyncio.Event().wait()

    keeping = asyncio.create_task(vitals.keep("hubs", pulse))
    async with asyncio.timeout(20):
        await alive.wait()
    assert lives == 4
    assert vitals.dead() == []
    await end([keeping])
