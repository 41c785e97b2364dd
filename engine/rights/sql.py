"""The SQL of rights."""

# ── who ──

# When people last paid for something, how often, and whether it cost anything. Orders are found by their buyers.
PAID = """
SELECT o.person_id, count(*) AS orders, max(o.paid_at) FILTER (WHERE o.total > 0) AS last_at
FROM order_of_person o WHERE o.buyer_id = ANY ($2::text[]) AND o.person_id = ANY ($1::text[]) AND o.paid_at IS NOT NULL
GROUP BY o.person_id
"""

# ── what was erased ──

NOTE = "INSERT INTO erasure (id, organizer_id, list) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
KNOWN = "SELECT id FROM erasure WHERE id = ANY ($1::text[])"
AFTER = "SELECT number, list FROM erasure WHERE number > $1 ORDER BY number LIMIT $2"
UNCLEARED = "SELECT list FROM erasure WHERE cleared_at IS NULL ORDER BY number LIMIT $1"
IS_UNCLEARED = "SELECT EXISTS (SELECT FROM erasure WHERE cleared_at IS NULL)"
CLEARED = "UPDATE erasure SET cleared_at = now() WHERE id = $1"
ORDERS = "SELECT id FROM order_of_person WHERE buyer_id = ANY ($2::text[]) AND person_id = ANY ($1::text[])"
