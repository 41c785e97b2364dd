"""Imports an organizer's people from CSV, JSON lines or a request: in constant memory, each wrong line named.

Guarantees: a line is taken whole or rejected with its reasons, alone. A person is matched by the
organizer's own `reference` alone, so an import never reveals whether an address was known; two organizers' imports make
two persons. What people said themselves stands. Each batch is one transaction, and may be repeated.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from engine import limits
from engine.audit import Act
from engine.people.lines import Row, lines_of, row_of
from engine.people.storing import Ready, store
from engine.stores.batcher import store_is_away
from engine.vault import Vault


@dataclass(frozen=True, slots=True)
class Rejected:
    line: int
    reasons: tuple[str, ...]


@dataclass(slots=True)
class Report:
    """What became of a file so far."""

    lines: int = 0
    added: int = 0
    changed: int = 0
    rejected: int = 0
    bytes_read: int = 0


LINES_PER_TURN = 16
WRITE_S = 0.3  # what writing is meant to take, well below what a transaction may
Numbered = tuple[int, Ready]  # with its line
OnRejected = Callable[[Rejected], None]
# Anything Postgres refuses about a line; a store that is away is another matter.
NOT_STORED = (asyncpg.PostgresError, asyncpg.InterfaceError, ValueError, OverflowError)
# How Postgres ends a transaction that took longer than one may.
TOOK_TOO_LONG = (
    asyncpg.TransactionTimeoutError,
    asyncpg.QueryCanceledError,
    asyncpg.IdleInTransactionSessionTimeoutError,
)


async def import_people(
    db: asyncpg.Pool,
    vault: Vault,
    path: Path,
    *,
    by: Act,
    on_rejected: OnRejected,
    on_progress: Callable[[Report], None],
) -> Report:
    """Take a .csv (with a header) or .jsonl file of an organizer's people; answers what became of it."""
    report = Report()

    def lines() -> Iterator[tuple[int, object]]:
        for number, bytes_read, fields in lines_of(path):
            report.bytes_read = bytes_read
            yield number, fields

    await _Import(db, vault, by, report, on_rejected, on_progress).take(lines())
    return report


async def take_people(
    db: asyncpg.Pool, vault: Vault, people: Sequence[object], by: Act
) -> tuple[Report, list[Rejected]]:
    """The same from values of a request, numbered from 1."""
    report = Report()
    rejected: list[Rejected] = []
    await _Import(db, vault, by, report, rejected.append, lambda _: None).take(enumerate(people, start=1))
    return report, sorted(rejected, key=lambda each: each.line)


@dataclass(slots=True)
class _Import:
    db: asyncpg.Pool
    vault: Vault
    by: Act
    report: Report
    on_rejected: OnRejected
    on_progress: Callable[[Report], None]
    per_write: int = field(default_factory=lambda: limits.PERSONS_PER_WRITE_MIN)  # as are written in time

    async def take(self, lines: Iterable[tuple[int, object]]) -> None:
        now = datetime.now(UTC)
        batch: list[Numbered] = []
        writing: asyncio.Task[None] | None = None
        try:
            for number, fields in lines:
                self.report.lines += 1
                row = row_of(fields, now)
                if isinstance(row, Row):
                    batch.append((number, self._ready(row)))
                else:
                    self._reject(number, row)
                if len(batch) >= self.per_write:
                    if writing is not None:
                        await writing
                        self.on_progress(self.report)
                    # Postgres writes one batch while the next is read, and hears from us now and then.
                    writing, batch = asyncio.create_task(self._write(batch)), []
                if self.report.lines % LINES_PER_TURN == 0:
                    await asyncio.sleep(0)
        finally:
            if writing is not None:
                await writing
        await self._write(batch)
        self.on_progress(self.report)

    def _ready(self, row: Row) -> Ready:
        """Sealed while Postgres is busy; for whoever is there already that was for nothing."""
        filed = self.vault.filed(row.contact, self.by.organizer_id, None) if self.vault.in_use else None
        return Ready(row, filed)

    def _reject(self, line: int, reasons: Sequence[str]) -> None:
        self.report.rejected += 1
        self.on_rejected(Rejected(line, tuple(reasons)))

    async def _write(self, batch: Sequence[Numbered]) -> None:
        """All in one transaction; where one line can't be stored, or all of them not in time, in two."""
        if not batch:
            return
        began = time.monotonic()
        try:
            stored = await store(self.db, self.vault, self.by, [ready for _, ready in batch])
        except NOT_STORED as fault:
            is_slow = took_too_long(fault)
            if (len(batch) == 1) if is_slow else store_is_away(fault):
                raise
            if len(batch) == 1:
                self._reject(batch[0][0], ["can't be stored"])
                return
            if is_slow:
                self._pace(len(batch), time.monotonic() - began)
            middle = len(batch) // 2
            await self._write(batch[:middle])
            await self._write(batch[middle:])
            return
        self._pace(len(batch), time.monotonic() - began)
        self.report.changed += stored.changed
        self.report.added += stored.added
        for number, ready in batch:
            if ready.row.reference in stored.baseless and ready.row.is_baseless:
                self._reject(number, ["basis: is consent, and consent is not true"])

    def _pace(self, lines: int, took_s: float) -> None:
        """Postgres may be busy: a transaction that takes too long is given up, with all that is in it."""
        wanted = int(lines * WRITE_S / max(took_s, 0.001))
        self.per_write = max(limits.PERSONS_PER_WRITE_MIN, min(wanted, 2 * lines, limits.PERSONS_PER_WRITE))


def took_too_long(fault: BaseException | None) -> bool:
    """Whether Postgres gave a transaction up; asyncpg then tells of a connection that is gone, and of that below."""
    while fault is not None:
        if isinstance(fault, TOOK_TOO_LONG):
            return True
        fault = fault.__cause__ or fault.__context__
    return False
