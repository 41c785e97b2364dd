"""The SQL of segments. Values travel as parameters; the only text put together is that of rules, whose fragments are
fixed in engine/segments/rules.py.
"""

# ── following persons ──

FOLLOWED = """
SELECT p.number, p.buyer_id, p.zone, p.latitude, p.longitude, p.accuracy_m,
       p.consent OR EXISTS (SELECT FROM related_person r WHERE r.number = p.number AND r.consent) AS consent,
       extract(epoch FROM p.located_at)::bigint AS located_s
FROM person p WHERE p.number > $1 {changed} ORDER BY p.number LIMIT $2
"""
CHANGED = "AND p.changed_xid >= $3::text::xid8 AND p.changed_xid < $4::text::xid8"
BELONG = "SELECT p.number, ARRAY[{rules}]::boolean[] AS belongs FROM person p WHERE p.number = ANY ($2::integer[])"
# One of the rules of BELONG: each is asked for its own organizer, whose id comes before its values.
OF_ORGANIZER = """
SELECT {rule} FROM (VALUES (1)) AS one (n) LEFT JOIN related_person r
ON r.organizer_id = {organizer}::text AND r.number = p.number
"""
MEMBERS = """
SELECT p.number FROM person p LEFT JOIN related_person r ON r.organizer_id = $2 AND r.number = p.number WHERE {rule}
"""
COUNT_MEMBERS = """
SELECT count(*) AS members, count(*) FILTER (WHERE coalesce(r.consent, p.consent)) AS consenting,
       count(*) FILTER (WHERE coalesce(r.consent, p.consent) AND p.located_at IS NOT NULL) AS reachable
FROM person p LEFT JOIN related_person r ON r.organizer_id = $2 AND r.number = p.number
WHERE {own} AND {rule}
"""

# ── who enters ──

# The profiles of buyers ($1), and of people in the vault ($2).
NUMBERS = """
SELECT number, buyer_id AS whose FROM person WHERE buyer_id = ANY ($1::text[])
UNION ALL SELECT number, person_id FROM named_profile WHERE person_id = ANY ($2::text[])
"""
BY_ID = "SELECT id, number, organizer_id, rule FROM segment WHERE id = ANY ($1::text[])"

# ── segments ──

SEGMENTS = "SELECT number, organizer_id, rule FROM segment ORDER BY number"
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
