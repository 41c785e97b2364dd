"""Days of the outbox: made ahead, never missing, dropped when nobody needs them."""

from __future__ import annotations

from datetime import date, timedelta

import asyncpg
import pytest

from engine.limits import OUTBOX_DAYS_AHEAD, OUTBOX_KEPT_DAYS
from engine.outbox.days import Days, name_of
from tests.outbox.things import KEEP, Ear, said

TELL_ON = """
INSERT INTO outbox_told (day, topic, version, subject, organizer_id, body)
VALUES ($1, 'test.thing', 1, 's', 'org', '{"n": 1}') RETURNING tableoid::regclass::text
"""
PARTITIONS = "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'outbox_told'::regclass"


async def today(db: asyncpg.Pool) -> date:
    day: date = await db.fetchval("SELECT (now() AT TIME ZONE 'UTC')::date")
    return day


async def partitions(db: asyncpg.Pool) -> set[str]:
    return {row["name"] for row in await db.fetch(PARTITIONS)}


async def old_day(db: asyncpg.Pool, days: int) -> date:
    """A day of the past, with its partition and a row in it."""
    day = await today(db) - timedelta(days=days)
    await Days(db)._make(day)
    assert await db.fetchval(TELL_ON, day) == name_of(day)
    return day


async def test_days_are_made_ahead_and_once(db: asyncpg.Pool) -> None:
    first = await today(db)
    for _ in range(2):
        await Days(db).step()
    expected = {name_of(first + timedelta(days=n)) for n in range(OUTBOX_DAYS_AHEAD + 1)}
    assert await partitions(db) == {*expected, "outbox_told_default"}
    assert await db.fetchval(TELL_ON, first) == name_of(first)


async def test_a_day_has_what_the_whole_has(db: asyncpg.Pool) -> None:
    """Attached by hand: the guard of rehearsals holds there as well."""
    await Days(db).step()
    with pytest.raises(asyncpg.CheckViolationError, match="outbox_tells_nothing_of_a_rehearsal"):
        await db.execute(
            """INSERT INTO outbox_told (topic, version, subject, organizer_id, body, sale_kind)
               VALUES ('test.thing', 1, 's', 'org', '{"sale": "x"}', 'rehearsal')"""
        )
    with pytest.raises(asyncpg.ForeignKeyViolationError, match="outbox_has_kind_of_sale"):
        await db.execute(
            """INSERT INTO outbox_told (topic, version, subject, organizer_id, body, sale_kind)
               VALUES ('test.thing', 1, 's', 'org', '{"sale": "x"}', 'event')"""
        )


async def test_no_row_is_refused_for_want_of_its_day(db: asyncpg.Pool) -> None:
    await db.execute(KEEP)
    first = await today(db)
    assert await db.fetchval(TELL_ON, first) == "outbox_told_default"
    await Days(db).step()
    assert name_of(first) not in await partitions(db), "rows of today are elsewhere"
    assert name_of(first + timedelta(days=1)) in await partitions(db)
    assert await db.fetchval(TELL_ON, first) == "outbox_told_default"
    ear = Ear("ear")
    await ear.consumer.step(db)
    assert await ear.kept(db) == [1, 1]


async def test_a_day_goes_when_it_is_old_and_everybody_has_passed_it(db: asyncpg.Pool) -> None:
    await db.execute(KEEP)
    old, young = await old_day(db, OUTBOX_KEPT_DAYS + 1), await old_day(db, OUTBOX_KEPT_DAYS)
    days, quick, slow = Days(db), Ear("quick"), Ear("slow")
    await days.step()
    assert name_of(old) in await partitions(db), "nobody has read it"
    await db.execute("INSERT INTO outbox_cursor (consumer, id_after, id_safe) VALUES ('slow', 0, 0)")
    await quick.consumer.step(db)
    await days.step()
    assert name_of(old) in await partitions(db), "one has not"
    await slow.consumer.step(db)
    await days.step()
    assert name_of(old) not in await partitions(db)
    assert name_of(young) in await partitions(db)
    assert await slow.kept(db) == [1, 1]


async def test_a_row_that_strayed_goes_as_its_day_would(db: asyncpg.Pool) -> None:
    await db.execute(KEEP)
    long_ago = await today(db) - timedelta(days=OUTBOX_KEPT_DAYS + 1)
    assert await db.fetchval(TELL_ON, long_ago) == "outbox_told_default"
    await Days(db).step()
    assert await db.fetchval("SELECT count(*) FROM outbox_told") == 1
    await Ear("ear").consumer.step(db)
    await said(db, 2)
    await Days(db).step()
    assert [row["n"] for row in await db.fetch("SELECT body ->> 'n' AS n FROM outbox_told")] == ["2"]


async def test_making_days_waits_for_nobody_who_tells(db: asyncpg.Pool) -> None:
    """Days are made while a transaction has told something, and another tells meanwhile."""
    await Days(db).step()
    day = await today(db) + timedelta(days=OUTBOX_DAYS_AHEAD + 1)
    async with db.acquire() as telling, telling.transaction():
        await telling.execute(TELL_ON, await today(db))
        await Days(db)._make(day)
    assert name_of(day) in await partitions(db)
