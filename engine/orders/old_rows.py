"""What of orders is kept for a while only: carts and the sealed keys in them."""

from __future__ import annotations

from engine.limits import CART_KEPT_DAYS, SEALED_KEY_KEPT_DAYS
from engine.stores.old_rows import OldRows

CARTS = """
DELETE FROM cart WHERE (sale_id, id) IN (
    SELECT c.sale_id, c.id FROM sale_terms s JOIN cart c ON c.sale_id = s.id
    WHERE s.closes_at < now() - make_interval(days => $1) LIMIT $2)
"""
SEALED_KEYS = """
UPDATE cart SET key_hash = NULL WHERE (sale_id, id) IN (
    SELECT sale_id, id FROM cart
    WHERE key_hash LIKE 'sealed:%' AND opened_at < now() - make_interval(days => $1) ORDER BY opened_at LIMIT $2)
"""
OLD_ROWS = (
    OldRows("cart", CARTS, CART_KEPT_DAYS),
    OldRows("sealed key", SEALED_KEYS, SEALED_KEY_KEPT_DAYS),
)
