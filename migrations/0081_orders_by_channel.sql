-- expand
-- outside a transaction
-- locks: orders (share update exclusive)
--
-- Pages of orders of one channel that is not that of buyers; of theirs nothing is in it.

DROP INDEX CONCURRENTLY IF EXISTS order_by_channel;

CREATE INDEX CONCURRENTLY IF NOT EXISTS order_by_channel ON orders (sale_id, channel, placed_at, id) WHERE channel <> 'online';
