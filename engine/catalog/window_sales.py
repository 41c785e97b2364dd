"""Sales of promos: one per window, without an event or a room, with one pool.

Each call is made inside its caller's transaction. Calls Postgres only, and fails as it does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from engine.catalog.writing import new_draw

INSERT_SALE = """
INSERT INTO sale (kind, id, organizer_id, currency, person_max, cart_ms, prices, visibility, opens_at, closes_at,
                  paused, draw_secret, draw_commit)
VALUES ('promo', $1, $2, $3, $4, $5, $6, 'hidden', $7, $8, $9, $10, $11)
ON CONFLICT DO NOTHING RETURNING id
"""
INSERT_POOL = "INSERT INTO pool (sale_id, id, name, capacity) VALUES ($1, $2, $3, $4)"
IS_OF_A_WINDOW = "SELECT id FROM sale WHERE id = $1 AND organizer_id = $2 AND kind = 'promo'"


@dataclass(frozen=True, slots=True)
class WindowSale:
    """What the sale of a window is to be."""

    id: str
    organizer_id: str
    currency: str
    person_max: int
    cart_ms: int
    pool: str
    product: str  # the name of the pool
    stock: int
    prices: Mapping[str, int]  # ticket type id → minor units
    opens_at: datetime
    closes_at: datetime
    paused: bool


async def write_window_sale(db: asyncpg.Connection, sale: WindowSale) -> bool:
    """Make the sale, with its pool; False when there is a sale of that id."""
    secret, commit = new_draw()
    made = await db.fetchval(
        INSERT_SALE,
        *(sale.id, sale.organizer_id, sale.currency, sale.person_max, sale.cart_ms, {sale.pool: dict(sale.prices)}),
        *(sale.opens_at, sale.closes_at, sale.paused, secret, commit),
    )
    if made is None:
        return False
    await db.execute(INSERT_POOL, sale.id, sale.pool, sale.product, sale.stock)
    return True


async def is_window_sale(db: asyncpg.Connection, sale_id: str, organizer_id: str) -> bool:
    """Whether the sale of that id is one of a window, and this organizer's."""
    return await db.fetchval(IS_OF_A_WINDOW, sale_id, organizer_id) is not None
