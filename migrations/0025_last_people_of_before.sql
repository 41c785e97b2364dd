-- contract
-- outside a transaction
-- locks: profile_order, relation (row exclusive)
--
-- What the release before still counted and imported beside the new one becomes somebody's, too.

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
