"""Every statement about moves."""

from __future__ import annotations

INSERT = """
INSERT INTO order_move (id, organizer_id, sale_id, order_id, request, lines, fees, amount, currency, reason, rest,
                        credit_id, to_sale, to_buyer, to_cart, asked_kind, asked_by, look_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
        now() + make_interval(secs => $18))
"""
# Where nothing was written into the cart yet, so that whoever reads it finds the move.
ADD_CART = "INSERT INTO cart (sale_id, id, buyer_id, opened_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"
OF_ORDER = "SELECT m.* FROM order_move m WHERE m.sale_id = $1 AND m.order_id = $2 ORDER BY m.begun_at, m.id"
ASKED = "SELECT m.* FROM order_move m WHERE m.sale_id = $1 AND m.order_id = $2 AND m.request = $3"
ONE = "SELECT m.* FROM order_move m WHERE m.id = $1"
# Which move an order that was just paid belongs to.
OF_NEW_ORDER = """
SELECT m.id FROM order_move m JOIN orders o ON o.sale_id = m.to_sale AND o.cart_id = m.to_cart
WHERE o.sale_id = $1 AND o.id = $2 AND m.state = 'open'
"""
LOCK = "SELECT m.* FROM order_move m WHERE m.id = $1 AND m.state = 'open' FOR UPDATE"
NEW_ORDER = "SELECT id, paid, spent FROM order_of_move WHERE move = $1 ORDER BY NOT paid, placed_at LIMIT 1"
# What is paid can be completed; what no order stands for may have lost its cart, which is looked at now and then.
DUE = """
SELECT m.id, coalesce(n.paid, false) AS paid, c.ended AS cart_ended, m.to_sale, m.to_cart, m.to_buyer
FROM order_move m LEFT JOIN LATERAL (
    SELECT id, paid FROM order_of_move WHERE move = m.id ORDER BY NOT paid, placed_at LIMIT 1
) AS n ON true CROSS JOIN LATERAL (
    SELECT EXISTS (
        SELECT FROM cart WHERE cart.sale_id = m.to_sale AND cart.id = m.to_cart AND cart.ended_at IS NOT NULL
    ) AS ended
) AS c
WHERE m.state = 'open' AND (n.paid OR n.id IS NULL AND (c.ended OR m.look_at <= now()))
ORDER BY m.look_at, m.id LIMIT $1
"""
LOOK_LATER = "UPDATE order_move SET look_at = now() + make_interval(secs => $2) WHERE id = $1 AND state = 'open'"
MARK_DONE = """
UPDATE order_move SET state = 'done', ended_at = clock_timestamp(), to_order = $2, refund = $3 WHERE id = $1
"""
MARK_UNDONE = "UPDATE order_move SET state = 'undone', ended_at = clock_timestamp() WHERE id = $1"

# ── what must hold ──

# The voucher of a move gives, or takes back, what the move stands for: all of it while it is open, nothing once it was
# undone, and once it is done what its refund says that the new order was paid with.
OFF_THEIR_MONEY = """
SELECT m.id, m.order_id, m.state, m.amount, m.to_order, m.refund, coalesce(r.moved, 0) AS moved,
       coalesce(e.amount, 0)::bigint AS stands, coalesce(c.amount, 0) AS spent
FROM order_move m
LEFT JOIN refund r ON r.sale_id = m.sale_id AND r.order_id = m.order_id AND r.nth = m.refund
LEFT JOIN LATERAL (
    SELECT sum(e.amounts[array_position(e.accounts, 'moved')]) AS amount FROM credit_movement e
    WHERE e.credit_id = m.credit_id AND 'moved' = ANY (e.accounts)
) AS e ON true
LEFT JOIN order_credit c ON c.sale_id = m.to_sale AND c.order_id = m.to_order AND c.credit_id = m.credit_id
WHERE coalesce(e.amount, 0) <> CASE m.state
        WHEN 'open' THEN m.amount WHEN 'undone' THEN 0 ELSE coalesce(r.moved, -1) END
    OR m.state = 'done' AND (r.moved <> coalesce(c.amount, 0) OR r.amount <> m.amount OR r.ended <> m.lines)
"""
# What went from one order to another: nothing is left on the way but what open moves stand for.
OFF_THE_LEDGER = """
SELECT organizer_id, currency, sum(moved)::bigint AS moved, sum(open)::bigint AS open FROM (
    SELECT organizer_id, currency, 0 AS moved, amount AS open FROM order_move WHERE state = 'open'
    UNION ALL
    SELECT organizer_id, currency, amounts[array_position(accounts, 'moved')], 0 FROM credit_movement
    WHERE 'moved' = ANY (accounts)
    UNION ALL
    SELECT t.organizer_id, l.currency, l.amounts[array_position(l.accounts, 'moved')], 0
    FROM refund r JOIN ledger_movement l ON l.sale_id = r.sale_id AND l.order_id = r.order_id AND l.nth = r.movement
    JOIN sale_terms t ON t.id = r.sale_id WHERE r.moved > 0
) AS each GROUP BY organizer_id, currency HAVING sum(moved) <> sum(open)
"""
STALE = """
SELECT m.id, m.order_id, m.to_cart FROM order_move m
JOIN cart c ON c.sale_id = m.to_sale AND c.id = m.to_cart
WHERE m.state = 'open' AND c.ended_at < now() - make_interval(secs => $1) AND NOT EXISTS (
    SELECT FROM orders o WHERE o.buyer_id = m.to_buyer AND o.sale_id = m.to_sale AND o.cart_id = m.to_cart
        AND o.state IN ('paying', 'awaiting')
)
"""
