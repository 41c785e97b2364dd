-- expand
-- outside a transaction
-- locks: receipt (share update exclusive)
--
-- An order has one receipt, and any number of credit notes: each movement has one of them.

DROP INDEX CONCURRENTLY IF EXISTS movement_has_one_receipt;

CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS movement_has_one_receipt ON receipt (sale_id, order_id, movement);

DROP INDEX CONCURRENTLY IF EXISTS receipt_is_one_per_order;

CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS receipt_is_one_per_order ON receipt (sale_id, order_id)
    WHERE kind = 'receipt';
