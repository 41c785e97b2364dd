-- contract
-- in a transaction
-- locks: ledger_movement (row exclusive)
--
-- What was captured by the release before, which knew no ledger. Nobody is left who pays without it.

SELECT ledger_capture(paid.sale_id, paid.orders) FROM (
    SELECT sale_id, array_agg(id) AS orders FROM orders WHERE state = 'paid' GROUP BY sale_id
) AS paid;
