-- expand
-- in a transaction
-- locks: profile (access exclusive)
--
-- Who says yes to offers says so twice: on a page, and by the letter that asks whether the address is theirs. When the
-- second was is kept, too. What was confirmed before this step has no instant.

ALTER TABLE profile ADD COLUMN email_vouched_at timestamptz, ADD COLUMN phone_vouched_at timestamptz;
