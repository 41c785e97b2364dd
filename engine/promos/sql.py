"""The SQL of promos. Values travel as parameters; the only text put together is that of segment rules, whose
fragments are fixed in engine/promos/rules.py.
"""

# ── following profiles ──

FOLLOWED = """
SELECT p.number, p.buyer_id, p.zone, p.latitude, p.longitude, p.accuracy_m, p.consent,
       extract(epoch FROM p.located_at)::bigint AS located_s
FROM profile p WHERE p.number > $1 {changed} ORDER BY p.number LIMIT $2
"""
CHANGED = "AND p.changed_xid >= $3::text::xid8 AND p.changed_xid < $4::text::xid8"
BELONG = """
SELECT p.number, ARRAY[{rules}]::boolean[] AS belongs FROM profile p JOIN zone z ON z.number = p.zone
WHERE p.number = ANY ($2::integer[])
"""
MEMBERS = "SELECT p.number FROM profile p JOIN zone z ON z.number = p.zone WHERE {rule}"
COUNT_MEMBERS = """
SELECT count(*) AS members, count(*) FILTER (WHERE p.consent) AS consenting,
       count(*) FILTER (WHERE p.consent AND p.located_at IS NOT NULL) AS reachable
FROM profile p JOIN zone z ON z.number = p.zone WHERE {rule}
"""
HORIZON = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text"
SEGMENTS = "SELECT number, rule FROM segment ORDER BY number"
RULE_OF = "SELECT rule FROM segment WHERE number = $1"
ZONES = "SELECT number, name FROM zone"
TOLD = "SELECT day, number FROM notice WHERE day >= $1 AND (day, number) > ($2, $3) ORDER BY day, number LIMIT $4"
MOVED = """
UPDATE profile p
SET latitude = m.latitude, longitude = m.longitude, accuracy_m = m.accuracy_m, located_at = m.located_at,
    changed_xid = pg_current_xact_id()
FROM unnest($1::integer[], $2::double precision[], $3::double precision[], $4::integer[], $5::timestamptz[])
     AS m (number, latitude, longitude, accuracy_m, located_at)
WHERE p.number = m.number AND (p.located_at IS NULL OR p.located_at < m.located_at)
"""

# ── claiming ──

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
