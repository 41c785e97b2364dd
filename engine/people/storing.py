"""Storing the people of an import: one batch, in one transaction, at the cost of the batch however many there are.

Guarantees: whoever has the organizer's reference already is changed, everybody else is added, each once; what people
said themselves stands. One import of an organizer at a time. Fails as Postgres does, with nothing of the batch stored.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from engine.access import lock_organizer
from engine.accounts import still_stands
from engine.audit import Act, write
from engine.people import sql
from engine.people.lines import Row
from engine.vault import Contact, Filed, Vault, locked

STAGE = """
CREATE TEMP TABLE incoming (number integer, name text, email text, phone text, person_id text, email_mark bytea,
    phone_mark bytea, email_vouched_by text, phone_vouched_by text, locale text, zone smallint,
    latitude double precision, longitude double precision, accuracy_m integer, located_at timestamptz, channels text[],
    first_seen_at timestamptz, orders_count integer, last_order_at timestamptz, basis text, consent boolean,
    consent_at timestamptz, consent_wording text, consent_origin text) ON COMMIT DROP
"""
# What somebody said themselves stands, but for a no in place of their yes; what proves a yes is replaced as a whole. By
# consent is whoever there is nothing else by.
CHANGE_RELATIONS = """
UPDATE relation r
SET basis = CASE i.basis WHEN 'consent' THEN NULL ELSE coalesce(i.basis, r.basis) END,
    (consent, consent_source, consent_at, consent_wording, consent_origin) = (
        SELECT CASE WHEN s.stands THEN r.consent ELSE i.consent IS true END,
               CASE WHEN s.stands THEN 'person' ELSE 'import' END,
               CASE WHEN NOT s.stands AND i.consent_at IS NOT NULL THEN i.consent_at
                    WHEN s.stands OR r.consent IS NOT DISTINCT FROM (i.consent IS true) THEN r.consent_at
                    ELSE now() END,
               CASE WHEN s.stands OR s.is_the_same THEN r.consent_wording ELSE i.consent_wording END,
               CASE WHEN s.stands OR s.is_the_same THEN r.consent_origin ELSE i.consent_origin END
        FROM (SELECT r.consent_source IS NOT DISTINCT FROM 'person' AND (NOT r.consent OR i.consent IS NOT false)
                         AS stands,
                     r.consent AND i.consent
                         AND num_nonnulls(i.consent_at, i.consent_wording, i.consent_origin) = 0 AS is_the_same
             ) AS s),
    orders_count = i.orders_count, last_order_at = i.last_order_at
FROM incoming i WHERE r.number = i.number AND r.organizer_id = $1
"""
CHANGE_PROFILES = """
UPDATE profile p
SET name = i.name, email = i.email, phone = i.phone, person_id = i.person_id, email_mark = i.email_mark,
    phone_mark = i.phone_mark, email_vouched_by = i.email_vouched_by, phone_vouched_by = i.phone_vouched_by,
    locale = i.locale, zone = i.zone, latitude = i.latitude, longitude = i.longitude, accuracy_m = i.accuracy_m,
    located_at = i.located_at, consent = p.consent AND i.consent IS true, channels = i.channels,
    first_seen_at = i.first_seen_at, orders_count = i.orders_count, last_order_at = i.last_order_at,
    changed_xid = pg_current_xact_id()
FROM incoming i WHERE p.number = i.number
"""
IMPORT = "import"  # who vouches for an address, and by whom consent was said
# By consent is whoever there is nothing else by.
BASES: Mapping[str | None, str | None] = {"contract": "contract", "consent": None}
PROFILE = (
    *("number", "buyer_id", "name", "email", "phone", "person_id", "email_mark", "phone_mark", "email_vouched_by"),
    *("phone_vouched_by", "locale", "zone", "latitude", "longitude", "accuracy_m", "located_at", "channels"),
    *("first_seen_at", "orders_count", "last_order_at", "orders_known"),
)
RELATION = (
    *("organizer_id", "number", "reference", "basis", "consent", "consent_source", "consent_at", "consent_wording"),
    *("consent_origin", "since", "orders_count", "last_order_at"),
)


@dataclass(frozen=True, slots=True)
class Ready:
    """A line that is ready to be stored; sealed once the vault is in use."""

    row: Row
    filed: Filed | None


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a batch."""

    changed: int
    added: int
    baseless: frozenset[str]  # references of people who are new, and have agreed to nothing


async def store(db: asyncpg.Pool, vault: Vault, by: Act, lines: Sequence[Ready]) -> Stored:
    last = {each.row.reference: each for each in lines}  # of two lines with one reference the later counts
    async with db.acquire() as connection, connection.transaction():
        await still_stands(connection, by)
        # One import of an organizer at a time, so that two of them make no person twice.
        await lock_organizer(connection, by.organizer_id)
        known = {row["reference"]: row for row in await connection.fetch(sql.KNOWN, by.organizer_id, list(last))}
        zones = await _zones(connection, {each.row.zone for each in last.values()})
        # A no of somebody who is known is taken whatever it says they are known by.
        baseless = frozenset(each for each, line in last.items() if line.row.is_baseless and each not in known)
        fresh = [each for reference, each in last.items() if reference not in known and reference not in baseless]
        there = [(known[reference], each) for reference, each in last.items() if reference in known]
        await _add(connection, vault, by.organizer_id, fresh, zones)
        await _change(connection, vault, by.organizer_id, there, zones)
        stored = Stored(len(there), len(fresh), baseless)
        await write(connection, by, "people.import", "people", after={"added": stored.added, "changed": stored.changed})
    return stored


async def _zones(connection: asyncpg.Connection, names: Collection[str]) -> dict[str, int]:
    """The numbers of time zones, which get one when somebody is first there."""
    known = {row["name"]: row["number"] for row in await connection.fetch(sql.ZONES)}
    if new := [name for name in names if name not in known]:
        await connection.execute(sql.NEW_ZONES, sorted(new))
        known = {row["name"]: row["number"] for row in await connection.fetch(sql.ZONES)}
    return known


async def _add(
    connection: asyncpg.Connection, vault: Vault, organizer_id: str, lines: Sequence[Ready], zones: Mapping[str, int]
) -> None:
    """By COPY, which takes half the time of INSERT … SELECT; only new people use up a number."""
    if not lines:
        return
    numbered = list(zip(await connection.fetch(sql.NUMBERS, len(lines)), lines, strict=True))
    await vault.add(connection, [each.filed for each in lines if each.filed is not None])
    profiles = [
        (next_["number"], each.row.buyer, *_who(each.row.contact, each.filed), *_facts(each.row, zones), True)
        for next_, each in numbered
    ]
    await connection.copy_records_to_table("profile", records=profiles, columns=PROFILE)
    relations = [
        (
            *(organizer_id, next_["number"], each.row.reference, BASES.get(each.row.basis, "interest")),
            *(each.row.consent is True, IMPORT, each.row.proof.at or next_["now"], each.row.proof.wording),
            *(each.row.proof.origin, each.row.first_seen_at, each.row.orders_count, each.row.last_order_at),
        )
        for next_, each in numbered
    ]
    await connection.copy_records_to_table("relation", records=relations, columns=RELATION)


async def _change(
    connection: asyncpg.Connection,
    vault: Vault,
    organizer_id: str,
    lines: Sequence[tuple[Any, Ready]],
    zones: Mapping[str, int],
) -> None:
    if not lines:
        return
    fresh, changed, records = [], {}, []
    for before, each in lines:
        row, filed, person = each.row, each.filed, before["person_id"]
        who = _who(row.contact, filed)
        if filed is not None:
            if before["sealed"] is None:
                fresh.append(filed)
            else:
                who = (*who[:3], person, *who[4:])
                if vault.contact(locked(before, "person_id")) != row.contact:
                    changed[person] = row.contact
        proof = row.proof
        agreed = (row.basis, row.consent, proof.at, proof.wording, proof.origin)
        records.append((before["number"], *who, *_facts(row, zones), *agreed))
    await vault.add(connection, fresh)
    await vault.correct(connection, changed)
    await connection.execute(STAGE)
    await connection.copy_records_to_table("incoming", records=records)
    await connection.execute(CHANGE_RELATIONS, organizer_id)
    await connection.execute(CHANGE_PROFILES)


def _who(contact: Contact, filed: Filed | None) -> tuple[object, ...]:
    """From `name` to `phone_vouched_by`. Before the vault is in use names and addresses stay with the profile."""
    by = (IMPORT if contact.email else None, IMPORT if contact.phone else None)
    if filed is None:
        return (contact.name, contact.email or None, contact.phone or None, None, None, None, *by)
    return ("", None, None, filed.row.person, filed.found.email, filed.found.phone, *by)


def _facts(row: Row, zones: Mapping[str, int]) -> tuple[object, ...]:
    """From `locale` to `last_order_at`."""
    return (
        *(row.locale, zones[row.zone], *row.where, row.accuracy_m, row.located_at, row.channels, row.first_seen_at),
        *(row.orders_count, row.last_order_at),
    )
