-- expand
-- in a transaction
-- locks: sale (access exclusive)
-- locks: cart (access exclusive)
--
-- Codes that show more of a sale, and what a cart was shown.

ALTER TABLE sale ADD COLUMN unlocks jsonb NOT NULL DEFAULT '[]';
ALTER TABLE cart ADD COLUMN unlocked text[] NOT NULL DEFAULT '{}';
CREATE OR REPLACE VIEW sale_terms WITH (security_invoker = true) AS
SELECT id, organizer_id, kind, currency, person_max, closes_at, type_rules, phases, products, unlocks FROM sale;
