"""Which rows of orders are kept for a while only: carts, which say how people shopped, and what was to be told."""

from __future__ import annotations

from engine.limits import CART_KEPT_DAYS, OUTBOX_KEPT_DAYS
from engine.stores.old_rows import OldRows

CARTS = """
DELETE FROM cart WHERE (sale_id, id) IN (
    SELECT c.sale_id, c.id FROM sale s JOIN cart c ON c.sale_id = s.id
    WHERE s.closes_at < now() - make_interval(days => $1) LIMIT $2)
"""
OUTBOX = """
DELETE FROM outbox WHERE id IN (
    SELECT id FROM outbox WHERE created_at < now() - make_interval(days => $1) ORDER BY id LIMIT $2)
"""
OLD_ROWS = (OldRows("cart", CARTS, CART_KEPT_DAYS), OldRows("outbox", OUTBOX, OUTBOX_KEPT_DAYS))
