-- expand
-- in a transaction
-- locks: cart, orders, sandbox_charge (share update exclusive)
--
-- The rows that were there before fit.

ALTER TABLE orders VALIDATE CONSTRAINT orders_state_check;
ALTER TABLE cart VALIDATE CONSTRAINT cart_end_reason_check;
ALTER TABLE sandbox_charge VALIDATE CONSTRAINT sandbox_charge_outcome_check;
