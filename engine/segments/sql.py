"""The SQL of segments. Values travel as parameters; the only text put together is that of rules, whose fragments are
fixed in engine/segments/rules.py.
"""

# ── following persons ──

FOLLOWED = """
SELECT p.number, p.buyer_id, p.zone, p.latitude, p.longitude, p.accuracy_m, p.consent,
       extract(epoch FROM p.located_at)::bigint AS located_s
FROM person p WHERE p.number > $1 {changed} ORDER BY p.number LIMIT $2
"""
CHANGED = "AND p.changed_xid >= $3::text::xid8 AND p.changed_xid < $4::text::xid8"
BELONG = "SELECT p.number, ARRAY[{rules}]::boolean[] AS belongs FROM person p WHERE p.number = ANY ($2::integer[])"
MEMBERS = "SELECT p.number FROM person p WHERE {rule}"
COUNT_MEMBERS = """
SELECT count(*) AS members, count(*) FILTER (WHERE p.consent) AS consenting,
       count(*) FILTER (WHERE p.consent AND p.located_at IS NOT NULL) AS reachable
FROM person p WHERE {rule}
"""
HORIZON = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text"

# ── segments ──

SEGMENTS = "SELECT number, rule FROM segment ORDER BY number"
RULE_OF = "SELECT rule FROM segment WHERE number = $1"
# A segment that is there keeps its number; the same name with another rule is a change.
PUT = """
INSERT INTO segment (id, organizer_id, name, rule) VALUES ($1, $2, $3, $4)
ON CONFLICT (organizer_id, name) DO UPDATE SET rule = excluded.rule
RETURNING id, number, rule, xmax = 0 AS is_new
"""
KEEP = """
INSERT INTO segment (id, organizer_id, name, rule) VALUES ($1, $2, $3, $4) ON CONFLICT (organizer_id, name) DO NOTHING
"""
# One change of an organizer's segments at a time, so that they can be counted; what refers to the organizer goes on.
RULES_OF = "SELECT name, rule FROM segment WHERE organizer_id = $1 AND name = ANY ($2::text[])"
COUNT = "SELECT count(*) FROM segment WHERE organizer_id = $1 AND name <> ALL ($2::text[])"
IDS = "SELECT id FROM segment WHERE organizer_id = $1 AND name = ANY ($2::text[])"
LIST = "SELECT id, number, name, rule FROM segment WHERE organizer_id = $1 ORDER BY name"
