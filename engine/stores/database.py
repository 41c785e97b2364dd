"""Connections to Postgres: a pool, or one alone.

Owns how JSON travels: as Python values. Guarantees: of a pool, no transaction that may write lasts longer than
WRITING_S_MAX, since consumers of the outbox wait for the oldest one; one alone, as steps of the schema use it, takes
the time it takes. Fails with StoreFault when Postgres cannot be reached.
"""

import os
from typing import Any

import asyncpg
import orjson

from engine.limits import WRITING_S_MAX
from engine.stores.faults import StoreFault

CONNECTIONS_MAX = 10
COMMAND_S = 15.0
CONNECT_S = 5.0
HAS_TRANSACTION_TIMEOUT = 17

UNREACHABLE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


def bounds(major: int) -> str:
    """What a transaction of such a Postgres begins with to be bounded. Before 17 only its parts can be."""
    bounded = ["transaction_timeout"]
    if major < HAS_TRANSACTION_TIMEOUT:
        bounded = ["statement_timeout", "idle_in_transaction_session_timeout"]
    return "".join(f" SET LOCAL {name} = '{WRITING_S_MAX}s';" for name in bounded)


class BoundedConnection(asyncpg.Connection):
    """Its transactions are bounded as they begin, in the same message; those that only read are not.

    Whoever gives it back to the pool leaves nothing behind: `make check` refuses statements that change a session. So
    the pool sends nothing to clear it, which would double the round trips of most calls.
    """

    __slots__ = ()

    def get_reset_query(self) -> str:
        return ""

    async def execute(self, query: str, *args: object, **more: Any) -> str:
        if query.startswith("BEGIN") and "READ ONLY" not in query:
            query += bounds(self.get_server_version().major)
        done: str = await super().execute(query, *args, **more)
        return done


async def connect(url: str, *, connections_max: int = CONNECTIONS_MAX, name: str = "aforo") -> asyncpg.Pool:
    """A pool on the database at `url`, which knows it by its name; StoreFault when it cannot be reached."""
    try:
        return await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=connections_max,
            command_timeout=COMMAND_S,
            timeout=CONNECT_S,
            init=speak_json,
            connection_class=BoundedConnection,
            server_settings={
                "application_name": f"{name} {os.getpid()}",
                "statement_timeout": f"{COMMAND_S:.0f}s",  # as the pool, also when its process is gone
            },
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
