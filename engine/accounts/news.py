"""News of who may do what: Postgres tells every process whose rights have changed, in the moment it commits.

Owns one connection that listens. Guarantees: whoever follows is told None each time the connection was made anew or is
lost, since what was said meanwhile is unknown; `live` says whether it hears right now. Half-dead connections are found
by asking every second.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from engine.limits import ACCESS_NEWS_ASK_S
from engine.stores import database
from engine.stores.faults import StoreFault

log = logging.getLogger(__name__)

CHANNEL = "aforo_access"
AGAIN_AFTER_S = 0.2

Heard = Callable[[str | None], None]  # a subject, as in "account:acc_…"; None: anybody


class AccessNews:
    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self.live = False

    async def follow(self, heard: Heard) -> None:
        """Run for ever: tell `heard` whose rights have changed."""
        while True:
            try:
                await self._listen(heard)
            except (StoreFault, *database.UNREACHABLE) as fault:
                if self.live:
                    log.warning("news of access are lost for a while: %s", type(fault).__name__)
            finally:
                self.live = False
            heard(None)
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _listen(self, heard: Heard) -> None:
        connection = await database.connect_one(self._url)
        try:

            def told(_connection: object, _pid: int, _channel: str, subject: str) -> None:
                heard(subject)

            await connection.add_listener(CHANNEL, told)
            self.live = True
            heard(None)
            while True:
                await asyncio.sleep(ACCESS_NEWS_ASK_S)
                await connection.fetchval("SELECT 1", timeout=ACCESS_NEWS_ASK_S)
        finally:
            connection.terminate()
