"""The SQL of messages."""

# ── writing ──

# What anybody may have sent to an inbox ends after so many a day; what its reader has to know never does. What somebody
# waits for is due before it was written ($14), so that it comes ahead of what waits already.
WRITE = """
INSERT INTO message (id, key, template, channel, organizer_id, locale, sealed, inbox_hash, until_at, due_at, sells)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, coalesce($9, now() + make_interval(secs => $10)),
       coalesce($13, now()) - make_interval(secs => $14), $15
WHERE $3 <> ALL ($11::text[]) OR $12 > (
    SELECT count(*) FROM message
    WHERE inbox_hash = $8 AND created_at > now() - interval '1 day' AND template = ANY ($11::text[]))
ON CONFLICT ON CONSTRAINT message_key_is_unique DO NOTHING RETURNING true
"""
# Keys are taken in one order, so that two that write the same letters can't deadlock.
WRITE_MANY = """
INSERT INTO message (id, key, template, channel, organizer_id, locale, sealed, inbox_hash, until_at, due_at, sells)
SELECT l.id, l.key, l.template, l.channel, l.organizer_id, l.locale, l.sealed, l.inbox_hash,
       coalesce(l.until_at, now() + make_interval(secs => $12)), coalesce(l.due_at, now()), l.sells
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bytea[],
            $9::timestamptz[], $10::timestamptz[], $11::boolean[]) WITH ORDINALITY
     AS l (id, key, template, channel, organizer_id, locale, sealed, inbox_hash, until_at, due_at, sells, n)
ORDER BY l.n
ON CONFLICT ON CONSTRAINT message_key_is_unique DO NOTHING RETURNING true
"""

# ── sending ──

# The first that waits of each kind, by channel ($1): however many wait behind it, and were sent before it.
FIRST_OF_KINDS = """
FROM (SELECT c.channel, s.sells FROM unnest($1::text[]) AS c (channel) CROSS JOIN (VALUES (false), (true)) AS s (sells)
) AS k CROSS JOIN LATERAL (
    SELECT m.due_at FROM message m WHERE m.state = 'queued' AND m.channel = k.channel AND m.sells = k.sells
    ORDER BY m.due_at LIMIT 1
) AS first
"""
WAITING_KINDS = f"SELECT k.channel, k.sells {FIRST_OF_KINDS} WHERE first.due_at <= now() ORDER BY k.sells"
DUE_S = f"""
SELECT greatest(0, date_part('epoch', min(first.due_at) - now())) {FIRST_OF_KINDS} HAVING count(*) > 0
"""
# What was never answered went out, or did not: only what is sent again then has another try. Both kinds are named, for
# the index of each.
END_OVERDUE = """
UPDATE message SET state = CASE WHEN doubts > 0 THEN 'unknown' ELSE 'lapsed' END, done_at = now()
WHERE id IN (SELECT id FROM message WHERE state = 'queued' AND channel = ANY ($4::text[]) AND sells IN (false, true)
             AND due_at <= now() AND (until_at <= now() OR tries >= $1 OR doubts >= $2 OR (doubts > 0 AND sells))
             ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED)
RETURNING template, key, channel, state
"""
# A newer release's are left to its workers. A lease by time: what a process had that died is taken by the next.
# Until its try is answered there is a doubt.
TAKE_DUE = """
UPDATE message SET tries = tries + 1, doubts = doubts + 1, due_at = now() + make_interval(secs => $4)
WHERE id IN (SELECT id FROM message WHERE state = 'queued' AND channel = $5 AND sells = $6 AND due_at <= now()
             AND until_at > now() AND tries < $1 AND doubts < $2 AND (doubts = 0 OR NOT sells)
             AND template = ANY ($7::text[])
             ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED)
RETURNING id, key, template, channel, organizer_id, inbox_hash, locale, sealed, tries, doubts, sells
"""
# That it was taken counts whoever says so, and however late; anything else counts of the last try alone.
NOTE_SENT = """
UPDATE message SET state = 'sent', done_at = now(), said = $2, doubts = 0
WHERE id = $1 AND state IN ('queued', 'unknown', 'lapsed')
"""
NOTE_ENDED = """
UPDATE message SET state = $3, done_at = now(), said = $4 WHERE id = $1 AND state = 'queued' AND tries = $2
"""
# It was not tried: its reader sleeps.
NOTE_NOT_YET = """
UPDATE message SET due_at = $3, tries = tries - 1, doubts = doubts - 1 WHERE id = $1 AND state = 'queued' AND tries = $2
"""
NOTE_LATER = """
UPDATE message SET due_at = now() + make_interval(secs => $3), said = $4, doubts = doubts - $5
WHERE id = $1 AND state = 'queued' AND tries = $2
"""

# ── looking ──

SHOWN = """
SELECT id, key, template, channel, organizer_id, locale, sealed, state, tries, doubts, due_at, until_at, created_at,
       done_at, said
FROM message"""
NEWEST = f"{SHOWN} ORDER BY created_at DESC LIMIT $1"
ONE = f"{SHOWN} WHERE id = $1"
LISTED = f"{SHOWN} WHERE $1::text IS NULL OR state = $1 ORDER BY created_at DESC LIMIT $2"
OF_ORDER = f"{SHOWN} WHERE key LIKE 'order:%' AND split_part(key, ':', 2) = $1 ORDER BY created_at, id"
WAITING = """
SELECT count(*) AS waiting, coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 AS oldest_s
FROM message WHERE state = 'queued'
"""
LOCK_ONE = f"{SHOWN} WHERE id = $1 FOR UPDATE"
QUEUE_AGAIN = """
UPDATE message SET state = 'queued', done_at = NULL, tries = 0, doubts = 0, due_at = now(), said = '',
    until_at = coalesce($2, now() + make_interval(secs => $3))
WHERE id = $1
"""

# ── what is kept for a while ──

# Of inboxes ($1), what an organizer ($2) wrote, or everybody did; what waits is not sent any more.
FORGET_INBOXES = """
UPDATE message SET sealed = NULL, state = CASE state WHEN 'queued' THEN 'lapsed' ELSE state END,
    done_at = coalesce(done_at, now())
WHERE inbox_hash = ANY ($1::bytea[]) AND ($2::text IS NULL OR organizer_id = $2) AND sealed IS NOT NULL
"""

# To some inboxes ($1), and to others ($3) what was written about some orders ($4).
KNOWN = """
SELECT organizer_id AS organizer, template AS about, channel, locale, state, created_at AS written_at, done_at
FROM message WHERE ($2::text IS NULL OR organizer_id = $2) AND (
    inbox_hash = ANY ($1::bytea[]) OR inbox_hash = ANY ($3::bytea[])
    AND split_part(key, ':', 1) = 'order' AND split_part(key, ':', 2) = ANY ($4::text[]))
ORDER BY created_at LIMIT $5
"""

# What was written about some orders ($3) to addresses ($1) that are not known to be their buyers'.
FORGET_ABOUT_ORDERS = """
UPDATE message SET sealed = NULL, state = CASE state WHEN 'queued' THEN 'lapsed' ELSE state END,
    done_at = coalesce(done_at, now())
WHERE inbox_hash = ANY ($1::bytea[]) AND ($2::text IS NULL OR organizer_id = $2) AND sealed IS NOT NULL
  AND split_part(key, ':', 1) = 'order' AND split_part(key, ':', 2) = ANY ($3::text[])
"""

FORGET_SEALED = """
UPDATE message SET sealed = NULL WHERE id IN (
    SELECT id FROM message WHERE sealed IS NOT NULL AND state <> 'queued'
    AND created_at < now() - make_interval(days => $1) LIMIT $2)
"""
DUE_SEALED = """
SELECT count(*) FROM (
    SELECT FROM message
    WHERE sealed IS NOT NULL AND state <> 'queued' AND created_at < now() - make_interval(days => $1) LIMIT $2) AS due
"""
FORGET = """
DELETE FROM message WHERE id IN (
    SELECT id FROM message WHERE state <> 'queued' AND created_at < now() - make_interval(days => $1) LIMIT $2)
"""
DUE = """
SELECT count(*) FROM (
    SELECT FROM message
    WHERE state <> 'queued' AND created_at < now() - make_interval(days => $1) LIMIT $2) AS due
"""
