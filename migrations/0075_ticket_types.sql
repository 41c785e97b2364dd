-- expand
-- in a transaction
-- locks: sale (access exclusive)
--
-- What a sale says of its ticket types: for whom, when, what to show. How many there are of one is a pool, type:….

ALTER TABLE sale ADD COLUMN type_rules jsonb NOT NULL DEFAULT '{}';
CREATE OR REPLACE VIEW sale_terms WITH (security_invoker = true) AS SELECT id, organizer_id, kind, currency, person_max, closes_at, type_rules FROM sale;
