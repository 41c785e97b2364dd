-- contract
-- in a transaction
-- locks: profile_order (share update exclusive)
--
-- Every order that was counted says whose it is.

ALTER TABLE profile_order VALIDATE CONSTRAINT profile_order_has_buyer;
