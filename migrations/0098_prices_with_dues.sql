-- contract
-- in a transaction
-- locks: nothing
--
-- Nobody is left who asks for prices alone: fees and taxes may be written from here on.

SELECT 1;
