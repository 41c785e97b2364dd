-- expand
-- outside a transaction
-- locks: message (share update exclusive)
--
-- What sells is found apart from what doesn't.

CREATE INDEX CONCURRENTLY IF NOT EXISTS message_due_by_kind ON message (channel, sells, due_at) WHERE state = 'queued';
