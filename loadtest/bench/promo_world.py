"""The world promo measurements work in: 50 stores across the Atlantic, people round them, three segments."""

from __future__ import annotations

from engine.audit import Act
from engine.people import Point
from loadtest.bench.measure import Bench

STORES = 50
RADIUS_M = 2_000
# Within a kilometre and a half of their store, each store some 130 km from the next.
SPREAD_DEGREES = 0.02
RULES = ("orders = 0 and first_seen_days <= 30", "orders >= 3 and last_order_days <= 90", 'locale = "es"')
PEOPLE = """
INSERT INTO profile (buyer_id, zone, latitude, longitude, located_at, accuracy_m, consent, locale, email,
                     email_vouched_by, orders_count, last_order_at)
SELECT substr(md5(i::text), 1, 16), (SELECT number FROM zone WHERE name = 'Atlantic/Azores'),
       -30 + (i % $2) * 1.2 + (random() - 0.5) * $3, (i % $2) * -0.5 + (random() - 0.5) * $3, now(), 10, true,
       (ARRAY['en', 'es', 'pt'])[1 + i % 3], 'buyer' || i || '@example.org', 'import', i % 5,
       now()
FROM generate_series(1, $1) i
"""
RELATIONS = """
INSERT INTO relation (organizer_id, number, basis, orders_count, last_order_at)
SELECT $1, number, 'contract', orders_count, last_order_at FROM profile
"""
BY = Act("org_bench", "bench")


def store_at(number: int) -> Point:
    return Point(-30 + number * 1.2, number * -0.5)


async def people(bench: Bench, count: int) -> None:
    """Exactly so many profiles, nobody told anything; what was there before goes."""
    db = bench.engine.db
    await db.execute(
        "TRUNCATE profile, relation, push_subscription, notice, notice_batch, notice_attempt, notice_inbox"
        " RESTART IDENTITY"
    )
    await db.execute("INSERT INTO organizer (id, name) VALUES ($1, 'Bench') ON CONFLICT DO NOTHING", BY.organizer_id)
    await db.execute("INSERT INTO zone (name) VALUES ('Atlantic/Azores') ON CONFLICT DO NOTHING")
    for number, rule in enumerate(RULES):
        query = "INSERT INTO segment (id, organizer_id, name, rule) VALUES ($1, $2, $1, $3) ON CONFLICT DO NOTHING"
        await db.execute(query, f"seg_bench_{number}", BY.organizer_id, rule)
    await db.execute(PEOPLE, count, STORES, SPREAD_DEGREES, timeout=300)
    await db.execute(RELATIONS, BY.organizer_id, timeout=300)
    await db.execute("VACUUM ANALYZE profile, relation", timeout=300)


async def segments(bench: Bench) -> tuple[int, ...]:
    rows = await bench.engine.db.fetch("SELECT number FROM segment WHERE id LIKE 'seg_bench_%' ORDER BY number")
    return tuple(row["number"] for row in rows)


async def offers(bench: Bench, stores: int) -> None:
    """A promo that runs at each of the stores, activated."""
    shelf = bench.engine.promos.shelf
    if await bench.engine.db.fetchval("SELECT count(*) FROM promo_window WHERE live AND ended_at IS NULL") >= stores:
        return
    for number in range(stores):
        point = store_at(number)
        await shelf.create_store(
            BY,
            {
                "store": f"Store {number}",
                "zone": "Atlantic/Azores",
                "latitude": point.latitude,
                "longitude": point.longitude,
                "currency": "EUR",
                "products": {"bread": 2},
                "promos": [
                    {
                        "name": "Bread",
                        "product": "bread",
                        "price": 1,
                        "stock": 1_000,
                        "once": {"opens": "now", "closes": "in 2 days"},
                    }
                ],
            },
        )


async def due_notices(bench: Bench, count: int, batch: int = 5_000) -> None:
    """Notices of the first window for the first `count` profiles, claimed and durable, to be delivered now."""
    db = bench.engine.db
    await db.execute("TRUNCATE notice, notice_batch, notice_attempt, notice_inbox, message")
    window = await db.fetchval("SELECT min(number) FROM promo_window WHERE live AND ended_at IS NULL")
    day = await db.fetchval("SELECT (now() AT TIME ZONE 'Atlantic/Azores')::date")
    for first in range(1, count + 1, batch):
        numbers = list(range(first, min(first + batch, count + 1)))
        await db.execute(
            "INSERT INTO notice (day, number, window_n) SELECT $1, n, $2 FROM unnest($3::integer[]) n",
            *(day, window, numbers),
        )
        await db.execute(
            "INSERT INTO notice_batch (id, window_n, day, numbers) VALUES ($1, $2, $3, $4)",
            *(f"bench:{first}", window, day, numbers),
        )
