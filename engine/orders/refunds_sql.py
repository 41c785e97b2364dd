"""Every statement about what orders give back. Lists travel as arrays, so that one statement serves a whole batch."""

from __future__ import annotations

# Orders of a sale with all that a refund is decided by. The caller has the sale's turn: nobody else decides meanwhile.
READ_OWNERS = """
SELECT o.id, o.state, o.buyer_id, o.currency, o.total, o.given_back, o.revision, o.price_list, o.code, p.provider,
       coalesce(p.provider = 'by_hand', false) AS by_hand, coalesce(p.disputed, false) AS disputed,
       l.lines, f.fees, g.given, s.spent, coalesce((
    SELECT max(m.nth) + 1 FROM ledger_movement m WHERE m.sale_id = o.sale_id AND m.order_id = o.id
), 0) AS next_movement, (
    SELECT v.id FROM order_move v WHERE v.sale_id = o.sale_id AND v.order_id = o.id AND v.state = 'open'
) AS moving
FROM orders o LEFT JOIN payment p ON p.sale_id = o.sale_id AND p.order_id = o.id
CROSS JOIN LATERAL (
    SELECT jsonb_agg(to_jsonb(l) ORDER BY l.line) AS lines FROM order_line l
    WHERE l.sale_id = o.sale_id AND l.order_id = o.id
) AS l CROSS JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('fee', f.fee, 'name', f.name, 'price', f.price, 'tax', f.tax, 'owed', f.owed,
                                        'by_line', f.by_line) ORDER BY f.position) AS fees
    FROM order_fee f WHERE f.sale_id = o.sale_id AND f.order_id = o.id
) AS f CROSS JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('line', g.line, 'fee', g.fee, 'owed', g.owed, 'tax', g.tax)) AS given
    FROM refund_part g WHERE g.sale_id = o.sale_id AND g.order_id = o.id
) AS g CROSS JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object(
        'credit', c.credit_id, 'kind', c.kind, 'code_end', c.code_end, 'amount', c.amount - coalesce((
            SELECT sum(r.amount) FROM refund_credit r
            WHERE r.sale_id = o.sale_id AND r.order_id = o.id AND r.credit_id = c.credit_id AND NOT r.granted
        ), 0)) ORDER BY c.credit_id) AS spent
    FROM order_credit c WHERE o.credit > 0 AND c.sale_id = o.sale_id AND c.order_id = o.id
) AS s
WHERE o.sale_id = $1 AND o.id = ANY ($2) AND l.lines IS NOT NULL ORDER BY o.id
"""
LOCK_OWNERS = "SELECT id FROM orders WHERE sale_id = $1 AND id = ANY ($2) ORDER BY id FOR UPDATE"
READ_ASKED = """
SELECT r.order_id, r.nth, r.request, r.amount, r.returned, r.bonus, r.moved, r.way, r.ended, r.fees, r.reason,
       r.state, r.failure, r.asked_at, r.ended_at, r.movement
FROM unnest($2::text[], $3::text[]) AS a (order_id, request)
JOIN refund r ON r.sale_id = $1 AND r.order_id = a.order_id AND r.request = a.request
"""
INSERT_REFUNDS = """
INSERT INTO refund (sale_id, order_id, nth, request, amount, way, ended, fees, reason, asked_kind, asked_by, state,
                    ended_at, movement, returned, bonus, moved)
SELECT $1, r.order_id, r.nth, r.request, r.amount, r.way, r.ended::integer[], r.fees, r.reason, r.kind, r.by, r.state,
       CASE WHEN r.state = 'done' THEN now() END, r.movement, r.returned, r.bonus, r.moved
FROM unnest($2::text[], $3::smallint[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::boolean[], $9::text[],
            $10::text[], $11::text[], $12::text[], $13::smallint[], $14::bigint[], $15::bigint[], $16::bigint[])
    AS r (order_id, nth, request, amount, way, ended, fees, reason, kind, by, state, movement, returned, bonus, moved)
"""
INSERT_PARTS = """
INSERT INTO refund_part (sale_id, order_id, nth, position, line, fee, owed, tax)
SELECT $1, p.* FROM unnest($2::text[], $3::smallint[], $4::smallint[], $5::integer[], $6::text[], $7::bigint[],
                           $8::bigint[]) AS p
"""
END_LINES = """
UPDATE order_line l SET live = false FROM unnest($2::text[], $3::integer[]) AS e (order_id, line)
WHERE l.sale_id = $1 AND l.order_id = e.order_id AND l.line = e.line AND l.live
RETURNING l.seat, l.pool_id, l.ticket_type
"""
# What Redis has to be told makes them unsettled.
MARK_REVISED = """
UPDATE orders o SET revision = r.nth, given_back = o.given_back + r.amount, state = r.state, settled_at = NULL
FROM unnest($2::text[], $3::smallint[], $4::bigint[], $5::text[]) AS r (id, nth, amount, state)
WHERE o.sale_id = $1 AND o.id = r.id
RETURNING o.id
"""
MARK_PAYMENTS = """
UPDATE payment p SET state = 'refund_due' WHERE p.sale_id = $1 AND p.order_id = ANY ($2)
"""
INSERT_MOVEMENTS = """
INSERT INTO ledger_movement (sale_id, order_id, nth, kind, currency, accounts, amounts)
SELECT $1, m.order_id, m.nth, m.kind, m.currency, m.accounts::text[], m.amounts::bigint[]
FROM unnest($2::text[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::text[])
    AS m (order_id, nth, kind, currency, accounts, amounts)
"""
SALE_OF = "SELECT organizer_id, kind FROM sale_terms WHERE id = $1"
TICKETS_OF = """
SELECT t.order_id, t.id FROM unnest($2::text[], $3::integer[]) AS e (order_id, line)
JOIN ticket t ON t.sale_id = $1 AND t.order_id = e.order_id AND t.line = e.line
"""

# ── the money ──

READ_DUE = """
SELECT r.nth, r.amount - r.returned - r.moved AS amount, r.came_back, p.provider, p.amount AS paid, o.currency
FROM refund r
JOIN orders o ON o.sale_id = r.sale_id AND o.id = r.order_id
JOIN payment p ON p.sale_id = r.sale_id AND p.order_id = r.order_id
WHERE r.sale_id = $1 AND r.order_id = $2 AND r.state = 'due' ORDER BY r.nth
"""
# What the provider knows a refund by; see name_of_refund.
READ_NAMED = """
SELECT r.nth, r.amount - r.returned - r.moved AS amount, r.came_back, p.amount AS paid FROM refund r
JOIN payment p ON p.sale_id = r.sale_id AND p.order_id = r.order_id
WHERE r.sale_id = $1 AND r.order_id = $2 AND r.nth = $3
"""
END_REFUNDS = """
UPDATE refund r SET state = e.state, failure = e.failure, ended_at = now(), way = e.way
FROM unnest($2::text[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::text[])
    AS e (order_id, nth, state, failure, way, stood)
WHERE r.sale_id = $1 AND r.order_id = e.order_id AND r.nth = e.nth AND r.state = e.stood
RETURNING r.order_id, r.state, r.amount - r.returned - r.moved AS amount
"""
# Where their money went, once that is so; each order once.
INSERT_PAYBACKS = """
INSERT INTO ledger_movement (sale_id, order_id, nth, kind, currency, accounts, amounts)
SELECT o.sale_id, o.id, (
    SELECT max(m.nth) + 1 FROM ledger_movement m WHERE m.sale_id = o.sale_id AND m.order_id = o.id
), 'payback', o.currency, ARRAY['clearing', 'refund_due'], ARRAY[-p.amount, p.amount]
FROM unnest($2::text[], $3::bigint[]) AS p (order_id, amount)
JOIN orders o ON o.sale_id = $1 AND o.id = p.order_id
"""
MARK_ALL_GIVEN_BACK = """
WITH over AS (
    UPDATE orders o SET state = 'refunded'
    WHERE o.sale_id = $1 AND o.id = ANY ($2) AND o.state = 'refunding' AND o.revision > 0
        AND NOT EXISTS (SELECT FROM refund r WHERE r.sale_id = $1 AND r.order_id = o.id AND r.state <> 'done')
    RETURNING id
)
UPDATE payment SET state = 'refunded' FROM over WHERE payment.sale_id = $1 AND payment.order_id = over.id
"""
ASK_AGAIN = """
UPDATE refund SET state = 'due', failure = NULL, ended_at = NULL
WHERE sale_id = $1 AND order_id = $2 AND nth = $3 AND state = 'failed' RETURNING amount
"""
UNSETTLE = "UPDATE orders SET settled_at = NULL WHERE sale_id = $1 AND id = $2"
PARTS_OF = """
SELECT line, fee, owed, tax FROM refund_part WHERE sale_id = $1 AND order_id = $2 AND nth = $3 ORDER BY position
"""
OF_ORDER = """
SELECT nth, movement, request, amount, returned, bonus, moved, way, ended, fees, reason, state, failure, asked_at,
       ended_at FROM refund WHERE sale_id = $1 AND order_id = $2 ORDER BY nth
"""
