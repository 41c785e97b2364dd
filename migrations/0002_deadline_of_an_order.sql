-- contract
-- in a transaction
-- locks: orders (access exclusive)
--
-- The deadline of its cart stays with an order. Releases of those days refuse a database that was moved on.

ALTER TABLE orders ADD COLUMN cart_until timestamptz;
