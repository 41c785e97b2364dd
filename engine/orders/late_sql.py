"""Every statement about money that came late."""

from __future__ import annotations

NOTE_LATE = """
WITH late AS (
    UPDATE orders SET settled_at = NULL FROM unnest($2::text[], $3::bigint[], $4::text[]) AS l (id, amount, reference)
    WHERE orders.sale_id = $1 AND orders.id = l.id RETURNING orders.id, l.amount, l.reference
)
INSERT INTO payment (sale_id, sale_kind, order_id, provider, state, amount, reference, answered_at)
SELECT sale.id, sale.kind, late.id, $5, 'captured', late.amount, late.reference, now()
FROM sale_terms AS sale, late WHERE sale.id = $1
ON CONFLICT (sale_id, order_id) DO UPDATE SET state = 'captured', amount = excluded.amount,
    reference = excluded.reference, answered_at = now()
"""
LOCK_LATE = """
SELECT o.state, o.total - o.credit AS due, o.credit, o.buyer_id, o.cart_id, o.price_list, EXISTS (
    SELECT FROM orders n WHERE n.buyer_id = o.buyer_id AND n.sale_id = o.sale_id AND n.cart_id = o.cart_id
        AND n.id <> o.id AND n.state IN ('paying', 'awaiting', 'paid')
) OR EXISTS (
    SELECT FROM cancellation c WHERE o.sale_id = ANY (c.sales) AND c.places = '{}' AND c.otherwise <> 'keep'
) AS replaced
FROM orders o WHERE o.sale_id = $1 AND o.id = $2 FOR UPDATE OF o
"""
READ_ALL_SOLD_SEATS = "SELECT seat FROM order_line WHERE sale_id = $1 AND live AND seat IS NOT NULL"
REVIVE_LINES = """
UPDATE order_line SET live = true, seat = r.seat
FROM unnest($3::integer[], $4::integer[]) AS r (line, seat)
WHERE order_line.sale_id = $1 AND order_line.order_id = $2 AND order_line.line = r.line
"""
MARK_REFUNDING = """
UPDATE orders SET state = 'refunding', settled_at = NULL FROM sale_terms AS sale
WHERE sale.id = $1 AND orders.sale_id = $1 AND orders.id = $2
RETURNING orders.currency, sale.organizer_id, sale.kind
"""
MARK_REFUND_DUE = """
INSERT INTO payment (sale_id, sale_kind, order_id, provider, state, amount, answered_at)
SELECT id, kind, $2, $3, 'refund_due', $4, now() FROM sale_terms WHERE id = $1
ON CONFLICT (sale_id, order_id) DO UPDATE SET state = 'refund_due', amount = $4, answered_at = now()
"""
# By the order's state: word of the money that comes once more at that moment may have noted it as captured again.
READ_REFUND_DUE = """
SELECT p.amount FROM orders o JOIN payment p ON p.sale_id = o.sale_id AND p.order_id = o.id
WHERE o.sale_id = $1 AND o.id = $2 AND o.state = 'refunding'
"""
MARK_REFUNDED = """
WITH refunded AS (
    UPDATE payment SET state = 'refunded', answered_at = now()
    WHERE sale_id = $1 AND order_id = $2 AND state IN ('refund_due', 'captured')
        AND EXISTS (SELECT FROM orders o WHERE o.sale_id = $1 AND o.id = $2 AND o.state = 'refunding')
)
UPDATE orders SET state = 'refunded', settled_at = now() WHERE sale_id = $1 AND id = $2 AND state = 'refunding'
"""
# The provider does not send it: it waits for a member, and nobody asks again meanwhile.
LEAVE_TO_MEMBERS = """
UPDATE orders SET settled_at = now() WHERE sale_id = $1 AND id = $2 AND state = 'refunding' AND revision = 0
"""
LEFT_TO_MEMBERS = """
SELECT EXISTS (SELECT FROM orders WHERE sale_id = $1 AND id = $2 AND state = 'refunding' AND revision = 0
    AND settled_at IS NOT NULL)
"""
