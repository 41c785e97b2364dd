-- contract
-- in a transaction
-- locks: nothing
--
-- Nobody is left who prices every cart by the first list: prices of a sale may be changed from here on.

SELECT 1;
