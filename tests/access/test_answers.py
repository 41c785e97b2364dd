"""Answers kept for repeats of a POST with an Idempotency-Key."""

import asyncio
import hashlib

import asyncpg
import pytest

from engine.access import KeptAnswers
from engine.refusals import Code, Refusal

REQUEST = hashlib.sha256(b"POST /api/sales").digest()


async def test_repeat_gets_the_first_answer(db: asyncpg.Pool) -> None:
    answers = KeptAnswers(db)
    assert await answers.begin("buyer", "k1", REQUEST) is None
    await answers.keep("buyer", "k1", 201, b"made")
    kept = await answers.begin("buyer", "k1", REQUEST)
    assert kept is not None
    assert (kept.status, kept.body) == (201, b"made")
    assert await answers.begin("another", "k1", REQUEST) is None


async def test_same_key_for_another_request_is_refused(db: asyncpg.Pool) -> None:
    answers = KeptAnswers(db)
    assert await answers.begin("buyer", "k1", REQUEST) is None
    with pytest.raises(Refusal) as refused:
        await answers.begin("buyer", "k1", hashlib.sha256(b"POST /api/events").digest())
    assert refused.value.code is Code.CONFLICT


async def test_concurrent_repeat_waits_for_the_first(db: asyncpg.Pool) -> None:
    answers = KeptAnswers(db)
    assert await answers.begin("buyer", "k1", REQUEST) is None
    second = asyncio.create_task(answers.begin("buyer", "k1", REQUEST))
    await answers.keep("buyer", "k1", 200, b"done")
    kept = await second
    assert kept is not None
    assert kept.body == b"done"


async def test_what_failed_for_now_may_be_asked_again(db: asyncpg.Pool) -> None:
    answers = KeptAnswers(db)
    assert await answers.begin("buyer", "k1", REQUEST) is None
    await answers.forget("buyer", "k1")
    assert await answers.begin("buyer", "k1", REQUEST) is None


async def test_first_one_that_died_is_taken_over(db: asyncpg.Pool) -> None:
    answers = KeptAnswers(db)
    assert await answers.begin("buyer", "k1", REQUEST) is None
    await db.execute("UPDATE http_answer SET created_at = now() - interval '2 minutes'")
    assert await answers.begin("buyer", "k1", REQUEST) is None
