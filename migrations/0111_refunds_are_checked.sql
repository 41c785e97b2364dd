-- expand
-- in a transaction
-- locks: ledger_movement, orders (share update exclusive)
--
-- Nothing was given back before, and every movement was a capture.

ALTER TABLE orders VALIDATE CONSTRAINT order_gives_back_no_more_than_was_paid;
ALTER TABLE ledger_movement VALIDATE CONSTRAINT movement_kind_is_known;
