"""Imports an organizer's people from CSV, JSON lines or a request: in constant memory, each wrong line named.

Guarantees: a line is taken whole or rejected with its reasons, alone. A person is matched by the
organizer's own `reference` alone, so an import never reveals whether an address was known; two organizers' imports make
two persons. What people said themselves stands. Each batch is one transaction, and may be repeated.
"""

from __future__ import annotations

import csv
import io
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TextIO
from zoneinfo import available_timezones

import asyncpg
import orjson
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from engine import limits
from engine.access import lock_organizer
from engine.accounts import still_stands
from engine.audit import Act, write
from engine.messages import CHANNELS, EmailAddress, PhoneNumber, locale_of
from engine.stores.batcher import store_is_away
from engine.text import Written

COLUMNS = (
    *("buyer_id", "reference", "name", "email", "phone", "locale", "zone", "latitude", "longitude", "accuracy_m"),
    *("located_at", "consent", "channels", "first_seen_at", "orders_count", "last_order_at"),
)
STAGE = """
CREATE TEMP TABLE incoming (buyer_id text, reference text, name text, email text, phone text, locale text, zone text,
    latitude double precision, longitude double precision, accuracy_m integer, located_at timestamptz,
    consent boolean, channels text[], first_seen_at timestamptz, orders_count integer, last_order_at timestamptz,
    line bigint GENERATED ALWAYS AS IDENTITY) ON COMMIT DROP
"""
NEW_ZONES = """
INSERT INTO zone (name)
SELECT DISTINCT i.zone FROM incoming i WHERE NOT EXISTS (SELECT FROM zone z WHERE z.name = i.zone)
ON CONFLICT DO NOTHING
"""
# Of two lines with one reference the later counts. Only new persons use up a number.
CHANGE = """
WITH last AS (
    SELECT DISTINCT ON (reference) * FROM incoming ORDER BY reference, line DESC
), found AS (
    UPDATE relation r
    SET consent = CASE WHEN r.consent_source = 'person' AND NOT r.consent THEN false ELSE i.consent END,
        consent_source = CASE WHEN r.consent_source = 'person' AND NOT r.consent THEN 'person' ELSE 'import' END,
        consent_at = CASE WHEN r.consent IS NOT DISTINCT FROM i.consent THEN r.consent_at ELSE now() END,
        orders_count = i.orders_count, last_order_at = i.last_order_at
    FROM last i WHERE r.organizer_id = $1 AND r.reference = i.reference
    RETURNING r.number, r.reference
)
UPDATE profile p
SET name = i.name, email = i.email, phone = i.phone, locale = i.locale, zone = z.number, latitude = i.latitude,
    longitude = i.longitude, accuracy_m = i.accuracy_m, located_at = i.located_at, consent = p.consent AND i.consent,
    email_vouched_by = CASE WHEN i.email IS NOT NULL THEN 'import' END,
    phone_vouched_by = CASE WHEN i.phone IS NOT NULL THEN 'import' END,
    channels = i.channels, first_seen_at = i.first_seen_at, orders_count = i.orders_count,
    last_order_at = i.last_order_at, changed_xid = pg_current_xact_id()
FROM found f JOIN last i ON i.reference = f.reference JOIN zone z ON z.name = i.zone
WHERE p.number = f.number
"""
ADD = """
WITH last AS (
    SELECT DISTINCT ON (reference) * FROM incoming ORDER BY reference, line DESC
), fresh AS (
    SELECT * FROM last i
    WHERE NOT EXISTS (SELECT FROM relation r WHERE r.organizer_id = $1 AND r.reference = i.reference)
), made AS (
    INSERT INTO profile (buyer_id, name, email, phone, locale, zone, latitude, longitude, accuracy_m, located_at,
                         channels, first_seen_at, orders_count, last_order_at, email_vouched_by, phone_vouched_by,
                         orders_known)
    SELECT i.buyer_id, i.name, i.email, i.phone, i.locale, z.number, i.latitude, i.longitude, i.accuracy_m,
           i.located_at, i.channels, i.first_seen_at, i.orders_count, i.last_order_at,
           CASE WHEN i.email IS NOT NULL THEN 'import' END, CASE WHEN i.phone IS NOT NULL THEN 'import' END, true
    FROM fresh i JOIN zone z ON z.name = i.zone ORDER BY i.line
    RETURNING number, buyer_id
)
INSERT INTO relation (organizer_id, number, reference, basis, consent, consent_source, consent_at, since, orders_count,
                      last_order_at)
SELECT $1, m.number, i.reference, 'interest', i.consent, 'import', now(), i.first_seen_at, i.orders_count,
       i.last_order_at
FROM made m JOIN fresh i ON i.buyer_id = m.buyer_id
"""
BUYER_BYTES = 12
ZONES = frozenset(available_timezones())


def _nothing(value: object) -> object:
    """An empty field says nothing."""
    return None if value == "" else value


def _channels(value: object) -> object:
    return [part.strip() for part in value.split(",")] if isinstance(value, str) and value else value


Name = Annotated[str, Written(limits.NAME_CHARS_MAX, chars_min=0)]
Reference = Annotated[str, Written(limits.NAME_CHARS_MAX)]
Locale = Annotated[str, Written(limits.LOCALE_CHARS_MAX)]
Zone = Annotated[str, Written(limits.ZONE_CHARS_MAX)]
Maybe = BeforeValidator(_nothing)
Moment = Annotated[AwareDatetime | None, Maybe]
Channel = Annotated[str, StringConstraints(pattern="^(" + "|".join(CHANNELS) + ")$")]


class Line(BaseModel):
    """One line."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    reference: Reference
    name: Name = ""
    email: Annotated[EmailAddress | None, Maybe] = None
    phone: Annotated[PhoneNumber | None, Maybe] = None
    locale: Locale = "en"
    zone: Zone
    latitude: Annotated[Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None, Maybe] = None
    longitude: Annotated[Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None, Maybe] = None
    accuracy_m: Annotated[int, Field(ge=0, le=1_000_000), BeforeValidator(lambda value: value or 0)] = 0
    located_at: Moment = None
    consent: Annotated[bool, BeforeValidator(lambda value: value or False)] = False
    channels: Annotated[list[Channel] | None, BeforeValidator(_channels), Maybe] = None
    first_seen_at: Moment = None
    orders_count: Annotated[int, Field(ge=0, le=1_000_000), BeforeValidator(lambda value: value or 0)] = 0
    last_order_at: Moment = None


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


Row = tuple[Any, ...]
Numbered = tuple[int, Row]  # with its line
OnRejected = Callable[[Rejected], None]
# Anything Postgres refuses about a line; a store that is away is another matter.
NOT_STORED = (asyncpg.PostgresError, asyncpg.InterfaceError, ValueError, OverflowError)


class BadFile(ValueError):
    """The file as a whole cannot be read."""


async def import_people(
    db: asyncpg.Pool,
    path: Path,
    *,
    by: Act,
    on_rejected: OnRejected,
    on_progress: Callable[[Report], None],
) -> Report:
    """Take a .csv (with a header) or .jsonl file of an organizer's people; answers what became of it."""
    report = Report()

    def lines() -> Iterator[tuple[int, object]]:
        for number, bytes_read, fields in _lines(path):
            report.bytes_read = bytes_read
            yield number, fields

    await _Import(db, by, report, on_rejected, on_progress).take(lines())
    return report


async def take_people(db: asyncpg.Pool, people: Sequence[object], by: Act) -> tuple[Report, list[Rejected]]:
    """The same from values of a request, numbered from 1."""
    report = Report()
    rejected: list[Rejected] = []
    await _Import(db, by, report, rejected.append, lambda _: None).take(enumerate(people, start=1))
    return report, sorted(rejected, key=lambda each: each.line)


@dataclass(frozen=True, slots=True)
class _Import:
    db: asyncpg.Pool
    by: Act
    report: Report
    on_rejected: OnRejected
    on_progress: Callable[[Report], None]

    async def take(self, lines: Iterable[tuple[int, object]]) -> None:
        now = datetime.now(UTC)
        batch: list[Numbered] = []
        for number, fields in lines:
            self.report.lines += 1
            row = _row(fields, now)
            if isinstance(row, tuple):
                batch.append((number, row))
            else:
                self._reject(number, row)
            if len(batch) >= limits.PERSONS_PER_WRITE:
                await self._write(batch)
                self.on_progress(self.report)
                batch = []
        await self._write(batch)
        self.on_progress(self.report)

    def _reject(self, line: int, reasons: Sequence[str]) -> None:
        self.report.rejected += 1
        self.on_rejected(Rejected(line, tuple(reasons)))

    async def _write(self, batch: Sequence[Numbered]) -> None:
        """All in one transaction; where one line can't be stored, the others are, without it."""
        if not batch:
            return
        try:
            changed, added = await _store(self.db, self.by, [row for _, row in batch])
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


def _lines(path: Path) -> Iterator[tuple[int, int, object]]:
    """Each line with its number and how far into the file it is."""
    with path.open("rb") as raw, io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as file:
        for number, fields in _csv_lines(file) if path.suffix.lower() == ".csv" else _json_lines(file):
            yield number, raw.tell(), fields


def _csv_lines(file: TextIO) -> Iterator[tuple[int, object]]:
    reader = csv.DictReader(file, restkey="")
    unknown = set(reader.fieldnames or ()) - set(Line.model_fields)
    if unknown or not reader.fieldnames:
        raise BadFile(f"the header may name {', '.join(Line.model_fields)}; not {', '.join(sorted(unknown))}")
    for fields in reader:
        yield reader.line_num, {name: value for name, value in fields.items() if value is not None}


def _json_lines(file: TextIO) -> Iterator[tuple[int, object]]:
    for number, line in enumerate(iter(file.readline, ""), start=1):
        if line.strip():
            yield number, line


def _row(fields: object, now: datetime) -> Row | list[str]:
    """The row, or what is wrong with the line; what was written is never repeated, it may be personal."""
    if isinstance(fields, str):
        try:
            fields = orjson.loads(fields)
        except orjson.JSONDecodeError:
            return ["is not JSON"]
    try:
        person = Line.model_validate(fields)
    except ValidationError as error:
        return [
            f"{'.'.join(map(str, each['loc'])) or 'line'}: {each['msg']}"
            for each in error.errors(include_url=False, include_input=False, include_context=False)
        ]
    if person.zone not in ZONES:
        return ["zone: is not a known time zone"]
    if (person.latitude is None) != (person.longitude is None):
        return ["latitude: comes with longitude, or neither is there"]
    located_at = None if person.latitude is None else person.located_at or now
    return (
        *(secrets.token_urlsafe(BUYER_BYTES), person.reference, person.name, person.email, person.phone),
        *(locale_of(person.locale), person.zone, person.latitude, person.longitude, person.accuracy_m, located_at),
        *(person.consent, person.channels or list(CHANNELS), person.first_seen_at or now, person.orders_count),
        person.last_order_at,
    )


async def _store(db: asyncpg.Pool, by: Act, rows: Sequence[Row]) -> tuple[int, int]:
    async with db.acquire() as connection, connection.transaction():
        await still_stands(connection, by)
        # One import of an organizer at a time, so that two of them make no person twice.
        await lock_organizer(connection, by.organizer_id)
        await connection.execute(STAGE)
        await connection.copy_records_to_table("incoming", records=rows, columns=list(COLUMNS))
        await connection.execute(NEW_ZONES)
        changed = _count(await connection.execute(CHANGE, by.organizer_id))
        added = _count(await connection.execute(ADD, by.organizer_id))
        await write(connection, by, "people.import", "people", after={"added": added, "changed": changed})
    return changed, added


def _count(status: str) -> int:
    """asyncpg answers as in "INSERT 0 12"."""
    return int(status.rsplit(" ", 1)[1])
