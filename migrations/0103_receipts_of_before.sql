-- expand
-- in a transaction
-- locks: receipt_due (row exclusive)
--
-- What was paid before there were receipts gets its number by and by.

INSERT INTO receipt_due (sale_id, order_id, organizer_id, paid_at)
SELECT c.sale_id, c.order_id, s.organizer_id, coalesce(o.paid_at, c.at) FROM order_takings c
JOIN orders o ON o.sale_id = c.sale_id AND o.id = c.order_id JOIN sale_terms s ON s.id = c.sale_id
WHERE s.kind <> 'rehearsal' AND c.captured > 0
ON CONFLICT DO NOTHING;
