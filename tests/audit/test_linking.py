"""Linking: one order for each organizer, in which nothing comes in between; whatever dies, runs twice or comes late."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import asyncpg
import pytest

from engine.audit import INSTALLATION, Act, Audit, write
from engine.audit.linking import Linker
from tests.audit.conftest import ONE, OTHER, Tamper, act, audit_of, links_of

BY = Act(ONE, "ana")
WORKER = '''
import asyncio, sys
from pathlib import Path
from engine.audit import Audit, HeadKeys
from engine.stores import database

ACT = """INSERT INTO audit (organizer_id, actor_kind, actor, act, subject) VALUES ('org_one', 'key', 'a', 'b', 'c')"""

async def main():
    db = await database.connect(sys.argv[1])
    audit = Audit(db, HeadKeys(lambda: [bytes(range(32))]), Path(sys.argv[2]))
    audit.linker._links_max = 3
    while True:
        await audit.linker.step()
        await db.execute(ACT)
        await audit.heads.step()

asyncio.run(main())
'''


async def test_each_organizer_has_a_chain_and_the_installation_too(told: Audit, db: asyncpg.Pool) -> None:
    assert await links_of(db, ONE) == [f"one-{number}" for number in range(6)]
    assert await links_of(db, OTHER) == [f"other-{number}" for number in range(6)]
    assert await links_of(db, INSTALLATION) == ["installation"]
    assert await told.linker.step() == 0


async def test_a_transaction_that_commits_late_keeps_its_place(db: asyncpg.Pool, audit: Audit) -> None:
    async with db.acquire() as early, db.acquire() as late:
        first, second = early.transaction(), late.transaction()
        await first.start()
        await write(early, BY, "sale.open", "began first")
        await second.start()
        await write(late, BY, "sale.open", "never happened")
        await act(db, subject="began last, ended first")
        assert await audit.linker.step() == 0
        await second.rollback()
        assert await audit.linker.step() == 0
        assert (await audit.check()).waiting == 1
        await first.commit()
    assert await audit.linker.step() == 2
    assert await links_of(db) == ["began first", "began last, ended first"]
    assert (await audit.check()).broken == ()


async def test_more_rows_than_a_step_takes_are_linked_in_turn(db: asyncpg.Pool, tmp_path: Path) -> None:
    async with db.acquire() as connection, connection.transaction():
        for number in range(7):  # of one transaction, so with one number
            await write(connection, BY, "sale.open", str(number))
    for number in range(7, 12):
        await act(db, subject=str(number))
    assert await Linker(db, links_max=3).step() == 12
    assert await links_of(db) == [str(number) for number in range(12)]
    assert (await audit_of(db, tmp_path).check()).broken == ()


async def test_two_workers_at_once_link_each_row_once(db: asyncpg.Pool, audit: Audit) -> None:
    linkers = [Linker(db, links_max=2) for _ in range(4)]

    async def write_some(name: str) -> None:
        for number in range(10):
            await act(db, subject=f"{name}-{number}")

    await asyncio.gather(*(write_some(name) for name in "abc"), *(linker.step() for linker in linkers * 5))
    await asyncio.gather(*(linker.step() for linker in linkers), audit.heads.step(), audit.heads.step())
    await audit.linker.step()
    subjects = await links_of(db)
    assert len(subjects) == len(set(subjects)) == 30
    for name in "abc":
        assert [each for each in subjects if each.startswith(name)] == [f"{name}-{number}" for number in range(10)]
    assert (await audit.check()).broken == ()


@pytest.mark.parametrize("cut", ["INSERT ON audit_link", "UPDATE ON audit_horizon", "INSERT ON audit_head"])
async def test_a_step_that_is_cut_leaves_nothing_half_done(db: asyncpg.Pool, audit: Audit, cut: str) -> None:
    await act(db, subject="first")
    await db.execute("""CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'cut'; END $$""")
    await db.execute(f"CREATE TRIGGER cut AFTER {cut} EXECUTE FUNCTION cut()")
    with pytest.raises(asyncpg.RaiseError, match="cut"):
        await audit.linker.step()
        await audit.heads.step()
    await db.execute(f"DROP TRIGGER cut ON {cut.rsplit(maxsplit=1)[-1]}")
    await act(db, subject="second")
    await audit.linker.step()
    await audit.heads.step()
    checked = await audit.check()
    assert (checked.links, checked.heads, checked.broken) == (2, 1, ())
    assert await links_of(db) == ["first", "second"]


@pytest.mark.faults
async def test_a_worker_that_is_killed_leaves_a_sound_trail(
    database_url: str, db: asyncpg.Pool, tmp_path: Path
) -> None:
    for killed in range(1, 5):
        worker = await asyncio.create_subprocess_exec(sys.executable, "-c", WORKER, database_url, str(tmp_path))
        while await db.fetchval("SELECT count(*) FROM audit_link") < killed * 7:
            assert worker.returncode is None
        worker.kill()
        await worker.wait()
    audit = audit_of(db, tmp_path)
    await audit.linker.step()
    await audit.heads.step()
    checked = await audit.check()
    assert checked.broken == ()
    assert checked.links == await db.fetchval("SELECT count(*) FROM audit")


async def test_clocks_that_jump_change_no_order(db: asyncpg.Pool, audit: Audit) -> None:
    for subject, hours in (("now", 0), ("tomorrow", 24), ("yesterday", -24)):
        await db.execute(
            """INSERT INTO audit (organizer_id, actor_kind, actor, act, subject, at)
               VALUES ($1, 'key', 'ak_1', 'sale.open', $2, now() + make_interval(hours => $3))""",
            *(ONE, subject, hours),
        )
    await audit.linker.step()
    assert await links_of(db) == ["now", "tomorrow", "yesterday"]
    assert (await audit.check()).broken == ()


async def test_a_trail_goes_on_where_transactions_are_numbered_anew(
    told: Audit, db: asyncpg.Pool, tamper: Tamper
) -> None:
    """As after a backup was restored on another server: what it brings has numbers that are still to come."""
    await act(db, subject="not linked before the backup")
    later = "(xid::text::bigint + 1000000)::text::xid8"
    await tamper(
        f"UPDATE audit SET xid = {later}",
        "UPDATE audit_horizon SET before = (before::text::bigint + 1000000)::text::xid8",
    )
    await act(db, subject="after")
    assert await told.linker.step() == 2
    await act(db, subject="later")
    assert await told.linker.step() == 1
    assert (await links_of(db))[6:] == ["not linked before the backup", "after", "later"]
    assert (await told.check()).broken == ()


async def test_the_horizon_follows_while_nothing_is_written(told: Audit, db: asyncpg.Pool) -> None:
    horizon = "SELECT before::text::bigint FROM audit_horizon"
    before = await db.fetchval(horizon)
    for _ in range(3):
        await db.execute("SELECT pg_current_xact_id()")
    assert await told.linker.step() == 0
    assert await db.fetchval(horizon) == before
    assert await Linker(db, lag_max=2).step() == 0
    assert await db.fetchval(horizon) > before
