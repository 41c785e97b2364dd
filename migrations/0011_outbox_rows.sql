-- expand
-- outside a transaction
-- locks: outbox, profile_order (row exclusive)
-- locks: profile (share update exclusive)
--
-- Tells on what was in the outbox, and says of each order that was counted whose it is.

-- repeat
UPDATE outbox SET sent_at = now() WHERE id IN (
    SELECT id FROM outbox WHERE sent_at IS NULL ORDER BY id LIMIT 1000);

-- repeat
UPDATE profile_order c SET (buyer_id, paid_at) = (
    SELECT coalesce(max(o.buyer_id), ''), coalesce(max(o.paid_at), max(o.placed_at), now()) FROM orders o
    WHERE o.sale_id = c.sale_id AND o.id = c.order_id)
WHERE (c.sale_id, c.order_id) IN (
    SELECT sale_id, order_id FROM profile_order WHERE buyer_id IS NULL LIMIT 1000);

CREATE INDEX CONCURRENTLY IF NOT EXISTS profile_order_by_buyer ON profile_order (buyer_id);

CREATE INDEX CONCURRENTLY IF NOT EXISTS profile_orders_unknown ON profile (number) WHERE NOT orders_known;
