"""Every statement of the catalog."""

from __future__ import annotations

# ── writing ──

INSERT_VENUE = """
INSERT INTO venue (id, organizer_id, name, address, zone, latitude, longitude, country)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""

FIND_VENUE = "SELECT id, zone, country FROM venue WHERE id = $1 AND organizer_id = $2"

# The same name and zone is the same venue; a venue without a name is never reused.
SAME_VENUE = """
SELECT id, country FROM venue
WHERE organizer_id = $1 AND name = $2 AND zone = $3 AND name <> '' ORDER BY created_at LIMIT 1
"""

SET_COUNTRY = "UPDATE venue SET country = $2 WHERE id = $1 AND country IS NULL"
LOCK_VENUE = "SELECT id FROM venue WHERE id = $1 AND organizer_id = $2 FOR UPDATE"

NEWEST_LAYOUT = "SELECT max(version) FROM layout WHERE venue_id = $1"

INSERT_LAYOUT = "INSERT INTO layout (venue_id, version, name, seats, shape) VALUES ($1, $2, $3, $4, $5)"

INSERT_SECTION = """
INSERT INTO section (venue_id, version, id, name, rank, first_seat, rows, shape) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""

INSERT_EVENT = """
INSERT INTO event (id, organizer_id, venue_id, name, description, kind, zone, starts_at, ends_at, picture,
                   performers, starts_local, ends_local)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""

INSERT_TYPE = """
INSERT INTO ticket_type (event_id, id, name, position) VALUES ($1, $2, $3, $4) ON CONFLICT (event_id, id) DO NOTHING
"""

INSERT_SALE = """
INSERT INTO sale (kind, id, organizer_id, event_id, venue_id, layout_version, currency, seats, person_max, cart_ms,
                  prices, room, visibility, public_at, lobby_at, opens_at, closes_at, draw_secret, draw_commit,
                  entry, entry_codes, entry_segment, questions, zones, type_rules, phases, products, days,
                  admits, unlocks, dues, tax_identity)
VALUES ('event', $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
        $22, $23, $24, $25, $26, $27, $28, $29, $30, $31)
"""

INSERT_POOL = "INSERT INTO pool (sale_id, id, name, position, capacity, draws_on) VALUES ($1, $2, $3, $4, $5, $6)"

UPDATE_SALE = """
UPDATE sale SET visibility = $2, public_at = $3, lobby_at = $4, opens_at = $5, closes_at = $6, person_max = $7,
                cart_ms = $8, room = $9, entry = $10, entry_codes = $11, entry_segment = $12, questions = $13,
                phases = $14, days = $15, admits = $16, unlocks = $17, tax_identity = $18
WHERE id = $1
"""

LOCK_SALE = """
SELECT s.id, s.venue_id, s.layout_version, s.visibility, s.public_at, s.lobby_at, s.opens_at, s.closes_at,
       s.person_max, s.cart_ms, s.room, s.opened_at, s.entry, s.entry_codes, s.entry_segment, s.closed_at, s.paused,
       s.prices, s.questions, s.phases, s.days, s.admits, s.unlocks, s.type_rules, s.products, s.currency, e.zone,
       e.starts_at, e.ends_at, s.tax_identity
FROM sale s JOIN event e ON e.id = s.event_id WHERE s.id = $1 AND s.organizer_id = $2 FOR UPDATE OF s
"""

PRICED_SALE = """
SELECT id, prices, zones, dues, created_at FROM sale WHERE id = $1 AND organizer_id = $2 AND kind = 'event'
"""
LOCK_PRICED_SALE = """
SELECT id, event_id, venue_id, layout_version, currency, prices, zones, dues, products, created_at,
       closed_at IS NOT NULL OR closes_at <= now() AS over
FROM sale WHERE id = $1 AND organizer_id = $2 AND kind = 'event' FOR NO KEY UPDATE
"""
INSERT_PRICE_LIST = """
INSERT INTO price_list (sale_id, number, valid_from_ms, prices, made_by, zones, dues)
VALUES ($1, $2, $3, $4, $5, $6, $7)
RETURNING made_at
"""
READ_PRICE_LISTS = """
SELECT number, valid_from_ms, prices, made_at, made_by, zones, dues
FROM price_list WHERE sale_id = $1 ORDER BY number
"""
NEWEST_PRICE_LIST = """
SELECT number, valid_from_ms FROM sale_prices WHERE sale_id = $1 ORDER BY number DESC LIMIT 1
"""
ADD_TYPE = """
INSERT INTO ticket_type (event_id, id, name, position)
SELECT $1, $2, $3, coalesce(max(position), -1) + 1 FROM ticket_type WHERE event_id = $1
ON CONFLICT (event_id, id) DO NOTHING
"""

# ── steering: each answers whether it did anything ──

_SWITCHES = " RETURNING opened_at, closed_at, paused"

LOCK_SWITCHES = """
SELECT opened_at, closed_at, paused FROM sale WHERE id = $1 AND organizer_id = $2 FOR UPDATE
"""

OPEN_NOW = (
    """
UPDATE sale SET opened_at = coalesce(opened_at, now()), paused = false
WHERE id = $1 AND organizer_id = $2 AND closed_at IS NULL AND closes_at > now()
"""
    + _SWITCHES
)

PAUSE = (
    """
UPDATE sale SET paused = true
WHERE id = $1 AND organizer_id = $2 AND closed_at IS NULL AND closes_at > now()
  AND (opened_at IS NOT NULL OR opens_at <= now())
"""
    + _SWITCHES
)

RESUME = (
    """
UPDATE sale SET paused = false WHERE id = $1 AND organizer_id = $2 AND closed_at IS NULL AND closes_at > now()
"""
    + _SWITCHES
)

CLOSE_EARLY = (
    """
UPDATE sale SET closed_at = coalesce(closed_at, now()) WHERE id = $1 AND organizer_id = $2 AND closes_at > now()
"""
    + _SWITCHES
)

# Not by a row that was read before it was steered again.
OPENED = """
UPDATE sale SET opened_at = coalesce(opened_at, $3) WHERE id = $1 AND steered = $2 RETURNING steered
"""

# A promo has no event: it can't be reopened.
LOCK_REOPENED = """
SELECT s.opens_at, s.closes_at, s.opened_at, s.closed_at, s.paused, e.zone, e.status, e.starts_at
FROM sale s JOIN event e ON e.id = s.event_id
WHERE s.id = $1 AND s.organizer_id = $2 AND s.kind = 'event' FOR UPDATE OF s
"""
REOPEN = "UPDATE sale SET closed_at = NULL, closes_at = $2 WHERE id = $1 RETURNING opened_at, closed_at, paused"

OWNED_SALE = "SELECT closed_at IS NOT NULL OR closes_at <= now() AS over FROM sale WHERE id = $1 AND organizer_id = $2"

SALES_WITH_ROOM = """
SELECT id FROM sale WHERE organizer_id = $1 AND kind = 'event' AND room IS NOT NULL ORDER BY opens_at DESC LIMIT 1000
"""

# ── reading ──

SALE_EXISTS = "SELECT 1 FROM sale WHERE id = $1"

SALE_REACH = """
SELECT organizer_id AS organizer, visibility <> 'public_from' OR public_at <= now() AS by_all FROM sale WHERE id = $1
"""
ABOUT_SALES = """
SELECT s.id, s.event_id, e.venue_id
FROM sale s LEFT JOIN event e ON e.id = s.event_id WHERE s.id = ANY ($1::text[]) AND s.organizer_id = $2
"""
ABOUT_EVENT = "SELECT id, venue_id FROM event WHERE id = $1 AND organizer_id = $2"
KIND_OF_SALE = "SELECT kind FROM sale WHERE id = $1"

# Whoever cancels an event waits for sales that are being made of it, and closes them.
STATUS_OF_EVENT = "SELECT status FROM event WHERE id = $1 AND organizer_id = $2 FOR SHARE"

FIND_EVENT = """
SELECT id, name, zone, starts_at, venue_id, ends_at FROM event WHERE id = $1 AND organizer_id = $2
"""

READ_SALE = """
SELECT id, kind, organizer_id, event_id, venue_id, layout_version, currency, seats, person_max, cart_ms, prices, room,
       visibility, public_at, lobby_at, opens_at, closes_at, opened_at, closed_at, paused, draw_secret, draw_commit,
       created_at, entry, entry_codes, entry_segment, questions, zones, type_rules, phases, products, days, admits,
       unlocks, dues, tax_identity
FROM sale WHERE id = $1
"""

ENTRIES = "SELECT id, organizer_id, entry, entry_codes, entry_segment, phases FROM sale WHERE id = ANY ($1::text[])"

READ_SECTIONS = """
SELECT id, name, rank, first_seat, rows, shape FROM section WHERE venue_id = $1 AND version = $2 ORDER BY rank
"""

READ_LAYOUT = "SELECT name FROM layout WHERE venue_id = $1 AND version = $2"

READ_POOLS = """
SELECT id, name, capacity - withheld AS capacity, draws_on, withheld FROM pool WHERE sale_id = $1 ORDER BY position, id
"""

# What allocations withhold, and the newest change that counts here.
STOCK_NUMBER = """
SELECT coalesce(max(number), 0) AS number FROM stock_change WHERE sale_id = $1 AND state <> 'asked'
"""
# With the pools, in one statement, so that all of it is of one moment.
READ_STOCK = """
SELECT ARRAY(SELECT unnest(seats) FROM allocation WHERE sale_id = $1) AS withheld,
       coalesce((SELECT jsonb_object_agg(id, seats) FROM open_allocation WHERE sale_id = $1), '{}') AS draws,
       coalesce((SELECT max(number) FROM stock_change WHERE sale_id = $1 AND state <> 'asked'), 0) AS number,
       coalesce((
           SELECT jsonb_agg(jsonb_build_object('id', id, 'name', name, 'capacity', capacity - withheld,
                                               'draws_on', draws_on, 'withheld', withheld) ORDER BY position, id)
           FROM pool WHERE sale_id = $1), '[]') AS pools
"""

READ_EVENT = """
SELECT e.id, e.name, e.description, e.kind, e.zone, e.starts_at, e.ends_at, e.picture, e.performers, e.venue_id,
       e.status, e.revision, e.starts_local, e.moved_from, e.series_id, r.name AS series_name,
       p.picture_mark, p.picture_width, p.picture_height, p.picture_widths
FROM event e LEFT JOIN series r ON r.id = e.series_id
     LEFT JOIN picture_shown p ON p.organizer_id = e.organizer_id AND p.url = e.picture
WHERE e.id = $1
"""

# Columns of the venue behind those of the event.
EVENTS_OF = """
SELECT s.id AS sale_id, e.id, e.name, e.description, e.kind, e.zone, e.starts_at, e.ends_at, e.picture,
       e.performers, e.status, e.revision, e.starts_local, e.moved_from, e.series_id, r.name AS series_name,
       p.picture_mark, p.picture_width, p.picture_height, p.picture_widths,
       v.id AS venue_id, v.name AS venue_name, v.address AS venue_address, v.zone AS venue_zone,
       v.latitude AS venue_latitude, v.longitude AS venue_longitude, v.country AS venue_country
FROM sale s JOIN event e ON e.id = s.event_id LEFT JOIN venue v ON v.id = coalesce(s.venue_id, e.venue_id)
     LEFT JOIN series r ON r.id = e.series_id
     LEFT JOIN picture_shown p ON p.organizer_id = e.organizer_id AND p.url = e.picture
WHERE s.id = ANY ($1::text[])
"""
READ_ORGANIZER = "SELECT * FROM public_organizer WHERE id = $1"

READ_VENUE = "SELECT id, name, address, zone, latitude, longitude, country FROM venue WHERE id = $1"

READ_TYPES = "SELECT id, name FROM ticket_type WHERE event_id = $1 ORDER BY position, id"

# Either the public list (soonest or nearest first), or sales of one organizer (newest first): $7, all or, with $8 and
# $9, those of some events and venues.
# Words are compared in small letters without accents.
LIST_SALES = r"""
WITH card AS (
  SELECT s.id, e.id AS event_id, e.organizer_id, e.name, e.kind, e.zone, e.starts_at, e.picture,
         e.status, e.moved_from, e.series_id, v.name AS venue_name, v.address, v.latitude, v.longitude, s.currency,
         s.seats, s.visibility, s.public_at, s.lobby_at, s.opens_at, s.type_rules, s.phases,
         coalesce((SELECT l.prices FROM price_list l
                   WHERE l.sale_id = s.id AND l.valid_from_ms <= extract(epoch FROM now()) * 1000
                   ORDER BY l.number DESC LIMIT 1), s.prices) AS prices,
         s.closes_at, s.opened_at, s.closed_at, s.paused, s.created_at,
         (SELECT coalesce(sum(p.capacity - p.withheld), 0) FROM pool p
          WHERE p.sale_id = s.id AND p.draws_on = '{}' AND p.id NOT LIKE '%:%')::bigint AS units,
         CASE WHEN $1::float8 IS NULL OR v.latitude IS NULL OR v.longitude IS NULL THEN NULL ELSE
           2 * 6371008.8 * asin(least(1, sqrt(
             sin(radians(v.latitude - $1) / 2) ^ 2
             + cos(radians($1)) * cos(radians(v.latitude)) * sin(radians(v.longitude - $2::float8) / 2) ^ 2))) END
           AS distance_m
  FROM sale s JOIN event e ON e.id = s.event_id LEFT JOIN venue v ON v.id = coalesce(s.venue_id, e.venue_id)
  WHERE s.kind = 'event'
    AND ($8::text[] IS NULL OR s.event_id = ANY ($8) OR e.venue_id = ANY ($9::text[]))
    AND (s.organizer_id = $7 OR $7::text IS NULL
           AND (s.visibility = 'public' OR (s.visibility = 'public_from' AND s.public_at <= now()))
           AND (coalesce(to_timestamp((s.days -> -1 ->> 'starts_ms')::bigint / 1000.0), e.starts_at)
                  > now() - interval '3 hours' OR e.status = 'postponed'))
    AND ($3::text IS NULL
         OR regexp_replace(normalize(lower(concat_ws(' ', e.name, v.name, v.address, e.description)), NFKD),
                           '[\u0300-\u036f]', '', 'g') LIKE '%' || $3 || '%')
), placed AS (
  SELECT *, (CASE WHEN $7 IS NOT NULL THEN -extract(epoch FROM created_at)
                  WHEN $1 IS NULL THEN extract(epoch FROM starts_at)
                  ELSE coalesce(distance_m, 1e12) END)::float8 AS sort_key
  FROM card
)
SELECT placed.*, p.picture_mark, p.picture_width, p.picture_height, p.picture_widths,
       ARRAY(SELECT t.id FROM ticket_type t WHERE t.event_id = placed.event_id ORDER BY t.position, t.id) AS types
FROM placed LEFT JOIN picture_shown p ON p.organizer_id = placed.organizer_id AND p.url = placed.picture
WHERE $4::float8 IS NULL OR (sort_key, id) > ($4, $5::text) ORDER BY sort_key, id LIMIT $6
"""
