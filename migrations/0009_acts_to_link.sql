-- expand
-- outside a transaction
-- locks: audit (share update exclusive)
--
-- What waits to be linked is found by its transaction.

CREATE INDEX CONCURRENTLY IF NOT EXISTS audit_by_transaction ON audit (xid);
