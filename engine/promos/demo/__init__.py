"""Demo promos: a bakery at Puerta del Sol in Madrid, with two offers that run now.

Guarantees: starting again adds nothing while the offers last for hours to come.
"""

from __future__ import annotations

from importlib.resources import files

import asyncpg

from engine.audit import Act
from engine.promos.shelf import CreatedStore, Shelf

NEAR = "40.4168,-3.7038"
HOURS_LEFT_LEAST = 12
STILL_GOOD = """
SELECT count(*) FROM promo_window w JOIN promo m ON m.id = w.promo_id
WHERE m.organizer_id = $1 AND w.live AND w.ended_at IS NULL AND w.closes_at > now() + make_interval(hours => $2)
"""


async def ensure_demo_promos(db: asyncpg.Pool, shelf: Shelf, by: Act) -> None:
    """Make the demo promos when there are none, or they end soon."""
    if await db.fetchval(STILL_GOOD, by.organizer_id, HOURS_LEFT_LEAST):
        return
    text = files("engine.promos.demo").joinpath("bakery.yaml").read_text(encoding="utf-8")
    created = await shelf.store_from_yaml(text, by)
    if not isinstance(created, CreatedStore):
        raise RuntimeError(f"the demo promos are not valid: {'; '.join(map(str, created))}")
