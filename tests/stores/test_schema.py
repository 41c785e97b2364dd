"""Bringing a database forward: several at once, steps that fail or are cut short, busy tables, newer releases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest

from engine.stores import database, schema
from engine.stores.embedded import EmbeddedStores
from engine.stores.faults import StoreFault
from engine.stores.schema import Patience
from engine.stores.standing import check, standing
from engine.stores.steps import Step, read, shipped
from tests.stores.shape import shape

WAIT_S_MAX = 30.0
QUICK = Patience(wait_ms=200, tries=1_000, pause_s=0.01)
HEADER = "-- {kind}\n-- {how} a transaction\n-- locks: {locks}\n--\n-- A step of a test.\n\n"
ORGANIZERS = "INSERT INTO organizer (id, name) SELECT 'org_' || n, 'Organizer' FROM generate_series(1, 1000) AS n"

Steps = Callable[..., "tuple[Step, ...]"]


@pytest.fixture
def steps(tmp_path: Path) -> Steps:
    """The steps of this release and one more for each text; the newest text of a number counts."""

    def made(
        *texts: str, kind: str = "expand", how: str = "in", locks: str = "organizer (access exclusive)"
    ) -> tuple[Step, ...]:
        for number, text in enumerate(texts, start=shipped()[-1].number + 1):
            header = HEADER.format(kind=kind, how=how, locks=locks)
            (tmp_path / f"{number:04d}_test.sql").write_text(header + text + "\n", encoding="utf-8")
        return (*shipped(), *read(tmp_path))

    return made


@pytest.fixture
async def connections(database_url: str) -> AsyncIterator[list[asyncpg.Connection]]:
    """Four connections to a fresh database."""
    opened = [await database.connect_one(database_url) for _ in range(4)]
    yield opened
    for connection in opened:
        connection.terminate()


async def wait_for(truth: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(WAIT_S_MAX):
        while True:
            if await truth():
                return
            await asyncio.sleep(0.005)


async def waits_for_a_lock(watcher: asyncpg.Connection, pid: int) -> bool:
    return bool(await watcher.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE pid = $1 AND NOT granted)", pid))


async def ended(connection: asyncpg.Connection) -> list[int]:
    """Numbers of the steps of the test that the database notes as ended."""
    rows = await connection.fetch("SELECT number FROM schema_step WHERE took_ms IS NOT NULL ORDER BY number")
    return [row["number"] - shipped()[-1].number for row in rows if row["number"] > shipped()[-1].number]


async def test_processes_that_start_together_make_one_schema(stores: EmbeddedStores) -> None:
    admin = await database.connect_one(stores.database_url)
    await admin.execute("CREATE DATABASE together")
    await admin.close()
    connections = [await database.connect_one(stores.postgres.url_of("together")) for _ in range(4)]
    with pytest.raises(StoreFault, match="is empty: `aforo db apply`"):
        await check(connections[0])
    await asyncio.gather(*(schema.apply(connection, contract=True) for connection in connections))
    for connection in connections:
        await check(connection)
        await connection.close()


async def test_a_database_with_tables_of_somebody_else_is_left_as_it_is(stores: EmbeddedStores) -> None:
    admin = await database.connect_one(stores.database_url)
    await admin.execute("CREATE DATABASE elsewhere")
    await admin.close()
    connection = await database.connect_one(stores.postgres.url_of("elsewhere"))
    await connection.execute("CREATE TABLE event (id integer)")
    before = await shape(connection)
    with pytest.raises(StoreFault, match='none was: relation "event" already exists'):
        await schema.apply(connection, contract=True)
    assert await shape(connection) == before
    await connection.close()


async def test_applying_again_changes_nothing(connections: list[asyncpg.Connection]) -> None:
    one = connections[0]
    everything = "SELECT relname, oid, relfilenode, xmin::text FROM pg_class ORDER BY oid"
    before = await one.fetch(everything), await one.fetch("SELECT *, xmin::text FROM schema_step")
    await schema.apply(one, contract=True)
    assert before == (await one.fetch(everything), await one.fetch("SELECT *, xmin::text FROM schema_step"))


async def test_of_two_at_once_one_does_it_and_the_other_waits(
    connections: list[asyncpg.Connection], steps: Steps
) -> None:
    one, other, holder, watcher = connections
    known = steps(
        "ALTER TABLE organizer ADD COLUMN a text;", "INSERT INTO organizer (id, name) VALUES ('once', 'Once');"
    )
    told: list[str] = []
    async with holder.transaction():
        await holder.execute("LOCK TABLE organizer IN ROW EXCLUSIVE MODE")
        first = asyncio.create_task(schema.apply(one, contract=False, known=known, patience=QUICK))
        await wait_for(lambda: waits_for_a_lock(watcher, one.get_server_pid()))
        second = asyncio.create_task(schema.apply(other, contract=False, known=known, tell=told.append))

        async def second_waits() -> bool:
            return bool(told)

        await wait_for(second_waits)
        assert await ended(watcher) == []
    await asyncio.gather(first, second)
    assert told == ["another process is at it: waiting …"]
    assert await ended(watcher) == [1, 2]
    assert await watcher.fetchval("SELECT count(*) FROM organizer") == 1


async def test_a_step_that_fails_leaves_what_came_before_it(
    connections: list[asyncpg.Connection], steps: Steps
) -> None:
    one = connections[0]
    good, last = "ALTER TABLE organizer ADD COLUMN a text;", "ALTER TABLE organizer ADD COLUMN c text;"
    known = steps(good, "ALTER TABLE organizer ADD COLUMN b text; SELECT 1 / 0;", last)
    said = rf"{known[-2].name} failed: division by zero\nNothing of it was done; .* run the same command again"
    with pytest.raises(StoreFault, match=said):
        await schema.apply(one, contract=False, known=known)
    assert await ended(one) == [1]
    columns = """SELECT array_agg(attname ORDER BY attnum) FROM pg_attribute
                 WHERE attrelid = 'organizer'::regclass AND attname IN ('a', 'b', 'c')"""
    assert await one.fetchval(columns) == ["a"]

    mended = steps(good, "ALTER TABLE organizer ADD COLUMN b text;", last)
    await schema.apply(one, contract=False, known=mended)
    assert await ended(one) == [1, 2, 3]
    assert await one.fetchval(columns) == ["a", "b", "c"]


async def test_a_process_that_dies_between_two_steps(connections: list[asyncpg.Connection], steps: Steps) -> None:
    one, other, *_ = connections
    known = steps(*(f"ALTER TABLE organizer ADD COLUMN {name} text;" for name in "abc"))

    def dies_before_the_second(line: str) -> None:
        if line.startswith(known[-2].name):
            one.terminate()

    with pytest.raises(StoreFault, match=known[-2].name):
        await schema.apply(one, contract=False, known=known, tell=dies_before_the_second)
    assert await ended(other) == [1]
    assert [step.name for step in (await standing(other, known)).missing] == [step.name for step in known[-2:]]
    await schema.apply(other, contract=False, known=known)
    assert await ended(other) == [1, 2, 3]


async def test_writers_of_a_busy_table_never_wait_for_the_step_that_waits(
    connections: list[asyncpg.Connection], steps: Steps
) -> None:
    """A long transaction keeps the step from its lock; it stands back again and again, and nobody queues behind it."""
    one, holder, writer, watcher = connections
    await one.execute(ORGANIZERS)
    known = steps("ALTER TABLE organizer ADD COLUMN a text NOT NULL DEFAULT '';")
    async with holder.transaction():
        await holder.execute("UPDATE organizer SET name = 'held' WHERE id = 'org_1'")
        applying = asyncio.create_task(schema.apply(one, contract=False, known=known, patience=QUICK))
        for number in range(2, 12):
            await wait_for(lambda: waits_for_a_lock(watcher, one.get_server_pid()))
            async with asyncio.timeout(WAIT_S_MAX):
                await writer.execute("UPDATE organizer SET name = 'written' WHERE id = $1", f"org_{number}")
                assert await writer.fetchval("SELECT name FROM organizer WHERE id = 'org_1'") == "Organizer"
        assert not applying.done()
    await applying
    assert await ended(watcher) == [1]


async def test_a_step_that_never_gets_its_lock_says_so(connections: list[asyncpg.Connection], steps: Steps) -> None:
    one, holder, *_ = connections
    known = steps("ALTER TABLE organizer ADD COLUMN a text;")
    async with holder.transaction():
        await holder.execute("LOCK TABLE organizer IN ACCESS SHARE MODE")
        with pytest.raises(StoreFault, match=r"did not get its locks: .*\nNothing of it was done.*pg_stat_activity"):
            await schema.apply(one, contract=False, known=known, patience=Patience(wait_ms=20, tries=3, pause_s=0.01))
    await schema.apply(one, contract=False, known=known)
    assert await one.fetchval("SHOW lock_timeout") == "0"


INDEX = "CREATE INDEX CONCURRENTLY IF NOT EXISTS organizer_by_name ON organizer (name);"
VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('organizer_by_name')"


async def test_an_index_is_built_beside_writers_and_again_when_it_was_cut_short(
    connections: list[asyncpg.Connection], steps: Steps
) -> None:
    one, holder, writer, other = connections
    await one.execute(ORGANIZERS)
    known = steps(INDEX, how="outside", locks="organizer (share update exclusive)")
    async with holder.transaction():
        await holder.execute("UPDATE organizer SET name = 'held' WHERE id = 'org_1'")
        building = asyncio.create_task(schema.apply(one, contract=False, known=known))
        await wait_for(lambda: waits_for_a_lock(other, one.get_server_pid()))
        await writer.execute("UPDATE organizer SET name = 'written' WHERE id = 'org_2'")
        await other.execute("SELECT pg_terminate_backend($1)", one.get_server_pid())
        with pytest.raises(StoreFault, match="What it did stays"):
            await building
    assert await other.fetchval(VALID) is False
    assert await ended(other) == []
    assert [step.number for step in (await standing(other, known)).missing] == [known[-1].number]
    await schema.apply(other, contract=False, known=known)
    assert await other.fetchval(VALID) is True
    assert await ended(other) == [1]


async def test_a_backfill_goes_batch_by_batch_and_on_where_it_was_cut_short(
    connections: list[asyncpg.Connection], steps: Steps
) -> None:
    one, other, *_ = connections
    await one.execute(ORGANIZERS)
    fill = (
        "-- repeat\nUPDATE organizer SET name = 'filled' WHERE id IN\n"
        "    (SELECT id FROM organizer WHERE name = 'Organizer' ORDER BY id LIMIT 100);"
    )
    known = steps(
        f"{fill}\n\nUPDATE organizer SET name = 'last' WHERE id = 'org_1';",
        how="outside",
        locks="organizer (row exclusive)",
    )
    # The row of the last batch but one can't be written yet.
    last = await one.fetchval("SELECT id FROM organizer ORDER BY id OFFSET 850 LIMIT 1")
    await one.execute(f"ALTER TABLE organizer ADD CONSTRAINT not_yet CHECK (id <> '{last}' OR name <> 'filled')")
    with pytest.raises(StoreFault, match="not_yet"):
        await schema.apply(one, contract=False, known=known)
    assert await one.fetchval("SELECT count(*) FROM organizer WHERE name = 'filled'") == 800
    assert await ended(one) == []
    await one.execute("ALTER TABLE organizer DROP CONSTRAINT not_yet")
    await schema.apply(other, contract=False, known=known)
    assert await other.fetchval("SELECT count(DISTINCT xmin::text) FROM organizer") == 11
    assert await other.fetchval("SELECT count(*) FROM organizer WHERE name IN ('filled', 'last')") == 1000
    assert await ended(other) == [1]


@pytest.mark.parametrize("kind", ["expand", "contract"])
async def test_a_newer_release_may_have_expanded_the_database_but_not_contracted_it(
    connections: list[asyncpg.Connection], steps: Steps, kind: str
) -> None:
    one = connections[0]
    version = await one.fetchval("SELECT version FROM schema_version")
    await schema.apply(one, contract=True, known=steps("ALTER TABLE organizer ADD COLUMN a text;", kind=kind))
    before = await shape(one)
    if kind == "expand":
        await check(one)
        await schema.apply(one, contract=True)
        assert await one.fetchval("SELECT version FROM schema_version") == version
    else:
        with pytest.raises(StoreFault, match="after which only a newer Aforo can run: start that one"):
            await check(one)
        with pytest.raises(StoreFault, match="only a newer Aforo"):
            await schema.apply(one, contract=True)
        assert await one.fetchval("SELECT version FROM schema_version") == shipped()[-1].number + 1
    assert await shape(one) == before


async def test_what_contracts_waits_until_it_is_asked_for(
    connections: list[asyncpg.Connection], steps: Steps, tmp_path: Path
) -> None:
    one = connections[0]
    (contracts,) = steps("ALTER TABLE organizer DROP COLUMN created_at;", kind="contract")[-1:]
    (tmp_path / f"{contracts.number + 1:04d}_test.sql").write_text(
        HEADER.format(kind="expand", how="in", locks="organizer (access exclusive)")
        + "ALTER TABLE organizer ADD COLUMN a text;\n"
    )
    known = (*shipped(), *read(tmp_path))
    await schema.apply(one, contract=False, known=known)
    assert await ended(one) == [2]
    found = await standing(one, known)
    assert found.unfit is None, "the new release serves before the old one is gone"
    assert [step.number for step in found.missing] == [contracts.number]
    await schema.apply(one, contract=True, known=known)
    assert await ended(one) == [1, 2]


async def test_a_step_that_was_changed_or_replaced_after_it_ran_is_told(
    connections: list[asyncpg.Connection], steps: Steps
) -> None:
    one = connections[0]
    await schema.apply(one, contract=False, known=steps("ALTER TABLE organizer ADD COLUMN a text;"))
    changed = steps("ALTER TABLE organizer ADD COLUMN b text;")
    with pytest.raises(StoreFault, match="is not as it was when the database had it"):
        await schema.apply(one, contract=False, known=changed)
    await one.execute(
        "UPDATE schema_step SET checksum = $1, name = '0006_other' WHERE number = $2",
        changed[-1].checksum,
        changed[-1].number,
    )
    with pytest.raises(StoreFault, match="has had 0006_other, where this Aforo has"):
        await schema.apply(one, contract=False, known=changed)
