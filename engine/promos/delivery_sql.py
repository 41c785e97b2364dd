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
# The batch rests until the next notice of it is to be tried, or is done when there is none. What became of messages is
# told by itself; now and then it is looked at whether something got lost.
REST = """
WITH left_over AS (
    SELECT count(*) AS due, min(CASE n.state WHEN 'due' THEN coalesce(n.next_at, now())
                                ELSE now() + make_interval(secs => $3) END) AS next_at
    FROM notice_batch b
    JOIN notice n ON n.day = b.day AND n.number = ANY (b.numbers) AND n.window_n = b.window_n
                 AND n.state IN ('due', 'posted')
    WHERE b.id = $1
)
UPDATE notice_batch b
SET done_at = CASE WHEN l.due = 0 THEN now() END, leased_until = coalesce(l.next_at, now()), lease = NULL
FROM left_over l WHERE b.id = $1 AND b.lease = $2
RETURNING b.done_at IS NOT NULL AS done
"""
WINDOW = """
SELECT m.organizer_id, w.sale_id, w.closes_at, w.ended_at IS NOT NULL OR w.closes_at <= now() AS over,
       extract(epoch FROM now() - least(w.closes_at, coalesce(w.ended_at, w.closes_at)))::float8 AS over_s,
       m.price, m.stock, p.name AS product, p.price AS regular, p.currency, s.name AS store, s.zone, s.latitude,
       s.longitude
FROM promo_window w JOIN promo m ON m.id = w.promo_id JOIN product p ON p.id = m.product_id
     JOIN store s ON s.id = p.store_id
WHERE w.number = $1
"""
# Notices that lapsed: the window or the local day is over, or the buyer no longer consents. What was handed over ($6:
# so long ago that its message can't be on its way) with the window alone: its message looks at the rest.
LAPSE = """
UPDATE notice n SET state = 'lapsed', next_at = NULL
FROM person p
WHERE n.day = $1 AND n.number = ANY ($2::integer[]) AND n.window_n = $3 AND p.number = n.number
  AND ((n.state = 'posted' AND $6)
    OR (n.state = 'due' AND ($4 OR (now() AT TIME ZONE p.zone_name)::date <> n.day OR NOT coalesce((
        SELECT r.consent FROM related_person r WHERE r.organizer_id = $5 AND r.number = n.number), p.consent))))
RETURNING n.number
"""
# Notices whose messages may still be sent, for the same reasons.
STILL_WANTED = """
SELECT n.day, n.number FROM unnest($1::date[], $2::integer[]) AS a (day, number)
JOIN notice n ON n.day = a.day AND n.number = a.number AND n.state = 'posted'
JOIN promo_window w ON w.number = n.window_n AND w.ended_at IS NULL AND w.closes_at > now()
JOIN promo m ON m.id = w.promo_id JOIN person p ON p.number = n.number
WHERE (now() AT TIME ZONE p.zone_name)::date = n.day AND coalesce((
    SELECT r.consent FROM related_person r WHERE r.organizer_id = m.organizer_id AND r.number = n.number), p.consent)
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
# What is known of due notices ($3: number, channel, state, outcome, said): handed over, or not to be sent that way.
TOLD = """
WITH told AS (
    SELECT * FROM unnest($3::integer[], $4::text[], $5::text[], $6::text[], $7::text[])
        AS t (number, channel, state, outcome, said)
), changed AS (
    UPDATE notice n SET state = t.state, channel = nullif(t.channel, ''), next_at = NULL,
        attempts = coalesce(n.attempts, 0) + (t.state <> 'posted')::integer
    FROM told t WHERE n.day = $1 AND n.number = t.number AND n.window_n = $2 AND n.state = 'due'
    RETURNING n.number, n.state, n.attempts
), noted AS (
    INSERT INTO notice_attempt (day, number, attempt, channel, outcome, detail)
    SELECT $1, t.number, c.attempts, t.channel, t.outcome, t.said FROM told t JOIN changed c USING (number)
    WHERE t.outcome <> '' ON CONFLICT (day, number, attempt) DO NOTHING
)
SELECT number, state FROM changed
"""
# What became of messages. Where another way may work, the notice is due again, and its batch at once.
ENDED = """
WITH ended AS (
    SELECT * FROM unnest($1::date[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[])
        AS e (day, number, channel, state, outcome, said)
), changed AS (
    UPDATE notice n SET state = e.state, channel = e.channel, attempts = coalesce(n.attempts, 0) + 1,
        sent_at = CASE e.state WHEN 'sent' THEN now() END, next_at = CASE e.state WHEN 'due' THEN now() END
    FROM ended e WHERE n.day = e.day AND n.number = e.number AND n.state = 'posted' AND n.channel = e.channel
    RETURNING n.window_n, n.day, n.number, n.channel, n.state, n.attempts
), noted AS (
    INSERT INTO notice_attempt (day, number, attempt, channel, outcome, detail)
    SELECT e.day, e.number, c.attempts, e.channel, e.outcome, e.said FROM ended e JOIN changed c USING (day, number)
    WHERE e.outcome <> '' ON CONFLICT (day, number, attempt) DO NOTHING
), again AS (
    SELECT day, window_n, array_agg(number) AS numbers FROM changed WHERE state = 'due' GROUP BY 1, 2
), woken AS (
    UPDATE notice_batch b SET leased_until = now() FROM again a
    WHERE b.done_at IS NULL AND b.lease IS NULL AND b.day = a.day AND b.window_n = a.window_n AND b.numbers && a.numbers
)
SELECT window_n, channel, state FROM changed
"""
