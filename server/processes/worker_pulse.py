"""What a worker reports every few seconds: its heartbeat and its metrics.

Guarantees: an outage of a store is logged once, and does not stop the reports to the other.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from redis.exceptions import RedisError

from engine.engine import Engine
from engine.heartbeat import Heartbeat
from engine.limits import WORKER_BEAT_S
from engine.stores.commits import oldest_writer
from engine.stores.database import UNREACHABLE
from server.observe.metrics import Metrics

log = logging.getLogger(__name__)


class WorkerPulse:
    def __init__(self, engine: Engine, metrics: Metrics, heartbeat: Heartbeat) -> None:
        self._engine = engine
        self._metrics = metrics.worker
        self._heartbeat = heartbeat
        self._away: set[str] = set()

    async def run(self) -> None:
        """For ever."""
        while True:
            self._metrics.jobs(self._heartbeat.progress.jobs)
            await self._tell("what this worker does", self._beat)
            await self._tell("figures of what waits", self._figures)
            await asyncio.sleep(WORKER_BEAT_S)

    async def _tell(self, what: str, tell: Callable[[], Awaitable[None]]) -> None:
        try:
            await tell()
            self._away.discard(what)
        except (RedisError, *UNREACHABLE) as fault:
            if what not in self._away:
                self._away.add(what)
                log.warning("%s can't be told: the store does not answer: %s", what, fault)

    async def _beat(self) -> None:
        await self._heartbeat.beat()

    async def _figures(self) -> None:
        self._metrics.oldest_write(await oldest_writer(self._engine.db))
        self._metrics.outbox(await self._engine.outbox.cursors())
        letterbox = self._engine.letterbox
        self._metrics.messages(await letterbox.desk.waiting(), letterbox.post.outcomes)
