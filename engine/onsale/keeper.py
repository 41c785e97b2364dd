"""The keeper: moves every live sale on. States by the clock, draw, admission, expiry, checkpoints, rebuilds.

Runs under a lease in one worker; whatever it does may be repeated by the next one. Guarantees: a sale that fails
does not stop the others, and many are not moved on at once; while Postgres is away carts end and rooms go on as they
were. A store that is away is logged once, however many sales wait for it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import asyncpg

from engine import limits
from engine.catalog import seconds_to_change
from engine.catalog.model import SalePlan, SaleState
from engine.ending import end
from engine.onsale.admission import RoomFacts, calls_allowed, rate_after, rate_told
from engine.onsale.calls import Verdict
from engine.onsale.onsale import Onsale
from engine.onsale.opening import Opening
from engine.onsale.outage import Outage
from engine.onsale.outlook import hopeless_from
from engine.onsale.rebuild import PlanOf, Rebuild, SoldFactsOf
from engine.onsale.records import Checkpoint, Records, SaleRecord, UnknownSale
from engine.refusals import Code, Refused
from engine.stores.batcher import store_is_away
from engine.stores.database import UNREACHABLE
from engine.stores.lease import LeaseLost

log = logging.getLogger(__name__)

STEER_EVERY_S = 1.0
CHECKPOINT_EVERY_MS = 1_000
BUSY_EVERY_S = 0.2
CALM_EVERY_S = 1.0
AFAR_EVERY_S = 5.0
NEAR = (SaleState.LOBBY, SaleState.OPEN, SaleState.PAUSED)


def wall_clock() -> datetime:
    return datetime.now(UTC)


@dataclass
class Kept:
    """What the keeper remembers of one sale between two steps."""

    record: SaleRecord
    state: SaleState = SaleState.SCHEDULED
    next_at: float = 0.0  # monotonic seconds
    now_ms: int = 0  # the clock of Redis at the last step; 0 before the first
    owed: float = 0.0
    rate: float = 0.0
    rate_told: float = 0.0
    called: int = 0
    shopping: int = 0
    left: int = 0
    free: int = 0
    hopeless_from: int = 0
    reached: Checkpoint = field(default_factory=Checkpoint)
    written: Checkpoint = field(default_factory=Checkpoint)
    busy: asyncio.Task[None] | None = None  # moving it on, while that goes on

    @property
    def is_busy(self) -> bool:
        return self.busy is not None and not self.busy.done()


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
    ) -> None:
        self._onsale = onsale
        self._records = Records(db)
        self._rebuild = Rebuild(onsale, self._records, plan_of, sold_facts, now)
        self._opening = Opening(onsale, self._records, now)
        self._now = now
        self._monotonic = monotonic
        self._pace = pace  # below 1 while payments are in trouble
        self._kept: dict[str, Kept] = {}
        self._steer_at = 0.0
        self._busy: set[asyncio.Task[None]] = set()
        self._turns = asyncio.Semaphore(limits.SALES_KEPT_AT_ONCE_MAX)
        self._redis_away = Outage("Redis")
        self._postgres_away = Outage("Postgres")

    async def publish(self, plan: SalePlan) -> None:
        """Bring the live side of a sale to its plan: a new one is made, a lost one is rebuilt, never begun anew."""
        record = await self._records.one(plan.id)
        if record is None:
            raise UnknownSale(plan.id)
        if not record.epoch:
            await self._records.write_published(plan.id, await self._onsale.publish(plan))
        elif record.away or not await self._onsale.update(plan):
            await self._rebuild.rebuild(plan.id)

    async def converge(self, sale_id: str) -> SaleState | Refused:
        """Bring one sale to the state its times and switches ask for, at once; any process may."""
        record = await self._records.one(sale_id)
        if record is None:
            raise UnknownSale(sale_id)
        verdict = await self._onsale.calls(sale_id).ask("sale_set", ("", ()))
        if isinstance(verdict, Refused):
            return verdict
        if verdict[0] == "lost":
            return self._onsale.sale(sale_id).lost()
        return await self._opening.converge(record, SaleState(verdict[1]))

    async def rebuild(self, sale_id: str, lost_epoch: str | None = None) -> str:
        """Write the sale's state anew from Postgres; answers its epoch."""
        return await self._rebuild.rebuild(sale_id, lost_epoch=lost_epoch)

    async def step(self, patience_s: float | None = None) -> None:
        """Move on every sale whose time has come.

        One that takes longer than `patience_s`, because its part of Redis is away, goes on beside the next steps, and
        holds up no other.
        """
        instant = self._monotonic()
        if instant >= self._steer_at:
            self._steer_at = instant + STEER_EVERY_S
            try:
                await self._read_records()
            except UNREACHABLE as error:
                log.warning("Postgres does not answer; sales are kept as they were: %s", error)
        due = [kept for kept in self._kept.values() if kept.next_at <= instant and not kept.is_busy]
        for kept in due:
            kept.busy = self._began(self._keep_in_turn(kept, patience_s))
        if due:
            try:
                await asyncio.wait([kept.busy for kept in due if kept.busy], timeout=patience_s)
            except asyncio.CancelledError:
                await self.close()
                raise

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
        await end(self._busy)

    async def _read_records(self) -> None:
        records = {record.id: record for record in await self._records.live(self._now())}
        for sale_id in self._kept.keys() - records.keys():
            self._let_go(sale_id)
        for sale_id, record in records.items():
            kept = self._kept.get(sale_id)
            if kept is None:
                self._kept[sale_id] = Kept(record, reached=record.checkpoint, written=record.checkpoint)
            else:
                kept.record = record
                if kept.state in NEAR or self._is_near(record):
                    kept.next_at = min(kept.next_at, self._monotonic())

    def _is_near(self, record: SaleRecord) -> bool:
        begins_at = record.steering.opened_at or record.steering.lobby_at or record.steering.opens_at
        return begins_at <= self._now() < record.steering.closes_at

    async def _keep_safely(self, kept: Kept) -> None:
        sale_id = kept.record.id
        try:
            pause_s = await self._keep(kept)
            self._postgres_away.leave(sale_id)
        except UnknownSale:
            # A rehearsal that has just been removed.
            self._let_go(sale_id)
            return
        except UNREACHABLE as error:
            self._postgres_away.meet(sale_id, error)
            pause_s = CALM_EVERY_S
        except Exception as error:  # one sale in trouble must not stop the others
            if store_is_away(error) or isinstance(error, LeaseLost):
                self._redis_away.meet(sale_id, error)
            else:
                log.exception("keeping sale %s failed", sale_id)
            pause_s = CALM_EVERY_S
        kept.next_at = self._monotonic() + pause_s

    def _let_go(self, sale_id: str) -> None:
        self._kept.pop(sale_id, None)
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
        self._learn(kept, admitted)
        await self._checkpoint(kept)
        state = await self._opening.converge(kept.record, kept.state)
        if isinstance(state, SaleState):
            kept.state = state
            self._redis_away.leave(kept.record.id)
        return self._pause_s(kept, expired)

    def _refused(self, kept: Kept, refused: Refused) -> float:
        """Redis was asked in vain. Answers the pause."""
        if refused.code is Code.UNAVAILABLE:
            self._redis_away.meet(kept.record.id, refused.code.word)
        return CALM_EVERY_S

    def _admission(self, kept: Kept, now_ms: int) -> tuple[int, str, int]:
        """How many to call in this step, and what the room is told."""
        room = kept.record.room
        kept.rate_told = rate_told(kept.rate, kept.rate_told)
        shown = (f"{kept.rate_told:.2f}", kept.hopeless_from)
        if room is None or kept.now_ms == 0 or kept.state is not SaleState.OPEN:
            return 0, *shown
        facts = RoomFacts(kept.shopping, kept.called, kept.free, now_ms)
        call_max, kept.owed = calls_allowed(room, facts, now_ms - kept.now_ms, kept.owed, self._pace())
        return call_max, *shown

    async def _went_back(self, kept: Kept, verdict: Verdict) -> bool:
        """Whether Redis has gone back to something older, by its sequence or its epoch."""
        epoch, seq = verdict[3][:2]
        before = kept.reached
        if epoch == before.epoch:
            return bool(seq < before.seq)
        if not before.epoch:
            return False
        record = await self._records.one(kept.record.id)
        return record is not None and record.epoch != epoch

    def _learn(self, kept: Kept, verdict: Verdict) -> None:
        """Take in what a step said."""
        _, admitted, called, said = verdict
        (
            epoch,
            seq,
            state,
            tail,
            serving,
            _,
            digest,
            shopping,
            free,
            left,
            sold,
            orders,
            now_ms,
            gap_from,
            gap_to,
        ) = said
        before = kept.reached
        since_ms = now_ms - before.at_ms
        joins_per_s = (tail - before.tail) * 1000 / max(200, since_ms) if epoch == before.epoch else 0.0
        kept.rate = rate_after(kept.rate, admitted, now_ms - kept.now_ms if kept.now_ms else 0)
        kept.now_ms, kept.state = now_ms, SaleState(state)
        kept.called, kept.shopping, kept.free, kept.left = called, shopping, free, left
        kept.hopeless_from = hopeless_from(left=left, sold=sold, orders=orders, serving=serving)
        kept.reached = Checkpoint(
            epoch=epoch,
            seq=seq,
            tail=tail,
            serving=serving,
            inside=shopping + called,
            digest=digest,
            gap_from=gap_from,
            gap_to=gap_to,
            joins_per_s_max=max(before.joins_per_s_max, joins_per_s),
            at_ms=now_ms,
        )

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
        """What this keeper saw itself says how old the checkpoint was when Redis lost the sale. Answers the pause."""
        record = await self._records.one(kept.record.id)
        if record is None or record.away:
            return CALM_EVERY_S  # put away, or removed, since the records were read
        age_s = (kept.now_ms - kept.written.at_ms) / 1000 if kept.now_ms else None
        if age_s is None and lost_epoch is not None:
            age_s = 0.0  # Redis lacks moments only: it knows itself which numbers it had handed out before
        await self._rebuild.rebuild(kept.record.id, lost_epoch=lost_epoch, age_s=age_s)
        kept.now_ms, kept.called = 0, 0
        return 0.0

    def _pause_s(self, kept: Kept, expired: Verdict) -> float:
        """Until something may have to be done: a deadline or a change of state comes exactly."""
        _, _, next_due_ms, now_ms = expired
        pause_s = CALM_EVERY_S if kept.state in NEAR or kept.shopping else AFAR_EVERY_S
        waiting = kept.reached.tail > kept.reached.serving
        if kept.state is SaleState.OPEN and (waiting or kept.called > 0):
            pause_s = BUSY_EVERY_S
        if next_due_ms:
            pause_s = min(pause_s, max(0.0, (next_due_ms - now_ms) / 1000))
        change_s = seconds_to_change(kept.record.steering, self._now())
        return pause_s if change_s is None else min(pause_s, change_s)
