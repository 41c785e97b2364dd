"""Whom orders, carts, answers and profiles refer to: in the vault or erased, and of the buyer who typed them.

Reads tables of several contexts, as only verify may. By the second half of it carts and orders are found by buyers.
"""

from __future__ import annotations

import asyncpg

from engine.context import Violation
from engine.limits import PERSONS_PER_COPY

REFERRED = 16  # as what else must hold of the vault
FOUND_MAX = 200
ASTRAY = """
SELECT r.what, r.id, r.person_id, p.id IS NULL AS lost
FROM (SELECT 'order' AS what, id, buyer_id, person_id FROM orders WHERE sale_id = $1 AND person_id IS NOT NULL
      UNION ALL
      SELECT 'cart', id, buyer_id, person_id FROM cart WHERE sale_id = $1 AND person_id IS NOT NULL
      UNION ALL
      SELECT 'what was answered with order', o.id, o.buyer_id, a.person_id
      FROM order_answers a JOIN orders o ON o.sale_id = a.sale_id AND o.id = a.order_id WHERE a.sale_id = $1
      UNION ALL
      SELECT 'the receipt of order', o.id, o.buyer_id, i.person_id
      FROM order_tax_identity i JOIN orders o ON o.sale_id = i.sale_id AND o.id = i.order_id
      WHERE i.sale_id = $1 AND i.person_id IS NOT NULL
      UNION ALL
      SELECT 'what was answered in cart', c.id, c.buyer_id, a.person_id
      FROM cart_answers a JOIN cart c ON c.sale_id = a.sale_id AND c.id = a.cart_id WHERE a.sale_id = $1) AS r
LEFT JOIN vault_person p ON p.id = r.person_id
WHERE p.id IS NULL OR p.erased_at IS NULL AND p.buyer_id IS DISTINCT FROM r.buyer_id
ORDER BY r.what, r.id LIMIT $2
"""
PROFILES = """
SELECT f.number, f.person_id, p.id IS NULL AS lost
FROM (SELECT number, person_id FROM profile WHERE number > $1 ORDER BY number LIMIT $2) AS f
LEFT JOIN vault_person p ON p.id = f.person_id ORDER BY f.number
"""


async def referred_violations(connection: asyncpg.Connection, sale: str) -> list[Violation]:
    """Orders, carts and answers of a sale that refer to nobody, or to somebody else's person."""
    rows = await connection.fetch(ASTRAY, sale, FOUND_MAX)
    return [
        Violation(
            REFERRED,
            f"{row['what']} {row['id']}",
            f"refers to {row['person_id']}, who is {'not in the vault' if row['lost'] else 'of another buyer'}",
        )
        for row in rows
    ]


async def profile_violations(db: asyncpg.Pool) -> list[Violation]:
    """Profiles that refer to nobody."""
    found: list[Violation] = []
    after = 0
    while rows := await db.fetch(PROFILES, after, PERSONS_PER_COPY):
        found += [
            Violation(REFERRED, f"profile {row['number']}", f"refers to {row['person_id']}, who is not in the vault")
            for row in rows
            if row["person_id"] is not None and row["lost"]
        ]
        after = rows[-1]["number"]
    return found
