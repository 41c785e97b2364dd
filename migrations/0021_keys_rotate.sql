-- contract
-- in a transaction
-- locks: ring_key (access exclusive)
--
-- Nobody is left who knows first keys alone: keys rotate, and what is signed names its key and its end.

ALTER TABLE ring_key DROP CONSTRAINT ring_key_does_not_rotate_yet;
