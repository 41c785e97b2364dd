"""Sender: sends what is due, notes what each try was answered, and pauses endpoints that don't answer for days.

Guarantees: a delivery whose sender died before noting the answer is sent again under the same id; deliveries about one
subject are sent in order; a slow endpoint takes up only its own share of requests. A step starts requests and does not
wait for them. Fails as the store does.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import asyncpg

from engine import limits
from engine.access import Sealer
from engine.ending import end
from engine.outgoing import Forbidden, Outgoing, Unanswered
from engine.webhooks import sql
from engine.webhooks.model import Paused, Tried, asked_to_wait_s, retry_after_s
from engine.webhooks.signing import headers, payload, written

log = logging.getLogger(__name__)

GONE = 410


class Sender:
    def __init__(self, db: asyncpg.Pool, sealer: Sealer, outgoing: Outgoing) -> None:
        self._db = db
        self._sealer = sealer
        self._outgoing = outgoing
        self._tasks: set[asyncio.Task[None]] = set()
        self._sending: Counter[str] = Counter()

    async def step(self) -> int:
        """Start what may be started; answers how many requests."""
        room = limits.WEBHOOKS_AT_ONCE_MAX - len(self._tasks)
        if room <= 0:
            return 0
        rows = await self._db.fetch(
            sql.TAKE_DUE,
            limits.WEBHOOKS_AT_ONCE_PER_ENDPOINT,
            list(self._sending),
            list(self._sending.values()),
            room,
            float(limits.WEBHOOK_LEASE_S),
        )
        for row in rows:
            self._sending[row["webhook_id"]] += 1
            task = asyncio.create_task(self._deliver(row), name=f"webhook {row['webhook_id']}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return len(rows)

    async def due_s(self) -> float | None:
        """Seconds until a delivery is to be tried, also one that is being sent; None when none waits."""
        seconds: float | None = await self._db.fetchval(sql.DUE_S)
        return seconds

    async def settle(self) -> None:
        """Wait for what is being sent."""
        await asyncio.gather(*self._tasks)

    async def close(self) -> None:
        """What is cut short is sent again by another."""
        await end(self._tasks)
        await self._outgoing.close()

    async def _deliver(self, row: Any) -> None:
        try:
            secret = self._sealer.unseal(row["secret"], row["webhook_id"])
            if secret is None:
                log.error("the secret of webhook %s can't be unsealed", row["webhook_id"])
                await self._db.execute(sql.PAUSE, row["webhook_id"], Paused.UNREADABLE.value)
            else:
                await self._note(row, await self._try(row, secret))
        except Exception:  # its lease ends, and it is sent again under the same id
            log.exception("what came of delivery %s could not be noted", row["id"])
        finally:
            self._sending[row["webhook_id"]] -= 1
            self._sending += Counter()  # only those that are sending stay

    async def _try(self, row: Any, secret: str) -> Tried:
        body = written(payload(row["topic"], row["version"], row["told_at"], row["sequence"], row["data"]))
        signed = headers(secret, row["id"], int(time.time()), body)
        began = time.monotonic()

        def took_ms() -> int:
            return int((time.monotonic() - began) * 1000)

        try:
            answer = await self._outgoing.post(row["url"], body, signed, first_bytes=limits.WEBHOOK_ANSWER_BYTES_KEPT)
        except (Forbidden, Unanswered) as fault:
            return Tried(took_ms(), None, fault=str(fault))
        wait_s = asked_to_wait_s(answer.status, answer.retry_after, datetime.now(UTC))
        return Tried(took_ms(), answer.status, answer=shown(answer.body), wait_s=wait_s)

    async def _note(self, row: Any, tried: Tried) -> None:
        which = (row["webhook_id"], row["sequence"])
        async with self._db.acquire() as connection, connection.transaction():
            now = await connection.fetchrow(sql.LOCK_SENT, *which, float(limits.WEBHOOK_FAILING_S))
            if now is None:
                return  # deleted meanwhile
            await connection.execute(
                sql.NOTE_TRY, *which, row["tries"], tried.took_ms, tried.status, tried.fault, tried.answer
            )
            if tried.is_well:
                await connection.execute(sql.NOTE_SENT, *which)
                await connection.execute(sql.NOTE_WELL, row["webhook_id"])
            else:
                await self._note_failure(connection, row, tried, now)

    async def _note_failure(self, connection: asyncpg.Connection, row: Any, tried: Tried, now: Any) -> None:
        webhook, sequence = row["webhook_id"], row["sequence"]
        await connection.execute(sql.NOTE_FAILING, webhook)
        if tried.status == GONE or now["failing_long"]:
            why = Paused.GONE if tried.status == GONE else Paused.FAILING
            log.warning("webhook %s is paused: %s", webhook, why.value)
            await connection.execute(sql.PAUSE, webhook, why.value)
        if now["state"] != "due" or now["tries"] != row["tries"]:
            return  # another took it over, or it was replayed
        again_s = retry_after_s(now["tries"] - now["forgiven"])
        if again_s is None:
            await connection.execute(sql.NOTE_FAILED, webhook, sequence)
        else:
            await connection.execute(sql.NOTE_LATER, webhook, sequence, max(float(again_s), tried.wait_s))


def shown(answer: bytes) -> str:
    """The beginning of an answer, without characters that can't be shown: a stranger wrote it."""
    text = answer.decode(errors="replace")
    return "".join(each if each.isprintable() else " " for each in text)
