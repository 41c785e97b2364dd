-- expand
-- in a transaction
-- locks: pool (share update exclusive)
--
-- The rows that were there before fit.

ALTER TABLE pool VALIDATE CONSTRAINT pool_is_never_oversold;
