"""Linking: appends rows to their chains once no earlier row can appear any more.

Owns: audit_link and audit_horizon. A row is linked once every transaction numbered before its own has ended.
Guarantees: a step is one transaction under one lock: it happens whole or not at all, and two workers take turns; a row
that somebody puts below the horizon is not linked any more, and `check` finds it. Fails as Postgres does.
"""

from __future__ import annotations

import asyncpg

from engine.audit import sql
from engine.audit.model import FIRST_PREVIOUS, INSTALLATION, link_hash, said_of
from engine.audit.reading import acts
from engine.limits import AUDIT_HORIZON_LAG_MAX, AUDIT_LINKS_PER_STEP_MAX


class Linker:
    def __init__(
        self, db: asyncpg.Pool, links_max: int = AUDIT_LINKS_PER_STEP_MAX, lag_max: int = AUDIT_HORIZON_LAG_MAX
    ) -> None:
        self._db = db
        self._links_max = links_max
        self._lag_max = lag_max

    async def step(self) -> int:
        """Link all that may be linked; answers how many rows that were."""
        count = 0
        while await self._db.fetchval(sql.ANY_TO_LINK, self._lag_max):
            count += (some := await self._link_some())
            if not some:
                break
        return count

    async def due_s(self) -> float | None:
        """None: what can't be linked yet waits for a transaction to end, and that is seen."""
        return None

    async def _link_some(self) -> int:
        async with self._db.acquire() as connection, connection.transaction():
            horizon = await connection.fetchval(sql.LOCK_HORIZON)
            now = await connection.fetchrow(sql.SETTLED, horizon)
            if now["moved"]:
                # After a restore elsewhere transaction ids start over: rows with ids from the future are old.
                rows = await connection.fetch(sql.TO_LINK_AFTER_A_MOVE, now["coming"], now["settled"], self._links_max)
            else:
                rows = await connection.fetch(sql.TO_LINK, horizon, now["settled"], self._links_max)
            await write_links(connection, [row["id"] for row in rows])
            all_linked = len(rows) < self._links_max
            if all_linked or not now["moved"]:
                await connection.execute(sql.SET_HORIZON, now["settled"] if all_linked else rows[-1]["xid"])
        return len(rows)


async def write_links(connection: asyncpg.Connection, ids: list[int]) -> None:
    """Append the rows to their chains, in this order."""
    found = await acts(connection, ids)
    rows = [(found[each], found[each]["organizer_id"] or INSTALLATION) for each in ids]
    ends = {
        end["chain"]: (end["number"], end["hash"])
        for end in await connection.fetch(sql.ENDS, sorted({chain for _, chain in rows}))
    }
    links = []
    for row, chain in rows:
        last, previous = ends.get(chain, (0, FIRST_PREVIOUS))
        made = link_hash(previous, said_of(row, last + 1))
        ends[chain] = (last + 1, made)
        links.append((chain, last + 1, row["id"], made))
    if links:
        await connection.execute(sql.INSERT_LINKS, *map(list, zip(*links, strict=True)))
