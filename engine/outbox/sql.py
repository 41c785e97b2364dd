"""The SQL of the outbox: telling, cursors, days, work."""

from __future__ import annotations

# ── telling ──

# Keys are taken in one order, so that two transactions that tell the same things can't deadlock.
TELL = """
WITH fresh AS (
    INSERT INTO outbox_once (topic, once_key)
    SELECT $1, k FROM unnest($6::text[]) AS k WHERE k IS NOT NULL ORDER BY k
    ON CONFLICT (topic, once_key) DO NOTHING RETURNING once_key
)
INSERT INTO outbox_told (topic, version, subject, organizer_id, body, sale_kind)
SELECT $1, $2, t.subject, t.organizer, t.body::jsonb, t.sale_kind
FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) WITH ORDINALITY
     AS t (subject, organizer, body, once_key, sale_kind, n)
WHERE t.once_key IS NULL OR t.once_key IN (SELECT once_key FROM fresh)
ORDER BY t.n
"""

# The same of what may be told again; the office may do this alone.
TELL_ANYHOW = """
INSERT INTO outbox_told (topic, version, subject, organizer_id, body, sale_kind)
SELECT $1, $2, t.subject, t.organizer, t.body::jsonb, t.sale_kind
FROM unnest($3::text[], $4::text[], $5::text[], $6::text[]) WITH ORDINALITY
     AS t (subject, organizer, body, sale_kind, n)
ORDER BY t.n
"""

# ── cursors ──

# The newest id that was given out; its transaction has an id by then.
NEWEST = "SELECT coalesce(pg_sequence_last_value('outbox_told_id'::regclass), 0)"
START = """
INSERT INTO outbox_cursor (consumer, id_after, id_safe) VALUES ($1, $2, $2) ON CONFLICT (consumer) DO NOTHING
"""
BEHIND = """
SELECT coalesce(pg_sequence_last_value('outbox_told_id'::regclass), 0) > id_after FROM outbox_cursor WHERE consumer = $1
"""
LOOK = "SELECT id_after FROM outbox_cursor WHERE consumer = $1"
LOCK = """
SELECT id_after, id_safe, id_pending, xid_pending::text, pg_current_xact_id()::text AS own FROM outbox_cursor
WHERE consumer = $1 FOR UPDATE
"""
PAGE = """
SELECT id, topic, version, subject, organizer_id, body, told_at FROM outbox_told
WHERE id > $1 AND id <= $2 AND topic = ANY ($3::text[]) ORDER BY id LIMIT $4
"""
MOVE = """
UPDATE outbox_cursor SET id_after = $2, id_safe = $3, id_pending = $4, xid_pending = $5::text::xid8, moved_at = now()
WHERE consumer = $1
"""
CURSORS = """
SELECT c.consumer, c.id_after,
       (SELECT extract(epoch FROM now() - t.told_at)::float8 FROM outbox_told t
        WHERE t.id > c.id_after ORDER BY t.id LIMIT 1) AS lag_s,
       (SELECT extract(epoch FROM now() - w.told_at)::float8 FROM outbox_work w
        WHERE w.consumer = c.consumer ORDER BY w.id LIMIT 1) AS oldest_work_s,
       (SELECT count(*) FROM outbox_work w WHERE w.consumer = c.consumer) AS waiting,
       (SELECT count(*) FROM outbox_work w WHERE w.consumer = c.consumer AND w.parked_at IS NOT NULL) AS parked
FROM outbox_cursor c ORDER BY c.consumer
"""
OLDEST_CURSOR = "SELECT min(id_after) FROM outbox_cursor"

# ── days ──

DAYS = """
SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'outbox_told'::regclass AND c.relname ~ '^outbox_told_[0-9]{8}$' ORDER BY c.relname
"""
TODAY = "SELECT (now() AT TIME ZONE 'UTC')::date"
LOCK_TIMEOUT = "SELECT set_config('lock_timeout', $1, true)"
STRAYED = "SELECT EXISTS (SELECT FROM outbox_told_default WHERE day = $1)"
# Attached rather than created as a partition, which would lock out all writers. Answers the statement to execute.
MAKE_DAY = """
SELECT format('CREATE TABLE %1$I (LIKE outbox_told INCLUDING ALL);
    ALTER TABLE outbox_told ATTACH PARTITION %1$I FOR VALUES FROM (%2$L) TO (%3$L)', $1::text, $2::date, $3::date)
"""
DROP_DAY = "SELECT format('DROP TABLE %I', $1::text)"
NEWEST_OF_DAY = "SELECT max(id) FROM outbox_told WHERE day = $1"
FORGET_STRAYED = """
DELETE FROM outbox_told_default WHERE ctid IN (
    SELECT ctid FROM outbox_told_default WHERE day < $1 AND id <= (SELECT min(id_after) FROM outbox_cursor) LIMIT $2)
"""

DUE_DAYS = """
SELECT count(*) FROM (
    SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'outbox_told'::regclass AND c.relname ~ '^outbox_told_[0-9]{8}$'
      AND to_date(right(c.relname, 8), 'YYYYMMDD') < (now() AT TIME ZONE 'UTC')::date - $1::integer LIMIT $2) AS due
"""

# ── work ──

PUT_WORK = """
INSERT INTO outbox_work (consumer, id, topic, version, subject, organizer_id, body, told_at)
SELECT $1, t.id, t.topic, t.version, t.subject, t.organizer_id, t.body::jsonb, t.told_at
FROM unnest($2::bigint[], $3::text[], $4::smallint[], $5::text[], $6::text[], $7::text[], $8::timestamptz[])
     AS t (id, topic, version, subject, organizer_id, body, told_at)
"""
# The oldest of each subject alone: what is parked, or waits for its next try, keeps the later ones waiting.
DUE_WORK = """
SELECT id, topic, version, subject, organizer_id, body, told_at, tries FROM outbox_work w
WHERE consumer = $1 AND parked_at IS NULL AND due_at <= now()
  AND NOT EXISTS (SELECT FROM outbox_work e WHERE e.consumer = w.consumer AND e.subject = w.subject AND e.id < w.id)
ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
"""
WORK_DUE_S = """
SELECT greatest(0, extract(epoch FROM min(due_at) - now()))::float8 FROM outbox_work w
WHERE consumer = $1 AND parked_at IS NULL
  AND NOT EXISTS (SELECT FROM outbox_work e WHERE e.consumer = w.consumer AND e.subject = w.subject AND e.id < w.id)
HAVING count(*) > 0
"""
DONE_WORK = "DELETE FROM outbox_work WHERE consumer = $1 AND id = ANY ($2::bigint[])"
LATER_WORK = """
UPDATE outbox_work SET tries = tries + 1, fault = $3, due_at = now() + make_interval(secs => $4),
    parked_at = CASE WHEN $5 THEN now() END
WHERE consumer = $1 AND id = $2
"""
PARKED_WORK = """
SELECT consumer, subject, id, topic, tries, fault, parked_at FROM outbox_work
WHERE parked_at IS NOT NULL ORDER BY parked_at LIMIT $1
"""
UNPARK_WORK = """
UPDATE outbox_work SET parked_at = NULL, tries = 0, due_at = now()
WHERE consumer = $1 AND subject = $2 AND parked_at IS NOT NULL RETURNING id
"""

# ── what is kept for a while ──

FORGET_ONCE = """
DELETE FROM outbox_once WHERE (topic, once_key) IN (
    SELECT topic, once_key FROM outbox_once WHERE told_at < now() - make_interval(days => $1) LIMIT $2)
"""
DUE_ONCE = """
SELECT count(*) FROM (
    SELECT FROM outbox_once
    WHERE told_at < now() - make_interval(days => $1) LIMIT $2) AS due
"""
