"""Guesses: tries at one secret, counted before the secret is looked at.

Owns: the counters in Redis that all processes share. After GUESSES_FREE wrong tries each wait is twice as long as the
last, up to an hour. Guarantees: a try during a wait is refused unseen, so a refusal says nothing about it; of tries at
the same moment no more are taken than of tries one after the other. What does not exist is counted like what does.
Fails as `unavailable` while Redis is away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

from engine import limits
from engine.refusals import Code, RefusalError
from engine.stores.batcher import Batcher, BatchHook
from engine.stores.keys import access_shard, guess_key
from engine.stores.redis import RedisClient
from engine.stores.scripts import call, pack, script, unpack

RULES = (limits.GUESSES_FREE, limits.GUESS_WAIT_MS, limits.GUESS_WAIT_MS_MAX, limits.GUESSES_KEPT_MS)
TRY, RIGHT = 1, 0
ABOUT_CHARS = 32

Ask = tuple[int, str]  # TRY or RIGHT, the key of the counter
Clock = Callable[[], int]


class Guesses:
    def __init__(self, client: RedisClient, *, clock: Clock | None = None, on_batch: BatchHook | None = None) -> None:
        self._client = client
        self._clock = clock
        self._on_batch = on_batch
        self._batchers: dict[int, Batcher[Ask, int]] = {}

    async def begin(self, secret: str, about: str) -> None:
        """Count a try at a kind of secret of one thing; refused while there is a wait."""
        wait_ms = await self._ask(TRY, secret, about)
        if wait_ms:
            raise RefusalError(Code.TOO_MANY_TRIES, retry_after_ms=wait_ms)

    async def was_right(self, secret: str, about: str) -> None:
        """The try that was begun was right: nothing is held against the next one."""
        await self._ask(RIGHT, secret, about)

    async def _ask(self, what: int, secret: str, about: str) -> int:
        fingerprint = sha256(about.encode()).hexdigest()[:ABOUT_CHARS]  # what is typed may be anything, and long
        shard = access_shard(fingerprint)
        batcher = self._batchers.get(shard)
        if batcher is None:
            batcher = self._batchers[shard] = self._batcher()
        return await batcher.submit((what, guess_key(shard, secret, fingerprint)))

    def _batcher(self) -> Batcher[Ask, int]:
        what = script("access/guess_take")
        client, clock = self._client, self._clock

        async def send(asks: list[Ask]) -> Sequence[int]:
            places = {key: at for at, key in enumerate(dict.fromkeys(key for _, key in asks), start=1)}
            items = [(places[key], tried) for tried, key in asks]
            instant = clock() if clock else ""
            answers: Sequence[Any] = unpack(await call(client, what, list(places), (pack(items), pack(RULES), instant)))
            return [wait_ms for _, wait_ms in answers]

        return Batcher("access/guess_take", send, gather_ms=limits.GATHER_MS, on_batch=self._on_batch)
