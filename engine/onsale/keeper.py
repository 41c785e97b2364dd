"""The keeper: moves live sales on. States by the clock, draw, admission, expiry, checkpoints, rebuilds.

Runs under a lease in one worker; whatever it does may be repeated by the next one. Guarantees: a sale that fails
does not stop the others, and many are not moved on at once; while Postgres is away carts end and rooms go on as they
were. A store that is away is logged once, however many sales wait for it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

import asyncpg

from engine import limits
from engine.catalog.model import SalePlan, SaleState
from engine.ending import end
from engine.onsale.admission import RoomFacts, calls_allowed, rate_told
from engine.onsale.calls import Verdict
from engine.onsale.kept import CALM_EVERY_S, Kept
from engine.onsale.lookout import SWEEP_S, Lookout
from engine.onsale.onsale import Onsale
from engine.onsale.opening import Opening
from engine.onsale.outage import Outage
from engine.onsale.rebuild import PlanOf, Rebuild, SoldFactsOf
from engine.onsale.records import Records, UnknownSale
from engine.onsale.sweep import Sweep
from engine.refusals import Code, Refused
from engine.stores.batcher import store_is_away
from engine.stores.database import UNREACHABLE
from engine.stores.lease import LeaseLost

log = logging.getLogger(__name__)

CHECKPOINT_EVERY_MS = 1_000
CONVERGE_TRIES = 4  # others may steer the same sale, or open it, at the same time


def wall_clock() -> datetime:
    return datetime.now(UTC)


class Keeper:
    """One per worker; `step` is run again and again by whoever holds the lease."""

    def __init__(
        self,
        onsale: Onsale,
        db: asyncpg.Pool,
        plan_of: PlanOf,
        sold_facts: SoldFactsOf,
        *,
        now: Callable[[], datetime] = wall_clock,
        monotonic: Callable[[], float] = time.monotonic,
        pace: Callable[[], float] = lambda: 1.0,
        sweep_s: float = SWEEP_S,
    ) -> None:
        self._onsale = onsale
        self._records = Records(db)
        self._rebuild = Rebuild(onsale, self._records, plan_of, sold_facts, now)
        self._opening = Opening(onsale, self._records, now)
        self._now = now
        self._monotonic = monotonic
        self._pace = pace  # below 1 while payments are in trouble
        self._lookout = Lookout(
            self._records,
            onsale.moves,
            Sweep(onsale.client),
            now=now,
            monotonic=monotonic,
            forget=self._forget,
            sweep_s=sweep_s,
        )
        self._busy: set[asyncio.Task[None]] = set()
        self._turns = asyncio.Semaphore(limits.SALES_KEPT_AT_ONCE_MAX)
        self._redis_away = Outage("Redis")
        self._postgres_away = Outage("Postgres")

    async def publish(self, plan: SalePlan) -> None:
        """Bring the live side of a sale to its plan: a new one is made, a lost one is rebuilt, never begun anew."""
        record = await self._records.one(plan.id)
        if record is None:
            raise UnknownSale(plan.id)
        if not record.epoch and not record.away:
            self._onsale.calls(plan.id).keys.layout = record.key_layout
            await self._records.write_published(plan.id, await self._onsale.publish(plan))
        elif record.away or not await self._onsale.update(plan):
            await self._rebuild.rebuild(plan.id)

    async def converge(self, sale_id: str) -> SaleState | Refused:
        """Bring one sale to the state its times and switches ask for, at once; any process may."""
        state = SaleState.SCHEDULED
        for _ in range(CONVERGE_TRIES):
            record = await self._records.one(sale_id)
            if record is None:
                raise UnknownSale(sale_id)
            verdict = await self._onsale.calls(sale_id).ask("sale_set", ("", (), record.steered, record.revision))
            if isinstance(verdict, Refused):
                return verdict
            if verdict[0] == "lost":
                return self._onsale.sale(sale_id).lost()
            state = SaleState(verdict[1])
            moved = await self._opening.converge(record, state)
            if moved is not None:
                return moved
        return state

    async def live_sales(self) -> list[str]:
        """Sales whose live state is needed now or later: what is looked after here."""
        return list(await self._records.live_layouts(self._now()))

    async def rebuild(self, sale_id: str, lost_epoch: str | None = None) -> str:
        """Write the sale's state anew from Postgres; answers its epoch."""
        return await self._rebuild.rebuild(sale_id, lost_epoch=lost_epoch)

    async def step(self, patience_s: float | None = None) -> None:
        """Move on every sale whose time has come.

        One that takes longer than `patience_s`, because its part of Redis is away, goes on in the background and holds
        up no other.
        """
        try:
            await self._lookout.look(patience_s)
            due = self._lookout.due()
            for kept in due:
                kept.busy = self._began(self._keep_in_turn(kept, patience_s))
            if due:
                await asyncio.wait([kept.busy for kept in due if kept.busy], timeout=patience_s)
        except asyncio.CancelledError:
            await self.close()
            raise

    def next_s(self) -> float | None:
        """Seconds until the next step is wanted, as far as is known; None when nothing is due."""
        return self._lookout.next_s()

    def _began(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)
        return task

    async def _keep_in_turn(self, kept: Kept, patience_s: float | None) -> None:
        """Move it on when it is one of so many at once; one that gets no answer makes room after `patience_s`."""
        async with self._turns:
            keeping = self._began(self._keep_safely(kept))
            await asyncio.wait([keeping], timeout=patience_s)
        await keeping

    async def close(self) -> None:
        """Let go of the sales that are still being moved on."""
        await self._lookout.close()
        await end(self._busy)

    async def _keep_safely(self, kept: Kept) -> None:
        sale_id = kept.record.id
        try:
            pause_s = await self._keep(kept)
            self._postgres_away.leave(sale_id)
        except UnknownSale:
            # Just put away, or a rehearsal that has just been removed.
            self._lookout.let_go(sale_id)
            return
        except UNREACHABLE as error:
            self._postgres_away.meet(sale_id, error)
            pause_s = CALM_EVERY_S
        except Exception as error:  # a sale that fails must not stop the others
            if store_is_away(error) or isinstance(error, LeaseLost):
                self._redis_away.meet(sale_id, error)
            else:
                log.exception("keeping sale %s failed", sale_id)
            pause_s = CALM_EVERY_S
        self._lookout.rest(kept, pause_s)

    def _forget(self, sale_id: str) -> None:
        self._redis_away.leave(sale_id)
        self._postgres_away.leave(sale_id)

    async def _keep(self, kept: Kept) -> float:
        """One step of one sale; answers the seconds until the next."""
        calls = self._onsale.calls(kept.record.id)
        item = (limits.CARTS_EXPIRED_PER_CALL_MAX, limits.ENDED_CART_KEPT_MS, limits.SHOPPER_GONE_AFTER_MS)
        expired = await calls.ask("carts_expire", item)
        if isinstance(expired, Refused):
            return self._refused(kept, expired)
        if expired[0] == "lost":
            return await self._rebuild_lost(kept, lost_epoch=None)
        admitted = await calls.ask("room_admit", self._admission(kept, expired[3]))
        if isinstance(admitted, Refused):
            return self._refused(kept, admitted)
        if admitted[0] == "lost":
            return await self._rebuild_lost(kept, lost_epoch=admitted[1] or None)
        if await self._went_back(kept, admitted):
            return await self._rebuild_lost(kept, lost_epoch=admitted[3][0])
        kept.learn(admitted, self._monotonic())
        if kept.shopping:  # other jobs look after carts too, however still their buyers are
            self._onsale.moves.note(kept.record.id)
        await self._checkpoint(kept)
        await self._tell_change(kept)
        state = await self._opening.converge(kept.record, kept.state)
        if state is None:
            kept.record = await self._records.one(kept.record.id) or kept.record
        elif isinstance(state, SaleState):
            if state is not kept.state:
                kept.moved(self._monotonic())
            kept.state = state
            self._redis_away.leave(kept.record.id)
        return kept.pause_s(expired, self._now(), self._monotonic())

    def _refused(self, kept: Kept, refused: Refused) -> float:
        """Redis did not answer or refused. Answers the pause before the next look."""
        if refused.code is Code.UNAVAILABLE:
            self._redis_away.meet(kept.record.id, refused.code.word)
        return CALM_EVERY_S

    def _admission(self, kept: Kept, now_ms: int) -> tuple[int, str, int]:
        """How many to call in this step, and what the room is told."""
        room = kept.record.room
        kept.rate_told = rate_told(kept.rate, kept.rate_told)
        shown = (f"{kept.rate_told:.2f}", kept.hopeless_from)
        if room is None or kept.looked_at_ms == 0 or kept.state is not SaleState.OPEN:
            return 0, *shown
        facts = RoomFacts(kept.shopping, kept.called, kept.free, now_ms)
        call_max, kept.owed = calls_allowed(room, facts, now_ms - kept.looked_at_ms, kept.owed, self._pace())
        return call_max, *shown

    async def _went_back(self, kept: Kept, verdict: Verdict) -> bool:
        """Whether Redis has gone back to an older state, judged by its sequence or epoch."""
        epoch, seq = verdict[3][:2]
        before = kept.reached
        if epoch == before.epoch:
            return bool(seq < before.seq)
        if not before.epoch:
            return False
        record = await self._records.one(kept.record.id)
        return record is not None and record.epoch != epoch

    async def _tell_change(self, kept: Kept) -> None:
        """Tell open pages that the event has changed, where whoever changed it could not."""
        record = kept.record
        if record.revision > kept.revision_told:
            told = await self._onsale.calls(record.id).ask("sale_set", ("", (), record.steered, record.revision))
            if not isinstance(told, Refused) and told[0] != "lost":
                kept.revision_told = record.revision

    async def _checkpoint(self, kept: Kept) -> None:
        reached, written = kept.reached, kept.written
        if reached.seq == written.seq and reached.epoch == written.epoch:
            return
        # A clock that went back says nothing about the pace.
        if 0 <= reached.at_ms - written.at_ms < CHECKPOINT_EVERY_MS and reached.epoch == written.epoch:
            return
        await self._records.write_checkpoint(kept.record.id, reached)
        kept.written = reached

    async def _rebuild_lost(self, kept: Kept, lost_epoch: str | None) -> float:
        """Rebuild the sale, with the age of the checkpoint at the loss as this keeper saw it. Answers the pause."""
        record = await self._records.one(kept.record.id)
        if record is None or record.away:
            raise UnknownSale(kept.record.id)  # put away, or removed, since its row was read
        age_s = (kept.looked_at_ms - kept.written.at_ms) / 1000 if kept.looked_at_ms else None
        if age_s is None and lost_epoch is not None:
            age_s = 0.0  # Redis lacks moments only: it knows itself which numbers it had handed out before
        await self._rebuild.rebuild(kept.record.id, lost_epoch=lost_epoch, age_s=age_s)
        kept.looked_at_ms, kept.called = 0, 0
        return 0.0
