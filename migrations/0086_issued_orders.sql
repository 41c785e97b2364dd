-- expand
-- in a transaction
-- locks: allocation (access exclusive)
-- locks: orders (access exclusive)
--
-- Allocations on which members may draw for an order, and from which one an order took what it has.

ALTER TABLE allocation ADD COLUMN staff boolean NOT NULL DEFAULT false;
ALTER TABLE orders ADD COLUMN allocation text;
