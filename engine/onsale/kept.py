"""What the keeper remembers of a sale between two looks, and when it has to look again. Pure: time comes in.

Guarantees: a sale where somebody shops, or waits for a turn, is looked at all the time; one that is quiet only
when its clock, a deadline or a sign of movement asks for it.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, field, replace
from datetime import datetime

from engine.catalog import seconds_to_change
from engine.catalog.model import SaleState
from engine.onsale.admission import rate_after
from engine.onsale.calls import Verdict
from engine.onsale.outlook import hopeless_from
from engine.onsale.records import Checkpoint, SaleRecord
from engine.onsale.sweep import Position

BUSY_EVERY_S = 0.2
CALM_EVERY_S = 1.0
QUIET_AFTER_S = 10.0  # longer than two notes of the same move lie apart
JOINS_OVER_MS_MIN, JOINS_OVER_MS_MAX = 200, 1_000  # who joins a quiet sale may have come a moment ago


@dataclass
class Kept:
    record: SaleRecord
    state: SaleState = SaleState.SCHEDULED
    looked_at_ms: int = 0  # by the clock of Redis; 0 before the first
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
    moving_until: float = -math.inf  # monotonic seconds
    quiet: bool = False
    revision_told: int = 0  # of its event, to open pages
    busy: asyncio.Task[None] | None = None  # moving it on, while that goes on
    again: bool = False  # something moved meanwhile

    @property
    def is_busy(self) -> bool:
        return self.busy is not None and not self.busy.done()

    def take_in(self, record: SaleRecord) -> bool:
        """Its row was read again; answers whether anything changed besides the keeper's own writes."""
        before, self.record = self.record, record
        return replace(before, checkpoint=record.checkpoint) != record

    def moved(self, instant: float) -> None:
        """Something moved in the sale."""
        self.moving_until, self.quiet = instant + QUIET_AFTER_S, False

    def stands_at(self, position: Position | None) -> bool:
        """Whether nothing was published since the last look."""
        return position is not None and (position.epoch, position.seq) == (self.reached.epoch, self.reached.seq)

    def learn(self, verdict: Verdict, instant: float) -> None:
        """Take in what a look said."""
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
        before = self.reached
        joins_over_ms = min(JOINS_OVER_MS_MAX, max(JOINS_OVER_MS_MIN, now_ms - before.at_ms))
        same = epoch == before.epoch
        joins_per_s = (tail - before.tail) * 1000 / joins_over_ms if same else 0.0
        if not same or seq != before.seq:
            self.moved(instant)
        self.rate = rate_after(self.rate, admitted, now_ms - self.looked_at_ms if self.looked_at_ms else 0)
        self.looked_at_ms, self.state = now_ms, SaleState(state)
        self.called, self.shopping, self.free, self.left = called, shopping, free, left
        self.hopeless_from = hopeless_from(left=left, sold=sold, orders=orders, serving=serving)
        self.reached = Checkpoint(
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

    def pause_s(self, expired: Verdict, now: datetime, instant: float) -> float:
        """Until something may have to be done: exact for deadlines and changes of state, endless when there is none."""
        _, _, next_due_ms, now_ms, next_forgotten_ms = expired
        self.quiet = not (self.shopping or self.called or instant < self.moving_until)
        pause_s = math.inf if self.quiet else CALM_EVERY_S
        waiting = self.reached.tail > self.reached.serving
        if self.state is SaleState.OPEN and (waiting or self.called > 0):
            self.quiet, pause_s = False, BUSY_EVERY_S
        for at_ms in (next_due_ms, next_forgotten_ms):
            if at_ms:
                pause_s = min(pause_s, max(0.0, (at_ms - now_ms) / 1000))
        change_s = seconds_to_change(self.record.steering, now)
        return pause_s if change_s is None else min(pause_s, change_s)
