-- expand
-- outside a transaction
-- locks: event (share update exclusive)
--
-- The dates of a series are found by it, and older events get the times that their clocks show. A zone that Postgres does
-- not know leaves an event its instants.

DROP INDEX CONCURRENTLY IF EXISTS event_by_series;

CREATE INDEX CONCURRENTLY IF NOT EXISTS event_by_series ON event (series_id, starts_at) WHERE series_id IS NOT NULL;

-- repeat
UPDATE event SET starts_local = starts_at AT TIME ZONE zone, ends_local = ends_at AT TIME ZONE zone
WHERE id IN (
    SELECT e.id FROM event e JOIN pg_timezone_names z ON z.name = e.zone WHERE e.starts_local IS NULL LIMIT 1000);
