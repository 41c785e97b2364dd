-- expand
-- in a transaction
-- locks: sale (access exclusive)
--
-- A sale may be for those who are signed in.

-- squawk-ignore ban-drop-constraint
ALTER TABLE sale DROP CONSTRAINT sale_entry_check;
ALTER TABLE sale ADD CONSTRAINT sale_entry_check CHECK (entry IN ('open', 'challenge', 'contact', 'account', 'code')) NOT VALID;
