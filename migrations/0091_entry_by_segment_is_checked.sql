-- expand
-- in a transaction
-- locks: sale (share update exclusive)
--
-- Rows written before are of rules that were known before.

ALTER TABLE sale VALIDATE CONSTRAINT sale_entry_check;
ALTER TABLE sale VALIDATE CONSTRAINT sale_for_a_segment_names_it;
