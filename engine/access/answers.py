"""Answers kept for repeats: what a POST with an Idempotency-Key was answered the first time.

Owns: the table http_answer. Guarantees: of repeats at the same moment one runs and the others wait for its answer;
the same key with another request is refused. A first one that died with its process is taken over after a while.
Of a request only a mark is kept, made with a key of the keyring: who has the table can't try out what was sent.
"""

from __future__ import annotations

import asyncio
import hmac
from dataclasses import dataclass

import asyncpg

from engine.context import OldRows
from engine.keyring import ANSWERS, Keyring
from engine.limits import HTTP_ANSWER_KEPT_S, HTTP_ANSWER_WAIT_S_MAX
from engine.refusals import Code, RefusalError

WAIT_S = 0.1

BEGIN = "INSERT INTO http_answer (actor, key, request) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING key"
FIND = "SELECT request, status, body FROM http_answer WHERE actor = $1 AND key = $2"
TAKE_OVER = """
UPDATE http_answer SET created_at = now()
WHERE actor = $1 AND key = $2 AND status IS NULL AND created_at < now() - interval '1 minute' RETURNING key
"""
KEEP = "UPDATE http_answer SET status = $3, body = $4 WHERE actor = $1 AND key = $2"
FORGET = "DELETE FROM http_answer WHERE actor = $1 AND key = $2 AND status IS NULL"
FORGET_OLD = """
DELETE FROM http_answer WHERE (actor, key) IN (
    SELECT actor, key FROM http_answer WHERE created_at < now() - make_interval(days => $1) LIMIT $2)
"""
OLD_ANSWERS = OldRows("answer", FORGET_OLD, HTTP_ANSWER_KEPT_S // (24 * 3_600))


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    status: int
    body: bytes


class KeptAnswers:
    def __init__(self, db: asyncpg.Pool, keyring: Keyring) -> None:
        self._db = db
        self._ring = keyring.of(ANSWERS)

    async def begin(self, actor: str, key: str, request: bytes) -> KeptAnswer | None:
        """None when this call is the first: it must then `keep` or `forget`. Otherwise the first answer.

        `request` is whatever tells two requests apart: method, path and body.
        """
        marks = [self._mark(mark_key.parts[0], actor, key, request) for mark_key in self._ring.live()]
        waited_s = 0.0
        while waited_s < HTTP_ANSWER_WAIT_S_MAX:
            if await self._db.fetchval(BEGIN, actor, key, marks[0]) is not None:
                return None
            row = await self._db.fetchrow(FIND, actor, key)
            if row is not None:
                if not any(hmac.compare_digest(row["request"], mark) for mark in marks):
                    raise RefusalError(Code.CONFLICT, "This Idempotency-Key was used for another request.")
                if row["status"] is not None:
                    return KeptAnswer(row["status"], row["body"])
                if await self._db.fetchval(TAKE_OVER, actor, key) is not None:
                    return None
            await asyncio.sleep(WAIT_S)
            waited_s += WAIT_S
        raise RefusalError(Code.BUSY)

    def _mark(self, mark_key: bytes, actor: str, key: str, request: bytes) -> bytes:
        """Depends on actor and key too, so that equal requests of different actors can't be recognised."""
        own_key = hmac.digest(mark_key, f"{actor}\n{key}".encode(), "sha256")
        return hmac.digest(own_key, request, "sha256")

    async def keep(self, actor: str, key: str, status: int, body: bytes) -> None:
        await self._db.execute(KEEP, actor, key, status, body)

    async def forget(self, actor: str, key: str) -> None:
        """The first call failed in a way that a retry may mend: let the next one run."""
        await self._db.execute(FORGET, actor, key)
