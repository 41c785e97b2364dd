"""The connection pool to Postgres, and bringing a database to the schema this code speaks.

Owns how JSON travels (as Python values) and the schema's version. Guarantees that processes which start at the
same moment apply the schema one after the other, and that a database newer than the code is refused.
"""

from typing import Any

import asyncpg
import orjson

from engine.stores.faults import StoreFault
from engine.stores.scripts import resource

SCHEMA_VERSION = 4
# Any number will do, as long as every process of Aforo takes the same.
SCHEMA_LOCK = 0x41F0_7000

CONNECTIONS_MAX = 10
COMMAND_S = 15.0
CONNECT_S = 5.0

UNREACHABLE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


async def connect(url: str, *, connections_max: int = CONNECTIONS_MAX) -> asyncpg.Pool:
    """A pool on the database at `url`; StoreFault when it cannot be reached."""
    try:
        return await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=connections_max,
            command_timeout=COMMAND_S,
            timeout=CONNECT_S,
            init=speak_json,
        )
    except UNREACHABLE as error:
        raise StoreFault(f"Postgres does not answer: {error}") from error


async def connect_one(url: str) -> asyncpg.Connection:
    """One connection with no pool round it: for set-up, and for listening."""
    try:
        connection = await asyncpg.connect(url, timeout=CONNECT_S)
    except UNREACHABLE as error:
        raise StoreFault(f"Postgres does not answer: {error}") from error
    await speak_json(connection)
    return connection


async def speak_json(connection: asyncpg.Connection) -> None:
    """json and jsonb go in and come out as Python values."""
    for name in ("json", "jsonb"):
        await connection.set_type_codec(name, schema="pg_catalog", encoder=as_json, decoder=orjson.loads, format="text")


def as_json(value: object) -> str:
    return orjson.dumps(value).decode()


async def apply_schema(connection: asyncpg.Connection) -> None:
    """Bring the database to SCHEMA_VERSION, whatever older version it is at; nothing is done twice."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", SCHEMA_LOCK)
        found = await schema_version(connection)
        if found is not None and found > SCHEMA_VERSION:
            raise StoreFault(
                f"the database is at schema version {found}, and this Aforo knows {SCHEMA_VERSION}: "
                "start the newer Aforo that brought it there"
            )
        await connection.execute(resource("schema.sql").read_text(encoding="utf-8"))
        reached = await schema_version(connection)
        if reached != SCHEMA_VERSION:
            raise StoreFault(f"schema.sql leads to version {reached}, not {SCHEMA_VERSION}")


async def schema_version(connection: asyncpg.Connection) -> int | None:
    """The version a database is at, None for an empty one."""
    if await connection.fetchval("SELECT to_regclass('schema_version')") is None:
        return None
    version: Any = await connection.fetchval("SELECT version FROM schema_version")
    return None if version is None else int(version)
