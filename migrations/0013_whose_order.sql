-- contract
-- outside a transaction
-- locks: profile_order (row exclusive)
--
-- The last orders that an older release counted get their buyers.

-- repeat
UPDATE profile_order c SET (buyer_id, paid_at) = (
    SELECT coalesce(max(o.buyer_id), ''), coalesce(max(o.paid_at), max(o.placed_at), now()) FROM orders o
    WHERE o.sale_id = c.sale_id AND o.id = c.order_id)
WHERE (c.sale_id, c.order_id) IN (
    SELECT sale_id, order_id FROM profile_order WHERE buyer_id IS NULL LIMIT 1000);
