"""Small settings that all processes of one installation share: whoever asks first decides, and everybody agrees."""

from __future__ import annotations

import asyncpg

PUT = "INSERT INTO installation (name, value) VALUES ($1, to_jsonb($2::text)) ON CONFLICT DO NOTHING"
READ = "SELECT value FROM installation WHERE name = $1"


async def shared_setting(db: asyncpg.Pool, name: str, proposed: str) -> str:
    """The value that is kept under a name; `proposed` when there was none."""
    await db.execute(PUT, name, proposed)
    return str(await db.fetchval(READ, name))
