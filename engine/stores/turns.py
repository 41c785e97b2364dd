"""Turns: transactions that take the same turn come one after the other.

Guarantees: a turn lasts until its transaction ends, and ends with it in any case. Every process of the installation
hashes a name alike, so a name never changes. Fails as Postgres does.
"""

from __future__ import annotations

import asyncpg

TAKE = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
TAKE_BY_INDEX = "SELECT set_config('enable_seqscan', 'off', true), pg_advisory_xact_lock(hashtextextended($1, 0))"


async def take_turn(connection: asyncpg.Connection, name: str, *, by_index: bool = False) -> None:
    """Wait until no other transaction has this turn. `by_index`: what follows in it is planned without table scans."""
    await connection.execute(TAKE_BY_INDEX if by_index else TAKE, name)
