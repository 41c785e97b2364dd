-- expand
-- in a transaction
-- locks: ledger_movement (row exclusive)
--
-- What was captured before there was a ledger.

SELECT ledger_capture(paid.sale_id, paid.orders) FROM (
    SELECT sale_id, array_agg(id) AS orders FROM orders WHERE state = 'paid' GROUP BY sale_id
) AS paid;
