-- contract
-- in a transaction
-- locks: nothing
--
-- Nobody is left who fails an order and keeps the uses of its coupons: they may be given out from here on.

SELECT 1;
