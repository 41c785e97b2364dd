-- expand
-- in a transaction
-- locks: event, sale (access exclusive)
-- locks: organizer (share row exclusive)
--
-- An event may be moved, postponed or cancelled, and may be one date of a series. Its times are kept as its own clocks show
-- them beside the instants, so that it shows when the rules of a zone have changed. Events of releases that don't know
-- these columns have their instants alone.

CREATE TABLE series (
    id            text PRIMARY KEY,
    organizer_id  text NOT NULL REFERENCES organizer,
    name          text NOT NULL,
    description   text NOT NULL DEFAULT '',
    created_at    timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE series IS 'catalog: What takes place on several dates, each of which is an event with a sale of its own.';
CREATE INDEX series_by_organizer ON series (organizer_id);
ALTER TABLE series ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON series TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
GRANT SELECT, INSERT, UPDATE ON series TO aforo_office;
GRANT UPDATE ON event TO aforo_office;

-- squawk-ignore prefer-timestamp-tz
ALTER TABLE event ADD COLUMN starts_local timestamp;
-- squawk-ignore prefer-timestamp-tz
ALTER TABLE event ADD COLUMN ends_local timestamp;
ALTER TABLE event
    ADD COLUMN status text NOT NULL DEFAULT 'scheduled',
    ADD COLUMN revision integer NOT NULL DEFAULT 0,
    ADD COLUMN moved_from timestamptz,
    ADD COLUMN moved_from_ends timestamptz,
    ADD COLUMN paused_sales text[] NOT NULL DEFAULT '{}',
    ADD COLUMN series_id text;
ALTER TABLE event
    ADD CONSTRAINT event_status_is_known CHECK (status IN ('scheduled', 'moved', 'postponed', 'cancelled')) NOT VALID,
    ADD CONSTRAINT event_was_moved_from_a_date CHECK (status <> 'moved' OR moved_from IS NOT NULL) NOT VALID,
    ADD CONSTRAINT event_is_of_a_series FOREIGN KEY (series_id) REFERENCES series NOT VALID;

-- How often the event of a sale has changed, as the live side is told.
ALTER TABLE sale ADD COLUMN event_revision integer NOT NULL DEFAULT 0;
CREATE OR REPLACE VIEW sale_steering AS
SELECT id, kind, lobby_at, opens_at, closes_at, opened_at, closed_at, paused, steered, room, draw_secret, xmin AS written_by,
       event_revision
FROM sale;

-- An event without a date is not over.
CREATE OR REPLACE VIEW sale_moment AS
SELECT s.id, coalesce(e.starts_at, s.opens_at) AS starts_at,
       CASE WHEN e.status = 'postponed' THEN 'infinity'
            ELSE coalesce(e.ends_at, e.starts_at + interval '3 hours', s.closes_at + interval '1 day') END AS over_at
FROM sale s LEFT JOIN event e ON e.id = s.event_id;
