-- expand
-- in a transaction
-- locks: orders (share update exclusive)
--
-- What credit pays of an order is no more than its total.

ALTER TABLE orders VALIDATE CONSTRAINT order_credit_is_of_its_total;
