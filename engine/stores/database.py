"""Connections to Postgres, a pool or one alone; and settings that all processes share.

Owns how JSON travels: as Python values. Guarantees: of a pool, no transaction that may write lasts longer than
WRITING_S_MAX, since consumers of the outbox wait for the oldest one; one alone, as steps of the schema use it, takes
the time it takes. Fails with StoreFault when Postgres cannot be reached.
"""

import os
from typing import Any

import asyncpg
import orjson

from engine.limits import (
    DATABASE_COMMAND_S_MAX,
    DATABASE_CONNECT_S_MAX,
    DATABASE_CONNECTIONS_MAX,
    OFFICE_CONNECTIONS_MAX,
    WRITING_S_MAX,
)
from engine.stores.faults import StoreFault

HAS_TRANSACTION_TIMEOUT = 17

UNREACHABLE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


def bounds(major: int) -> str:
    """The SET LOCAL that bounds a transaction. Before Postgres 17 only its statements and pauses can be bounded."""
    bounded = ["transaction_timeout"]
    if major < HAS_TRANSACTION_TIMEOUT:
        bounded = ["statement_timeout", "idle_in_transaction_session_timeout"]
    return "".join(f" SET LOCAL {name} = '{WRITING_S_MAX}s';" for name in bounded)


class BoundedConnection(asyncpg.Connection):
    """Bounds each writing transaction in the message that begins it; reading ones are not bounded.

    The pool sends nothing to clear a connection that is released, which would double the round trips of most calls:
    `make check` refuses statements that change a session.
    """

    __slots__ = ()

    def get_reset_query(self) -> str:
        return ""

    async def execute(self, query: str, *args: object, **more: Any) -> str:
        if query.startswith("BEGIN") and "READ ONLY" not in query:
            query += bounds(self.get_server_version().major)
        done: str = await super().execute(query, *args, **more)
        return done


async def connect(
    url: str, *, connections_max: int = DATABASE_CONNECTIONS_MAX, connections_min: int = 1, name: str = "aforo"
) -> asyncpg.Pool:
    """A pool on the database at `url`, shown there as `name`; StoreFault when it cannot be reached."""
    try:
        return await asyncpg.create_pool(
            url,
            min_size=connections_min,
            max_size=connections_max,
            command_timeout=DATABASE_COMMAND_S_MAX,
            timeout=DATABASE_CONNECT_S_MAX,
            init=speak_json,
            connection_class=BoundedConnection,
            server_settings={
                "application_name": f"{name} {os.getpid()}",
                "statement_timeout": f"{DATABASE_COMMAND_S_MAX:.0f}s",  # as the pool, also when its process is gone
            },
        )
    except UNREACHABLE as error:
        raise StoreFault(f"Postgres does not answer: {error}") from error


async def connect_office(url: str, *, name: str = "aforo") -> asyncpg.Pool:
    """A pool for the office (office.py), whose asks take no connection from sales. It has none until it is asked."""
    return await connect(url, connections_max=OFFICE_CONNECTIONS_MAX, connections_min=0, name=f"{name} office")


async def connect_one(url: str) -> asyncpg.Connection:
    """One connection with no pool round it: for set-up, and for listening."""
    try:
        connection = await asyncpg.connect(url, timeout=DATABASE_CONNECT_S_MAX)
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


PUT = "INSERT INTO installation (name, value) VALUES ($1, to_jsonb($2::text)) ON CONFLICT DO NOTHING"
READ = "SELECT value FROM installation WHERE name = $1"


async def shared_setting(db: asyncpg.Pool, name: str, proposed: str) -> str:
    """The value that is kept under a name; `proposed` when there was none."""
    await db.execute(PUT, name, proposed)
    return str(await db.fetchval(READ, name))
