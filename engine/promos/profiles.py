"""Profiles: made when a buyer first says where they are, changed by the buyer, fed by imports.

Owns their writing. Guarantees: what was written is in the audience at once when Redis is there, else when it is
built; an address counts only once its owner has confirmed it, or an import vouched for it; a position replaces the
last known one only if somebody could have travelled there; an address that bounced or was unsubscribed is never
written to again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg

from engine import limits
from engine.audit import Act, write
from engine.contacts import SUPPRESS, Confirmed, Contacts, ProofAsk, Purpose
from engine.messages import CHANNELS, locale_of
from engine.promos.audience import Audience, Known
from engine.promos.follow import Follower
from engine.promos.geo import Point
from engine.promos.where import IMPLAUSIBLE, Position, plausible
from engine.refusals import Refused

KEEP_ZONE = "INSERT INTO zone (name) VALUES ($1) ON CONFLICT (name) DO NOTHING"
PUT = """
INSERT INTO profile (buyer_id, zone, locale, name, email, phone, consent, channels, latitude, longitude, accuracy_m,
                     located_at)
SELECT $1, z.number, coalesce($3, 'en'), coalesce($4, ''), $5, $6, coalesce($7, false),
       coalesce($8, '{push,email,sms}'::text[]), $9, $10, coalesce($11, 0), $12
FROM zone z WHERE z.name = coalesce($2, 'UTC')
ON CONFLICT (buyer_id) DO UPDATE SET
    zone = CASE WHEN $2::text IS NULL THEN profile.zone ELSE excluded.zone END,
    locale = coalesce($3, profile.locale), name = coalesce($4, profile.name), email = coalesce($5, profile.email),
    phone = coalesce($6, profile.phone),
    -- Another address is nobody's until it is confirmed.
    email_vouched_by = CASE WHEN coalesce($5, profile.email) = profile.email THEN profile.email_vouched_by END,
    phone_vouched_by = CASE WHEN coalesce($6, profile.phone) = profile.phone THEN profile.phone_vouched_by END,
    consent = coalesce($7, profile.consent),
    channels = coalesce($8, profile.channels),
    latitude = coalesce($9, profile.latitude), longitude = coalesce($10, profile.longitude),
    accuracy_m = coalesce($11, profile.accuracy_m), located_at = coalesce($12, profile.located_at),
    changed_xid = pg_current_xact_id()
RETURNING number
"""
READ = """
SELECT p.name, p.email, p.phone, p.email_vouched_by IS NOT NULL AS email_confirmed,
       p.phone_vouched_by IS NOT NULL AS phone_confirmed, p.locale, z.name AS zone, p.consent, p.channels, p.located_at,
       p.orders_count
FROM profile p JOIN zone z ON z.number = p.zone WHERE p.buyer_id = $1
"""
SUBSCRIBE = """
INSERT INTO push_subscription (endpoint, number, p256dh, auth)
SELECT $2, number, $3, $4 FROM profile WHERE buyer_id = $1
ON CONFLICT (endpoint) DO UPDATE SET number = excluded.number, p256dh = excluded.p256dh, auth = excluded.auth,
    created_at = now()
RETURNING number
"""
KEEP_NEWEST_PUSH = """
DELETE FROM push_subscription WHERE number = $1 AND endpoint NOT IN (
    SELECT endpoint FROM push_subscription WHERE number = $1 ORDER BY created_at DESC LIMIT $2)
"""
FORGET_PUSH = "DELETE FROM push_subscription WHERE endpoint = $1"
LAST_SEEN = """
SELECT latitude, longitude, accuracy_m, extract(epoch FROM located_at)::bigint AS located_s FROM profile
WHERE buyer_id = $1 AND latitude IS NOT NULL AND located_at IS NOT NULL
"""
CLAIMED = "SELECT number, email, phone FROM profile WHERE buyer_id = $1 FOR UPDATE"
VOUCH = """
UPDATE profile SET email_vouched_by = CASE $2 WHEN 'email' THEN 'owner' ELSE email_vouched_by END,
    phone_vouched_by = CASE $2 WHEN 'sms' THEN 'owner' ELSE phone_vouched_by END
WHERE number = $1
"""
NO_CONSENT = """
UPDATE profile SET consent = false, changed_xid = pg_current_xact_id() WHERE number = $1 RETURNING email, phone
"""
ADDRESSES = {"email": "email", "sms": "phone"}  # channel → where a profile has its address


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """What a buyer says of themselves; None leaves what is known."""

    zone: str | None = None
    locale: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    consent: bool | None = None
    channels: Sequence[str] | None = None
    position: Position | None = None


class Profiles:
    def __init__(self, db: asyncpg.Pool, audience: Audience, follower: Follower, contacts: Contacts) -> None:
        self._db = db
        self._audience = audience
        self._follower = follower
        self._contacts = contacts

    async def put(self, buyer: str, change: ProfileChange) -> int | Refused:
        """Make or change a buyer's profile; its number. Nothing changes when the position can't be theirs."""
        position = change.position
        if position is not None and not plausible(await self._last_seen(buyer), position):
            return IMPLAUSIBLE
        if change.zone is not None or not await self._db.fetchval("SELECT 1 FROM zone WHERE name = 'UTC'"):
            await self._db.execute(KEEP_ZONE, change.zone or "UTC")
        number: int = await self._db.fetchval(
            PUT,
            buyer,
            change.zone,
            locale_of(change.locale) if change.locale is not None else None,
            change.name,
            change.email,
            change.phone,
            change.consent,
            [channel for channel in change.channels if channel in CHANNELS] if change.channels is not None else None,
            position.point.latitude if position else None,
            position.point.longitude if position else None,
            position.accuracy_m if position else None,
            datetime.fromtimestamp(position.at_s, UTC) if position else None,
        )
        await self._follower.place_now(number)
        return number

    async def _last_seen(self, buyer: str) -> Position | None:
        """The newest position either store knows: reports reach Postgres a little later."""
        row = await self._db.fetchrow(LAST_SEEN, buyer)
        durable = row and Position(Point(row["latitude"], row["longitude"]), row["accuracy_m"], row["located_s"])
        number = await self._audience.number_of(buyer)
        known = None if number is None else await self._audience.read(number, ())
        live = known.position if isinstance(known, Known) else None
        return max(filter(None, (durable, live)), key=lambda position: position.at_s, default=None)

    # ── whose address it is ──

    async def ask_to_confirm(self, buyer: str, came_from: str) -> Refused | None:
        """Send letters to the addresses of a buyer who consented and has not confirmed them."""
        known = await self.read(buyer)
        if known is None or not known["consent"]:
            return None
        for channel, name in ADDRESSES.items():
            if known[name] is None or known[f"{name}_confirmed"] or channel not in known["channels"]:
                continue
            if not self._contacts.reaches(channel, known[name]):
                continue
            ask = ProofAsk(Purpose.OFFERS, channel, known[name], buyer, known["locale"], came_from)
            asked = await self._contacts.ask(ask)
            if isinstance(asked, Refused):
                return asked
        return None

    async def vouch(self, connection: asyncpg.Connection, confirmed: Confirmed) -> None:
        """The owner of an address confirmed it: it counts, if it still is the one in the profile."""
        row = await connection.fetchrow(CLAIMED, confirmed.buyer)
        address = row and row[ADDRESSES[confirmed.channel]]
        if address and self._contacts.keys.inbox(confirmed.channel, address) == confirmed.inbox_hash:
            await connection.execute(VOUCH, row["number"], confirmed.channel)

    async def read(self, buyer: str) -> Mapping[str, Any] | None:
        row = await self._db.fetchrow(READ, buyer)
        return None if row is None else dict(row)

    async def subscribe_push(self, buyer: str, endpoint: str, p256dh: str, auth: str) -> bool:
        """Keep a browser's subscription, and the newest few of a profile; False for a buyer without a profile."""
        number = await self._db.fetchval(SUBSCRIBE, buyer, endpoint, p256dh, auth)
        if number is not None:
            await self._db.execute(KEEP_NEWEST_PUSH, number, limits.PUSH_PER_PROFILE_MAX)
        return number is not None

    async def unsubscribe(self, number: int) -> None:
        """No more notices: the profile says so, and its addresses too, whoever imports them again."""
        async with self._db.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(NO_CONSENT, number)
            for channel, name in ADDRESSES.items():
                if row and row[name]:
                    await connection.execute(SUPPRESS, channel, row[name], None, "unsubscribed")
        await self._follower.place_now(number)

    async def bounced(self, channel: str, address: str) -> None:
        """The channel itself said that an address is dead: nobody's messages are sent there again."""
        if channel == "push":
            await self._db.execute(FORGET_PUSH, address)
        else:
            await self._db.execute(SUPPRESS, channel, address, None, "bounced")

    async def reported(self, by: Act, channel: str, address: str, reason: str) -> None:
        """An organizer reports an address as dead, or its owner as complaining: that organizer's messages stop.

        Nothing is answered, and nothing is looked up, so that nobody learns whether the address is known.
        """
        subject = self._contacts.keys.inbox(channel, address).hex()
        async with self._db.acquire() as connection, connection.transaction():
            await connection.execute(SUPPRESS, channel, address, by.organizer_id, reason)
            await write(connection, by, "address.suppress", subject, after={"channel": channel, "reason": reason})
