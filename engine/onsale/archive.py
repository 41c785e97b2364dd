"""The archive: a sale that is over leaves Redis once nobody shops in it or looks at it, and comes back when asked for.

Owns when that happens. Guarantees: it leaves only when Postgres knows all of it, so that whoever asks for it later has
it rebuilt as it was; a step that was cut short is finished by the next. Fails as the stores do; a worker tries again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import datetime

import asyncpg

from engine import limits
from engine.ending import end
from engine.onsale.keeper import wall_clock
from engine.onsale.key_layouts import LEASE_MS
from engine.onsale.model import Snapshot
from engine.onsale.onsale import Onsale
from engine.onsale.records import Over, Records, Unsettled
from engine.stores.keys import SaleKeys, rebuild_key
from engine.stores.lease import Lease

log = logging.getLogger(__name__)

WAKE_AGAIN_S = 1.0

Restore = Callable[[str], Awaitable[object]]


class Archive:
    """`step` is a worker's; `wake` anybody's."""

    def __init__(
        self,
        onsale: Onsale,
        db: asyncpg.Pool,
        restore: Restore,
        *,
        unsettled: Unsettled,
        now: Callable[[], datetime] = wall_clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._onsale = onsale
        self._records = Records(db)
        self._restore = restore
        self._unsettled = unsettled
        self._now = now
        self._monotonic = monotonic
        self._quiet_since: dict[str, float] = {}
        self._is_any_over = False
        self._waking: dict[str, asyncio.Task[None]] = {}
        self._woken_at: dict[str, float] = {}
        self._one_at_a_time = asyncio.Lock()
        onsale.on_lost = self.wake_soon

    # ── away ──

    async def step(self) -> int:
        """Put away what has been quiet for long enough; answers how many sales."""
        over = await self._records.over(self._now(), limits.SALES_OVER_MAX, self._unsettled)
        self._is_any_over = bool(over)
        instant = self._monotonic()
        before, self._quiet_since = self._quiet_since, {}
        away = 0
        for sale in over:
            if not sale.leaving:
                if not await self._is_quiet(sale.id):
                    continue
                since = self._quiet_since[sale.id] = before.get(sale.id, instant)
                if instant - since < limits.SALE_OVER_KEPT_S:
                    continue
                if await self._onsale.sale(sale.id).ends(1):
                    # Until CartEnds has written them down, only Redis knows how these carts ended.
                    self._onsale.moves.note(sale.id)
                    continue
            away += await self._put_away(sale)
        await self._bring_back()
        return away

    async def _bring_back(self) -> None:
        """Sales that go on after all, where whoever said so could not bring them back."""
        for sale_id in await self._records.going_on(self._now(), limits.SALES_OVER_MAX):
            await self.wake(sale_id)
            self._onsale.moves.note(sale_id)

    async def due_s(self) -> float | None:
        """None when no sale was over at the last look; one whose end comes meanwhile is put away a little later."""
        return 0.0 if self._is_any_over else None

    async def _is_quiet(self, sale_id: str) -> bool:
        """Nobody shops or watches. A sale that Redis has lost is quiet too."""
        found = await self._onsale.sale(sale_id).snapshot()
        if not isinstance(found, Snapshot):
            return True
        return not (found.counters.shopping or found.counters.held or found.counters.viewers)

    async def _put_away(self, sale: Over) -> bool:
        """Under the lease of rebuilds, so that neither sees the other half done."""
        client = self._onsale.client
        async with Lease(client, rebuild_key(sale.id), LEASE_MS):
            if sale.leaving:
                if not await self._records.is_leaving(sale.id, self._now()):
                    return False
            elif not await self._records.write_leaving(sale.id, sale.epoch, self._now(), self._unsettled):
                return False
            if sale.drawn:
                # Anybody may still recompute the draw from the roster of the lobby.
                await client.expire(SaleKeys(sale.id, sale.key_layout).key("places"), limits.DRAW_KEPT_S, nx=True)
                await self._onsale.remove_keys(sale.id, "places")
            else:
                await self._onsale.remove_keys(sale.id)
            await self._records.write_away(sale.id)
        self._quiet_since.pop(sale.id, None)
        log.info("sale %s was put away", sale.id)
        return True

    # ── back ──

    async def wake(self, sale_id: str) -> None:
        """Bring a sale back that was put away; nothing when it is there, or was lost otherwise."""
        record = await self._records.one(sale_id)
        if record is not None and record.away:
            async with self._one_at_a_time:  # a client may walk through all old sales: one rebuild at a time
                await self._restore(sale_id)

    def wake_soon(self, sale_id: str) -> None:
        """The same in the background, at most once a moment per sale."""
        instant = self._monotonic()
        if sale_id in self._waking or instant - self._woken_at.get(sale_id, -WAKE_AGAIN_S) < WAKE_AGAIN_S:
            return
        if len(self._woken_at) >= limits.SALES_WOKEN_MAX:
            self._woken_at.clear()
        self._woken_at[sale_id] = instant
        self._waking[sale_id] = asyncio.create_task(self._wake_safely(sale_id), name=f"wake {sale_id}")

    async def _wake_safely(self, sale_id: str) -> None:
        try:
            await self.wake(sale_id)
        except Exception:  # not awaited; clients ask again
            log.exception("sale %s could not be brought back", sale_id)
        finally:
            self._waking.pop(sale_id, None)

    async def is_away(self, sale_id: str) -> bool:
        record = await self._records.one(sale_id)
        return record is not None and record.away

    async def close(self) -> None:
        await end(self._waking.values())
