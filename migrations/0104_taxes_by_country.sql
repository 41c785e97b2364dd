-- expand
-- in a transaction
-- locks: venue (access exclusive)
-- locks: organizer (share row exclusive)
--
-- The country of a venue, and the taxes that an organizer's sales there have unless they say others.

ALTER TABLE venue ADD COLUMN country text;
CREATE TABLE tax_rules (
    organizer_id  text PRIMARY KEY REFERENCES organizer,
    version       integer NOT NULL,
    rules         jsonb NOT NULL
);
COMMENT ON TABLE tax_rules IS 'catalog: Taxes of an organizer''s new sales, by the country of their venue.';
GRANT SELECT, INSERT ON tax_rules TO aforo_office;
GRANT UPDATE (version, rules) ON tax_rules TO aforo_office;
ALTER TABLE tax_rules ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON tax_rules TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
