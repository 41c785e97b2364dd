"""Every statement about giving back all that an event sold."""

from __future__ import annotations

# All that some sales sold and nobody gave back, some orders at a time.
READ_OWING = """
SELECT o.id, o.buyer_id FROM orders o WHERE o.sale_id = $1 AND o.id > $2 AND o.state = 'paid' ORDER BY o.id LIMIT $3
"""
INSERT = """
INSERT INTO cancellation (id, organizer_id, event_id, sales, places, fees, reason, choices, otherwise, choose_until,
                          bonus_percent, credit_expires_at, asked_kind, asked_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT DO NOTHING RETURNING id
"""
# Those that are paid by now and not yet among its orders; again at its end, for whoever was paying as it began.
TAKE_IN = """
INSERT INTO cancellation_order (cancellation_id, sale_id, order_id, state)
SELECT c.id, o.sale_id, o.id, CASE WHEN c.choose_until > now() THEN 'asked' ELSE 'waiting' END
FROM cancellation c, orders o WHERE c.id = $1 AND o.sale_id = ANY ($2::text[]) AND o.state = 'paid'
    AND (c.choose_until IS NULL OR o.placed_at <= c.asked_at)  -- who buys while others choose knows what it is now
ON CONFLICT DO NOTHING
"""
# Who is asked may choose still, and who pays is given back as well.
STILL_OPEN = """
SELECT EXISTS (SELECT FROM cancellation_order WHERE cancellation_id = $1 AND state IN ('asked', 'waiting'))
    OR EXISTS (SELECT FROM cancellation WHERE id = $1 AND choose_until > now())
    OR EXISTS (SELECT FROM orders WHERE sale_id = ANY ($2::text[]) AND state IN ('paying', 'awaiting'))
"""
CHOOSE_NO_MORE = """
UPDATE cancellation_order o SET state = 'waiting' FROM cancellation c
WHERE c.id = $1 AND c.choose_until <= now() AND o.cancellation_id = c.id AND o.state = 'asked'
"""
RUNNING = """
SELECT id, organizer_id, event_id, sales, places, fees, reason, choices, otherwise, choose_until, bonus_percent,
       credit_expires_at
FROM cancellation WHERE state = 'running'
ORDER BY asked_at, id
"""
# One that waits for nothing but money that may still come is looked after now and then.
RUNNING_DUE = """
SELECT CASE WHEN EXISTS (SELECT FROM cancellation_order o WHERE o.cancellation_id = c.id AND o.state = 'waiting')
    OR (c.choose_until > now()) IS NOT TRUE AND NOT EXISTS (
        SELECT FROM orders p WHERE p.sale_id = ANY (c.sales) AND p.state IN ('paying', 'awaiting')
    ) AND NOT EXISTS (
        SELECT FROM cancellation_order o WHERE o.cancellation_id = c.id AND o.state = 'refused' AND o.failure = 'moving'
    )
THEN 0.0 ELSE least($1::float8, coalesce(extract(epoch FROM c.choose_until - now())::float8, $1)) END AS due_s
FROM cancellation c WHERE c.state = 'running' ORDER BY due_s LIMIT 1
"""
WAITING = """
SELECT sale_id, order_id, choice FROM cancellation_order WHERE cancellation_id = $1 AND state = 'waiting'
ORDER BY sale_id, order_id LIMIT $2
"""
MARK = """
UPDATE cancellation_order c SET state = m.state, refund = m.refund, failure = nullif(m.failure, '')
FROM unnest($3::text[], $4::text[], $5::smallint[], $6::text[]) AS m (order_id, state, refund, failure)
WHERE c.cancellation_id = $1 AND c.sale_id = $2 AND c.order_id = m.order_id
"""
# Orders of which something was being moved wait until that is done, or came to nothing.
WAIT_NO_MORE = """
UPDATE cancellation_order c SET state = 'waiting', failure = NULL
WHERE c.cancellation_id = $1 AND c.state = 'refused' AND c.failure = 'moving' AND NOT EXISTS (
    SELECT FROM order_move m WHERE m.sale_id = c.sale_id AND m.order_id = c.order_id AND m.state = 'open'
)
"""
STILL_MOVING = """
SELECT EXISTS (SELECT FROM cancellation_order WHERE cancellation_id = $1 AND state = 'refused' AND failure = 'moving')
"""
END = "UPDATE cancellation SET state = 'done', ended_at = now() WHERE id = $1 AND state = 'running'"
STEER = """
UPDATE cancellation SET state = $3, ended_at = NULL
WHERE organizer_id = $1 AND id = $2 AND state = ANY ($4) RETURNING id
"""
RETRY = (
    "UPDATE cancellation_order SET state = 'waiting', failure = NULL WHERE cancellation_id = $1 AND state = 'refused'"
)
# $3 null: all of the event's, the newest first.
READ = """
SELECT c.id, c.event_id, c.sales, c.places, c.fees, c.reason, c.state, c.asked_by, c.asked_at, c.ended_at,
       c.choices, c.otherwise, c.choose_until, c.bonus_percent, c.credit_expires_at, n.*, (
    SELECT jsonb_object_agg(t.choice, t.orders) FROM (
        SELECT o.choice, count(*) AS orders FROM cancellation_order o
        WHERE o.cancellation_id = c.id AND o.choice IS NOT NULL GROUP BY o.choice
    ) AS t
) AS chosen
FROM cancellation c
CROSS JOIN LATERAL (
    SELECT count(*) AS orders, count(*) FILTER (WHERE o.state = 'waiting') AS waiting,
           count(*) FILTER (WHERE o.state = 'asked') AS asked,
           count(*) FILTER (WHERE o.state = 'refused') AS refused, coalesce(sum(r.amount), 0)::bigint AS amount,
           coalesce(sum(r.amount) FILTER (WHERE r.state = 'done'), 0)::bigint AS given_back,
           count(*) FILTER (WHERE r.state = 'failed') AS failed
    FROM cancellation_order o
    LEFT JOIN refund r ON r.sale_id = o.sale_id AND r.order_id = o.order_id AND r.nth = o.refund
    WHERE o.cancellation_id = c.id
) AS n
WHERE c.organizer_id = $1 AND c.event_id = $2 AND ($3::text IS NULL OR c.id = $3) ORDER BY c.asked_at DESC, c.id
"""
