"""The SQL of answers."""

LOCK_CARTS = """
SELECT FROM unnest($1::text[], $2::text[]) AS a (sale_id, id)
JOIN cart c ON c.sale_id = a.sale_id AND c.id = a.id ORDER BY c.sale_id, c.id FOR UPDATE OF c
"""
READ_CART_ANSWERS = """
SELECT c.sale_id, c.cart_id, c.person_id, c.answers, c.tax_identity, p.ring_key, p.data_key, p.sealed
FROM unnest($1::text[], $2::text[]) AS a (sale_id, id)
CROSS JOIN LATERAL (
    SELECT * FROM cart_answers WHERE cart_answers.sale_id = a.sale_id AND cart_answers.cart_id = a.id
) AS c
LEFT JOIN LATERAL (SELECT * FROM sealed_person WHERE sealed_person.id = c.person_id) AS p ON true
"""
WRITE_CART_ANSWERS = """
INSERT INTO cart_answers (sale_id, cart_id, person_id, answers, tax_identity)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::bytea[])
ON CONFLICT (sale_id, cart_id) DO UPDATE
SET person_id = excluded.person_id, answers = excluded.answers, tax_identity = excluded.tax_identity
"""
# An order has its own by then.
FORGET_ENDED = "DELETE FROM cart_answers WHERE sale_id = $1 AND cart_id = ANY ($2::text[])"
PLACE_ORDER_ANSWERS = """
INSERT INTO order_answers (sale_id, order_id, person_id, answers)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::bytea[])
"""
READ_ORDER_ANSWERS = """
SELECT o.sale_id, o.order_id, o.person_id, o.answers, p.ring_key, p.data_key, p.sealed
FROM unnest($1::text[], $2::text[]) AS a (sale_id, id)
CROSS JOIN LATERAL (
    SELECT * FROM order_answers WHERE order_answers.sale_id = a.sale_id AND order_answers.order_id = a.id
) AS o
CROSS JOIN LATERAL (SELECT * FROM sealed_person WHERE sealed_person.id = o.person_id) AS p
"""

# ── erasing: of some people ($1), found by the buyers ($2) who typed them ──

LOCK_CARTS_OF = """
SELECT FROM cart WHERE buyer_id = ANY ($2::text[]) AND person_id = ANY ($1::text[]) ORDER BY sale_id, id FOR UPDATE
"""
FORGET_CART_ANSWERS = """
DELETE FROM cart_answers a USING cart c
WHERE c.buyer_id = ANY ($2::text[]) AND a.sale_id = c.sale_id AND a.cart_id = c.id
    AND (c.person_id = ANY ($1::text[]) OR a.person_id = ANY ($1::text[]))
RETURNING a.person_id
"""
FORGET_ORDER_ANSWERS = """
DELETE FROM order_answers a USING orders o
WHERE o.buyer_id = ANY ($2::text[]) AND a.sale_id = o.sale_id AND a.order_id = o.id
    AND (o.person_id = ANY ($1::text[]) OR a.person_id = ANY ($1::text[]))
"""

# ── retention ──

FORGET_OLD = """
DELETE FROM order_answers WHERE (sale_id, order_id) IN (
    SELECT a.sale_id, a.order_id FROM sale_moment m JOIN order_answers a ON a.sale_id = m.id
    WHERE m.over_at < now() - make_interval(days => $1) LIMIT $2)
"""
DUE_OLD = """
SELECT count(*) FROM (
    SELECT FROM sale_moment m JOIN order_answers a ON a.sale_id = m.id
    WHERE m.over_at < now() - make_interval(days => $1) LIMIT $2) AS due
"""

# ── for themselves to read: of some people ($1), found by their buyers ($2) ──

KNOWN_ORDERS = """
SELECT o.sale_id, o.id, o.code FROM orders o JOIN order_answers a ON a.sale_id = o.sale_id AND a.order_id = o.id
JOIN sale_terms s ON s.id = o.sale_id
WHERE o.buyer_id = ANY ($2::text[]) AND (o.person_id = ANY ($1::text[]) OR a.person_id = ANY ($1::text[]))
  AND ($3::text IS NULL OR s.organizer_id = $3)
ORDER BY o.placed_at, o.id LIMIT $4
"""
KNOWN_CARTS = """
SELECT c.sale_id, c.id, c.buyer_id FROM cart c JOIN cart_answers a ON a.sale_id = c.sale_id AND a.cart_id = c.id
JOIN sale_terms s ON s.id = c.sale_id
WHERE c.buyer_id = ANY ($2::text[]) AND (c.person_id = ANY ($1::text[]) OR a.person_id = ANY ($1::text[]))
  AND ($3::text IS NULL OR s.organizer_id = $3)
ORDER BY c.opened_at, c.id LIMIT $4
"""
