"""Bringing a sale to the state it should be in; at the opening, holding the draw.

Guarantees: any step may be repeated, by any process, at the same time: the first draw stays, and who read an older row
changes nothing. The draw is in Postgres before its secret is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from engine.catalog import over, state_at
from engine.catalog.model import SaleState
from engine.onsale.draw import Draw, draw_of
from engine.onsale.onsale import Onsale
from engine.onsale.records import Records, SaleRecord
from engine.onsale.room import PLACE
from engine.refusals import Refused
from engine.stores.keys import SaleKeys
from engine.stores.redis import RedisClient

CHUNK = 1_000


class Opening:
    """Moves sales through their states."""

    def __init__(self, onsale: Onsale, records: Records, now: Callable[[], datetime]) -> None:
        self._onsale = onsale
        self._records = records
        self._now = now

    async def converge(self, record: SaleRecord, state: SaleState) -> SaleState | Refused | None:
        """Bring a sale that is in `state` to the one its times and switches ask for; answers where it is now, and None
        when that is another state by now, or its row another one.
        """
        wanted, steered = state_at(record.steering, self._now()), record.steered
        if over(state) and not over(wanted) and record.draw_places is None:
            # It was over before it opened: it goes on where it stood, and opens from there.
            before = (
                SaleState.LOBBY
                if record.steering.lobby_at and wanted is not SaleState.SCHEDULED
                else SaleState.SCHEDULED
            )
            moved = await self._onsale.sale(record.id).set_state(before, steered)
            if isinstance(moved, Refused) or not moved:
                return moved or None
            state = before
        if wanted in (SaleState.OPEN, SaleState.PAUSED) and state in (SaleState.SCHEDULED, SaleState.LOBBY):
            opened = await self._open(record)
            if opened is None or isinstance(opened, Refused):
                return opened
            state, steered = SaleState.OPEN, opened
        if wanted is state or wanted is SaleState.SCHEDULED:
            return state
        moved = await self._onsale.sale(record.id).set_state(wanted, steered)
        if isinstance(moved, Refused):
            return moved
        return wanted if moved else None

    async def _open(self, record: SaleRecord) -> int | Refused | None:
        """Answers how often the sale was steered by then; None when that was more often than the record knows."""
        calls = self._onsale.calls(record.id)
        verdict = await calls.ask("room_draw", (record.steered,))
        if isinstance(verdict, Refused):
            return verdict
        if verdict[0] == "lost":
            return self._onsale.sale(record.id).lost()
        if verdict[0] == "kept":
            return None
        opened = await self._records.write_opened(record, verdict[1], verdict[2], self._now())
        if opened is None:
            return None
        places, digest, steered = opened
        if places:  # or nobody left, and nobody came back
            draw = draw_of(record.draw_secret, places, digest)
            await calls.read(lambda keys: draw_noted(self._onsale.client, keys, draw))
        verdict = await calls.ask("room_open", (record.draw_secret.hex(), places, digest, steered))
        if isinstance(verdict, Refused):
            return verdict
        return steered if verdict[0] == "set" else None


async def draw_noted(client: RedisClient, keys: SaleKeys, draw: Draw) -> None:
    """Who left the lobby, or came back to it after a loss, was noted by number; from now on by place."""
    for name in ("gone", "returned"):
        key = keys.key(name)
        asked: Any = client.zrange(key, 0, -1)
        buyers: list[bytes] = await asked
        for first in range(0, len(buyers), CHUNK):
            some = buyers[first : first + CHUNK]
            asked = client.hmget(keys.key("places"), [buyer.decode() for buyer in some])
            known: list[bytes | None] = await asked
            scores: dict[bytes, float] = {}
            for buyer, place in zip(some, known, strict=True):
                found = PLACE.fullmatch(place.decode()) if place else None
                if found is not None:
                    scores[buyer] = draw.place_of(int(found["number"]))
            if scores:
                asked = client.zadd(key, scores, xx=True)
                await asked
