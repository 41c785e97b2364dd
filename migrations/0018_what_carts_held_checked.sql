-- expand
-- in a transaction
-- locks: cart (share update exclusive)
--
-- The rows there were hold what the new constraints ask for.

ALTER TABLE cart VALIDATE CONSTRAINT cart_total_is_of_what_it_held;
ALTER TABLE cart VALIDATE CONSTRAINT cart_reached_is_known;
