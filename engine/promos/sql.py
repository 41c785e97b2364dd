"""The SQL of notices: claiming them, and forgetting those of days long past."""

TOLD = "SELECT day, number FROM notice WHERE day >= $1 AND (day, number) > ($2, $3) ORDER BY day, number LIMIT $4"
# The primary key is the last guard: who was told on that day already fails the whole transaction ...
CLAIMED_FRESH = """
WITH fresh AS (
    INSERT INTO notice (day, number, window_n) SELECT $2, number, $3 FROM unnest($4::integer[]) AS number
)
INSERT INTO notice_batch (id, window_n, day, numbers) VALUES ($1, $3, $2, $4) RETURNING cardinality(numbers)
"""
# ... which is then written by this: who was told comes back in no row. It costs twice as much for each who was not.
CLAIMED = """
WITH fresh AS (
    INSERT INTO notice (day, number, window_n)
    SELECT $2, number, $3 FROM unnest($4::integer[]) AS number
    ON CONFLICT (day, number) DO NOTHING RETURNING number
), batch AS (
    INSERT INTO notice_batch (id, window_n, day, numbers)
    SELECT $1, $3, $2, array_agg(number) FROM fresh HAVING count(*) > 0
)
SELECT count(*) FROM fresh
"""
FORGET_NOTICES = """
DELETE FROM notice WHERE (day, number) IN (
    SELECT day, number FROM notice WHERE day < current_date - $1::integer ORDER BY day, number LIMIT $2)
"""
DUE_NOTICES = "SELECT count(*) FROM (SELECT FROM notice WHERE day < current_date - $1::integer LIMIT $2) AS due"
FORGET_ATTEMPTS = """
DELETE FROM notice_attempt WHERE (day, number, attempt) IN (
    SELECT day, number, attempt FROM notice_attempt WHERE day < current_date - $1::integer
    ORDER BY day, number, attempt LIMIT $2)
"""
DUE_ATTEMPTS = """
SELECT count(*) FROM (
    SELECT FROM notice_attempt
    WHERE day < current_date - $1::integer LIMIT $2) AS due
"""
FORGET_BATCHES = """
DELETE FROM notice_batch WHERE id IN (
    SELECT id FROM notice_batch WHERE done_at < now() - make_interval(days => $1) LIMIT $2)
"""
DUE_BATCHES = """
SELECT count(*) FROM (
    SELECT FROM notice_batch
    WHERE done_at < now() - make_interval(days => $1) LIMIT $2) AS due
"""
FORGET_INBOXES = """
DELETE FROM notice_inbox WHERE (day, channel, inbox_hash) IN (
    SELECT day, channel, inbox_hash FROM notice_inbox WHERE day < current_date - $1::integer
    ORDER BY day, channel, inbox_hash LIMIT $2)
"""
DUE_INBOXES = "SELECT count(*) FROM (SELECT FROM notice_inbox WHERE day < current_date - $1::integer LIMIT $2) AS due"
FORGET_SMS = """
DELETE FROM sms_spent WHERE (organizer_id, day) IN (
    SELECT organizer_id, day FROM sms_spent WHERE day < current_date - $1::integer LIMIT $2)
"""
DUE_SMS = "SELECT count(*) FROM (SELECT FROM sms_spent WHERE day < current_date - $1::integer LIMIT $2) AS due"
KNOWN = """
SELECT m.organizer_id AS organizer, n.day, p.name AS product, n.state, n.channel, n.sent_at, n.seen_at AS opened_at
FROM notice n LEFT JOIN promo_window w ON w.number = n.window_n LEFT JOIN promo m ON m.id = w.promo_id
LEFT JOIN product p ON p.id = m.product_id
WHERE n.number = ANY ($1::integer[]) AND n.day > current_date - $2::integer
  AND ($3::text IS NULL OR m.organizer_id = $3)
ORDER BY n.day LIMIT $4
"""
