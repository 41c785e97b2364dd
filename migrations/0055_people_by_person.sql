-- expand
-- outside a transaction
-- locks: profile (share update exclusive)
--
-- People are found by who they are in the vault.

CREATE INDEX CONCURRENTLY IF NOT EXISTS profile_by_person ON profile (person_id) WHERE person_id IS NOT NULL;
