"""Imports an organizer's people from CSV, JSON lines or a request: in constant memory, each wrong line named.

Guarantees: a line is taken whole or rejected with its reasons, alone. A person is matched by the
organizer's own `reference` alone, so an import never reveals whether an address was known; two organizers' imports make
two persons. What people said themselves stands. Each batch is one transaction, and may be repeated.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from engine import limits
from engine.access import lock_organizer
from engine.accounts import still_stands
from engine.audit import Act, write
from engine.people import sql
from engine.people.lines import Row, lines_of, row_of
from engine.stores.batcher import store_is_away
from engine.vault import Filed, Vault, locked

STAGE = """
CREATE TEMP TABLE incoming (reference text, name text, email text, phone text, person_id text, email_mark bytea,
    phone_mark bytea, buyer_id text, locale text, zone text, latitude double precision, longitude double precision,
    accuracy_m integer, located_at timestamptz, consent boolean, channels text[], first_seen_at timestamptz,
    orders_count integer, last_order_at timestamptz) ON COMMIT DROP
"""
NEW_ZONES = """
INSERT INTO zone (name)
SELECT DISTINCT i.zone FROM incoming i WHERE NOT EXISTS (SELECT FROM zone z WHERE z.name = i.zone)
ON CONFLICT DO NOTHING
"""
# Before the vault is in use names and addresses stay with the profile.
CHANGE = """
WITH found AS (
    UPDATE relation r
    SET consent = CASE WHEN r.consent_source = 'person' AND NOT r.consent THEN false ELSE i.consent END,
        consent_source = CASE WHEN r.consent_source = 'person' AND NOT r.consent THEN 'person' ELSE 'import' END,
        consent_at = CASE WHEN r.consent IS NOT DISTINCT FROM i.consent THEN r.consent_at ELSE now() END,
        orders_count = i.orders_count, last_order_at = i.last_order_at
    FROM incoming i WHERE r.organizer_id = $1 AND r.reference = i.reference
    RETURNING r.number, r.reference
)
UPDATE profile p
SET name = i.name, email = i.email, phone = i.phone, person_id = i.person_id, email_mark = i.email_mark,
    phone_mark = i.phone_mark, locale = i.locale, zone = z.number, latitude = i.latitude,
    longitude = i.longitude, accuracy_m = i.accuracy_m, located_at = i.located_at, consent = p.consent AND i.consent,
    email_vouched_by = CASE WHEN num_nonnulls(i.email, i.email_mark) > 0 THEN 'import' END,
    phone_vouched_by = CASE WHEN num_nonnulls(i.phone, i.phone_mark) > 0 THEN 'import' END,
    channels = i.channels, first_seen_at = i.first_seen_at, orders_count = i.orders_count,
    last_order_at = i.last_order_at, changed_xid = pg_current_xact_id()
FROM found f JOIN incoming i ON i.reference = f.reference JOIN zone z ON z.name = i.zone
WHERE p.number = f.number
"""
# Only new persons use up a number.
ADD = """
WITH fresh AS (
    SELECT * FROM incoming i
    WHERE NOT EXISTS (SELECT FROM relation r WHERE r.organizer_id = $1 AND r.reference = i.reference)
), made AS (
    INSERT INTO profile (buyer_id, name, email, phone, locale, zone, latitude, longitude, accuracy_m, located_at,
                         channels, first_seen_at, orders_count, last_order_at, email_vouched_by, phone_vouched_by,
                         orders_known, person_id, email_mark, phone_mark)
    SELECT i.buyer_id, i.name, i.email, i.phone, i.locale, z.number, i.latitude, i.longitude, i.accuracy_m,
           i.located_at, i.channels, i.first_seen_at, i.orders_count, i.last_order_at,
           CASE WHEN num_nonnulls(i.email, i.email_mark) > 0 THEN 'import' END,
           CASE WHEN num_nonnulls(i.phone, i.phone_mark) > 0 THEN 'import' END, true,
           i.person_id, i.email_mark, i.phone_mark
    FROM fresh i JOIN zone z ON z.name = i.zone
    RETURNING number, buyer_id
)
INSERT INTO relation (organizer_id, number, reference, basis, consent, consent_source, consent_at, since, orders_count,
                      last_order_at)
SELECT $1, m.number, i.reference, 'interest', i.consent, 'import', now(), i.first_seen_at, i.orders_count,
       i.last_order_at
FROM made m JOIN fresh i ON i.buyer_id = m.buyer_id
"""
COLUMNS = (
    *("reference", "name", "email", "phone", "person_id", "email_mark", "phone_mark", "buyer_id", "locale", "zone"),
    *("latitude", "longitude", "accuracy_m", "located_at", "consent", "channels", "first_seen_at", "orders_count"),
    "last_order_at",
)


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


LINES_PER_TURN = 64


@dataclass(frozen=True, slots=True)
class Ready:
    """A line that is ready to be stored; sealed once the vault is in use."""

    row: Row
    filed: Filed | None


Numbered = tuple[int, Ready]  # with its line
OnRejected = Callable[[Rejected], None]
# Anything Postgres refuses about a line; a store that is away is another matter.
NOT_STORED = (asyncpg.PostgresError, asyncpg.InterfaceError, ValueError, OverflowError)


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


@dataclass(frozen=True, slots=True)
class _Import:
    db: asyncpg.Pool
    vault: Vault
    by: Act
    report: Report
    on_rejected: OnRejected
    on_progress: Callable[[Report], None]

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
                if len(batch) >= limits.PERSONS_PER_WRITE:
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
        """All in one transaction; where one line can't be stored, the others are, without it."""
        if not batch:
            return
        try:
            changed, added = await _store(self.db, self.vault, self.by, [ready for _, ready in batch])
        except NOT_STORED as fault:
            if store_is_away(fault):
                raise
            if len(batch) == 1:
                self._reject(batch[0][0], ["can't be stored"])
                return
            middle = len(batch) // 2
            await self._write(batch[:middle])
            await self._write(batch[middle:])
            return
        self.report.changed += changed
        self.report.added += added


async def _store(db: asyncpg.Pool, vault: Vault, by: Act, lines: Sequence[Ready]) -> tuple[int, int]:
    last = {each.row.reference: each for each in lines}  # of two lines with one reference the later counts
    async with db.acquire() as connection, connection.transaction():
        await still_stands(connection, by)
        # One import of an organizer at a time, so that two of them make no person twice.
        await lock_organizer(connection, by.organizer_id)
        await connection.execute(STAGE)
        records = await _records(connection, vault, by.organizer_id, last)
        await connection.copy_records_to_table("incoming", records=records, columns=list(COLUMNS))
        await connection.execute(NEW_ZONES)
        changed = _count(await connection.execute(CHANGE, by.organizer_id))
        added = _count(await connection.execute(ADD, by.organizer_id))
        await write(connection, by, "people.import", "people", after={"added": added, "changed": changed})
    return changed, added


async def _records(
    connection: asyncpg.Connection, vault: Vault, organizer_id: str, lines: Mapping[str, Ready]
) -> list[tuple[object, ...]]:
    """The rows as they are staged; names and addresses go into the vault, once it is in use."""
    known = {row["reference"]: row for row in await connection.fetch(sql.KNOWN, organizer_id, list(lines))}
    fresh, changed, records = [], {}, []
    for line in lines.values():
        row, filed = line.row, line.filed
        if filed is None:
            name, email, phone = row.contact.name, row.contact.email, row.contact.phone
            records.append((row.reference, name, email or None, phone or None, None, None, None, *row.facts))
            continue
        person, found, before = filed.row.person, filed.found, known.get(row.reference)
        if before is not None and before["sealed"] is not None:
            person = before["person_id"]
            if vault.contact(locked(before, "person_id")) != row.contact:
                changed[person] = row.contact
        else:
            fresh.append(filed)
        records.append((row.reference, "", None, None, person, found.email, found.phone, *row.facts))
    await vault.add(connection, fresh)
    await vault.correct(connection, changed)
    return records


def _count(status: str) -> int:
    """asyncpg answers as in "INSERT 0 12"."""
    return int(status.rsplit(" ", 1)[1])
