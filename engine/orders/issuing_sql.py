"""Every statement about orders that members make."""

from __future__ import annotations

# What an organizer sells by hand: tickets of its events, and no rehearsals.
SOLD_BY_STAFF = "SELECT 1 FROM sale_terms WHERE id = $1 AND organizer_id = $2 AND kind = 'event'"
# Only of orders that members make: the others need not carry it.
NOTE_ISSUED = "UPDATE orders SET allocation = $3, reason = $4 WHERE sale_id = $1 AND id = $2"
# What a member ($2) gave away in a sale and nobody gave back.
GIVEN_AWAY = """
SELECT count(*) FROM orders o JOIN order_line l ON l.sale_id = o.sale_id AND l.order_id = o.id AND l.live
WHERE o.sale_id = $1 AND o.channel = 'complimentary' AND o.issuer = $2
"""
# The same of everybody, and of that the part of one.
READ_GIVEN_AWAY = """
SELECT count(DISTINCT o.id) AS orders,
       count(*) FILTER (WHERE l.pool_id IS NULL OR l.pool_id NOT LIKE 'product:%') AS tickets,
       coalesce(sum(l.full_price), 0)::bigint AS full_price, count(*) FILTER (WHERE o.issuer = $2) AS issued
FROM orders o JOIN order_line l ON l.sale_id = o.sale_id AND l.order_id = o.id AND l.live
WHERE o.sale_id = $1 AND o.channel = 'complimentary'
"""
