-- expand
-- in a transaction
-- locks: profile, suppression (share update exclusive)
--
-- In every row somebody vouches for addresses alone, and nothing is sent to an address or to its mark.

ALTER TABLE profile VALIDATE CONSTRAINT profile_vouches_for_an_address;
ALTER TABLE suppression VALIDATE CONSTRAINT suppression_is_of_an_address;
