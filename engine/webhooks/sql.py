"""The SQL of webhooks."""

from __future__ import annotations

# ── endpoints ──

COUNT = "SELECT count(*) FROM webhook WHERE organizer_id = $1"
CREATE = """
INSERT INTO webhook (id, organizer_id, url, label, topics, secret) VALUES ($1, $2, $3, $4, $5, $6)
"""
SHOW = """
SELECT w.id, w.url, w.label, w.topics, w.sequence, w.paused_at, w.paused_why, w.failing_since, w.created_at,
       (SELECT count(*) FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'due') AS due
FROM webhook w WHERE w.organizer_id = $1 AND ($2::text IS NULL OR w.id = $2) ORDER BY w.id
"""
LOCK = "SELECT id FROM webhook WHERE organizer_id = $1 AND id = $2 FOR UPDATE"
PAUSE = "UPDATE webhook SET paused_at = now(), paused_why = $2 WHERE id = $1 AND paused_at IS NULL"
RESUME = """
UPDATE webhook SET paused_at = NULL, paused_why = NULL, failing_since = NULL WHERE id = $1 AND paused_at IS NOT NULL
RETURNING id
"""
# Some at a time, from a sequence on: an endpoint that was paused for weeks has many.
FORGIVE = """
WITH waiting AS (
    SELECT sequence FROM webhook_delivery
    WHERE webhook_id = $1 AND state = 'due' AND sequence > $2 ORDER BY sequence LIMIT $3
), forgiven AS (
    UPDATE webhook_delivery d SET due_at = now(), forgiven = tries
    FROM waiting w WHERE d.webhook_id = $1 AND d.sequence = w.sequence
)
SELECT max(sequence) FROM waiting
"""
DELETE = "DELETE FROM webhook WHERE id = $1"
DELETE_SOME = """
DELETE FROM webhook_delivery WHERE webhook_id = $1 AND sequence IN (
    SELECT sequence FROM webhook_delivery WHERE webhook_id = $1 LIMIT $2)
"""

# ── deliveries ──

LOCK_WANTING = """
SELECT id FROM webhook WHERE organizer_id = ANY ($1::text[]) AND topics && $2::text[] ORDER BY id FOR UPDATE
"""
HAND_OVER = """
WITH wanted AS (
    SELECT w.id AS webhook_id, w.sequence + row_number() OVER (PARTITION BY w.id ORDER BY t.n) AS sequence,
           t.topic, t.version, t.subject, t.data::jsonb AS data, t.told_at
    FROM unnest($1::text[], $2::smallint[], $3::text[], $4::text[], $5::text[], $6::timestamptz[]) WITH ORDINALITY
         AS t (topic, version, subject, organizer_id, data, told_at, n)
    JOIN webhook w ON w.organizer_id = t.organizer_id AND t.topic = ANY (w.topics)
), counted AS (
    UPDATE webhook w SET sequence = n.newest
    FROM (SELECT webhook_id, max(sequence) AS newest FROM wanted GROUP BY webhook_id) n WHERE w.id = n.webhook_id
)
INSERT INTO webhook_delivery (webhook_id, sequence, id, topic, version, subject, data, told_at)
SELECT webhook_id, sequence, 'msg_' || replace(gen_random_uuid()::text, '-', ''), topic, version, subject, data, told_at
FROM wanted
"""
ADD_ONE = """
WITH counted AS (UPDATE webhook SET sequence = sequence + 1 WHERE id = $1 RETURNING id, sequence)
INSERT INTO webhook_delivery (webhook_id, sequence, id, topic, version, subject, data, told_at)
SELECT id, sequence, $2, $3, 1, $2, $4, now() FROM counted
"""
DELIVERIES = """
SELECT d.id, d.sequence, d.topic, d.version, d.subject, d.state, d.tries, d.due_at, d.created_at, d.done_at,
       t.status, t.fault
FROM webhook_delivery d
LEFT JOIN LATERAL (
    SELECT status, fault FROM webhook_try t WHERE t.webhook_id = d.webhook_id AND t.sequence = d.sequence
    ORDER BY number DESC LIMIT 1
) AS t ON true
WHERE d.webhook_id = $1 AND d.sequence < $2 AND ($3::text IS NULL OR d.state = $3) ORDER BY d.sequence DESC LIMIT $4
"""
DELIVERY = """
SELECT d.id, d.webhook_id, d.sequence, d.topic, d.version, d.subject, d.data, d.state, d.tries, d.due_at, d.created_at,
       d.done_at, d.told_at
FROM webhook_delivery d JOIN webhook w ON w.id = d.webhook_id
WHERE w.organizer_id = $1 AND w.id = $2 AND d.id = $3
"""
TRIES = """
SELECT number, at, took_ms, status, fault, answer FROM webhook_try
WHERE webhook_id = $1 AND sequence = $2 ORDER BY number
"""
REPLAY = """
WITH chosen AS (
    SELECT webhook_id, sequence FROM webhook_delivery
    WHERE webhook_id = $1 AND ($2::text IS NULL OR id = $2) AND sequence >= $3 ORDER BY sequence LIMIT $4 FOR UPDATE
)
UPDATE webhook_delivery d SET state = 'due', due_at = now(), forgiven = tries, done_at = NULL
FROM chosen c WHERE d.webhook_id = c.webhook_id AND d.sequence = c.sequence RETURNING d.sequence
"""

# ── sealing anew ──

SEALED_OTHERWISE = """
SELECT id, secret FROM webhook WHERE id > $1 AND secret NOT LIKE $2 || '%' ORDER BY id LIMIT $3
"""
SEAL_ANEW = "UPDATE webhook SET secret = $3 WHERE id = $1 AND secret = $2"

# ── sending ──

# First the webhooks for which something is due, by jumps along an index, so that neither an idle one nor the long list
# of a slow one costs anything; then of each as much as it may be sent at once, the oldest of each subject alone.
# What is taken is due again when its lease is over: whoever dies with it leaves it to the next.
TAKE_DUE = """
WITH RECURSIVE waiting (id) AS (
    (SELECT webhook_id FROM webhook_delivery WHERE state = 'due' ORDER BY webhook_id LIMIT 1)
    UNION ALL
    SELECT (SELECT d.webhook_id FROM webhook_delivery d WHERE d.state = 'due' AND d.webhook_id > w.id
            ORDER BY d.webhook_id LIMIT 1)
    FROM waiting w WHERE w.id IS NOT NULL
), free AS (
    SELECT w.id, w.url, w.secret,
           CASE WHEN w.failing_since IS NULL THEN $1::integer ELSE 1 END - coalesce(b.sending, 0) AS slots
    FROM waiting JOIN webhook w ON w.id = waiting.id
    LEFT JOIN unnest($2::text[], $3::integer[]) AS b (id, sending) ON b.id = w.id
    WHERE w.paused_at IS NULL
), chosen AS (
    SELECT one.webhook_id, one.sequence, free.url, free.secret FROM free CROSS JOIN LATERAL (
        SELECT d.webhook_id, d.sequence FROM webhook_delivery d
        WHERE d.webhook_id = free.id AND d.state = 'due' AND d.due_at <= now() AND NOT EXISTS (
            SELECT FROM webhook_delivery e WHERE e.webhook_id = d.webhook_id AND e.subject = d.subject
                AND e.state = 'due' AND e.sequence < d.sequence)
        ORDER BY d.due_at, d.sequence LIMIT greatest(free.slots, 0) FOR UPDATE SKIP LOCKED
    ) AS one
    ORDER BY random() LIMIT $4
)
UPDATE webhook_delivery d SET tries = tries + 1, due_at = now() + make_interval(secs => $5)
FROM chosen c WHERE d.webhook_id = c.webhook_id AND d.sequence = c.sequence
RETURNING d.webhook_id, d.sequence, d.id, d.topic, d.version, d.data, d.told_at, d.tries, c.url, c.secret
"""
# By endpoint, each with its first.
DUE_S = """
WITH RECURSIVE waiting (id) AS (
    (SELECT webhook_id FROM webhook_delivery WHERE state = 'due' ORDER BY webhook_id LIMIT 1)
    UNION ALL
    SELECT (SELECT d.webhook_id FROM webhook_delivery d WHERE d.state = 'due' AND d.webhook_id > w.id
            ORDER BY d.webhook_id LIMIT 1)
    FROM waiting w WHERE w.id IS NOT NULL
)
SELECT greatest(0, extract(epoch FROM min(soonest.due_at) - now()))::float8
FROM waiting JOIN webhook w ON w.id = waiting.id CROSS JOIN LATERAL (
    SELECT due_at FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'due' ORDER BY due_at LIMIT 1
) AS soonest
WHERE w.paused_at IS NULL HAVING count(*) > 0
"""
LOCK_SENT = """
SELECT d.state, d.tries, d.forgiven, w.failing_since < now() - make_interval(secs => $3) AS failing_long
FROM webhook_delivery d JOIN webhook w ON w.id = d.webhook_id
WHERE d.webhook_id = $1 AND d.sequence = $2 FOR UPDATE OF d, w
"""
NOTE_TRY = """
INSERT INTO webhook_try (webhook_id, sequence, number, took_ms, status, fault, answer)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING
"""
NOTE_SENT = "UPDATE webhook_delivery SET state = 'sent', done_at = now() WHERE webhook_id = $1 AND sequence = $2"
NOTE_WELL = "UPDATE webhook SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL"
NOTE_LATER = """
UPDATE webhook_delivery SET due_at = now() + make_interval(secs => $3) WHERE webhook_id = $1 AND sequence = $2
"""
NOTE_FAILED = "UPDATE webhook_delivery SET state = 'failed', done_at = now() WHERE webhook_id = $1 AND sequence = $2"
NOTE_FAILING = "UPDATE webhook SET failing_since = now() WHERE id = $1 AND failing_since IS NULL"

# ── what is kept for a while ──

FORGET = """
DELETE FROM webhook_delivery WHERE (webhook_id, sequence) IN (
    SELECT webhook_id, sequence FROM webhook_delivery
    WHERE created_at < now() - make_interval(days => $1) ORDER BY created_at LIMIT $2)
"""
DUE = """
SELECT count(*) FROM (
    SELECT FROM webhook_delivery
    WHERE created_at < now() - make_interval(days => $1) LIMIT $2) AS due
"""
