"""Every statement about allocations and changes of the stock."""

from __future__ import annotations

# Whoever changes the stock of a sale waits here for whoever does so at the same moment.
LOCK_STOCK = """
SELECT s.kind, s.closed_at IS NOT NULL OR s.closes_at <= now() AS over, s.venue_id, s.layout_version, s.prices, e.zone
FROM sale s LEFT JOIN event e ON e.id = s.event_id WHERE s.id = $1 AND s.organizer_id = $2 FOR NO KEY UPDATE OF s
"""
IS_ASKED = "SELECT EXISTS (SELECT FROM stock_change WHERE sale_id = $1 AND state = 'asked')"
ADD_CHANGE = """
INSERT INTO stock_change (sale_id, number, state, takes, allocation, seats, units, asked_by)
SELECT $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5, $6, $7 FROM stock_change WHERE sale_id = $1
RETURNING number
"""
READ_CHANGE = """
SELECT number, state, takes, allocation, seats, units, missing FROM stock_change WHERE sale_id = $1 AND number = $2
"""
UNTOLD = """
SELECT number, state, takes, allocation, seats, units FROM stock_change
WHERE sale_id = $1 AND told_at IS NULL ORDER BY number
"""
# A moment after they were asked, so that whoever asks has the time to lead them through.
LEFT_UNTOLD = """
SELECT DISTINCT sale_id FROM stock_change
WHERE told_at IS NULL AND asked_at < now() - make_interval(secs => $1) LIMIT $2
"""
LOCK_CHANGE = """
SELECT c.number, c.state, c.takes, c.allocation, c.seats, c.units, c.asked_by, s.organizer_id
FROM stock_change c JOIN sale s ON s.id = c.sale_id WHERE c.sale_id = $1 AND c.number = $2 FOR UPDATE OF c
"""
SETTLE = "UPDATE stock_change SET state = $3, missing = $4, told_at = now() WHERE sale_id = $1 AND number = $2"
TOLD = "UPDATE stock_change SET told_at = now() WHERE sale_id = $1 AND number = $2 AND told_at IS NULL"
ADD_ALLOCATION = """
INSERT INTO allocation (sale_id, id, name, purpose, seats, units, release_at, staff)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_ALLOCATION = """
SELECT id, name, purpose, seats, units, release_at, made_at, released_at, staff, open FROM allocation WHERE sale_id = $1
"""
READ_ALLOCATIONS = f"{_ALLOCATION} ORDER BY made_at, id"
READ_ALLOCATION = f"{_ALLOCATION} AND id = $2"
LOCK_ALLOCATION = f"{READ_ALLOCATION} FOR UPDATE"
RELEASE = "UPDATE allocation SET seats = '{}', units = '{}', released_at = now() WHERE sale_id = $1 AND id = $2"
# What it withholds from then on.
LEAVE = "UPDATE allocation SET seats = $3, units = $4 WHERE sale_id = $1 AND id = $2"
# Buyers may draw on these: $2.
OPEN = "UPDATE allocation SET open = true WHERE sale_id = $1 AND id = ANY($2) AND released_at IS NULL AND NOT open"
# Those that have some of these seats ($2), once nobody else changes the stock.
LOCK_OPEN = """
SELECT id, seats, units FROM allocation WHERE sale_id = $1 AND open AND released_at IS NULL AND seats && $2
ORDER BY id FOR UPDATE
"""
LOCK_STOCK_OF = "SELECT organizer_id FROM sale WHERE id = $1 FOR NO KEY UPDATE"
SET_RELEASE = "UPDATE allocation SET release_at = $3 WHERE sale_id = $1 AND id = $2"
WITHHELD_SEATS = "SELECT unnest(seats) AS seat FROM allocation WHERE sale_id = $1"
# Of a pool, and of all it draws on ($2, a name for each unit of them: $3); taken away where they are negative.
WITHHOLD_UNITS = """
UPDATE pool SET withheld = withheld + t.units FROM unnest($2::text[], $3::integer[]) AS t (id, units)
WHERE pool.sale_id = $1 AND pool.id = t.id
"""
RESIZE = "UPDATE pool SET capacity = capacity + $3 WHERE sale_id = $1 AND id = $2"
DUE = """
SELECT a.sale_id, a.id, s.organizer_id FROM allocation a JOIN sale s ON s.id = a.sale_id
WHERE a.released_at IS NULL AND a.release_at <= now() ORDER BY a.release_at LIMIT $1
"""
NEXT_S = """
SELECT least(
    (SELECT extract(epoch FROM min(release_at) - now()) FROM allocation
     WHERE released_at IS NULL AND release_at IS NOT NULL),
    (SELECT extract(epoch FROM min(asked_at) - now()) + $1 FROM stock_change WHERE told_at IS NULL))::float8
"""
