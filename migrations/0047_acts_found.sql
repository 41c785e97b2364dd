-- expand
-- outside a transaction
-- locks: audit (share update exclusive)
--
-- The trail is searched by organizer, actor, act, subject, time and words.

CREATE INDEX CONCURRENTLY IF NOT EXISTS audit_by_organizer ON audit (organizer_id, id);

CREATE INDEX CONCURRENTLY IF NOT EXISTS audit_by_act ON audit (organizer_id, act);

CREATE INDEX CONCURRENTLY IF NOT EXISTS audit_by_time ON audit (at);

CREATE INDEX CONCURRENTLY IF NOT EXISTS audit_by_terms ON audit
    USING gin (audit_terms(id, organizer_id, actor, act, subject, before, after, detail)) WITH (fastupdate = off);
