"""Imports people from CSV or JSON lines: millions of lines in constant memory, each wrong line named.

Guarantees: a line is taken whole or rejected with its reasons; a person is found again by `reference`, so importing
a file twice changes nothing; each batch is one transaction, so that an import that was cut short can be repeated.
Whoever imports people answers for their consent and their addresses: what they say of both counts as it stands.
"""

from __future__ import annotations

import csv
import io
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TextIO
from zoneinfo import available_timezones

import asyncpg
import orjson
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from engine import limits
from engine.audit import BY_ITSELF, Actor, write
from engine.messages import CHANNELS, EmailAddress, PhoneNumber, locale_of
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
# Of two lines with one reference the later counts. A number is only used up by a person who is new.
CHANGE = """
UPDATE profile p
SET name = i.name, email = i.email, phone = i.phone, locale = i.locale, zone = z.number, latitude = i.latitude,
    longitude = i.longitude, accuracy_m = i.accuracy_m, located_at = i.located_at, consent = i.consent,
    email_vouched_by = CASE WHEN i.email IS NOT NULL THEN 'import' END,
    phone_vouched_by = CASE WHEN i.phone IS NOT NULL THEN 'import' END,
    channels = i.channels, first_seen_at = i.first_seen_at, orders_count = i.orders_count,
    last_order_at = i.last_order_at, changed_xid = pg_current_xact_id()
FROM (SELECT DISTINCT ON (reference) * FROM incoming ORDER BY reference, line DESC) i JOIN zone z ON z.name = i.zone
WHERE p.reference = i.reference
"""
ADD = """
INSERT INTO profile (buyer_id, reference, name, email, phone, locale, zone, latitude, longitude, accuracy_m, located_at,
                     consent, channels, first_seen_at, orders_count, last_order_at, email_vouched_by,
                     phone_vouched_by, orders_known)
SELECT i.buyer_id, i.reference, i.name, i.email, i.phone, i.locale, z.number, i.latitude, i.longitude, i.accuracy_m,
       i.located_at, i.consent, i.channels, i.first_seen_at, i.orders_count, i.last_order_at,
       CASE WHEN i.email IS NOT NULL THEN 'import' END, CASE WHEN i.phone IS NOT NULL THEN 'import' END, true
FROM (SELECT DISTINCT ON (reference) * FROM incoming ORDER BY reference, line DESC) i JOIN zone z ON z.name = i.zone
WHERE NOT EXISTS (SELECT FROM profile p WHERE p.reference = i.reference)
ORDER BY i.line
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


@dataclass(slots=True)
class _Batch:
    rows: list[tuple[Any, ...]] = field(default_factory=list)


class BadFile(ValueError):
    """The file as a whole cannot be read."""


async def import_people(
    db: asyncpg.Pool,
    path: Path,
    *,
    on_rejected: Callable[[Rejected], None],
    on_progress: Callable[[Report], None],
    by: Actor = BY_ITSELF,
) -> Report:
    """Take a .csv (with a header) or .jsonl file; answers what became of it."""
    report = Report()
    now = datetime.now(UTC)
    batch = _Batch()
    for number, bytes_read, fields in _lines(path):
        report.lines += 1
        report.bytes_read = bytes_read
        taken = _person(fields, now)
        if isinstance(taken, tuple):
            batch.rows.append(taken)
        else:
            report.rejected += 1
            on_rejected(Rejected(number, tuple(taken)))
        if len(batch.rows) >= limits.PERSONS_PER_COPY:
            await _write(db, by, batch, report)
            on_progress(report)
    await _write(db, by, batch, report)
    on_progress(report)
    return report


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


def _person(fields: object, now: datetime) -> tuple[Any, ...] | list[str]:
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


async def _write(db: asyncpg.Pool, by: Actor, batch: _Batch, report: Report) -> None:
    if not batch.rows:
        return
    async with db.acquire() as connection, connection.transaction():
        await connection.execute(STAGE)
        await connection.copy_records_to_table("incoming", records=batch.rows, columns=list(COLUMNS))
        await connection.execute(NEW_ZONES)
        changed = _count(await connection.execute(CHANGE))
        added = _count(await connection.execute(ADD))
        await write(connection, by, "people.import", "people", after={"added": added, "changed": changed})
    report.changed += changed
    report.added += added
    batch.rows.clear()


def _count(status: str) -> int:
    """asyncpg answers as in "INSERT 0 12"."""
    return int(status.rsplit(" ", 1)[1])
