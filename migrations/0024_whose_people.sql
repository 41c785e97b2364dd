-- expand
-- outside a transaction
-- locks: profile_order (share update exclusive)
-- locks: relation (row exclusive)
--
-- Whose orders were counted, for workers to take them into relations. People who were imported are the organizer's where
-- there is one; where there are more, nobody said whose, until their file is imported again.

DROP INDEX CONCURRENTLY IF EXISTS profile_order_unrelated;

CREATE INDEX CONCURRENTLY IF NOT EXISTS profile_order_unrelated ON profile_order (sale_id, order_id) WHERE counted AND NOT related;

-- repeat
UPDATE profile_order o SET organizer_id = s.organizer_id FROM sale s
WHERE s.id = o.sale_id AND (o.sale_id, o.order_id) IN (
    SELECT sale_id, order_id FROM profile_order WHERE organizer_id IS NULL
    AND EXISTS (SELECT FROM sale WHERE sale.id = profile_order.sale_id) LIMIT 1000);

INSERT INTO relation (organizer_id, number, reference, basis, consent, consent_source, consent_at, since, orders_count,
                      last_order_at)
SELECT o.id, p.number, p.reference, 'interest', p.consent, 'import', now(), p.first_seen_at, p.orders_count,
       p.last_order_at
FROM profile p JOIN organizer o ON (SELECT count(*) FROM organizer) = 1 WHERE p.reference IS NOT NULL
ON CONFLICT DO NOTHING;
