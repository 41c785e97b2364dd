-- expand
-- in a transaction
-- locks: allocation (share update exclusive)
--
-- Rows written before are of purposes that were known before.

ALTER TABLE allocation VALIDATE CONSTRAINT allocation_purpose_is_known;
