"""Persons: made when a buyer first says where they are, changed by the buyer, fed by imports.

Owns their writing. Guarantees: what was written is mirrored at once when the mirror is there; an address counts only
once its owner has confirmed it, or an import vouched for it; a position replaces the last known one only if somebody
could have travelled there; an address that bounced or was unsubscribed is never written to again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol

import asyncpg

from engine import limits
from engine.messages import CHANNELS, locale_of
from engine.people import sql
from engine.people.suppression import Suppression
from engine.people.where import IMPLAUSIBLE, Point, Position, plausible
from engine.refusals import Refused
from engine.vault import NOBODY, Contact, Plain, Vault, locked

ADDRESSES = {"email": "email", "sms": "phone"}  # channel → where a person has its address


# What releases before the vault kept with the profile.
PLAIN_PEOPLE = Plain("people", ("number",), sql.READ_PLAIN, sql.TO_VAULT, sql.PLAIN, with_marks=True)


class Mirror(Protocol):
    """What is kept of persons elsewhere, to be asked at once: the audience."""

    async def last_seen(self, buyer: str) -> Position | None:
        """Where a buyer was last, as far as the mirror knows."""
        ...

    async def place_now(self, number: int) -> None:
        """A person was written."""
        ...


@dataclass(frozen=True, slots=True)
class PersonChange:
    """What a buyer says of themselves; None leaves what is known."""

    zone: str | None = None
    locale: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    consent: bool | None = None
    channels: Sequence[str] | None = None
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a person says to one organizer about its offers, in the words they were shown."""

    organizer_id: str
    consent: bool
    wording: str | None


@dataclass(frozen=True, slots=True)
class Profile:
    """Somebody's profile, by nothing but numbers and marks."""

    number: int
    person: str | None  # in the vault
    inbox: bytes | None  # mark of the address in it, or of the number where there is no address
    confirmed: bool  # by its owner, in the browser that said it


class Persons:
    def __init__(self, db: asyncpg.Pool, mirror: Mirror, vault: Vault, suppression: Suppression) -> None:
        self._db = db
        self._mirror = mirror
        self._vault = vault
        self._suppression = suppression

    async def put(self, buyer: str, change: PersonChange, subscription: Subscription | None = None) -> int | Refused:
        """Make or change the person a buyer is; their number. Nothing changes when the position can't be theirs.

        The consent of the change is to the offers of anybody; a subscription is to those of one organizer.
        """
        position = change.position
        if position is not None and not plausible(await self._last_seen(buyer), position):
            return IMPLAUSIBLE
        if change.zone is not None or not await self._db.fetchval(sql.HAS_UTC):
            await self._db.execute(sql.KEEP_ZONE, change.zone or "UTC")
        async with self._db.acquire() as connection, connection.transaction():
            number = await self._put(connection, buyer, change)
            if change.consent is False:
                await connection.execute(sql.NO_CONSENT_TO_ANY, number)
            if subscription is not None:
                said = (subscription.organizer_id, number, subscription.consent, subscription.wording)
                await connection.execute(sql.SAY_TO_ORGANIZER, *said)
        await self._mirror.place_now(number)
        return number

    async def _put(self, connection: asyncpg.Connection, buyer: str, change: PersonChange) -> int:
        position = change.position
        in_vault = self._vault.in_use
        number: int = await connection.fetchval(
            sql.PUT,
            buyer,
            change.zone,
            locale_of(change.locale) if change.locale is not None else None,
            None if in_vault else change.name,
            None if in_vault else change.email,
            None if in_vault else change.phone,
            change.consent,
            [channel for channel in change.channels if channel in CHANNELS] if change.channels is not None else None,
            position.point.latitude if position else None,
            position.point.longitude if position else None,
            position.accuracy_m if position else None,
            datetime.fromtimestamp(position.at_s, UTC) if position else None,
        )
        if in_vault and not (change.name is change.email is change.phone is None):
            await self._name(connection, buyer, number, change)
        return number

    async def _name(self, connection: asyncpg.Connection, buyer: str, number: int, change: PersonChange) -> None:
        """Write what somebody is called, and where they are reached, into the vault."""
        row = await connection.fetchrow(sql.WHO, number)
        before = contact_of(row, self._vault)
        now = Contact(
            before.name if change.name is None else change.name,
            before.email if change.email is None else change.email,
            before.phone if change.phone is None else change.phone,
        )
        person = row["person_id"]
        if person is None or not await self._vault.correct(connection, {person: now}):
            (person,) = await self._vault.put(connection, [self._vault.filed(now, None, buyer)])
        await self._note(connection, number, person, before, now)

    async def corrected(self, connection: asyncpg.Connection, person: str, before: Contact, now: Contact) -> None:
        """Somebody is called otherwise in the vault: another address of their profile is nobody's until confirmed."""
        for number in await connection.fetch(sql.OF_PERSON, person):
            await self._note(connection, number["number"], person, before, now)

    async def _note(
        self, connection: asyncpg.Connection, number: int, person: str, before: Contact, now: Contact
    ) -> None:
        found = self._vault.marks.found(now)
        same = (before.email == now.email, before.phone == now.phone)
        await connection.execute(sql.NAME_PERSON, number, person, found.email, found.phone, *same)

    async def _last_seen(self, buyer: str) -> Position | None:
        """The newest position that is known anywhere: reports reach Postgres a little later."""
        row = await self._db.fetchrow(sql.LAST_SEEN, buyer)
        durable = row and Position(Point(row["latitude"], row["longitude"]), row["accuracy_m"], row["located_s"])
        live = await self._mirror.last_seen(buyer)
        return max(filter(None, (durable, live)), key=lambda position: position.at_s, default=None)

    async def read(self, buyer: str) -> Mapping[str, Any] | None:
        row = await self._db.fetchrow(sql.READ, buyer)
        return None if row is None else {**row, **shown(contact_of(row, self._vault))}

    async def profiles(
        self, connection: asyncpg.Connection, people: Sequence[str], buyers: Sequence[str]
    ) -> list[Profile]:
        """The profiles of people and of buyers."""
        rows = await connection.fetch(sql.OF_PEOPLE, list(people), list(buyers))
        return [self._profile(row) for row in rows]

    def _profile(self, row: Any) -> Profile:
        for channel, name in ADDRESSES.items():
            mark = row[f"{name}_mark"]
            if mark is None and row[name]:  # of releases before the vault
                mark = self._vault.marks.inbox(channel, row[name])
            if mark is not None:
                return Profile(row["number"], row["person_id"], mark, row[f"{name}_vouched_by"] == "owner")
        return Profile(row["number"], row["person_id"], None, confirmed=False)

    # ── whose address it is ──

    async def claimed(self, connection: asyncpg.Connection, buyer: str) -> tuple[int, Mapping[str, str | None]] | None:
        """A buyer's number, and the address they claim by channel, which stay until the transaction ends."""
        row = await connection.fetchrow(sql.CLAIMED, buyer)
        if row is None:
            return None
        known = shown(contact_of(row, self._vault))
        return row["number"], {channel: known[name] for channel, name in ADDRESSES.items()}

    async def vouch(self, connection: asyncpg.Connection, number: int, channel: str) -> None:
        """The owner of the address on a channel confirmed it: it counts."""
        await connection.execute(sql.VOUCH, number, channel)

    # ── reaching ──

    async def addresses(self, numbers: Sequence[int], organizer_id: str) -> dict[int, Any]:
        """Where an organizer may write to each of them, and in which language: only addresses that count."""
        rows = await self._db.fetch(sql.ADDRESSES, list(numbers))
        known = {row["number"]: shown(what_counts(row, self._vault)) for row in rows}
        counting = {
            (row["number"], channel): (channel, address)
            for row in rows
            for channel, name in ADDRESSES.items()
            if (address := known[row["number"]][name])
        }
        silenced = await self._suppression.silenced(set(counting.values()), organizer_id)
        reached = {each: way[1] for each, way in counting.items() if way not in silenced}
        return {
            row["number"]: {
                **row,
                **{name: reached.get((row["number"], channel)) for channel, name in ADDRESSES.items()},
            }
            for row in rows
        }

    async def related(self, organizer_id: str, after: str, limit: int) -> list[Mapping[str, Any]]:
        """An organizer's people, by what it calls them; none of another's, and no addresses."""
        return [dict(row) for row in await self._db.fetch(sql.RELATED, organizer_id, after, limit)]

    async def relation(self, organizer_id: str, person: str) -> Mapping[str, Any] | None:
        """How an organizer stands to somebody of its own in the vault."""
        (whose,) = await self._vault.whose([person]) or (None,)
        if whose is None or whose["organizer_id"] != organizer_id:
            return None
        row = await self._db.fetchrow(sql.RELATION_OF, organizer_id, person, whose["buyer_id"])
        return None if row is None else dict(row)

    async def subscribe_push(self, buyer: str, endpoint: str, p256dh: str, auth: str) -> bool:
        """Keep a browser's subscription, and the newest few of a person; False for a buyer nobody knows yet."""
        number = await self._db.fetchval(sql.SUBSCRIBE_PUSH, buyer, endpoint, p256dh, auth)
        if number is not None:
            await self._db.execute(sql.KEEP_NEWEST_PUSH, number, limits.PUSH_PER_PERSON_MAX)
        return number is not None

    async def unsubscribe(self, number: int) -> None:
        """No more notices: the person says so, and their addresses too, whoever imports them again."""
        async with self._db.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(sql.WHO, number)
            await connection.execute(sql.NO_CONSENT, number)
            await connection.execute(sql.NO_CONSENT_TO_ANY, number)
            known = {} if row is None else shown(contact_of(row, self._vault))
            for channel, name in ADDRESSES.items():
                if address := known.get(name):
                    await self._suppression.silence(channel, address, "unsubscribed", connection=connection)
        await self._mirror.place_now(number)


def contact_of(row: Any, vault: Vault) -> Contact:
    """What somebody is called: as the vault has it, else as releases before the vault kept it."""
    if row["person_id"] is None:
        return Contact(row["name"], row["email"] or "", row["phone"] or "")
    if row["sealed"] is None:
        return NOBODY  # erased
    return vault.contact(locked(row, "person_id"))


def what_counts(row: Any, vault: Vault) -> Contact:
    """The same, without an address that nobody confirmed or vouched for."""
    contact = contact_of(row, vault)
    return replace(
        contact,
        email=contact.email if row["email_counts"] else "",
        phone=contact.phone if row["phone_counts"] else "",
    )


def shown(contact: Contact) -> dict[str, str | None]:
    return {"name": contact.name, "email": contact.email or None, "phone": contact.phone or None}


async def write_positions(db: asyncpg.Pool, positions: Mapping[int, Position]) -> None:
    """Where persons were seen, unless something newer is known."""
    seen = list(positions.values())
    await db.execute(
        sql.WRITE_POSITIONS,
        list(positions),
        [position.point.latitude for position in seen],
        [position.point.longitude for position in seen],
        [position.accuracy_m for position in seen],
        [datetime.fromtimestamp(position.at_s, UTC) for position in seen],
    )


async def read_zones(db: asyncpg.Pool) -> dict[int, str]:
    """The names of time zones by their numbers."""
    return dict(await db.fetch(sql.ZONES))
