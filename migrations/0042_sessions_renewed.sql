-- expand
-- outside a transaction
-- locks: session (share update exclusive)
--
-- A session is found by the token before for a moment, and old ones are found to be removed.

CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS session_before_is_unique ON session (before_sha256);

CREATE INDEX CONCURRENTLY IF NOT EXISTS session_by_end ON session (until_at);
