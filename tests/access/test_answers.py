"""Answers kept for repeats of a POST with an Idempotency-Key."""

import asyncio
import hashlib
from typing import Any

import asyncpg
import pytest

from engine.access import KeptAnswers
from engine.keyring import Keyring
from engine.refusals import Code, RefusalError

SECRET = b"a secret of 24 characters"
REQUEST = b'POST /api/sales/jazz/carts/mine/orders\n{"card": {"number": "4242424242424242"}}'


async def test_repeat_gets_the_first_answer(db: asyncpg.Pool) -> None:
    answers = KeptAnswers(db, Keyring.of_secret(SECRET))
    assert await answers.begin("buyer", "k1", REQUEST) is None
    await answers.keep("buyer", "k1", 201, b"made")
    kept = await answers.begin("buyer", "k1", REQUEST)
    assert kept is not None
    assert (kept.status, kept.body) == (201, b"made")
    assert await answers.begin("another", "k1", REQUEST) is None


async def test_same_key_for_another_request_is_refused(db: asyncpg.Pool) -> None:
    answers = KeptAnswers(db, Keyring.of_secret(SECRET))
    assert await answers.begin("buyer", "k1", REQUEST) is None
    with pytest.raises(RefusalError) as refused:
        await answers.begin("buyer", "k1", b"POST /api/events")
    assert refused.value.code is Code.CONFLICT


async def test_concurrent_repeat_waits_for_the_first(db: asyncpg.Pool) -> None:
    answers = KeptAnswers(db, Keyring.of_secret(SECRET))
    assert await answers.begin("buyer", "k1", REQUEST) is None
    second = asyncio.create_task(answers.begin("buyer", "k1", REQUEST))
    await answers.keep("buyer", "k1", 200, b"done")
    kept = await second
    assert kept is not None
    assert kept.body == b"done"


async def test_what_failed_for_now_may_be_asked_again(db: asyncpg.Pool) -> None:
    answers = KeptAnswers(db, Keyring.of_secret(SECRET))
    assert await answers.begin("buyer", "k1", REQUEST) is None
    await answers.forget("buyer", "k1")
    assert await answers.begin("buyer", "k1", REQUEST) is None


class ForgettingPool:
    """Where the first one forgets just after a repeat has seen that it is there."""

    def __init__(self, db: asyncpg.Pool) -> None:
        self._db = db

    async def fetchval(self, statement: str, *arguments: Any) -> Any:
        found = await self._db.fetchval(statement, *arguments)
        if found is None:
            await self._db.execute("DELETE FROM http_answer")
        return found

    async def fetchrow(self, statement: str, *arguments: Any) -> Any:
        return await self._db.fetchrow(statement, *arguments)


async def test_a_repeat_that_meets_a_first_one_which_just_failed_begins(db: asyncpg.Pool) -> None:
    answers = KeptAnswers(db, Keyring.of_secret(SECRET))
    assert await answers.begin("buyer", "k1", REQUEST) is None
    repeat = KeptAnswers(ForgettingPool(db), Keyring.of_secret(SECRET))
    assert await repeat.begin("buyer", "k1", REQUEST) is None
    assert await db.fetchval("SELECT count(*) FROM http_answer") == 1


async def test_a_repeat_does_not_wait_forever(db: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.access.answers.WAIT_S", 0.001)
    monkeypatch.setattr("engine.access.answers.HTTP_ANSWER_WAIT_S_MAX", 0.002)
    answers = KeptAnswers(db, Keyring.of_secret(SECRET))
    assert await answers.begin("buyer", "k1", REQUEST) is None
    with pytest.raises(RefusalError) as refused:
        await answers.begin("buyer", "k1", REQUEST)
    assert refused.value.code is Code.BUSY


async def test_first_one_that_died_is_taken_over(db: asyncpg.Pool) -> None:
    answers = KeptAnswers(db, Keyring.of_secret(SECRET))
    assert await answers.begin("buyer", "k1", REQUEST) is None
    await db.execute("UPDATE http_answer SET created_at = now() - interval '2 minutes'")
    assert await answers.begin("buyer", "k1", REQUEST) is None


async def test_what_was_asked_cannot_be_tried_out(db: asyncpg.Pool) -> None:
    """A card number has few unknown digits: an unkeyed hash of it gives it away."""
    for secret, actor, key in ((SECRET, "a", "k1"), (SECRET, "a", "k2"), (SECRET, "b", "k1"), (b"x" * 24, "c", "k1")):
        assert await KeptAnswers(db, Keyring.of_secret(secret)).begin(actor, key, REQUEST) is None
    marks = [row["request"] for row in await db.fetch("SELECT request FROM http_answer")]
    assert len(set(marks)) == 4, "who asked the same can't be seen either"
    guesses = {
        hashlib.new(name, REQUEST).digest() for name in ("sha256", "sha512", "sha1", "md5", "blake2b", "sha3_256")
    }
    assert not guesses & set(marks)
    assert all(b"4242" not in mark for mark in marks)
