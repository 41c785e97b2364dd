"""Writers: the transaction that has been writing for longest, which consumers of the outbox wait for.

Sees those of every database of the server, as far as the user of Postgres may see them. Fails as Postgres does.
"""

from __future__ import annotations

from dataclasses import dataclass

import asyncpg

from engine.limits import WRITING_S_MAX

OLDEST = """
SELECT pid, datname, application_name, extract(epoch FROM clock_timestamp() - xact_start)::float8 AS seconds
FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid() ORDER BY xact_start LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Writer:
    pid: int
    database: str
    application: str
    seconds: float

    @property
    def is_late(self) -> bool:
        return self.seconds > WRITING_S_MAX

    def __str__(self) -> str:
        return f"{self.application or 'somebody'} (process {self.pid} of Postgres, database {self.database})"


async def oldest_writer(db: asyncpg.Pool) -> Writer | None:
    row = await db.fetchrow(OLDEST)
    if row is None:
        return None
    return Writer(row["pid"], row["datname"], row["application_name"], row["seconds"])
