"""The SQL of rehearsals. Every statement that changes a sale asks for a shadow sale, so that no other can be hit."""

from __future__ import annotations

# The lobby is open at once; it is said when the sale opens once everybody is there.
COPY_SALE = """
INSERT INTO sale (kind, id, organizer_id, event_id, venue_id, layout_version, currency, seats, person_max, cart_ms,
                  prices, room, visibility, lobby_at, opens_at, closes_at, draw_secret, draw_commit, rehearsal_of,
                  rehearsal_until)
SELECT 'rehearsal', $2, organizer_id, event_id, venue_id, layout_version, currency, seats, person_max, cart_ms, prices,
       coalesce(room, $3), 'hidden', now(), now() + interval '1 day', now() + interval '2 days', $4, $5, id,
       now() + make_interval(secs => $6)
FROM sale WHERE id = $1 AND kind = 'event'
RETURNING organizer_id
"""
COPY_POOLS = """
INSERT INTO pool (sale_id, id, name, position, capacity, draws_on)
SELECT $2, id, name, position, capacity, draws_on FROM pool WHERE sale_id = $1
"""
OPEN_AT = """
UPDATE sale SET opens_at = $2::timestamptz, closes_at = $2::timestamptz + interval '2 days'
WHERE id = $1 AND kind = 'rehearsal'
"""
SET_ROOM = "UPDATE sale SET room = $2 WHERE id = $1 AND kind = 'rehearsal'"
PROLONG = """
UPDATE sale SET rehearsal_until = now() + make_interval(secs => $2)
WHERE id = $1 AND kind = 'rehearsal' AND closes_at > now()
"""
LEFT_BEHIND = "SELECT id FROM sale WHERE rehearsal_until < now() ORDER BY rehearsal_until LIMIT 20"
LEFT_S = """
SELECT greatest(0, extract(epoch FROM min(rehearsal_until) - now()))::float8 FROM sale WHERE rehearsal_until IS NOT NULL
HAVING count(*) > 0
"""
# So long ago that nobody looks after it any more. $2: also while it is still prolonged.
RETIRE = """
UPDATE sale SET lobby_at = NULL, opens_at = now() - interval '4 days', closes_at = now() - interval '3 days'
WHERE id = $1 AND kind = 'rehearsal' AND (rehearsal_until < now() OR $2)
RETURNING rehearsal_until < now() - interval '10 minutes' AS long_over
"""
DELETE_POOLS = "DELETE FROM pool USING sale WHERE sale.id = $1 AND sale.kind = 'rehearsal' AND pool.sale_id = sale.id"
DELETE_SALE = "DELETE FROM sale WHERE id = $1 AND kind = 'rehearsal'"
