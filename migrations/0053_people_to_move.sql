-- expand
-- outside a transaction
-- locks: profile (share update exclusive)
--
-- People who are still to be moved into the vault are found at once.

DROP INDEX CONCURRENTLY IF EXISTS profile_plain;

CREATE INDEX CONCURRENTLY IF NOT EXISTS profile_plain ON profile (number)
    WHERE person_id IS NULL AND (name <> '' OR email IS NOT NULL OR phone IS NOT NULL);
