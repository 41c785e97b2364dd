"""Every statement of the audit trail."""

from __future__ import annotations

INSERT = """
INSERT INTO audit (organizer_id, actor_kind, actor, act, subject, before, after, detail, request, network)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::text::cidr)
"""

# ── linking ──

# Whether a step has anything to do: a look at one index. Now and then also without any row, so that the horizon of a
# backup is never far behind the transactions in it.
ANY_TO_LINK = """
SELECT EXISTS (SELECT FROM audit a WHERE a.xid >= h.before AND a.xid < pg_snapshot_xmin(s))
       OR h.before > pg_snapshot_xmax(s)
       OR pg_snapshot_xmin(s)::text::bigint - h.before::text::bigint > $1
FROM audit_horizon h, pg_current_snapshot() s
"""
LOCK_HORIZON = "SELECT before::text FROM audit_horizon FOR UPDATE"
# Every transaction below `settled` has ended; `moved`: transactions were numbered by another server until now.
SETTLED = """
SELECT pg_snapshot_xmin(s)::text AS settled, pg_snapshot_xmax(s)::text AS coming,
       $1::text::xid8 > pg_snapshot_xmax(s) AS moved
FROM pg_current_snapshot() s
"""
TO_LINK = """
SELECT a.xid::text AS xid, a.id FROM audit a
WHERE a.xid >= $1::text::xid8 AND a.xid < $2::text::xid8
  AND NOT EXISTS (SELECT FROM audit_link l WHERE l.audit_id = a.id)
ORDER BY a.xid, a.id LIMIT $3
"""
TO_LINK_AFTER_A_MOVE = """
SELECT a.xid::text AS xid, a.id FROM audit a
WHERE (a.xid >= $1::text::xid8 OR a.xid < $2::text::xid8)
  AND NOT EXISTS (SELECT FROM audit_link l WHERE l.audit_id = a.id)
ORDER BY a.xid < $2::text::xid8, a.xid, a.id LIMIT $3
"""
ENDS = """
SELECT c.chain, l.number, l.hash FROM unnest($1::text[]) AS c (chain),
    LATERAL (SELECT number, hash FROM audit_link WHERE chain = c.chain ORDER BY number DESC LIMIT 1) AS l
"""
INSERT_LINKS = """
INSERT INTO audit_link (chain, number, audit_id, hash)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bytea[])
"""
SET_HORIZON = "UPDATE audit_horizon SET before = $1::text::xid8"

# ── heads ──

# Chains that moved since their last head, if that is an hour ago. A head signed in the future counts as long ago: the
# clock jumped.
DUE = """
WITH RECURSIVE chains (chain) AS (
    (SELECT chain FROM audit_link ORDER BY chain LIMIT 1)
    UNION ALL
    SELECT (SELECT chain FROM audit_link WHERE chain > c.chain ORDER BY chain LIMIT 1) FROM chains c
    WHERE c.chain IS NOT NULL
)
SELECT c.chain, l.number, l.hash, h.number AS signed, h.hash AS signed_hash, now() AS at
FROM chains c
JOIN LATERAL (SELECT number, hash FROM audit_link WHERE chain = c.chain ORDER BY number DESC LIMIT 1) AS l ON true
LEFT JOIN LATERAL (
    SELECT number, hash, signed_at FROM audit_head WHERE chain = c.chain ORDER BY number DESC LIMIT 1
) AS h ON true
WHERE h.number IS NULL
   OR (l.number <> h.number AND h.signed_at NOT BETWEEN now() - make_interval(secs => $1) AND now())
"""
INSERT_HEAD = """
INSERT INTO audit_head (chain, number, hash, signed_at, public_key, signature) VALUES ($1, $2, $3, $4, $5, $6)
"""
HEADS_AFTER = """
SELECT id, chain, number, hash, signed_at, public_key, signature FROM audit_head WHERE id > $1 ORDER BY id LIMIT $2
"""
HEADS = """
SELECT chain, number, hash, signed_at, public_key, signature FROM audit_head WHERE $1::text IS NULL OR chain = $1
"""
HAS_LINK = "SELECT EXISTS (SELECT FROM audit_link WHERE chain = $1 AND number = $2 AND hash = $3)"

# ── checking and reading ──

# JSON as text: its numbers have no bounds in the database.
ACTS = """
SELECT id, organizer_id, at, actor_kind, actor, act, subject, before::text AS before, after::text AS after,
       detail::text AS detail, request, network::text AS network
FROM audit WHERE id = ANY ($1::bigint[])
"""
LINKS = """
SELECT chain, number, hash, audit_id FROM audit_link
WHERE (chain, number) > ($1, $2) AND ($3::text IS NULL OR chain = $3) ORDER BY chain, number LIMIT $4
"""
# Rows that no chain has, though everything of their time was linked: somebody wrote them afterwards.
UNLINKED = """
SELECT a.id, coalesce(a.organizer_id, $1) AS chain FROM audit a, audit_horizon h
WHERE a.xid < h.before AND NOT EXISTS (SELECT FROM audit_link l WHERE l.audit_id = a.id)
  AND ($2::text IS NULL OR coalesce(a.organizer_id, $1) = $2)
ORDER BY a.id LIMIT $3
"""
WAITING = "SELECT count(*) FROM audit a, audit_horizon h WHERE a.xid >= h.before"

# ── searching: ids of acts, newest or oldest first ──

# Between which ids acts of a time lie. An act is numbered when it is written, and dated by when its transaction began,
# so the order of ids is nearly that of time: a block more on either side makes up for the difference.
BOUNDS = """
SELECT CASE WHEN $2::timestamptz IS NOT NULL
            THEN coalesce(16384 * (audit_block((SELECT min(id) FROM (
                SELECT id FROM audit WHERE at >= $2 ORDER BY at LIMIT 1000) AS first)) - 1), $4)
            WHEN $1::text IS NOT NULL THEN coalesce((SELECT min(id) FROM audit WHERE organizer_id = $1), $4)
            ELSE coalesce((SELECT min(id) FROM audit), $4) END AS first,
       CASE WHEN $3::timestamptz IS NOT NULL
            THEN coalesce(16384 * (audit_block((SELECT max(id) FROM (
                SELECT id FROM audit WHERE at < $3 ORDER BY at DESC LIMIT 1000) AS last)) + 2), 0)
            WHEN $1::text IS NOT NULL THEN coalesce((SELECT max(id) FROM audit WHERE organizer_id = $1), 0)
            ELSE coalesce((SELECT max(id) FROM audit), 0) END AS last
"""
TERMS_OF = "SELECT ARRAY(SELECT DISTINCT 'w' || word FROM unnest(audit_words($1)) AS w (word))"
NEWEST_OF = """
SELECT id FROM audit WHERE organizer_id = $1 AND id >= $2 AND id <= $3
  AND ($4::timestamptz IS NULL OR at >= $4) AND ($5::timestamptz IS NULL OR at < $5)
ORDER BY id DESC LIMIT $6
"""
OLDEST_OF = """
SELECT id FROM audit WHERE organizer_id = $1 AND id >= $2 AND id <= $3
  AND ($4::timestamptz IS NULL OR at >= $4) AND ($5::timestamptz IS NULL OR at < $5)
ORDER BY id LIMIT $6
"""
NEWEST_OF_ALL = """
SELECT id FROM audit WHERE $1::text IS NULL AND id >= $2 AND id <= $3
  AND ($4::timestamptz IS NULL OR at >= $4) AND ($5::timestamptz IS NULL OR at < $5)
ORDER BY id DESC LIMIT $6
"""
# Block by block, and no further than enough was found. The organizer is compared with the row itself too: whose acts
# somebody reads does not hang on a hash. `|| ''` and `+ 0` keep indexes out that would be read whole in each block.
FOUND_NEWEST = """
SELECT a.id FROM generate_series(audit_block($3), audit_block($2), -1) AS b (block) CROSS JOIN LATERAL (
    SELECT id FROM audit
    WHERE audit_terms(id, organizer_id, actor, act, subject, before, after, detail)
          @> audit_asked(b.block, $7::text[])
      AND ($1::text IS NULL OR organizer_id || '' = $1) AND id + 0 >= $2 AND id + 0 <= $3
      AND ($4::timestamptz IS NULL OR at >= $4) AND ($5::timestamptz IS NULL OR at < $5)
    ORDER BY id DESC LIMIT $6
) AS a LIMIT $6
"""
FOUND_OLDEST = """
SELECT a.id FROM generate_series(audit_block($2), audit_block($3)) AS b (block) CROSS JOIN LATERAL (
    SELECT id FROM audit
    WHERE audit_terms(id, organizer_id, actor, act, subject, before, after, detail)
          @> audit_asked(b.block, $7::text[])
      AND ($1::text IS NULL OR organizer_id || '' = $1) AND id + 0 >= $2 AND id + 0 <= $3
      AND ($4::timestamptz IS NULL OR at >= $4) AND ($5::timestamptz IS NULL OR at < $5)
    ORDER BY id LIMIT $6
) AS a LIMIT $6
"""
# What was done to a thing, and to what names it.
HISTORY = """
SELECT a.id FROM generate_series(audit_block($2), audit_block($3)) AS b (block) CROSS JOIN LATERAL (
    SELECT id FROM audit
    WHERE audit_terms(id, organizer_id, actor, act, subject, before, after, detail)
          @> audit_asked(b.block, $5::text[])
      AND organizer_id || '' = $1 AND id + 0 >= $2 AND id + 0 <= $3
      AND (subject = $6 OR jsonb_path_exists(
          jsonb_build_array(before, after, detail), '$.** ? (@ == $thing)', jsonb_build_object('thing', $6::text)))
    ORDER BY id LIMIT $4
) AS a LIMIT $4
"""
PLACES = """
SELECT i.id AS audit_id, l.chain, l.number, l.hash, p.hash AS previous
FROM unnest($1::bigint[]) WITH ORDINALITY AS i (id, nth)
LEFT JOIN audit_link l ON l.audit_id = i.id
LEFT JOIN audit_link p ON p.chain = l.chain AND p.number = l.number - 1
ORDER BY i.nth
"""
# Loose: from one word to the next, however many acts there are.
WORDS_OF_ACTS = """
WITH RECURSIVE words (act) AS (
    (SELECT act FROM audit WHERE organizer_id = $1 ORDER BY act LIMIT 1)
    UNION ALL
    SELECT (SELECT act FROM audit WHERE organizer_id = $1 AND act > w.act ORDER BY act LIMIT 1) FROM words w
    WHERE w.act IS NOT NULL
)
SELECT act FROM words WHERE act IS NOT NULL
"""

# ── refusals, counted by network and minute before they become a row ──

COUNT_REFUSALS = """
INSERT INTO audit_tally (minute, act, network, organizer_id, subject, times)
SELECT date_trunc('minute', now(), 'UTC'), act, network::cidr, organizer_id, subject, times
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[])
    AS t (act, network, organizer_id, subject, times)
ON CONFLICT ON CONSTRAINT audit_tally_counts_once DO UPDATE SET times = audit_tally.times + excluded.times
"""
# Minutes that are over, and so long that no process still counts in them.
TAKE_MINUTE = """
DELETE FROM audit_tally WHERE minute = (
    SELECT min(minute) FROM audit_tally
    WHERE minute NOT BETWEEN now() - make_interval(secs => $1) AND now()
) RETURNING minute, act, network::text AS network, organizer_id, subject, times
"""
