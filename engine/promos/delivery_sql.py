"""The SQL of delivering notices."""

LEASE = """
UPDATE notice_batch SET lease = $1, leased_until = now() + make_interval(secs => $2)
WHERE id = (
    SELECT id FROM notice_batch WHERE done_at IS NULL AND leased_until < now()
    ORDER BY created_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id, window_n, day, numbers
"""
DUE_S = """
SELECT greatest(0, extract(epoch FROM min(leased_until) - now()))::float8 FROM notice_batch WHERE done_at IS NULL
HAVING count(*) > 0
"""
RENEW = """
UPDATE notice_batch SET leased_until = now() + make_interval(secs => $3) WHERE id = $1 AND lease = $2 RETURNING id
"""
# The batch rests until the next notice of it is to be tried, or is done when there is none.
REST = """
WITH left_over AS (
    SELECT count(*) AS due, min(n.next_at) AS next_at FROM notice_batch b
    JOIN notice n ON n.day = b.day AND n.number = ANY (b.numbers) AND n.window_n = b.window_n AND n.state = 'due'
    WHERE b.id = $1
)
UPDATE notice_batch b
SET done_at = CASE WHEN l.due = 0 THEN now() END, leased_until = coalesce(l.next_at, now())
FROM left_over l WHERE b.id = $1 AND b.lease = $2
RETURNING b.done_at IS NOT NULL AS done
"""
WINDOW = """
SELECT m.organizer_id, w.sale_id, w.closes_at, w.ended_at IS NOT NULL OR w.closes_at <= now() AS over, m.price, m.stock,
       p.name AS product, p.price AS regular, p.currency, s.name AS store, s.zone, s.latitude, s.longitude
FROM promo_window w JOIN promo m ON m.id = w.promo_id JOIN product p ON p.id = m.product_id
     JOIN store s ON s.id = p.store_id
WHERE w.number = $1
"""
# Notices that lapsed: the window or the local day is over, or the buyer no longer consents.
LAPSE = """
UPDATE notice n SET state = 'lapsed', next_at = NULL
FROM person p
WHERE n.day = $1 AND n.number = ANY ($2::integer[]) AND n.window_n = $3 AND n.state = 'due' AND p.number = n.number
  AND ($4 OR (now() AT TIME ZONE p.zone_name)::date <> n.day OR NOT coalesce((
    SELECT r.consent FROM related_person r WHERE r.organizer_id = $5 AND r.number = n.number), p.consent))
RETURNING n.number
"""
DUE = """
SELECT n.number, coalesce(n.attempts, 0) AS attempts, n.channel,
       ARRAY(SELECT a.channel FROM notice_attempt a WHERE a.day = n.day AND a.number = n.number
             AND a.outcome IN ('refused', 'bounced')) AS failed
FROM notice n
WHERE n.day = $1 AND n.number = ANY ($2::integer[]) AND n.window_n = $3 AND n.state = 'due'
  AND (n.next_at IS NULL OR n.next_at <= now())
ORDER BY n.number
"""
# Of several notices to one inbox on one day only one may be sent; a retry counts as the same one.
TAKE_INBOXES = """
WITH wanted AS (
    SELECT * FROM unnest($2::text[], $3::bytea[], $4::integer[]) AS w (channel, inbox_hash, number)
), taken AS (
    INSERT INTO notice_inbox (day, channel, inbox_hash, number)
    SELECT DISTINCT ON (channel, inbox_hash) $1::date, channel, inbox_hash, number FROM wanted
    ORDER BY channel, inbox_hash, number
    ON CONFLICT (day, channel, inbox_hash) DO NOTHING RETURNING number
)
SELECT number FROM taken
UNION ALL
SELECT w.number FROM wanted w JOIN notice_inbox i USING (channel, inbox_hash, number) WHERE i.day = $1
"""
SMS_BEGIN = "INSERT INTO sms_spent (organizer_id, day) VALUES ($1, current_date) ON CONFLICT DO NOTHING"
SMS_SPENT = "SELECT messages FROM sms_spent WHERE organizer_id = $1 AND day = current_date FOR UPDATE"
SMS_SPEND = "UPDATE sms_spent SET messages = messages + $2 WHERE organizer_id = $1 AND day = current_date"
GIVEN_TO_SOCKETS = """
UPDATE notice SET channel = 'live', next_at = now() + make_interval(secs => $4)
WHERE day = $1 AND number = ANY ($2::integer[]) AND window_n = $3 AND state = 'due'
"""
# A socket took it: only what was still due counts, so that a late answer changes nothing.
TAKEN_BY_SOCKETS = """
UPDATE notice SET state = 'sent', channel = 'live', sent_at = now(), next_at = NULL
WHERE day = $1 AND number = ANY ($2::integer[]) AND window_n = $3 AND state = 'due' RETURNING number
"""
TRIED = """
WITH tried AS (
    SELECT * FROM unnest($2::integer[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::integer[])
        AS t (number, attempt, channel, outcome, detail, state, again_s)
), noted AS (
    INSERT INTO notice_attempt (day, number, attempt, channel, outcome, detail)
    SELECT $1, number, attempt, channel, outcome, detail FROM tried WHERE outcome <> ''
    ON CONFLICT (day, number, attempt) DO NOTHING
)
UPDATE notice n
SET state = t.state, attempts = t.attempt, channel = nullif(t.channel, ''),
    sent_at = CASE WHEN t.state = 'sent' THEN now() END,
    next_at = CASE WHEN t.state = 'due' THEN now() + make_interval(secs => t.again_s) END
FROM tried t WHERE n.day = $1 AND n.number = t.number AND n.window_n = $9 AND n.state = 'due'
"""
