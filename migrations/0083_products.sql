-- expand
-- in a transaction
-- locks: sale (access exclusive)
--
-- What is sold beside tickets. How many there are of one is a pool, product:….

ALTER TABLE sale ADD COLUMN products jsonb NOT NULL DEFAULT '{}';
CREATE OR REPLACE VIEW sale_terms WITH (security_invoker = true) AS
SELECT id, organizer_id, kind, currency, person_max, closes_at, type_rules, phases, products FROM sale;
