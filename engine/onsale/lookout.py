"""The lookout: which sales the keeper has to look at, and when.

Follows rows as they are committed, notes of moves, the runs of the servers, and the clock. Notes and runs are hints:
the sweep goes round all quiet sales within SWEEP_S, and finds what they missed. Fails softly: a store that is away
leaves sales as they were.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime

from engine import limits
from engine.catalog import seconds_to_change
from engine.onsale.agenda import Agenda
from engine.onsale.kept import CALM_EVERY_S, Kept
from engine.onsale.moves import Moves
from engine.onsale.records import LIVE_AFTER_CLOSE, Records, SaleRecord
from engine.onsale.rounds import Round, take
from engine.onsale.sweep import Sweep
from engine.stores.commits import Commits

RECORDS_EVERY_S = 1.0
NOTES_EVERY_S = 0.1
SERVERS_EVERY_S = 1.0
SWEEP_EVERY_S = 1.0
SWEEP_S = 50.0


class Lookout:
    def __init__(
        self,
        records: Records,
        moves: Moves,
        sweep: Sweep,
        *,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        forget: Callable[[str], None],
        sweep_s: float = SWEEP_S,
    ) -> None:
        """`forget` hears which sales need no look any more."""
        self.kept: dict[str, Kept] = {}
        self._agenda = Agenda()
        self._records = records
        self._moves = moves
        self._sweep = sweep
        self._now = now
        self._monotonic = monotonic
        self._forget = forget
        self._sweep_s = sweep_s
        self._commits: Commits | None = None  # as of the last look at the rows
        self._all_at = 0.0
        self._servers: frozenset[str] = frozenset()
        self._to_sweep: deque[str] = deque()
        self._swept_at: float | None = None
        self._rows = Round("reading the rows of sales", RECORDS_EVERY_S, self._read_rows)
        self._hints = (
            Round("reading which sales moved", NOTES_EVERY_S, self._read_notes),
            Round("looking which servers answer", SERVERS_EVERY_S, self._look_at_servers),
            Round("sweeping quiet sales", SWEEP_EVERY_S, self._sweep_some),
        )

    async def look(self, patience_s: float | None) -> None:
        """Take in what happened since the last look."""
        instant = self._monotonic()
        await take((self._rows, *self._hints), instant, patience_s)

    def due(self) -> list[Kept]:
        """Sales to look at now; one that is still being looked at comes again."""
        instant = self._monotonic()
        found = []
        for sale_id in self._agenda.due(instant):
            kept = self.kept[sale_id]
            if kept.is_busy:
                kept.again = True
                self._agenda.set(sale_id, instant + CALM_EVERY_S)
            else:
                kept.again = False
                found.append(kept)
        return found

    def next_s(self) -> float | None:
        """Seconds until a sale is due; None when none will be."""
        first = self._agenda.first()
        return None if first is None else first - self._monotonic()

    def rest(self, kept: Kept, pause_s: float) -> None:
        """A look has ended, and the next one is so far off."""
        sale_id = kept.record.id
        if self.kept.get(sale_id) is not kept:
            return
        if kept.again:
            self._agenda.set(sale_id, self._monotonic())
        elif pause_s < math.inf:
            self._agenda.set(sale_id, self._monotonic() + pause_s)
        else:
            self._agenda.drop(sale_id)

    def let_go(self, sale_id: str) -> None:
        """It is over, or was removed."""
        self.kept.pop(sale_id, None)
        self._agenda.drop(sale_id)
        self._forget(sale_id)

    async def close(self) -> None:
        for each in (self._rows, *self._hints):
            await each.close()

    def _wake(self, sale_ids: Iterable[str]) -> None:
        instant = self._monotonic()
        for sale_id in sale_ids:
            kept = self.kept.get(sale_id)
            if kept is not None:
                kept.moved(instant)
                kept.again = True
                self._agenda.advance(sale_id, instant)

    # ── rows ──

    async def _read_rows(self) -> None:
        """Rows that were written since the last look; now and then also which there are."""
        before, commits = self._commits, await self._records.commits()
        if before is None or commits.went_back(before):
            rows = await self._records.live(self._now())
        elif commits != before:
            rows = await self._records.written_since(before, self._now())
        else:
            rows = []
        for record in rows:
            self._take_in(record)
        self._commits = commits
        instant = self._monotonic()
        if instant >= self._all_at:
            self._all_at = instant + self._sweep_s
            live = await self._records.live_layouts(self._now())
            for sale_id in self.kept.keys() - live.keys():
                self.let_go(sale_id)
            for record in await self._records.some(live.keys() - self.kept.keys()):
                self._take_in(record)

    def _take_in(self, record: SaleRecord) -> None:
        if record.away or record.steering.closes_at <= self._now() - LIVE_AFTER_CLOSE:
            self.let_go(record.id)
            return
        kept = self.kept.get(record.id)
        if kept is None:
            self.kept[record.id] = Kept(record, reached=record.checkpoint, written=record.checkpoint)
            self._agenda.set(record.id, self._monotonic())
        elif kept.take_in(record):
            self._wake([record.id])

    # ── hints ──

    async def _read_notes(self) -> None:
        self._wake(await self._moves.news())

    async def _look_at_servers(self) -> None:
        """Another run of a server may lack what was written last, or all of it."""
        servers = await self._sweep.servers()
        if self._servers and servers != self._servers:
            self._wake(list(self.kept))
        self._servers = servers

    # ── the sweep ──

    async def _sweep_some(self) -> None:
        """As many as it takes to go round all in time."""
        instant = self._monotonic()
        if self._swept_at is None:
            self._swept_at = instant
        share = math.floor(len(self.kept) * (instant - self._swept_at) / self._sweep_s)
        if not share:
            return
        if not self._to_sweep:
            self._to_sweep.extend(self.kept)
            await self._moves.begin_again()
        count = min(share, limits.SALES_SWEPT_AT_ONCE_MAX, len(self._to_sweep))
        some = [self._to_sweep[at] for at in range(count)]
        quiet = [kept for sale_id in some if (kept := self.kept.get(sale_id)) is not None and kept.quiet]
        positions = await self._sweep.positions([kept.record.keys for kept in quiet])
        self._swept_at = instant
        for _ in range(count):
            self._to_sweep.popleft()
        for kept, position in zip(quiet, positions, strict=True):
            if not kept.stands_at(position):
                self._wake([kept.record.id])
            elif (change_s := seconds_to_change(kept.record.steering, self._now())) is not None:
                # The clock of this machine may have been set since that was worked out.
                self._agenda.advance(kept.record.id, self._monotonic() + change_s)
