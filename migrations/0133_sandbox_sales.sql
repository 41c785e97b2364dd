-- expand
-- outside a transaction
-- locks: sandbox_charge (share update exclusive)
--
-- Of which sale each charge of the sandbox is.

-- repeat
UPDATE sandbox_charge SET sale_id = asked.sale_id FROM (
    SELECT c.order_id, p.sale_id FROM sandbox_charge c JOIN payment p ON p.order_id = c.order_id
    WHERE c.sale_id IS NULL LIMIT 1000
) AS asked WHERE sandbox_charge.order_id = asked.order_id;

DROP INDEX CONCURRENTLY IF EXISTS sandbox_charge_by_sale;

CREATE INDEX CONCURRENTLY IF NOT EXISTS sandbox_charge_by_sale ON sandbox_charge (sale_id, order_id) WHERE sale_id IS NOT NULL;
