"""A small world for promo tests: zones, segments, profiles at chosen places."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg

from engine.people import Point
from engine.promos.ledger import Ledger
from engine.segments import Audience, Follower
from engine.stores.redis import RedisClient

SOL = Point(40.4168, -3.7038)
NEAR = Point(40.4200, -3.7000)
FAR = Point(41.3874, 2.1686)


@dataclass(slots=True)
class World:
    db: asyncpg.Pool
    redis: RedisClient
    space: str
    audience: Audience
    follower: Follower
    ledger: Ledger

    async def zone(self, name: str) -> int:
        number = await self.db.fetchval(
            "INSERT INTO zone (name) VALUES ($1) ON CONFLICT (name) DO UPDATE SET name = $1 RETURNING number", name
        )
        return int(number)

    async def segment(self, rule: str) -> int:
        name = f"seg_{secrets.token_hex(6)}"
        query = "INSERT INTO segment (id, organizer_id, name, rule) VALUES ($1, 'org_test', $1, $2) RETURNING number"
        return int(await self.db.fetchval(query, name, rule))

    async def profile(
        self,
        at: Point | None = NEAR,
        *,
        zone: str = "Europe/Madrid",
        orders: int = 0,
        consent: bool = True,
        buyer: str = "",
        email: str | None = None,
        locale: str = "en",
        located_at: datetime | None = None,
    ) -> int:
        number = await self.db.fetchval(
            "INSERT INTO profile (buyer_id, zone, latitude, longitude, accuracy_m, located_at, consent,"
            " email, locale, email_vouched_by) VALUES ($1, $2, $3, $4, 10, $5, $6, $7, $8,"
            " CASE WHEN $7::text IS NOT NULL THEN 'import' END) RETURNING number",
            buyer or secrets.token_urlsafe(12),
            await self.zone(zone),
            at.latitude if at else None,
            at.longitude if at else None,
            (located_at or datetime.now(UTC)) if at else None,
            consent,
            email,
            locale,
        )
        query = (
            "INSERT INTO relation (organizer_id, number, basis, orders_count) VALUES ('org_test', $1, 'contract', $2)"
        )
        await self.db.execute(query, number, orders)
        return int(number)

    async def bought(self, number: int, orders: int) -> None:
        """Somebody has so many orders now."""
        await self.db.execute("UPDATE relation SET orders_count = $2 WHERE number = $1", number, orders)
        await self.db.execute("UPDATE profile SET changed_xid = pg_current_xact_id() WHERE number = $1", number)

    async def told(self) -> dict[int, int]:
        """How many notices each profile has, over all days."""
        rows = await self.db.fetch("SELECT number, count(*) AS notices FROM notice GROUP BY number")
        return {row["number"]: row["notices"] for row in rows}


async def make_world(db: asyncpg.Pool, redis: RedisClient, space: str) -> World:
    await db.execute("INSERT INTO organizer (id, name) VALUES ('org_test', 'Test') ON CONFLICT DO NOTHING")
    # An organizer of promos has the built-in segments; one is enough to be one.
    query = "INSERT INTO segment (id, organizer_id, name, rule) VALUES ('seg_all', 'org_test', 'all', 'everybody')"
    await db.execute(f"{query} ON CONFLICT DO NOTHING")
    audience = Audience(redis, space)
    follower = Follower(db, audience)
    ledger = Ledger(db, audience)
    follower.also_build(ledger.build)
    return World(db, redis, space, audience, follower, ledger)
