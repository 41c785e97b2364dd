-- expand
-- in a transaction
-- locks: sale (access exclusive)
-- locks: orders (access exclusive)
--
-- Stretches of a sale with rules of their own, in order, and in which one an order's cart was opened.

ALTER TABLE sale ADD COLUMN phases jsonb NOT NULL DEFAULT '[]';
ALTER TABLE orders ADD COLUMN phase text;
CREATE OR REPLACE VIEW sale_terms WITH (security_invoker = true) AS
SELECT id, organizer_id, kind, currency, person_max, closes_at, type_rules, phases FROM sale;
