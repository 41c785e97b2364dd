-- expand
-- outside a transaction
-- locks: orders (share update exclusive)
--
-- Orders of which something was given back.

DROP INDEX CONCURRENTLY IF EXISTS order_revised;

CREATE INDEX CONCURRENTLY IF NOT EXISTS order_revised ON orders (sale_id, id) WHERE revision > 0;
