-- expand
-- in a transaction
-- locks: sale (access exclusive)
--
-- Days of a sale, and to which of them tickets of its sections and pools admit. What has days is over after the last.

ALTER TABLE sale
    ADD COLUMN days jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN admits jsonb NOT NULL DEFAULT '{}';
CREATE OR REPLACE VIEW sale_moment AS
SELECT s.id, coalesce(e.starts_at, s.opens_at) AS starts_at,
       CASE WHEN e.status = 'postponed' THEN 'infinity'
            ELSE coalesce(e.ends_at, greatest(e.starts_at, to_timestamp((s.days -> -1 ->> 'starts_ms')::bigint / 1000.0)) + interval '3 hours',
                          s.closes_at + interval '1 day') END AS over_at
FROM sale s LEFT JOIN event e ON e.id = s.event_id;
