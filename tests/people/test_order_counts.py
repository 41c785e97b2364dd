"""Counting of paid orders: each once into its buyer's profile, despite crashes, whichever of the two exists first."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import asyncpg
import pytest

from engine.orders import ORDER_PAID
from engine.outbox import Heard, tell
from engine.people import OrderCounts
from engine.verify.counted import count_violations

SALE = """
INSERT INTO organizer (id, name) VALUES ('org', 'Sala');
INSERT INTO sale (kind, id, organizer_id, currency, person_max, cart_ms, prices, opens_at, closes_at, draw_secret,
                  draw_commit)
VALUES ('event', 'jazz', 'org', 'EUR', 1, 1000, '{}', now(), now() + '1 day', '', '');
INSERT INTO zone (name) VALUES ('UTC');
"""
PROFILE = "INSERT INTO profile (buyer_id, zone) SELECT $1, number FROM zone"
COUNTED = "SELECT orders_count, last_order_at FROM profile WHERE buyer_id = $1"
AT = datetime(2026, 5, 1, 20, tzinfo=UTC)


@pytest.fixture
async def counts(db: asyncpg.Pool) -> OrderCounts:
    await db.execute(SALE)
    return OrderCounts(db)


async def paid(db: asyncpg.Pool, *orders: str, buyer: str = "ana", at: datetime = AT) -> None:
    for order in orders:
        async with db.acquire() as connection, connection.transaction():
            await tell(
                connection,
                ORDER_PAID,
                subject=order,
                organizer="org",
                body={"sale": "jazz", "order": order, "buyer": buyer, "total": 1, "currency": "EUR", "paid_at": at},
                once=order,
                sale_kind="event",
            )


async def step(db: asyncpg.Pool, counts: OrderCounts) -> None:
    await counts.consumer.step(db)
    await counts.step()


async def count_of(db: asyncpg.Pool, buyer: str = "ana") -> int:
    """Of all, which is that of the one organizer there is as soon as everything was done."""
    row = await db.fetchrow(
        "SELECT p.orders_count, coalesce(r.orders_count, 0) AS related"
        " FROM profile p LEFT JOIN relation r USING (number) WHERE p.buyer_id = $1",
        buyer,
    )
    assert row["orders_count"] == row["related"]
    return int(row["related"])


async def test_each_order_counts_once(db: asyncpg.Pool, counts: OrderCounts) -> None:
    await db.execute(PROFILE, "ana")
    await db.execute(PROFILE, "bob")
    await paid(db, "o1", "o2")
    await paid(db, "o3", buyer="bob", at=AT)
    for _ in range(3):
        await step(db, counts)
    assert (await count_of(db), await count_of(db, "bob")) == (2, 1)
    assert await db.fetchval("SELECT last_order_at FROM profile WHERE buyer_id = 'ana'") == AT


async def test_the_same_order_told_again_counts_no_more(db: asyncpg.Pool, counts: OrderCounts) -> None:
    """As when its `once` was forgotten long ago."""
    await db.execute(PROFILE, "ana")
    await paid(db, "o1")
    await step(db, counts)
    await db.execute("DELETE FROM outbox_once")
    await paid(db, "o1")
    await step(db, counts)
    assert await count_of(db) == 1


@pytest.mark.parametrize("heard_before", [False, True])
async def test_what_was_bought_before_the_profile_counts(
    db: asyncpg.Pool, counts: OrderCounts, heard_before: bool
) -> None:
    await paid(db, "o1", "o2")
    if heard_before:
        await step(db, counts)
    await db.execute(PROFILE, "ana")
    await paid(db, "o3")
    for _ in range(2):
        await step(db, counts)
    assert await count_of(db) == 3
    assert await db.fetchval("SELECT count(*) FROM profile WHERE NOT orders_known") == 0


@pytest.mark.parametrize("first", ["profile", "order"])
async def test_a_profile_and_an_order_that_commit_at_the_same_time(
    db: asyncpg.Pool, counts: OrderCounts, first: str
) -> None:
    """Neither sees the other while it is written."""
    await paid(db, "o1")
    await counts.consumer.step(db)
    async with db.acquire() as making:
        made = making.transaction()
        await made.start()
        await making.execute(PROFILE, "ana")
        if first == "order":
            await counts.step()
        await made.commit()
    for _ in range(2):
        await step(db, counts)
    assert await count_of(db) == 1


class Killed(Exception):
    """The process died."""


class Dying(OrderCounts):
    """Dies after it counted, before anything of it commits."""

    async def _count(self, connection: asyncpg.Connection, heard: Sequence[Heard]) -> None:
        await super()._count(connection, heard)
        await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")


async def test_a_death_at_any_step_counts_nothing_twice_and_loses_nothing(
    db: asyncpg.Pool, counts: OrderCounts
) -> None:
    await db.execute(PROFILE, "ana")
    await paid(db, "o1", "o2")
    with pytest.raises(Killed):
        await die_in_take(db, counts)
    await counts.consumer.step(db)
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await Dying(db).step()
    assert await count_of(db) == 0
    await step(db, counts)
    assert await count_of(db) == 2


async def die_in_take(db: asyncpg.Pool, counts: OrderCounts) -> None:
    async with db.acquire() as connection, connection.transaction():
        await counts.consumer.page(connection)
        assert await connection.fetchval("SELECT count(*) FROM outbox_work") == 2
        raise Killed


async def test_workers_at_once_count_once(db: asyncpg.Pool, counts: OrderCounts) -> None:
    """As when one lost its lease and does not know yet."""
    await paid(db, *(f"o{n}" for n in range(20)))
    await db.execute(PROFILE, "ana")
    others = [OrderCounts(db) for _ in range(3)]
    await asyncio.gather(*(step(db, each) for each in (counts, *others)))
    await step(db, counts)
    assert await count_of(db) == 20


async def test_one_order_that_can_not_be_counted_stops_no_other(db: asyncpg.Pool, counts: OrderCounts) -> None:
    for buyer in ("ana", "eve"):
        await db.execute(PROFILE, buyer)
    await db.execute("UPDATE profile SET orders_count = 2147483647 WHERE buyer_id = 'eve'")
    await paid(db, "o1", buyer="eve")
    await paid(db, "o2")
    await step(db, counts)
    assert await count_of(db) == 1
    assert await db.fetchval("SELECT fault FROM outbox_work") == "NumericValueOutOfRangeError"


# ── what verify says ──

ORDER = """
INSERT INTO orders (sale_id, id, cart_id, buyer_id, state, total, currency, code, paid_at)
VALUES ('jazz', $1, '', $2, 'paid', 1, 'EUR', $1, now())
"""


async def found(db: asyncpg.Pool) -> list[str]:
    async with db.acquire() as connection:
        return [f"{each.subject} {each.text}" for each in await count_violations(connection, "jazz")]


async def test_verify_calls_nothing_lost_that_is_on_its_way(db: asyncpg.Pool, counts: OrderCounts) -> None:
    await db.execute(PROFILE, "ana")
    assert await found(db) == []
    await counts.consumer.step(db)
    await db.execute(ORDER, "o1", "ana")
    await paid(db, "o1")
    assert await found(db) == []
    await counts.consumer.step(db)
    assert await found(db) == []
    await counts.step()
    assert await found(db) == []


async def test_verify_names_an_order_that_nobody_will_count(db: asyncpg.Pool, counts: OrderCounts) -> None:
    await paid(db, "o0")
    await counts.consumer.step(db)
    await db.execute(ORDER, "o1", "ana")
    assert await found(db) == ["order o1 is paid, and neither counted nor on its way to be"]


async def test_verify_names_a_profile_with_a_wrong_count(db: asyncpg.Pool, counts: OrderCounts) -> None:
    await db.execute(PROFILE, "ana")
    await paid(db, "o1")
    await step(db, counts)
    await db.execute("UPDATE profile SET orders_count = 7")
    number = await db.fetchval("SELECT number FROM profile")
    assert await found(db) == [f"person {number} says 7 orders, and 1 were counted into it"]
    await db.execute("UPDATE profile SET orders_count = 1")
    await db.execute("UPDATE relation SET orders_count = 2")
    assert await found(db) == [f"relation of person {number} says 2 orders of org, and 1 were taken into that"]
