"""Every statement about events that change, their series and their copies."""

from __future__ import annotations

# Whoever changes an event locks it first, and then its sales in the order of their ids.
LOCK_EVENT = """
SELECT id, name, description, kind, picture, performers, zone, starts_at, ends_at, starts_local, status, revision,
       moved_from, moved_from_ends, paused_sales, venue_id, series_id
FROM event WHERE id = $1 AND organizer_id = $2 FOR UPDATE
"""
LOCK_SALES = """
SELECT id, opens_at, closes_at, opened_at, closed_at, paused, days FROM sale
WHERE event_id = $1 AND kind = 'event' ORDER BY id FOR UPDATE
"""
UPDATE_EVENT = """
UPDATE event SET name = $2, description = $3, kind = $4, picture = $5, performers = $6, starts_at = $7, ends_at = $8,
                 starts_local = $9, ends_local = $10, status = $11, moved_from = $12, moved_from_ends = $13,
                 paused_sales = $14, revision = revision + 1
WHERE id = $1 RETURNING revision
"""
UPDATE_SALE = (
    "UPDATE sale SET closes_at = $2, closed_at = $3, paused = $4, event_revision = $5, days = $6 WHERE id = $1"
)

# ── reading ──

SALES_OF = """
SELECT id, event_id, currency, visibility, public_at, lobby_at, opens_at, closes_at, opened_at, closed_at, paused
FROM sale WHERE event_id = ANY ($1::text[]) AND kind = 'event' ORDER BY created_at, id
"""
# $3, or with $4 and $5 those of some events and venues. Those that are to come first, soonest first; then the latest.
LIST_EVENTS = r"""
WITH found AS (
  SELECT e.id, e.name, e.kind, e.zone, e.starts_at, e.ends_at, e.status, e.moved_from, e.series_id,
         r.name AS series_name, v.name AS venue_name,
         (CASE WHEN e.status = 'postponed' THEN -1
               WHEN e.starts_at > now() - interval '3 hours' THEN extract(epoch FROM e.starts_at)
               ELSE 1e11 - extract(epoch FROM e.starts_at) END)::float8 AS sort_key
  FROM event e LEFT JOIN venue v ON v.id = e.venue_id LEFT JOIN series r ON r.id = e.series_id
  WHERE e.organizer_id = $1
    AND ($4::text[] IS NULL OR e.id = ANY ($4) OR e.venue_id = ANY ($5::text[]))
    AND ($2::text IS NULL
         OR regexp_replace(normalize(lower(concat_ws(' ', e.name, v.name, r.name)), NFKD), '[\u0300-\u036f]', '', 'g')
            LIKE '%' || $2 || '%')
)
SELECT * FROM found WHERE $6::float8 IS NULL OR (sort_key, id) > ($6, $7::text) ORDER BY sort_key, id LIMIT $3
"""
DATES_OF_MINE = """
SELECT e.id, e.name, e.kind, e.zone, e.starts_at, e.ends_at, e.status, e.moved_from, e.series_id, r.name AS series_name,
       v.name AS venue_name
FROM event e JOIN series r ON r.id = e.series_id LEFT JOIN venue v ON v.id = e.venue_id
WHERE e.series_id = $1 AND ($2::text[] IS NULL OR e.id = ANY ($2) OR e.venue_id = ANY ($3::text[]))
ORDER BY e.starts_at, e.id LIMIT $4
"""
READ_SERIES = "SELECT id, name, description FROM series WHERE id = $1"
# What everybody may see of a series: dates with a sale that is listed.
DATES_OF = """
SELECT s.id, e.id AS event_id, e.name, e.kind, e.zone, e.starts_at, e.picture, e.status, e.moved_from, e.series_id,
       v.name AS venue_name, v.address, v.latitude, v.longitude, NULL::float8 AS distance_m, s.currency,
       coalesce((SELECT l.prices FROM price_list l
                 WHERE l.sale_id = s.id AND l.valid_from_ms <= extract(epoch FROM now()) * 1000
                 ORDER BY l.number DESC LIMIT 1), s.prices) AS prices,
       s.seats, s.visibility, s.public_at, s.lobby_at, s.opens_at, s.closes_at, s.opened_at, s.closed_at, s.paused,
       s.type_rules, s.phases,
       (SELECT coalesce(sum(p.capacity), 0) FROM pool p WHERE p.sale_id = s.id AND p.draws_on = '{}'
        AND p.id NOT LIKE '%:%')::bigint AS units,
       p.picture_mark, p.picture_width, p.picture_height, p.picture_widths,
       ARRAY(SELECT t.id FROM ticket_type t WHERE t.event_id = e.id ORDER BY t.position, t.id) AS types
FROM event e JOIN sale s ON s.event_id = e.id AND s.kind = 'event'
     LEFT JOIN venue v ON v.id = coalesce(s.venue_id, e.venue_id)
     LEFT JOIN picture_shown p ON p.organizer_id = e.organizer_id AND p.url = e.picture
WHERE e.series_id = $1
  AND (s.visibility = 'public' OR (s.visibility = 'public_from' AND s.public_at <= now()))
  AND (coalesce(to_timestamp((s.days -> -1 ->> 'starts_ms')::bigint / 1000.0), e.starts_at)
         > now() - interval '3 hours' OR e.status = 'postponed')
ORDER BY e.starts_at, s.id LIMIT $2
"""

# ── series and copies ──

INSERT_SERIES = "INSERT INTO series (id, organizer_id, name, description) VALUES ($1, $2, $3, $4)"
# Dates of one series are made one after the other.
LOCK_SERIES = "SELECT id FROM series WHERE id = $1 AND organizer_id = $2 FOR UPDATE"
JOIN_SERIES = "UPDATE event SET series_id = $2 WHERE id = $1"
DATE_IN_SERIES = """
SELECT id FROM event WHERE series_id = $1 AND starts_at = $2 AND status <> 'cancelled' ORDER BY created_at LIMIT 1
"""
COPY_EVENT = """
INSERT INTO event (id, organizer_id, venue_id, name, description, kind, zone, starts_at, ends_at, picture, performers,
                   starts_local, ends_local, series_id)
SELECT $2, organizer_id, venue_id, name, description, kind, zone, $3, $4, picture, performers, $5, $6, $7
FROM event WHERE id = $1
"""
COPY_TYPES = """
INSERT INTO ticket_type (event_id, id, name, position)
SELECT $2, id, name, position FROM ticket_type WHERE event_id = $1
"""
TO_COPY = """
SELECT s.id, s.event_id, s.lobby_at, s.opens_at, s.closes_at, s.public_at, s.phases, s.days, e.zone, e.starts_at,
       e.ends_at,
       e.status, e.name
FROM sale s JOIN event e ON e.id = s.event_id WHERE s.id = $1 AND s.organizer_id = $2 AND s.kind = 'event'
"""
SALES_TO_COPY = """
SELECT s.id, s.event_id, s.lobby_at, s.opens_at, s.closes_at, s.public_at, s.phases, s.days, e.zone, e.starts_at,
       e.ends_at,
       e.status, e.name
FROM sale s JOIN event e ON e.id = s.event_id
WHERE s.event_id = $1 AND s.organizer_id = $2 AND s.kind = 'event' ORDER BY s.created_at, s.id
"""
EVENT_TO_COPY = """
SELECT NULL AS id, e.id AS event_id, e.zone, e.starts_at, e.ends_at, e.name, e.series_id, r.name AS series_name
FROM event e LEFT JOIN series r ON r.id = e.series_id WHERE e.id = $1 AND e.organizer_id = $2
"""
STARTS_IN_SERIES = "SELECT starts_at FROM event WHERE series_id = $1 AND status <> 'cancelled'"
ZONE_OF = "SELECT zone FROM event WHERE id = $1"
# What a copy has as its original does: engine/catalog/copies.py says what it has of its own. It begins with the newest
# prices.
COPY_SALE = """
INSERT INTO sale (kind, id, event_id, lobby_at, opens_at, closes_at, public_at, draw_secret, draw_commit,
                  organizer_id, venue_id, layout_version, currency, seats, person_max, cart_ms, prices, room,
                  visibility, entry, entry_codes, entry_segment, questions, days, admits, type_rules, zones, phases,
                  products, unlocks, dues, tax_identity)
SELECT 'event', $2, $3, $4, $5, $6, $7, $8, $9,
       organizer_id, venue_id, layout_version, currency, seats, person_max, cart_ms,
       CASE WHEN newest IS NULL THEN prices ELSE newest_prices END, room, visibility, entry, entry_codes, entry_segment,
       questions,
       $11::jsonb AS days, admits,
       (SELECT coalesce(jsonb_object_agg(kind, said || jsonb_build_object(
            'from_ms', (said -> 'from_ms')::bigint + CASE WHEN said -> 'from_ms' <> '0' THEN later_ms ELSE 0 END,
            'until_ms', (said -> 'until_ms')::bigint + CASE WHEN said -> 'until_ms' <> '0' THEN later_ms ELSE 0 END
        )), '{}')
        FROM jsonb_each(type_rules) AS rule (kind, said), (
            SELECT (extract(epoch FROM $5::timestamptz - opens_at) * 1000)::bigint AS later_ms
        ) AS shift),
       CASE WHEN newest IS NULL THEN zones ELSE newest_zones END, $10 AS phases, products, unlocks,
       CASE WHEN newest IS NULL THEN dues ELSE newest_dues END, tax_identity
FROM sale LEFT JOIN LATERAL (
  SELECT l.number AS newest, l.prices AS newest_prices, l.zones AS newest_zones, l.dues AS newest_dues
  FROM price_list l WHERE l.sale_id = sale.id ORDER BY l.number DESC LIMIT 1
) AS list ON true
WHERE id = $1
"""
COPY_POOLS = """
INSERT INTO pool (sale_id, id, name, position, capacity, draws_on, withheld)
SELECT $2, id, name, position, capacity, draws_on, withheld FROM pool WHERE sale_id = $1
"""
# What is withheld still, and is released as long before the new start ($3).
COPY_ALLOCATIONS = """
INSERT INTO allocation (sale_id, id, name, purpose, seats, units, release_at, staff, open)
SELECT $2, a.id, a.name, a.purpose, a.seats, a.units, a.release_at + ($3::timestamptz - e.starts_at), a.staff, a.open
FROM allocation a JOIN sale s ON s.id = a.sale_id JOIN event e ON e.id = s.event_id
WHERE a.sale_id = $1 AND a.released_at IS NULL
"""
