"""Connections to Postgres: a pool, or one alone.

Owns how JSON travels: as Python values. Fails with StoreFault when Postgres cannot be reached.
"""

import asyncpg
import orjson

from engine.stores.faults import StoreFault

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
