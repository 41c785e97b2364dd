"""Guesses: after a few wrong tries each wait is twice as long as the last, whatever is tried and however fast."""

from __future__ import annotations

import asyncio
import secrets

import pytest

from engine.access import Guesses
from engine.limits import GUESS_WAIT_MS, GUESS_WAIT_MS_MAX, GUESSES_FREE
from engine.refusals import Code, RefusalError
from engine.stores.redis import RedisClient, connect

pytestmark = pytest.mark.every_redis


class Hands:
    """A clock whose hands the test moves."""

    def __init__(self) -> None:
        self.ms = 1_800_000_000_000

    def __call__(self) -> int:
        return self.ms


async def wait_ms(guesses: Guesses, about: str) -> int:
    """How long a try is told to wait; 0 when it was taken."""
    try:
        await guesses.begin("test", about)
    except RefusalError as refusal:
        told: int = refusal.detail["retry_after_ms"] if refusal.code is Code.TOO_MANY_TRIES else -1
        return told
    return 0


async def test_waits_double_to_an_hour_and_are_honest(redis: RedisClient) -> None:
    clock, about = Hands(), secrets.token_hex(8)
    guesses = Guesses(redis, clock=clock)
    for _ in range(GUESSES_FREE):
        assert await wait_ms(guesses, about) == 0
    told = []
    for _ in range(14):
        told.append(await wait_ms(guesses, about))
        clock.ms += told[-1] - 1
        assert await wait_ms(guesses, about) == 1
        clock.ms += 1
        assert await wait_ms(guesses, about) == 0
    assert told == [min(GUESS_WAIT_MS * 2**at, GUESS_WAIT_MS_MAX) for at in range(14)]


async def test_tries_at_the_same_moment_are_counted_together(redis: RedisClient, redis_url: str) -> None:
    about = secrets.token_hex(8)
    other_process = await connect(redis_url)
    both = [Guesses(redis), Guesses(other_process)]
    waits = await asyncio.gather(*(wait_ms(both[at % 2], about) for at in range(360)))
    await other_process.aclose()
    assert waits.count(0) == GUESSES_FREE


async def test_a_right_try_clears_what_was_counted(redis: RedisClient) -> None:
    about, guesses = secrets.token_hex(8), Guesses(redis)
    for _ in range(GUESSES_FREE - 1):
        assert await wait_ms(guesses, about) == 0
    await guesses.was_right("test", about)
    for _ in range(GUESSES_FREE):
        assert await wait_ms(guesses, about) == 0
    assert await wait_ms(guesses, about) > 0


async def test_what_is_tried_does_not_hold_up_anything_else(redis: RedisClient) -> None:
    guesses, one, other = Guesses(redis), secrets.token_hex(8), secrets.token_hex(8)
    for _ in range(GUESSES_FREE):
        await guesses.begin("test", one)
    assert await wait_ms(guesses, one) > 0
    assert await wait_ms(guesses, other) == 0
