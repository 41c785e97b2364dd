"""The SQL of links."""

COUNT = "SELECT count(*) FROM tracked_link WHERE organizer_id = $1"
# What a link leads to is for buyers to see: no rehearsal.
OWN_SALE = "SELECT 1 FROM sale_terms WHERE id = $1 AND organizer_id = $2 AND kind <> 'rehearsal'"
MAKE = """
INSERT INTO tracked_link (id, organizer_id, name, label, sale_id) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (organizer_id, name) DO NOTHING
RETURNING id, name, label, sale_id, visits, made_at, archived_at
"""
LIST = """
SELECT id, name, label, sale_id, visits, made_at, archived_at FROM tracked_link
WHERE organizer_id = $1 ORDER BY made_at DESC, id
"""
LOCK = """
SELECT id, name, label, sale_id, visits, made_at, archived_at FROM tracked_link
WHERE id = $1 AND organizer_id = $2 FOR NO KEY UPDATE
"""
CHANGE = """
UPDATE tracked_link
SET label = $3, sale_id = $4, archived_at = CASE WHEN $5 THEN coalesce(archived_at, now()) END
WHERE id = $1 AND organizer_id = $2
RETURNING id, name, label, sale_id, visits, made_at, archived_at
"""
NAMES = "SELECT id, name, archived_at IS NULL AS live FROM tracked_link WHERE organizer_id = $1"
# In the order of their ids, so that two processes that hand in at once never wait for one another in a circle.
ADD_VISITS = """
WITH counted AS (
    SELECT l.id, v.visits FROM unnest($1::text[], $2::bigint[]) AS v (id, visits)
    JOIN tracked_link l ON l.id = v.id ORDER BY l.id FOR NO KEY UPDATE OF l
)
UPDATE tracked_link SET visits = tracked_link.visits + counted.visits FROM counted WHERE tracked_link.id = counted.id
"""
