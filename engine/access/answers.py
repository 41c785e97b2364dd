"""Answers kept for repeats: what a POST with an Idempotency-Key was answered the first time.

Owns: the table http_answer. Guarantees: of repeats at the same moment one runs and the others wait for its answer;
the same key with another request is refused. A first one that died with its process is taken over after a while.
Of a request only a mark is kept, and an answer is sealed, with a key of the keyring: who has the table can neither try
out what was sent nor read what was answered.
"""

from __future__ import annotations

import asyncio
import hmac
import os
from collections.abc import Callable, Collection
from dataclasses import dataclass

import asyncpg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.context import OldRows
from engine.keyring import ANSWERS, Keyring, derived
from engine.limits import HTTP_ANSWER_KEPT_S, HTTP_ANSWER_WAIT_S_MAX
from engine.refusals import Code, RefusalError

WAIT_S = 0.1
SEALED = b"\x01"  # what no JSON begins with
BODY = b"answer body"
ID_BYTES, NONCE_BYTES = 2, 12

BEGIN = "INSERT INTO http_answer (actor, key, request) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING key"
FIND = "SELECT request, status, body FROM http_answer WHERE actor = $1 AND key = $2"
TAKE_OVER = """
UPDATE http_answer SET created_at = now()
WHERE actor = $1 AND key = $2 AND status IS NULL AND created_at < now() - interval '1 minute' RETURNING key
"""
KEEP = "UPDATE http_answer SET status = $3, body = $4 WHERE actor = $1 AND key = $2"
FORGET = "DELETE FROM http_answer WHERE actor = $1 AND key = $2 AND status IS NULL"
FORGET_OF = "DELETE FROM http_answer WHERE actor = ANY ($1::text[])"
FORGET_OLD = """
DELETE FROM http_answer WHERE (actor, key) IN (
    SELECT actor, key FROM http_answer WHERE created_at < now() - make_interval(days => $1) LIMIT $2)
"""
DUE_OLD = """
SELECT count(*) FROM (
    SELECT FROM http_answer
    WHERE created_at < now() - make_interval(days => $1) LIMIT $2) AS due
"""
OLD_ANSWERS = OldRows(
    "answer",
    FORGET_OLD,
    HTTP_ANSWER_KEPT_S // (24 * 3_600),
    "it was given",
    "a repeat with the same Idempotency-Key gets it",
    DUE_OLD,
)


async def forget_answers(connection: asyncpg.Connection, actors: Collection[str]) -> None:
    """What somebody who is erased was answered; an answer to a purchase says who bought."""
    await connection.execute(FORGET_OF, list(actors))


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    status: int
    body: bytes


class KeptAnswers:
    def __init__(self, db: asyncpg.Pool, keyring: Keyring, seals: Callable[[], bool] = lambda: True) -> None:
        """`seals`: whether no release is left that would take a sealed answer for an open one."""
        self._db = db
        self._ring = keyring.of(ANSWERS)
        self._seals = seals

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
                    return KeptAnswer(row["status"], self._opened(actor, key, row["body"]))
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
        kept = self._sealed(actor, key, body) if self._seals() else body
        await self._db.execute(KEEP, actor, key, status, kept)

    def _sealed(self, actor: str, key: str, body: bytes) -> bytes:
        nonce, signing = os.urandom(NONCE_BYTES), self._ring.signing
        said = AESGCM(derived(signing.parts[0], BODY)).encrypt(nonce, body, f"{actor}\n{key}".encode())
        return SEALED + signing.id.to_bytes(ID_BYTES) + nonce + said

    def _opened(self, actor: str, key: str, kept: bytes) -> bytes:
        if not kept.startswith(SEALED):
            return kept  # of a release that sealed none
        sealed_by = self._ring.find(str(int.from_bytes(kept[1 : 1 + ID_BYTES])))
        rest = kept[1 + ID_BYTES :]
        try:
            if sealed_by is not None:
                cipher = AESGCM(derived(sealed_by.parts[0], BODY))
                return cipher.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], f"{actor}\n{key}".encode())
        except (InvalidTag, ValueError):
            pass
        raise RefusalError(Code.CONFLICT, "The answer to this Idempotency-Key can't be read any more.")

    async def forget(self, actor: str, key: str) -> None:
        """The first call failed in a way that a retry may mend: let the next one run."""
        await self._db.execute(FORGET, actor, key)
