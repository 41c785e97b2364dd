-- expand
-- in a transaction
-- locks: allocation (access exclusive)
-- locks: orders (access exclusive)
-- locks: order_line (access exclusive)
-- locks: organizer_policy (access exclusive)
--
-- Allocations on which members may draw for an order, and from which one an order took what it has. Orders that cost nothing: why,
-- what their lines would have cost, and how many of their tickets a member may issue in a sale.

ALTER TABLE allocation ADD COLUMN staff boolean NOT NULL DEFAULT false;
ALTER TABLE orders ADD COLUMN allocation text, ADD COLUMN reason text;
ALTER TABLE order_line ADD COLUMN full_price bigint;
ALTER TABLE organizer_policy ADD COLUMN complimentary_max integer NOT NULL DEFAULT 0;
