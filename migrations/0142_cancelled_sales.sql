-- expand
-- in a transaction
-- locks: nothing
--
-- Whoever sells knows that an event was cancelled.

CREATE OR REPLACE VIEW sale_terms WITH (security_invoker = true) AS
SELECT id, organizer_id, kind, currency, person_max, closes_at, type_rules, phases, products, unlocks,
       coalesce((SELECT e.status = 'cancelled' FROM event e WHERE e.id = sale.event_id), false) AS cancelled
FROM sale;
