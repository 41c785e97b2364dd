-- expand
-- outside a transaction
-- locks: cancellation_order (share update exclusive)
--
-- The page of an order asks whether there is something to choose.

DROP INDEX CONCURRENTLY IF EXISTS cancellation_asks;

CREATE INDEX CONCURRENTLY IF NOT EXISTS cancellation_asks ON cancellation_order (sale_id, order_id);
