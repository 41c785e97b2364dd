"""Brings a database to the schema of this release, step by step.

Writes schema_step and schema_version. Guarantees that one process at a time does it, that finished steps are noted, and
that nobody queues behind its locks for longer than `Patience`. A step that fails leaves what came before it; StoreFault
says which step, and what to do.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import asyncpg

from engine.stores.database import UNREACHABLE
from engine.stores.faults import StoreFault
from engine.stores.scripts import resource
from engine.stores.standing import FIRST, Standing, standing
from engine.stores.steps import Kind, Statement, Step, shipped

# An arbitrary number that every process of Aforo uses.
SCHEMA_LOCK = 0x41F0_7000
LOOK_S = 0.2  # between looks whether another process is done

NOTE = "INSERT INTO schema_step (number, name, kind, checksum, began_at, took_ms) VALUES ($1, $2, $3, $4, $5, $6)"
# A step in a transaction begins when its transaction does.
NOTE_NOW = """
INSERT INTO schema_step (number, name, kind, checksum, took_ms)
VALUES ($1, $2, $3, $4, 1000 * extract(epoch FROM clock_timestamp() - now()))
"""
NOTE_BEGUN = """
INSERT INTO schema_step (number, name, kind, checksum) VALUES ($1, $2, $3, $4)
ON CONFLICT (number) DO UPDATE SET checksum = excluded.checksum, began_at = now()
"""
NOTE_ENDED = """
UPDATE schema_step SET took_ms = 1000 * extract(epoch FROM clock_timestamp() - began_at) WHERE number = $1
"""
RAISE_VERSION = """
INSERT INTO schema_version (version) VALUES ($1)
ON CONFLICT (only_row) DO UPDATE SET version = excluded.version, moved_at = now()
WHERE schema_version.version < excluded.version
"""
HALF_BUILT = "SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass($1) AND NOT indisvalid)"
SET = "SELECT set_config($1, $2, false)"
TRY_LOCK = "SELECT pg_try_advisory_lock($1)"
UNLOCK = "SELECT pg_advisory_unlock($1)"

BUSY = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError)

Tell = Callable[[str], None]
T = TypeVar("T")


@dataclass(frozen=True)
class Patience:
    """How long a step waits for a lock: briefly, since everybody who asks for the table meanwhile queues behind it."""

    wait_ms: int = 1_000
    tries: int = 60
    pause_s: float = 1.0  # a pause that lets the others through


PATIENT = Patience()


async def apply(
    connection: asyncpg.Connection,
    *,
    contract: bool,
    known: Sequence[Step] | None = None,
    tell: Tell = lambda _: None,
    patience: Patience = PATIENT,
) -> None:
    """Make the tables of an empty database, or run what an older one lacks; what contracts only with `contract`."""
    known = shipped() if known is None else known
    async with alone(connection, tell):
        found = await standing(connection, known)
        if found.wrong is not None:
            raise StoreFault(found.wrong)
        if found.empty:
            try:
                await make(connection, known)
            except UNREACHABLE as error:
                raise StoreFault(f"the tables could not be made in the database, and none was: {error}") from error
            tell("made the tables of an empty database")
            return
        chosen, first_contract = found.plan(contract=contract)
        for step in chosen:
            tell(f"{step.name} ({step.kind}) …")
            await run(connection, step, found, patience)
        if first_contract is not None:
            raise StoreFault(
                f"{first_contract.name} is next, and no older Aforo can run after it: stop them all, then run "
                "`aforo db apply --contract`"
            )


@asynccontextmanager
async def alone(connection: asyncpg.Connection, tell: Tell) -> AsyncIterator[None]:
    """One process at a time. The others look now and then: a concurrent index waits for whoever waits in Postgres."""
    waits = False
    while not await connection.fetchval(TRY_LOCK, SCHEMA_LOCK):
        if not waits:
            tell("another process is at it: waiting …")
            waits = True
        await asyncio.sleep(LOOK_S)
    try:
        await connection.execute(SET, "statement_timeout", "0")
        yield
    finally:
        if not connection.is_closed():
            await connection.execute(SET, "lock_timeout", "0")
            await connection.execute(UNLOCK, SCHEMA_LOCK)


async def make(connection: asyncpg.Connection, known: Sequence[Step]) -> None:
    """An empty database becomes what schema.sql says, as if it had had every step."""
    async with connection.transaction():
        await connection.execute(resource("schema.sql").read_text(encoding="utf-8"))
        began_at = await connection.fetchval("SELECT now()")
        for step in known:
            await connection.execute(NOTE, step.number, step.name, step.kind, step.checksum, began_at, 0)
            await raise_version(connection, step)


async def run(connection: asyncpg.Connection, step: Step, found: Standing, patience: Patience) -> None:
    """Run one step, and note it."""
    try:
        if step.in_transaction:
            await patiently(connection, patience, lambda: run_whole(connection, step, found))
        else:
            await run_in_parts(connection, step, patience)
    except UNREACHABLE as error:
        raise StoreFault(told(step, error)) from error


async def patiently(connection: asyncpg.Connection, patience: Patience, attempt: Callable[[], Awaitable[T]]) -> T:
    """Try until it has its locks; between tries everybody else has them."""
    await connection.execute(SET, "lock_timeout", str(patience.wait_ms))
    for _ in range(patience.tries - 1):
        try:
            return await attempt()
        except BUSY:
            await asyncio.sleep(patience.pause_s)
    return await attempt()


async def run_whole(connection: asyncpg.Connection, step: Step, found: Standing) -> None:
    """All of it, or nothing."""
    async with connection.transaction():
        await connection.execute(step.text)
        await connection.execute(NOTE_NOW, step.number, step.name, step.kind, step.checksum)
        if step.number == FIRST:
            for had in found.noted.values():
                await connection.execute(NOTE, had.number, had.name, had.kind, had.checksum, had.began_at, had.took_ms)
        await raise_version(connection, step)


async def run_in_parts(connection: asyncpg.Connection, step: Step, patience: Patience) -> None:
    """Statement by statement; begun again after an interruption, so each may find itself done."""
    await connection.execute(NOTE_BEGUN, step.number, step.name, step.kind, step.checksum)
    for statement in step.statements:
        await run_part(connection, statement, patience)
    async with connection.transaction():
        await connection.execute(NOTE_ENDED, step.number)
        await raise_version(connection, step)


async def run_part(connection: asyncpg.Connection, statement: Statement, patience: Patience) -> None:
    if statement.concurrent:
        # It blocks nobody and waits for everybody, so its time is not bounded.
        await connection.execute(SET, "lock_timeout", "0")
        if statement.builds is not None and await connection.fetchval(HALF_BUILT, statement.builds):
            await connection.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {statement.builds}")
        await connection.execute(statement.text)
        return
    while True:
        said = await patiently(connection, patience, lambda: connection.execute(statement.text))
        if not statement.repeat or said.endswith(" 0"):
            return


async def raise_version(connection: asyncpg.Connection, step: Step) -> None:
    """Tell older releases that they can't run here any more."""
    if step.kind is Kind.CONTRACT:
        await connection.execute(RAISE_VERSION, step.number)


def told(step: Step, error: Exception) -> str:
    """What became of a step, and what to do."""
    left = "Nothing of it was done" if step.in_transaction else "What it did stays, and will not be done twice"
    todo = "See pg_stat_activity for what holds them, and" if isinstance(error, BUSY) else "Mend the cause, and"
    what = "did not get its locks" if isinstance(error, BUSY) else "failed"
    return f"{step.name} {what}: {error}\n{left}; what came before it is in. {todo} run the same command again."
